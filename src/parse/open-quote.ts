/** A quote of a shell file that is never closed, or not where it was meant to be. */
export interface OpenQuote {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  /** With this mark at the end of that line all quotes of the file are closed; null: that alone does not mend it. */
  readonly mark: '"' | "'" | null
}

/** More than any configuration of a boot loader has. */
const LENGTH = 65_536
/** Quotes that run over a line's end and may be the one: a broken file has a few. */
const TRIES = 32

/**
 * The quote that leaves a shell at the end of the file looking for its other half, which it ends with (POSIX shell, 2.2
 * and 2.10.2). A quote that is left open swallows the text up to the next one, which then opens what was meant to be
 * plain; so the line is told by closing it: the first that mends the file. null: all are closed, or what stands in the
 * file is more than is followed here. Never fails.
 */
export function openQuote(text: string): OpenQuote | null {
  if (text.length > LENGTH) return null
  const found = scan(text)
  if (found === null || found.open === null) return null
  for (const { at } of likelyFirst(text, found.spanning).slice(0, TRIES)) {
    const mark = text[at] === "'" ? "'" : '"'
    const end = lineEnd(text, at)
    const mended = scan(`${text.slice(0, end)}${mark}${text.slice(end)}`)
    if (mended !== null && mended.open === null) return { ...lineAt(text, at), mark }
  }
  return `"'`.includes(text[found.open] ?? ' ') ? { ...lineAt(text, found.open), mark: null } : null
}

/** The text with that quote closed. */
export function closeQuote(text: string, quote: OpenQuote): string {
  if (quote.mark === null) return text
  const lines = text.split('\n')
  const at = quote.line - 1
  lines[at] = `${(lines[at] ?? '').replace(/\r$/, '')}${quote.mark}`
  return lines.join('\n')
}

interface Scan {
  /** Where that begins which the end of the file is in; null: nothing is open there. */
  readonly open: number | null
  /** Quotes that run over a line's end, with the one that is open. */
  readonly spanning: readonly Span[]
}

interface Span {
  readonly at: number
  readonly end: number
}

/** One that has swallowed an assignment was hardly meant to run so far; a long list over several lines was. */
function likelyFirst(text: string, spans: readonly Span[]): readonly Span[] {
  const swallows = ({ at, end }: Span): boolean =>
    /\n[ \t]{0,99}(?:export[ \t]{1,9})?[A-Za-z_]\w{0,99}=/.test(text.slice(at, end))
  return [...spans.filter(swallows), ...spans.filter((one) => !swallows(one))]
}

/** null: a here-document, `$'…'`, a `case` in a substitution or a quote inside braces, which are not followed. */
function scan(text: string): Scan | null {
  const spanning: Span[] = []
  /** What the place is in, from the outside in. */
  const within: { readonly kind: '"' | '('; readonly at: number }[] = []
  const openAt = (at: number): Scan => {
    const outer = within[0]?.at ?? at
    return { open: outer, spanning: [...spanning, { at: outer, end: text.length }] }
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    const top = within.at(-1)
    const quoted = top?.kind === '"'
    if (char === '\\') at++
    else if (char === '"') {
      if (!quoted) within.push({ kind: '"', at })
      else {
        within.pop()
        if (within.length === 0 && text.slice(top.at, at).includes('\n')) spanning.push({ at: top.at, end: at })
      }
    } else if (char === '`') {
      // Up to the next one, whatever stands between (POSIX shell, 2.6.3).
      let close = at + 1
      while (close < text.length && text[close] !== '`') close += text[close] === '\\' ? 2 : 1
      if (close >= text.length) return openAt(at)
      at = close
    } else if (char === '$' && text[at + 1] === '(') within.push({ kind: '(', at: ++at })
    else if (char === '$' && text[at + 1] === '{') {
      const close = text.indexOf('}', at)
      if (close < 0 || /["'\\`$\n]/.test(text.slice(at + 1, close))) return null
      at = close
    } else if (quoted) continue
    else if (char === '$' && text[at + 1] === "'") return null
    else if (char === "'") {
      const close = text.indexOf("'", at + 1)
      if (close < 0) return openAt(at)
      if (within.length === 0 && text.slice(at, close).includes('\n')) spanning.push({ at, end: close })
      at = close
    } else if (char === '#' && (at === 0 || /[\s;&|()]/.test(text[at - 1] ?? ''))) at = lineEnd(text, at) - 1
    else if (char === '<' && text[at + 1] === '<') return null
    else if (char === '(' && top !== undefined) within.push({ kind: '(', at })
    else if (char === ')' && top !== undefined) within.pop()
    else if (top !== undefined && /^case\s/.test(text.slice(at, at + 5))) return null
  }
  return within.length === 0 ? { open: null, spanning } : openAt(text.length)
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  const last = end < 0 ? text.length : end
  return text[last - 1] === '\r' && last > at ? last - 1 : last
}

function lineAt(text: string, at: number): { readonly line: number; readonly text: string } {
  const start = text.lastIndexOf('\n', at) + 1
  return { line: text.slice(0, start).split('\n').length, text: text.slice(start, lineEnd(text, at)) }
}
