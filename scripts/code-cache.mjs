// Writes dist/*.cache for this Node on this kind of machine: the parts of the build as V8 compiled them, with the functions that ordinary runs called.
import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { take, parts, cacheOf } = createRequire(import.meta.url)('../dist/vfio-doctor.cjs')
const { main } = take('./bundle.cjs')
const keep = (name) => {
  const part = parts.get(name)
  if (part !== undefined) writeFileSync(cacheOf(name), part.script.createCachedData())
}

const capture = fixture('machines/intel-desktop-healthy', 'capture.json')
if (capture !== undefined) {
  await main(['--capture', capture, '--format', 'json'])
  // V8 marks what several runs in one process call often, and each start would make machine code of all that: here only
  // of what one run calls often.
  setFlagsFromString('--no-sparkplug')
  await main(['--capture', capture])
}
// Live paths: on a machine that cannot be examined this only prints less.
if (process.platform === 'linux') await main(['--format', 'json'])
// The cache is for V8 as it is started.
setFlagsFromString('--sparkplug')
// Before the runs that a healthy machine has no need of, whose functions everybody would take in.
keep('bundle')

const paste = fixture('pastes/virqfd-english', 'post.txt')
if (paste !== undefined) await main(['--paste', paste])
keep('paste')
await main(['--help'])
keep('yargs')

/** A recorded file by the beginning of its name; in a package there are none. */
function fixture(folder, beginning) {
  const path = join(root, 'fixtures', folder)
  try {
    const name = readdirSync(path).find((one) => one.startsWith(beginning))
    return name === undefined ? undefined : join(path, name)
  } catch {
    return undefined
  }
}
