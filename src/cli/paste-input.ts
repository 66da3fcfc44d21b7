import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { PasteText } from '../paste/lines.ts'
import { UserError } from './errors.ts'
import { complain, reason } from './output.ts'

/** What is read of a post: enough for a whole boot log with all listings, and bounded for a stream without an end. */
const MOST = 16 * 1024 * 1024

/** Reads a pasted text from a file, or from standard input for `-` and for no name at all. */
export async function readPaste(name: string): Promise<PasteText> {
  const fromInput = name === '-' || name === ''
  if (fromInput && process.stdin.isTTY === true) {
    throw new UserError('nothing was pasted: pipe the text in, or name a file (--paste post.txt)')
  }
  const { bytes, truncated } = fromInput ? await readInput() : readFile(name)
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes)
  if (text.trim() === '') throw new UserError(`${fromInput ? 'standard input' : name} is empty: nothing to diagnose`, 3)
  if (text.includes('\0') && binaryShare(bytes) > 0.05) {
    throw new UserError(
      `${fromInput ? 'standard input' : name} is not text: paste the words, or use --capture for a capture`,
      3,
    )
  }
  if (truncated) complain(`vfio-doctor: only the first ${MOST / 1024 / 1024} MiB of the post are read\n`)
  return { text, truncated }
}

/** UTF-8, or UTF-16 where its mark says so: PowerShell and some editors of Windows save a post like that. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}

async function readInput(): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = chunk as Buffer
    chunks.push(bytes.subarray(0, MOST - size))
    size += bytes.length
    // The rest is not waited for: a stream without an end would hold us.
    if (size >= MOST) {
      process.stdin.destroy()
      return { bytes: Buffer.concat(chunks), truncated: true }
    }
  }
  return { bytes: Buffer.concat(chunks), truncated: false }
}

function readFile(name: string): { bytes: Uint8Array; truncated: boolean } {
  let file: number
  try {
    file = openSync(name, 'r')
  } catch (error) {
    throw new UserError(`cannot read ${name}: ${reason(error)}`, 3)
  }
  try {
    if (fstatSync(file).isDirectory()) throw new UserError(`cannot read ${name}: it is a directory`, 3)
    const buffer = Buffer.allocUnsafe(MOST + 1)
    let size = 0
    for (;;) {
      const got = readSync(file, buffer, size, buffer.length - size, null)
      size += got
      if (got === 0 || size > MOST) break
    }
    return { bytes: buffer.subarray(0, Math.min(size, MOST)), truncated: size > MOST }
  } finally {
    closeSync(file)
  }
}

/** Share of control bytes that no text has. */
function binaryShare(bytes: Uint8Array): number {
  const sample = bytes.subarray(0, 65_536)
  let odd = 0
  for (const byte of sample) if (byte < 9 || (byte > 13 && byte < 27) || (byte > 27 && byte < 32)) odd++
  return sample.length === 0 ? 0 : odd / sample.length
}
