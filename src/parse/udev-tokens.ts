/** One key of a rule of udev with what stands behind it: `ATTR{vendor}=="0x10de"`. */
export interface UdevToken {
  readonly key: string
  /** In braces behind the key; empty without. */
  readonly attribute: string
  readonly operator: '==' | '!=' | '=' | '+=' | '-=' | ':='
  readonly value: string
  /** Upper and lower case count for the same. */
  readonly insensitive: boolean
}

export interface UdevRule {
  readonly raw: string
  /** The first of its lines, counted from 1. */
  readonly line: number
  readonly tokens: readonly UdevToken[]
}

/**
 * The rules of a file: lines that a backslash joins, without comments (udev-rules.c: udev_rules_parse_file, parse_line). A
 * rule that is not well formed is left out, as udev does. Never fails.
 */
export function rulesOf(text: string): UdevRule[] {
  const rules: UdevRule[] = []
  let pending = ''
  let first = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (pending === '' && !line.endsWith('\\') && line.trim() === '') continue
    // A comment does not end a rule that goes on below it.
    if (line.trimStart().startsWith('#')) continue
    if (first === 0) first = index + 1
    if (line.endsWith('\\')) {
      pending += line.slice(0, -1)
      continue
    }
    const raw = pending + line
    const tokens = tokensOf(raw)
    if (tokens.length > 0) rules.push({ raw, line: first, tokens })
    pending = ''
    first = 0
  }
  return rules
}

function tokensOf(raw: string): UdevToken[] {
  const tokens: UdevToken[] = []
  const head = /[\s,]*([A-Z]{2,20})(?:\{([^}]{1,200})\})?\s*([=!]=|[+:-]?=)\s*([ei]{0,2})"/y
  let at = 0
  while (at < raw.length) {
    head.lastIndex = at
    const found = head.exec(raw)
    if (found === null) return /^[\s,]*$/.test(raw.slice(at)) ? tokens : []
    const [, key = '', attribute = '', operator, prefix = ''] = found
    const from = head.lastIndex
    let end = from
    while (end < raw.length && raw[end] !== '"') end += raw[end] === '\\' && raw[end + 1] === '"' ? 2 : 1
    if (raw[end] !== '"') return []
    const value = raw.slice(from, end).replaceAll('\\"', '"')
    const insensitive = prefix.includes('i')
    tokens.push({ key, attribute, operator: operator as UdevToken['operator'], value, insensitive })
    at = end + 1
  }
  return tokens
}
