/**
 * A kernel configuration (.config): symbol → `y`, `m`, `n`, a number, or the text of a string without its quotes.
 * Every symbol of the file is in it, for what it lacks is known not to be set: a choice of ours would make a guess
 * of that. The lines are those that scripts/kconfig writes (conf_write_symbol in scripts/kconfig/confdata.c).
 */
export function parseKernelConfig(text: string): Readonly<Record<string, string>> {
  const symbols: Record<string, string> = {}
  for (const found of text.matchAll(/^(?:# )?(CONFIG_[A-Za-z0-9_]{1,120})(?:=([^\n\r]{0,512})| is not set)/gm)) {
    const [line, name, value] = found
    if (name === undefined || (value !== undefined && line.startsWith('#'))) continue
    symbols[name] = value === undefined ? 'n' : plain(value)
  }
  return symbols
}

function plain(value: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return (value.startsWith('"') ? value.replace(/^"|"$/g, '') : value).replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
}
