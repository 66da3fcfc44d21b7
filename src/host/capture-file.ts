import { Buffer, isAscii } from 'node:buffer'
import type { Capture } from './capture.ts'
import { captureIn } from './capture-shape.ts'

export type { Capture } from './capture.ts'

/** More than a host with thousands of functions and full kernel logs needs. */
const LIMIT = 256 * 1024 * 1024

export type ParsedCapture =
  | { readonly ok: true; readonly capture: Capture }
  | { readonly ok: false; readonly message: string }

/**
 * A capture file, packed with gzip or not. `message` is one line without control characters, made to stand behind the
 * file's name. At most `limit` bytes are unpacked, however small the file is.
 */
export function parseCapture(bytes: Uint8Array, limit: number = LIMIT): ParsedCapture {
  const plain = isGzip(bytes) ? unpack(bytes, limit) : bytes
  if (typeof plain === 'string') return { ok: false, message: plain }
  if (plain.length > limit) return { ok: false, message: tooLarge(limit) }
  let value: unknown
  try {
    value = JSON.parse(textOf(plain))
  } catch {
    return {
      ok: false,
      message: plain.length === 0 ? 'not a capture: it is empty' : 'not a capture: not JSON, or cut short',
    }
  }
  const found = captureIn(value)
  return 'capture' in found ? { ok: true, capture: found.capture } : { ok: false, message: found.trouble }
}

/** JSON with a key on each line, so that one can read through it before passing it on. The same capture, the same bytes. */
export function serializeCapture(capture: Capture, options: { readonly gzip: boolean }): Uint8Array {
  const text = new TextEncoder().encode(`${JSON.stringify(capture, null, 1)}\n`)
  return options.gzip ? new Uint8Array(zlib().gzipSync(text, { level: 9 })) : text
}

/** UTF-8. Most captures are ASCII, which Node finds out and copies faster than it decodes. */
function textOf(bytes: Uint8Array): string {
  return isAscii(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    : new TextDecoder().decode(bytes)
}

/** With it Node loads all of its streams, which a capture that is not packed does not need. */
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

/** RFC 1952, 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unpack(bytes: Uint8Array, limit: number): Uint8Array | string {
  try {
    return zlib().gunzipSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit)
    return code === 'Z_BUF_ERROR' ? 'a gzip file that is cut short' : 'a broken gzip file'
  }
}

function tooLarge(limit: number): string {
  return `not a capture: larger than ${Math.floor(limit / 1024 / 1024)} MiB`
}
