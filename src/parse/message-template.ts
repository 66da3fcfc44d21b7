import type { Kind } from '../knowledge/message.ts'
import { normalAddress } from './message-address.ts'

export interface Slot {
  readonly name: string
  readonly kind: Kind
}

/**
 * A message text taken apart: literal pieces with a slot between each two. `lead` stands before the first piece,
 * `trail` after the last.
 */
export interface Template {
  readonly pieces: readonly string[]
  readonly between: readonly Slot[]
  readonly lead: Slot | null
  readonly trail: Slot | null
  /** Characters of all pieces: how much of the text is fixed. */
  readonly fixed: number
}

const KINDS: readonly string[] = ['device', 'bdf', 'dbdf', 'number', 'hex', 'word', 'text', 'rest'] satisfies Kind[]

/** `{name:kind}` and `{name}`; two placeholders must have text between them. Throws on a text that breaks this. */
export function parseTemplate(text: string): Template {
  const parts = text.split(/\{([a-z][a-zA-Z]*)(?::([a-z]+))?\}/)
  const literals = parts.filter((_, at) => at % 3 === 0).map((part) => part ?? '')
  const slots = literals.slice(1).map((_, at) => slotOf(parts[at * 3 + 1] ?? '', parts[at * 3 + 2], text))
  const leading = literals[0] === ''
  const trailing = literals.length > 1 && literals.at(-1) === ''
  const pieces = literals.slice(leading ? 1 : 0, trailing ? -1 : undefined)
  if (pieces.length === 0 || pieces.includes('')) throw new Error(`message text with nothing fixed in a place: ${text}`)
  return {
    pieces,
    between: slots.slice(leading ? 1 : 0, trailing ? -1 : undefined),
    lead: leading ? (slots[0] ?? null) : null,
    trail: trailing ? (slots.at(-1) ?? null) : null,
    fixed: pieces.reduce((sum, piece) => sum + piece.length, 0),
  }
}

function slotOf(name: string, kind: string | undefined, text: string): Slot {
  if (kind !== undefined && !KINDS.includes(kind)) throw new Error(`no such kind of placeholder: ${kind} in ${text}`)
  return { name, kind: (kind ?? (KINDS.includes(name) ? name : 'text')) as Kind }
}

export interface Match {
  /** Where the message begins and ends in the line; what `rest` took is outside. */
  readonly start: number
  readonly end: number
  readonly values: Record<string, string>
  /** The line begins inside the message: its head was cut off. */
  readonly cut: boolean
}

/** Longest text that a placeholder takes: bounds the work on a line made of one piece again and again. */
const REACH = 256
/** What must be left of the first piece to know a message whose head was cut off. */
const CUT = 16

/**
 * The template in `line`, given that piece number `piece` would begin at `at` (below zero: before the line). Linear:
 * a placeholder ends where the next piece first occurs, and nothing is tried twice.
 */
export function matchAt(template: Template, line: string, piece: number, at: number): Match | null {
  const { pieces, between } = template
  const anchor = pieces[piece] ?? ''
  const cut = at < 0
  if (cut) {
    const left = anchor.slice(-at)
    if (piece > 0 || template.lead !== null || left.length < CUT || !line.startsWith(left)) return null
  } else if (!line.startsWith(anchor, at)) return null
  const values: Record<string, string> = {}
  let start = Math.max(at, 0)
  let end = at + anchor.length
  for (let next = piece + 1; next < pieces.length; next++) {
    const literal = pieces[next] ?? ''
    const found = line.slice(end, end + REACH + literal.length).indexOf(literal)
    if (found < 0 || !take(values, between[next - 1], line.slice(end, end + found))) return null
    end += found + literal.length
  }
  for (let before = piece - 1; before >= 0; before--) {
    const literal = pieces[before] ?? ''
    const from = Math.max(0, start - REACH - literal.length)
    const found = line.slice(from, start).lastIndexOf(literal)
    if (found < 0 || !take(values, between[before], line.slice(from + found + literal.length, start))) return null
    start = from + found
  }
  if (template.lead !== null) {
    const run = runBefore(line, start, template.lead.kind)
    if (!take(values, template.lead, run)) return null
    start -= run.length
  }
  if (template.trail !== null) {
    const run = runAfter(line, end, template.trail.kind)
    if (!take(values, template.trail, run)) return null
    if (template.trail.kind !== 'rest') end += run.length
  }
  return { start, end, values, cut }
}

/** Notes what a placeholder took, if it is of its kind. */
function take(values: Record<string, string>, slot: Slot | undefined, text: string): boolean {
  if (slot === undefined) return false
  const value = valueOfKind(slot.kind, text)
  if (value === null) return false
  values[slot.name] = value
  return true
}

/** The value of a placeholder, if the text is of its kind. */
export function valueOfKind(kind: Kind, text: string): string | null {
  switch (kind) {
    case 'number':
      return /^[+-]?\d{1,32}$/.test(text) ? text : null
    case 'hex':
      return /^(?:0x)?[0-9a-fA-F]{1,64}$/.test(text) ? text : null
    case 'word':
      return text !== '' && !text.includes(' ') ? text : null
    case 'device':
      return normalAddress(text)
    case 'bdf':
      return text.length <= 7 || text.startsWith('0x') ? normalAddress(text) : null
    case 'dbdf':
      return text.length > 7 && !text.startsWith('0x') ? normalAddress(text) : null
    case 'text':
    case 'rest':
      return text.trim()
  }
}

const HEX = '0123456789abcdefABCDEF'

/** Whether a placeholder at either end of a message runs over this character. */
function runsOver(kind: Kind, character: string): boolean {
  switch (kind) {
    case 'number':
      return '0123456789+-'.includes(character)
    case 'hex':
      return character === 'x' || HEX.includes(character)
    case 'device':
    case 'bdf':
    case 'dbdf':
      return character === ':' || character === '.' || HEX.includes(character)
    case 'word':
      return !' "\'`,;()[]<>|*'.includes(character)
    case 'text':
    case 'rest':
      return true
  }
}

function runBefore(line: string, end: number, kind: Kind): string {
  let from = end
  while (from > 0 && end - from < REACH && runsOver(kind, line.charAt(from - 1))) from--
  return line.slice(from, end)
}

function runAfter(line: string, from: number, kind: Kind): string {
  if (kind === 'rest') return line.slice(from)
  let end = from
  while (end < line.length && end - from < REACH && runsOver(kind, line.charAt(end))) end++
  const run = line.slice(from, end)
  // The full stop or the colon after it belongs to the sentence.
  return kind === 'text' ? run : run.replace(/[.:]{1,3}$/, '')
}

/** How many characters of the beginning of `literal` the line ends with, not reaching back beyond `from`. */
export function longestHead(literal: string, line: string, from: number): number {
  const last = line.charCodeAt(line.length - 1)
  for (let left = Math.min(literal.length - 1, line.length - from); left > 0; left--)
    if (literal.charCodeAt(left - 1) === last && line.endsWith(literal.slice(0, left))) return left
  return 0
}
