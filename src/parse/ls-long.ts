/** A line of `ls -l`: permissions, owner, and where a link points. */
export interface LongLine {
  readonly kind: 'link' | 'character' | 'directory' | 'file'
  /** Permission bits, 0o777. */
  readonly mode: number
  readonly owner: string
  readonly group: string
  readonly name: string
  readonly target: string | null
}

const LINE =
  /^([lcdb-])([rwxsStT-]{9})[.+@]?\s{1,8}\d{1,9}\s{1,24}(\S{1,64})\s{1,24}(\S{1,64})\s{1,24}(?:\d{1,9},\s{0,8}\d{1,9}|[\d.,]{1,20}[KMGT]?)\s{1,8}(\S.{0,999})$/
/** The date is three words, or an ISO date and a time; words of any locale. The name is what follows it. */
const DATED =
  /^(?:\p{L}{1,9}\.?\s{1,3}\d{1,2}\.?\s{1,3}(?:\d{4}|\d{1,2}:\d{2})|\d{1,2}\.?\s{1,3}\p{L}{1,9}\.?\s{1,3}(?:\d{4}|\d{1,2}:\d{2})|\d{1,2}月\s{1,3}\d{1,2}日?\s{1,3}(?:\d{4}年?|\d{1,2}:\d{2})|\d{4}-\d{2}-\d{2}(?:\s\d{2}:\d{2}(?::\d{2}\S{0,12})?(?:\s[+-]\d{4})?)?)\s{1,3}(\S.*)$/u

export function parseLongLine(text: string): LongLine | null {
  const found = LINE.exec(text.trim())
  if (found === null) return null
  const [, type = '-', bits = '', owner = '', group = '', rest = ''] = found
  const words = DATED.exec(rest)?.[1]?.trim() ?? ''
  if (words === '') return null
  const arrow = words.indexOf(' -> ')
  return {
    kind: type === 'l' ? 'link' : type === 'c' ? 'character' : type === 'd' ? 'directory' : 'file',
    mode: modeOf(bits),
    owner,
    group,
    name: plain(arrow < 0 ? words : words.slice(0, arrow)),
    target: arrow < 0 ? null : plain(words.slice(arrow + 4)),
  }
}

/** ls quotes names for a shell, and people escape the colons. */
function plain(name: string): string {
  return name
    .replaceAll('\\', '')
    .replace(/^'(.*)'$/, '$1')
    .replace(/[*@/]$/, '')
    .trim()
}

function modeOf(bits: string): number {
  let mode = 0
  for (let i = 0; i < 9; i++) if (bits[i] !== '-' && bits[i] !== 'S' && bits[i] !== 'T') mode |= 1 << (8 - i)
  return mode
}
