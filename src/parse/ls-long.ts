/** A line of `ls -l`: permissions, owner, and where a link points. */
export interface LongLine {
  readonly kind: 'link' | 'character' | 'directory' | 'file'
  readonly mode: number
  readonly owner: string
  readonly group: string
  readonly name: string
  readonly target: string | null
}

const LINE =
  /^\s*([lcdb-])([rwxsStT-]{9})[.+@]?\s+\d+\s+(\S{1,32})\s+(\S{1,32})\s+(?:\d+,\s*)?[\d.]+[KMG]?\s+(.{1,400})$/

export function parseLongLine(text: string): LongLine | null {
  const found = LINE.exec(text)
  if (found === null) return null
  const [, type = '-', bits = '', owner = '', group = '', rest = ''] = found
  // The date is three words, or an ISO date and a time; the name is what follows it.
  const named =
    /^(?:\p{L}{2,5}\.?\s+\d{1,2}\.?\s+(?:\d{4}|\d{1,2}:\d{2})|\d{1,2}\.?\s+\p{L}{2,5}\.?\s+(?:\d{4}|\d{1,2}:\d{2})|\d{4}-\d{2}-\d{2}(?:\s+\d{2}:\d{2}(?::\d{2}\S*)?(?:\s[+-]\d{4})?)?)\s+(.+)$/u.exec(
      rest,
    )
  const words = (named?.[1] ?? '').trim()
  if (words === '') return null
  const arrow = words.indexOf(' -> ')
  return {
    kind: type === 'l' ? 'link' : type === 'c' ? 'character' : type === 'd' ? 'directory' : 'file',
    mode: modeOf(bits),
    owner,
    group,
    name: (arrow < 0 ? words : words.slice(0, arrow)).replaceAll('\\', ''),
    target: arrow < 0 ? null : words.slice(arrow + 4).replaceAll('\\', ''),
  }
}

function modeOf(bits: string): number {
  let mode = 0
  for (let i = 0; i < 9; i++) if (bits[i] !== '-' && bits[i] !== 'S' && bits[i] !== 'T') mode |= 1 << (8 - i)
  return mode
}

/** The chain of PCI addresses in a sysfs path, outermost first. */
export function pathAddresses(path: string): readonly string[] {
  return [...path.matchAll(/(?:^|\/)([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?=\/|$)/gi)].map((one) =>
    (one[1] ?? '').toLowerCase(),
  )
}
