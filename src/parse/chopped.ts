import type { Kind, Message } from '../knowledge/message.ts'
import type { Known } from './message-index.ts'
import { longestHead, matchAt, valueOfKind, type Match, type Template } from './message-template.ts'

/** What must be left of a message to know it, as of one whose head was cut off. */
const LEFT = 16
/** Characters of a message by which it is looked up. */
const KEY = 4
/** Places in a line where a message may begin: behind a label and a colon. */
const PLACES = 12

/** What a line may hold of a placeholder that it ends in. */
const PART: Readonly<Record<Kind, RegExp>> = {
  number: /^[+-]?\d+$/,
  hex: /^(?:0x)?[\da-fA-F]+$/,
  device: /^[\da-fA-F]{2,8}[\da-fA-F:.]*$/,
  bdf: /^[\da-fA-F]{2}[\da-fA-F:.]*$/,
  dbdf: /^[\da-fA-F]{4,8}[\da-fA-F:.]*$/,
  word: /^\S*$/,
  text: /^/,
  rest: /^/,
}

/** Finds the message that a line ends in the middle of: the place, and what is left of it. */
export type ChoppedFinder = (line: string) => { readonly known: Known; readonly match: Match } | null

/** The mark that `less -S`, and so journalctl, puts at the edge of the screen, and the one of systemctl. */
export function withoutMark(line: string): string | null {
  switch (line.at(-1)) {
    case '>':
    case '…':
      return line.slice(0, -1)
    case '.':
      return line.endsWith('...') ? line.slice(0, -3) : null
    default:
      return null
  }
}

/**
 * A finder for messages whose tail was cut off. Only those that begin with fixed words are known by their head, and only
 * where no line that is known of another topic goes on from the same words.
 */
export function buildChoppedFinder(all: Iterable<Known>): ChoppedFinder {
  const heads = new Map<string, Known[]>()
  const examples: Message[] = []
  for (const known of all) {
    examples.push(known.message)
    const key = known.message.alone ? null : headOf(known.message)
    if (key === null) continue
    const others = heads.get(key)
    if (others === undefined) heads.set(key, [known])
    else others.push(known)
  }
  // A message can be cut in as many places as it has characters, whatever the log.
  const doubts = new Map<string, boolean>()
  return (line) => {
    for (const start of places(line)) {
      let best: { readonly known: Known; readonly head: Head } | null = null
      for (const known of heads.get(line.slice(start, start + KEY)) ?? []) {
        const head = headIn(known.template(), line, start)
        if (head !== null && head.fixed >= LEFT && head.fixed > (best?.head.fixed ?? 0)) best = { known, head }
      }
      if (best === null) continue
      const { known, head } = best
      const cut = `${known.message.id} ${head.left.pieces.length} ${head.left.pieces.at(-1)?.length}`
      const doubt =
        doubts.get(cut) ?? examples.some((one) => one.topic !== known.message.topic && occurs(head.left, one.example))
      doubts.set(cut, doubt)
      return doubt ? null : { known, match: head.match }
    }
    return null
  }
}

interface Head {
  readonly match: Match
  /** Characters of the message's own words among it. */
  readonly fixed: number
  /** The template as far as it is there. */
  readonly left: Template
}

function headOf({ text }: Message): string | null {
  const key = text.slice(0, KEY)
  return key.length < KEY || key.includes('{') ? null : key
}

function* places(line: string): Iterable<number> {
  let found = 0
  for (let at = 0; at >= 0 && found < PLACES; found++) {
    yield at
    const next = /[:\]] /g
    next.lastIndex = at
    const label = next.exec(line)
    at = label === null ? -1 : label.index + 2
  }
}

function occurs(template: Template, example: string): boolean {
  const [first = ''] = template.pieces
  for (let at = example.indexOf(first); at >= 0; at = example.indexOf(first, at + 1))
    if (matchAt(template, example, 0, at) !== null) return true
  return false
}

/** As much of the template as stands between `start` and the end of the line; null where it stands there whole, or not. */
function headIn({ pieces, between }: Template, line: string, start: number): Head | null {
  const values: Record<string, string> = {}
  let at = start
  let fixed = 0
  for (let next = 0; next < pieces.length; next++) {
    const literal = pieces[next] ?? ''
    const slot = next === 0 ? undefined : between[next - 1]
    const whole = slot === undefined ? (line.startsWith(literal, at) ? at : -1) : line.indexOf(literal, at)
    const end = whole < 0 ? line.length : whole
    if (slot === undefined && whole < 0 && !literal.startsWith(line.slice(at))) return null
    const left = whole >= 0 ? 0 : slot === undefined ? line.length - at : longestHead(literal, line, at)
    if (slot !== undefined) {
      const value = valueOfKind(slot.kind, line.slice(at, end - left))
      // The line may also end inside of what the placeholder stands for.
      if (value === null && (whole >= 0 || left > 0 || !PART[slot.kind].test(line.slice(at)))) return null
      if (value !== null && (whole >= 0 || left > 0)) values[slot.name] = value
    }
    if (whole < 0) {
      const there = [...pieces.slice(0, next), ...(left > 0 ? [literal.slice(0, left)] : [])]
      const template = { pieces: there, between: between.slice(0, there.length - 1), lead: null, trail: null, fixed }
      const match = { start, end: line.length, values, cut: false }
      return { match, fixed: fixed + left, left: template }
    }
    at = whole + literal.length
    fixed += literal.length
  }
  return null
}
