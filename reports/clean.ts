/** Longest prose kept, in UTF-16 units: a kernel log line has about a thousand bytes, a name a hundred. */
const LONGEST = 2000

/** Keys whose strings are commands or pieces of files, where line breaks and tabs mean something. */
const BLOCKS: ReadonlySet<string> = new Set(['run', 'undo', 'text'])

/**
 * A string of the examined machine, fit for a terminal or a page: one line, blanks plain, and whatever is invisible
 * (control characters, escape sequences, bidirectional overrides, zero-width characters, lone surrogates) shown as its
 * code, so that it neither acts nor hides. Stacks of combining marks are cut to two.
 */
export function clean(text: string): string {
  if (isPlain(text)) return text.trim()
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)} [...]` : text
  return reveal(short.replace(/[\t\r\n\p{Zs}\p{Zl}\p{Zp}]+/gu, ' '))
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
}

/** The same for a command or a piece of a file: line breaks and tabs stay, nothing is cut. */
export function cleanBlock(text: string): string {
  const trimmed = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
  return isPlain(trimmed) ? trimmed : reveal(trimmed, '\t\n')
}

/** Every string of a value cleaned; shape and types stay. The one place where a report's strings enter a rendering. */
export function cleanAll<T>(value: T): T {
  // Strings become strings and the shape stays, so the type does.
  return walk(value, '') as T
}

function walk(value: unknown, key: string): unknown {
  if (typeof value === 'string') return BLOCKS.has(key) ? cleanBlock(value) : clean(value)
  if (Array.isArray(value)) return value.map((one) => walk(one, key))
  if (typeof value !== 'object' || value === null) return value
  const cleaned: Record<string, unknown> = {}
  for (const name in value) cleaned[name] = walk((value as Record<string, unknown>)[name], name)
  return cleaned
}

/** Each invisible character as its code: `\x1b`, `\u202e`, `\u{e0041}`. */
export function reveal(text: string, keep = ''): string {
  return text.replace(invisible(), (character) =>
    keep.includes(character) ? character : code(character.codePointAt(0) ?? 0),
  )
}

/** Unicode's own list of what shows as nothing, and what steers a terminal or the direction of text. */
function invisible(): RegExp {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
}

function code(point: number): string {
  const hex = point.toString(16)
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/** Letters of Latin, dashes, quotation marks and an ellipsis are as plain as ASCII. */
function isPlain(text: string): boolean {
  return text.length <= LONGEST && /^[\x20-\x7e\u00ae-\u024f\u2013-\u2026]*$/.test(text)
}
