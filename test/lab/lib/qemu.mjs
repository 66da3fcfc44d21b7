import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './shell.mjs'

/**
 * Boots a guest once, to its own power-off.
 * @param {object} boot
 * @param {string} boot.kernel ELF image or bzImage
 * @param {string} boot.image
 * @param {string} boot.parameters kernel command line
 * @param {readonly string[]} boot.machine QEMU's arguments for the machine under examination
 * @param {number} boot.seconds hard limit
 * @param {string} boot.directory results are unpacked here; console.txt stays beside them
 * @returns {Promise<{ ok: true } | { ok: false, why: string }>}
 */
export async function bootGuest(boot) {
  const results = join(boot.directory, 'results.tar.gz')
  const console = join(boot.directory, 'console.txt')
  const args = [
    boot.machine,
    ['-nodefaults', '-display', 'none', '-no-reboot', '-rtc', 'base=2026-01-01T00:00:00,clock=vm'],
    ['-kernel', boot.kernel, '-initrd', boot.image, '-append', boot.parameters],
    ['-chardev', `file,id=console,path=${console}`, '-device', 'isa-serial,index=0,chardev=console'],
    ['-chardev', `file,id=results,path=${results}`, '-device', 'isa-serial,index=1,chardev=results'],
  ].flat()
  const { status, stderr, late } = await bounded('qemu-system-x86_64', args, boot.seconds)
  if (late) return { ok: false, why: `not done after ${boot.seconds} s (${await lastLine(console)})` }
  if (status !== 0) return { ok: false, why: `QEMU: ${stderr.trim().split('\n').pop()}` }
  if ((await stat(results).catch(() => null))?.size > 0) {
    await run('tar', ['-C', boot.directory, '-xzf', results])
    return { ok: true }
  }
  return { ok: false, why: `the guest sent nothing (${await lastLine(console)})` }
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

async function lastLine(path) {
  const text = await readFile(path, 'utf8').catch(() => '')
  return `console ends: ${text.trim().split('\n').pop()?.slice(0, 200) ?? ''}`
}
