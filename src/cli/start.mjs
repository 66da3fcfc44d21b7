#!/usr/bin/env node
// Starts the bundle beside it with the code that the build had V8 compile. V8 takes that only from its own version for
// this very source, and compiles anew otherwise; it halves the time to start, and Node 20 keeps no such cache itself.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

/** The bundle, compiled: call it with `require`, `module`, `exports` and its file name. */
export function compile() {
  const filename = fileURLToPath(new URL('bundle.cjs', import.meta.url))
  // The build keeps the bundle in ASCII, so that a byte is a letter.
  let cachedData
  try {
    cachedData = readFileSync(fileURLToPath(new URL('bundle.cache', import.meta.url)))
  } catch {
    // Built without it, or for another place: only slower.
  }
  return {
    filename,
    script: new Script(readFileSync(filename, 'latin1'), { filename, cachedData }),
  }
}

/** What the bundle exports: `main(argv)`. */
export function load({ filename, script }) {
  const module = { exports: {} }
  script.runInThisContext()(createRequire(filename), module, module.exports, filename)
  return module.exports
}

if (process.env.VFIO_DOCTOR_BUILD === undefined) await load(compile()).main(process.argv.slice(2))
