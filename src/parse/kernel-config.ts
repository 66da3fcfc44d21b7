/**
 * A kernel configuration (.config): symbol → `y`, `m`, `n`, a number, or the text of a string without its quotes.
 * Every symbol of the file is in it, for what it lacks is known not to be set: a choice of ours would make a guess
 * of that. The lines are those that scripts/kconfig writes (conf_write_symbol in scripts/kconfig/confdata.c).
 */
export function parseKernelConfig(text: string): Readonly<Record<string, string>> {
  const symbols: Record<string, string> = {}
  // Ten thousand lines: a pattern over them takes twice as long.
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const next = newline < 0 ? text.length : newline
    const end = text[next - 1] === '\r' ? next - 1 : next
    if (text.startsWith('CONFIG_', from)) {
      const equals = text.indexOf('=', from)
      if (equals > 0 && equals < end) symbols[text.slice(from, equals)] = plain(text.slice(equals + 1, end))
    } else if (text.startsWith('# CONFIG_', from) && text.startsWith(NOT_SET, end - NOT_SET.length)) {
      symbols[text.slice(from + 2, end - NOT_SET.length)] = 'n'
    }
    from = next + 1
  }
  return symbols
}

const NOT_SET = ' is not set'

function plain(value: string): string {
  if (value === 'y' || value === 'm') return value
  const text = value.slice(0, 512)
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return (text.startsWith('"') ? text.replace(/^"|"$/g, '') : text).replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}
