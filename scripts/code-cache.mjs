// Writes dist/bundle.cache: the bundle as V8 compiled it, with the functions that two ordinary runs called.
import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { compile, load } = createRequire(import.meta.url)('../dist/vfio-doctor.cjs')
const script = compile()
const { main } = load(script)
const machines = join(root, 'fixtures/machines')
const name = readdirSync(machines).find((one) => one.startsWith('intel-desktop-healthy'))
if (name !== undefined) {
  const capture = readdirSync(join(machines, name)).find((one) => one.startsWith('capture.json'))
  await main(['--capture', join(machines, name, capture), '--format', 'json'])
  await main(['--capture', join(machines, name, capture)])
}
// Live paths: on a machine that cannot be examined this only prints less.
if (process.platform === 'linux') await main(['--format', 'json'])
writeFileSync(join(root, 'dist/bundle.cache'), script.createCachedData())
