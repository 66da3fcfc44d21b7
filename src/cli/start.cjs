#!/usr/bin/env node
// Starts the bundle beside it with the code that the build had V8 compile; it halves the time to start, and Node 20 keeps
// no such cache itself. V8 takes it for this very source alone, and compiles anew otherwise. Of itself it compares only
// its version: code of x64 ends it on arm64 with a segmentation fault, and so does code of a Node with the same V8 that
// was patched differently (nodejs/node issue 62781). So the name says what Node it is for.
// CommonJS, since Node's loader of ES modules takes 8 ms and starts threads to read the one file.
'use strict'
const { closeSync, fstatSync, openSync, readSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

/** Parts of the build that were taken so far, by name: each its compiled `script` and what it `exports`. */
const parts = new Map()

/** `require` for what is bundled: another part of the build (`./name.cjs`) or a module of Node. */
function take(id) {
  if (!id.startsWith('./')) return require(id)
  const name = id.slice('./'.length, -'.cjs'.length)
  const part = parts.get(name) ?? { script: compile(name), exports: {} }
  if (!parts.has(name)) {
    parts.set(name, part)
    part.script.runInThisContext()(take, part, part.exports, join(__dirname, `${name}.cjs`))
  }
  return part.exports
}

/** A part of the build, which is a function of what Node gives a module. */
function compile(name) {
  const filename = join(__dirname, `${name}.cjs`)
  // The build keeps its parts in ASCII, so that a byte is a letter.
  const source = read(filename).toString('latin1')
  let cachedData
  try {
    cachedData = read(cacheOf(name))
  } catch {
    // Built without it, or for another Node or place: only slower.
  }
  return new Script(source, { filename, cachedData })
}

const cacheOf = (name) => join(__dirname, `${name}.${process.version}-${process.platform}-${process.arch}.cache`)

let room = Buffer.alloc(0)

/** A whole file, until the next is read: into the same memory, since the first touch of it costs more than reading. */
function read(path) {
  const file = openSync(path)
  try {
    const { size } = fstatSync(file)
    if (room.length < size) room = Buffer.allocUnsafeSlow(size + size / 4)
    let at = 0
    for (let more = 1; at < size && more > 0; at += more) more = readSync(file, room, at, size - at, at)
    return room.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

// Taking the heap apart would take some milliseconds more: all is written, so the process may just end.
if (require.main === module)
  void take('./bundle.cjs')
    .main(process.argv.slice(2))
    .then((status) => process.exit(status))
else module.exports = { take, parts, cacheOf }
