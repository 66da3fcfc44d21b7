// Whole-process times of the doctor beside `node -e 0`, interleaved in one run, with medians: compare, never assert. A
// capture comes packed, as vfio-doctor capture writes it unless told otherwise, and as plain JSON, which saves Node's zlib.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const rounds = Number(process.env.ROUNDS ?? 21)
const doctor = join(root, 'dist/vfio-doctor.cjs')
const machines = join(root, 'fixtures/machines')
const desktop = process.argv[2] ?? readdirSync(machines).find((name) => name.startsWith('intel-desktop-healthy'))
if (!existsSync(doctor) || desktop === undefined) {
  console.error('build first (npm run build), and have a recorded desktop in fixtures/machines')
  process.exit(2)
}
const packed = join(machines, desktop, 'capture.json.gz')
const scratch = mkdtempSync(join(tmpdir(), 'vfio-doctor-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))
const plain = join(scratch, 'capture.json')
writeFileSync(plain, gunzipSync(readFileSync(packed)))
const runs = {
  'node -e 0': ['-e', '0'],
  'doctor --version': [doctor, '--version'],
  'capture, json': [doctor, '--capture', plain, '--format', 'json'],
  'capture, text': [doctor, '--capture', plain],
  'capture, markdown': [doctor, '--capture', plain, '--format', 'markdown'],
  'packed, json': [doctor, '--capture', packed, '--format', 'json'],
  'packed, text': [doctor, '--capture', packed],
  'live, json': [doctor, '--format', 'json'],
  'live, text': [doctor],
}
const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]))
const rows = Object.entries(runs)
for (let round = 0; round < rounds; round++) {
  // Each round begins with another row: what a process leaves in the caches of the machine falls to all alike.
  const first = round % rows.length
  for (const [name, args] of [...rows.slice(first), ...rows.slice(0, first)]) {
    const start = process.hrtime.bigint()
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
    times[name].push(Number(process.hrtime.bigint() - start) / 1e6)
    if (status === null || status > 1) throw new Error(`${name} ended with status ${status}`)
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const base = median(times['node -e 0'])
console.log(`node ${process.version}, ${rounds} interleaved rounds, recorded desktop: ${desktop}`)
if (process.env.NODE_EXTRA_CA_CERTS !== undefined) {
  console.log(
    'NODE_EXTRA_CA_CERTS is set: Node reads certificates at each start, in every row, and the last column is lower for it',
  )
}
console.log('whole process          median ms   min ms   times node -e 0')
for (const [name, list] of Object.entries(times)) {
  const cells = [
    median(list).toFixed(0).padStart(9),
    Math.min(...list)
      .toFixed(0)
      .padStart(8),
    (median(list) / base).toFixed(2).padStart(17),
  ]
  console.log(name.padEnd(22) + cells.join(' '))
}
