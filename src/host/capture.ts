import type { Failed } from './files.ts'
import type { HostIdentity, Ran, Run, Stat } from './host.ts'

export const CAPTURE_SCHEMA = 'vfio-doctor/capture@1'

/** What was wrong with a read, kept so that it replays. */
export type Refusal = Pick<Failed, 'error' | 'code'>

/**
 * Bytes of a file: as text where they are valid UTF-8 without odd control characters, else in base64. `cut` is the
 * limit in bytes at which reading stopped before the end may have been reached.
 */
export type Content =
  | { readonly text: string; readonly cut?: number }
  | { readonly base64: string; readonly cut?: number }

/** The answers that one path gave; a question that was not asked has no key. */
export interface Place {
  readonly read?: Content | Refusal
  readonly list?: readonly string[] | Refusal
  readonly link?: string | Refusal
  /** Of the thing itself. */
  readonly lstat?: Stat | Refusal
  /** Of what it leads to. */
  readonly stat?: Stat | Refusal
}

export interface ProgramRun {
  readonly command: string
  readonly args: readonly string[]
  readonly result: Ran | Pick<Extract<Run, { ok: false }>, 'error' | 'detail'>
}

/** All that was read of a host, refusals included, and nothing that was not. */
export interface Capture {
  readonly schema: typeof CAPTURE_SCHEMA
  /** ISO 8601, UTC; null where it is not known. */
  readonly taken: string | null
  readonly root: string
  readonly redacted: boolean
  readonly identity: HostIdentity | null
  readonly dmi: { readonly texts: Readonly<Record<string, string>> } | Refusal | null
  /** By absolute path. */
  readonly paths: Readonly<Record<string, Place>>
  readonly programs: readonly ProgramRun[]
}

export function isRefusal(answer: object | string): answer is Refusal {
  return typeof answer === 'object' && 'error' in answer
}

/** At most `limit` bytes of it. */
export function bytesOf(content: Content, limit: number = Infinity): Uint8Array {
  if ('text' in content) return new TextEncoder().encode(content.text).subarray(0, limit)
  // Four letters hold three bytes.
  const bytes = Buffer.from(content.base64.slice(0, Math.ceil(limit / 3) * 4), 'base64')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, Math.min(limit, bytes.length))
}

export function contentOf(bytes: Uint8Array, cut: number | undefined): Content {
  const held = textOf(bytes)
  const content = held === null ? { base64: Buffer.from(bytes).toString('base64') } : { text: held }
  return cut === undefined ? content : { ...content, cut }
}

function textOf(bytes: Uint8Array): string | null {
  // Anything below a tab: binary, though each byte of it may be ASCII.
  if (bytes.some((byte) => byte < 9)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
