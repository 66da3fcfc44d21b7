// Writes dist/bundle.cache: the bundle as V8 compiled it, with the functions that two ordinary runs called.
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.env.VFIO_DOCTOR_BUILD = '1'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { compile, load } = await import('../dist/vfio-doctor.mjs')
const compiled = compile()
const { main } = load(compiled)
const machines = join(root, 'fixtures/machines')
const name = readdirSync(machines).find((one) => one.startsWith('intel-desktop-healthy'))
if (name !== undefined) {
  const capture = readdirSync(join(machines, name)).find((one) => one.startsWith('capture.json'))
  await main(['--capture', join(machines, name, capture), '--format', 'json'])
  await main(['--capture', join(machines, name, capture)])
}
// Live paths: on a machine that cannot be examined this only prints less.
if (process.platform === 'linux') await main(['--format', 'json'])
writeFileSync(join(root, 'dist/bundle.cache'), compiled.script.createCachedData())
process.exitCode = 0
