import type { Action } from '../model/remedy.ts'

/**
 * Puts a finding's values in the place of `{name}`, with the article that fits before it; a name without a value stays as
 * it is, and a test finds it.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/(\b[Aa] )?\{([a-zA-Z]+)\}/g, (whole, article: string | undefined, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return article === undefined ? value : `${article.trimEnd()}${soundsOpen(value) ? 'n' : ''} ${value}`
  })
}

/** Whether a word begins with the sound of a vowel: "an IVRS", "an NVMe", and "a USB", "a SATA". */
function soundsOpen(word: string): boolean {
  if (/^(?:LAN|NIC|RAID|SAS|SATA|SCSI)\b/.test(word)) return false
  return /^(?:[aeioAEIO]|[FHLMNRSX][A-Z0-9])/.test(word)
}

/** The same for every text of an action. */
export function fillAction(action: Action, values: Readonly<Record<string, string>>): Action {
  const filled = Object.entries(action).map(([key, value]) => [
    key,
    key !== 'do' && typeof value === 'string' ? fill(value, values) : value,
  ])
  // Filling keeps every key and the kind, so the shape is the same.
  return Object.fromEntries(filled) as Action
}
