#!/usr/bin/env node
// Starts the bundle beside it with the code that the build had V8 compile. V8 takes that only from its own version for
// this very source, and compiles anew otherwise; it halves the time to start, and Node 20 keeps no such cache itself.
// Nothing is imported: an import of node:fs has Node load all that it can ever export, streams and promises included.

/** The bundle, compiled: call it with `require`, `module`, `exports` and its file name. */
export function compile() {
  const { readFileSync } = process.getBuiltinModule('fs')
  const { Script } = process.getBuiltinModule('vm')
  const filename = `${import.meta.dirname}/bundle.cjs`
  // The build keeps the bundle in ASCII, so that a byte is a letter.
  let cachedData
  try {
    cachedData = readFileSync(`${import.meta.dirname}/bundle.cache`)
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
  const require = process.getBuiltinModule('module').createRequire(filename)
  script.runInThisContext()(require, module, module.exports)
  return module.exports
}

if (process.env.VFIO_DOCTOR_BUILD === undefined) await load(compile()).main(process.argv.slice(2))
