#!/usr/bin/env node
// Starts the bundle beside it with the code that the build had V8 compile. V8 takes that only from its own version for
// this very source, and compiles anew otherwise; it halves the time to start, and Node 20 keeps no such cache itself.
// CommonJS, since Node's loader of ES modules takes 8 ms and starts threads to read the one file.
'use strict'
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

/** The bundle, compiled: call it with `require`, `module` and `exports`. */
function compile() {
  const filename = join(__dirname, 'bundle.cjs')
  // The build keeps the bundle in ASCII, so that a byte is a letter.
  let cachedData
  try {
    cachedData = readFileSync(join(__dirname, 'bundle.cache'))
  } catch {
    // Built without it, or for another place: only slower.
  }
  return new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
}

/** What the bundle exports: `main(argv)`. */
function load(script) {
  const bundle = { exports: {} }
  script.runInThisContext()(require, bundle, bundle.exports)
  return bundle.exports
}

// Taking the heap apart would take some milliseconds more: all is written, so the process may just end.
if (require.main === module)
  void load(compile())
    .main(process.argv.slice(2))
    .then((status) => process.exit(status))
else module.exports = { compile, load }
