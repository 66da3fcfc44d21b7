// Runs in the guest: the doctor's judgement, then what the kernel answers. Writes into /out; decides nothing.
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

const plan = JSON.parse(readFileSync('/lab/plan.json', 'utf8'))
const DOCTOR = ['node', '/opt/vfio-doctor/vfio-doctor.cjs']
/** Actions that start a guest, only speak, or only show: no step towards a device that can be taken. */
const NOT_FOLLOWED = new Set(['assign', 'assign-instead', 'advise', 'show', 'nothing', 'run-as-root', 'upgrade'])

/** Whether a step of this round asks for a reboot. */
let reboot = false

examine(plan.round)
if (plan.mend !== null) {
  const wanted = (cause) =>
    plan.mend.follow === null ? cause.severity === 'fail' : plan.mend.follow.includes(cause.code)
  follow(
    'mend',
    report(plan.round)
      ?.causes.filter(wanted)
      .flatMap((cause) => cause.remedy) ?? [],
  )
  if (reboot || plan.mend.machine) {
    // The next boot starts from the configuration that the steps left, and from the initramfs that they made.
    shell('cd / && tar -czf /out/etc.tar.gz etc $(ls -d boot/grub boot/extlinux.conf) var/lib/initramfs')
  } else {
    Object.assign(plan, { ask: plan.mend.ask, devices: plan.mend.devices })
    examine('mended')
  }
}

/** One judgement and its truth. */
function examine(round) {
  reboot = false
  mkdirSync(`/out/${round}`, { recursive: true })
  const began = Date.now()
  const doctor = run([...DOCTOR, ...plan.ask, '--format', 'json'], plan.as)
  writeFileSync(`/out/${round}/report.json`, doctor.stdout)
  writeFileSync(`/out/${round}/doctor.txt`, `status ${doctor.status}\n${doctor.stderr}`)
  note(round, { what: 'doctor', milliseconds: Date.now() - began, status: doctor.status })
  if (plan.capture && round === plan.round) {
    const capture = run([...DOCTOR, 'capture', '--output', '/tmp/capture.json.gz'], plan.as)
    if (existsSync('/tmp/capture.json.gz')) shell(`mv /tmp/capture.json.gz /out/${round}/`)
    else writeFileSync(`/out/${round}/capture.txt`, `status ${capture.status}\n${capture.stderr}`)
  }
  shell(`dmesg >/out/${round}/dmesg.txt; lspci -nnk >/out/${round}/lspci.txt`)

  const verdicts = new Map((report(round)?.devices ?? []).map((device) => [device.address, device]))
  for (const address of plan.devices) truth(round, 'now', address, take(address))
  for (const address of plan.devices) {
    if (['blocked', 'not-assignable'].includes(verdicts.get(address)?.verdict))
      truth(round, 'bound', address, bound(address))
  }
  for (const address of plan.devices) {
    const device = verdicts.get(address)
    if (device?.verdict !== 'ready-after-binding') continue
    follow(address, device.steps)
    truth(round, 'followed', address, take(address))
  }
}

/** Bound alone, as the usual three writes do it, taken, and given back; what is on vfio-pci already stays there. */
function bound(address) {
  if (driverOf(address) === 'vfio-pci') return take(address)
  shell('modprobe -q vfio-pci')
  const binding = json(run(['/lab/truth', 'bind', address]))
  const answer = binding.works ? take(address) : binding
  run(['/lab/truth', 'restore', address])
  return answer
}

function driverOf(address) {
  try {
    return basename(readlinkSync(`/sys/bus/pci/devices/${address}/driver`))
  } catch {
    return null
  }
}

function take(address) {
  return json(run(['/lab/truth', plan.drive ? 'drive' : 'take', String(plan.mib), address], plan.take))
}

/** The doctor's own steps, command for command. */
function follow(whose, remedies) {
  for (const remedy of remedies) {
    if (NOT_FOLLOWED.has(remedy.action)) continue
    for (const step of remedy.steps) {
      if (step.run === undefined) {
        note(whose, { what: 'not a command', action: remedy.action, say: step.say, edit: step.edit })
        continue
      }
      if (step.effect === 'reboot') reboot = true
      // A word that stands for what the reader knows (KIB, GUEST) is filled in by the scenario.
      const command = Object.entries(plan.fill).reduce((text, [word, value]) => text.replaceAll(word, value), step.run)
      const { status, stdout, stderr } = shell(command)
      note(whose, {
        what: 'step',
        action: remedy.action,
        run: command,
        status,
        output: (stdout + stderr).slice(0, 2000),
      })
    }
  }
}

function report(round) {
  try {
    return JSON.parse(readFileSync(`/out/${round}/report.json`, 'utf8'))
  } catch {
    return null
  }
}

function truth(round, when, device, answer) {
  appendFileSync('/out/truth.jsonl', `${JSON.stringify({ round, when, ...answer, device })}\n`)
}

function note(about, values) {
  appendFileSync('/out/notes.jsonl', `${JSON.stringify({ about, ...values })}\n`)
}

function json(ran) {
  try {
    return JSON.parse(ran.stdout)
  } catch {
    return { works: false, stage: 'truth', error: ran.signal ?? (ran.stderr.trim() || 'no answer') }
  }
}

/** As the one who asked would type it, whose `sudo` asks for no password. */
function shell(command) {
  return run(['bash', '-ec', plan.as === 'user' ? `USER=alex; ${command}` : command])
}

/** As root, or as an ordinary user who has just logged in: with the groups and the limit that are configured by now. */
function run(words, as = 'root') {
  const kib = memlockOf('alex') ?? plan.memlockKib
  const limit = kib === null ? '' : `ulimit -l ${kib}; `
  const user = ['setpriv', '--reuid=1000', '--regid=1000', '--init-groups', '--inh-caps=-all']
  const [command, ...args] = as === 'root' ? words : ['bash', '-c', `${limit}exec "$@"`, 'run', ...user, ...words]
  const env = as === 'root' ? process.env : { ...process.env, HOME: '/home/alex', USER: 'alex' }
  const options = { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28, env, cwd: '/tmp' }
  const { stdout, stderr, status, signal } = spawnSync(command, args, options)
  return { stdout: stdout ?? '', stderr: stderr ?? '', status, signal }
}

/** The limit of locked memory that pam_limits would give this user (limits.conf(5)), in KiB; null where none is set. */
function memlockOf(user) {
  const directory = '/etc/security/limits.d'
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.conf')) : []
  const lines = names.sort().flatMap((name) => readFileSync(`${directory}/${name}`, 'utf8').split('\n'))
  const set = lines
    .map((line) => line.trim().split(/\s+/))
    .findLast(([who, type, item]) => who === user && item === 'memlock' && ['hard', '-'].includes(type))
  return set?.[3] ?? null
}
