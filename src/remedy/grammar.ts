/**
 * Texts of an action may come from a stranger's machine. Only what fits one of these grammars becomes a part of a
 * command; everything else is said in words. A placeholder that nobody filled (`explain` has no machine) turns into
 * an upper-case word that stands in for it.
 */
const PLACEHOLDER = /^\{[a-zA-Z]{1,40}\}$/

/** What a person has to put in the place of each word. */
export const STAND_INS: Readonly<Record<string, string>> = {
  ADDRESS: "the function's address, such as 0000:04:00.0 (lspci -D)",
  'VVVV DDDD': 'the vendor and device id, such as 10de 1b80 (lspci -nn)',
  'VVVV:DDDD': 'the vendor and device id, such as 10de:1b80 (lspci -nn)',
  PARAMETER: 'the parameter that the finding names',
  MODULE: 'the module that the finding names',
  OPTION: 'the option that the finding names',
  COUNT: 'the number that the finding names',
  KIB: 'the memory of the guest and 1 GiB, in KiB (8 GiB and 1 GiB are 9437184)',
  GROUP_ID: 'the number of the IOMMU group',
  VMID: 'the number of the guest (qm list)',
  USERNAME: 'your user, who is not root',
  GUEST: 'the name of the guest (virsh list --all)',
}

function fits(text: string, grammar: RegExp, standIn: string): string | null {
  if (PLACEHOLDER.test(text)) return standIn
  return grammar.test(text) ? text : null
}

/** `DDDD:BB:DD.F` in lower case, with the domain put in where it is left out; null where it is no address. */
export function address(text: string): string | null {
  const full = /^[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i.test(text) ? `0000:${text}` : text
  const found = fits(full, /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i, 'ADDRESS')
  return found === 'ADDRESS' ? found : (found?.toLowerCase() ?? null)
}

/** `vvvv:dddd` in lower case. */
export function deviceId(text: string): string | null {
  const found = fits(text, /^[0-9a-f]{4}:[0-9a-f]{4}$/i, 'VVVV:DDDD')
  return found === 'VVVV:DDDD' ? found : (found?.toLowerCase() ?? null)
}

export function moduleName(text: string): string | null {
  return fits(text, /^[a-z0-9_][a-z0-9_-]{0,63}$/, 'MODULE')
}

/** A kernel parameter without blanks, quotes or anything that a shell or sed would read as its own. */
export function parameter(text: string): string | null {
  return fits(text, /^[a-z0-9_][a-z0-9_.-]{0,63}(=[a-z0-9_.,:=@/+-]{0,400})?$/i, 'PARAMETER')
}

/** A word that stands on a command line by mistake: a parameter, or ids that a blank tore off their list. */
export function strayWord(text: string): string | null {
  return /^[0-9a-f]{4}:[0-9a-f:,]{4,200}$/i.test(text) ? text : parameter(text)
}

/** A module option: the same, without a module in front. */
export function option(text: string): string | null {
  return fits(text, /^[a-z0-9_]{1,64}(=[a-z0-9_.,:@-]{0,400})?$/i, 'OPTION')
}

export function count(text: string): string | null {
  return fits(text, /^[0-9]{1,18}$/, 'COUNT')
}

export function groupNumber(text: string): string | null {
  return fits(text, /^[0-9]{1,9}$/, 'GROUP_ID')
}

/** A file below a directory that holds configuration; no `..`, nothing that a shell reads as its own. */
export function configPath(text: string): string | null {
  const grammar = /^\/(?:etc|boot|efi|run|lib|usr\/lib|usr\/local\/lib)(?:\/[a-z0-9_@+-][a-z0-9_.@+-]{0,200}){1,12}$/i
  return text.length <= 400 && grammar.test(text) ? text : null
}

/** One line of configuration that can stand between single quotes and in a sed expression. */
export function configLine(text: string): string | null {
  return /^[a-z0-9_ .,:=@/+#"()[\]-]{1,400}$/i.test(text) ? text : null
}

/** Most functions, modules or ids that one remedy speaks of. */
const MOST = 64

export interface Sorted {
  /** Each once, in the order given. */
  readonly good: readonly string[]
  /** How many were left out because they do not fit, or are too many. */
  readonly left: number
}

/** Splits blank-separated words and keeps those that fit. */
export function words(text: string, grammar: (word: string) => string | null): Sorted {
  const all = text.split(/\s+/).filter((word) => word !== '')
  const fitting = all.map(grammar).filter((word) => word !== null)
  const good = [...new Set(fitting)].slice(0, MOST)
  return { good, left: all.length - fitting.length + Math.max(0, new Set(fitting).size - MOST) }
}

/** Foreign text made fit to be said: one line, no control or direction marks (CVE-2021-42574), bounded. */
export function plainText(text: string, limit = 400): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g, ' ').slice(0, limit)
}

/** The same for a piece of configuration of several lines. */
export function plainBlock(text: string): string {
  return text
    .split('\n')
    .slice(0, 100)
    .map((line) => plainText(line))
    .join('\n')
}
