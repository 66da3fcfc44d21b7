import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './shell.mjs'

const GZIP = Buffer.from([0x1f, 0x8b, 0x08])

/**
 * Boots a guest once, to its own power-off.
 * @param {object} boot
 * @param {import('./architectures.mjs').Architecture} boot.architecture
 * @param {readonly string[]} boot.start QEMU's arguments for what starts the kernel
 * @param {readonly string[]} boot.machine QEMU's arguments for the machine under examination
 * @param {number} boot.seconds hard limit
 * @param {string} boot.directory results are unpacked here; console.txt stays beside them
 * @returns {Promise<{ ok: true } | { ok: false, why: string }>}
 */
export async function bootGuest(boot) {
  const once = await bootOnce(boot)
  // A guest that never reached its init says nothing about the doctor: on a busy host it is tried a second time. One
  // that did, and then fell silent, is not.
  return once.ok || once.up ? once : bootOnce(boot)
}

async function bootOnce(boot) {
  const results = join(boot.directory, 'results.tar.gz')
  const console = join(boot.directory, 'console.txt')
  const args = [
    boot.machine,
    ['-nodefaults', '-display', 'none', '-no-reboot', '-rtc', 'base=2026-01-01T00:00:00,clock=vm'],
    boot.start,
    boot.architecture.ports(console, results),
  ].flat()
  await Promise.all([results, console].map((path) => rm(path, { force: true })))
  // The kernel ends QEMU with the lab, however that ends.
  const words = ['--pdeathsig', 'KILL', boot.architecture.emulator, ...args]
  const { status, stderr, late } = await bounded('setpriv', words, boot.seconds)
  const said = await readFile(console, 'utf8').catch(() => '')
  const failed = (why) => ({ ok: false, up: said.includes('lab: up'), why })
  if (late) return failed(`not done after ${boot.seconds} s (${lastLine(said)})`)
  if (status !== 0) return failed(`QEMU: ${stderr.trim().split('\n').pop()}`)
  const sent = await readFile(results).catch(() => Buffer.alloc(0))
  // EFI firmware has its say on each serial port before.
  const begin = sent.indexOf(GZIP)
  if (begin >= 0) {
    await run('tar', ['-C', boot.directory, '-xz'], { input: sent.subarray(begin) })
    return { ok: true }
  }
  return failed(`the guest sent nothing (${lastLine(said)})`)
}

/** Process groups that run now, so that an interrupted lab takes them along. */
const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const pid of running) kill(pid)
    process.exit(2)
  })
}
process.once('exit', () => {
  for (const pid of running) kill(pid)
})

function bounded(command, args, seconds) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    let late = false
    child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)))
    if (child.pid !== undefined) running.add(child.pid)
    const timer = setTimeout(() => {
      late = true
      kill(child.pid)
    }, seconds * 1000)
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      running.delete(child.pid)
      resolve({ status, stderr, late })
    })
  })
}

function kill(group) {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function lastLine(text) {
  return `console ends: ${text.trim().split('\n').pop()?.slice(0, 200) ?? ''}`
}
