import type { OsFacts } from '../model/system.ts'

/** What a name of the system, a line of os-release or a word of the kernel's command line says of how it is kept. */
const SIGNS: readonly (readonly [RegExp, OsFacts['flavour']])[] = [
  [/\bnixos\b/i, 'nixos'],
  [/\btalos\b/i, 'talos'],
  [/\bunraid\b/i, 'unraid'],
  [/\btruenas\b/i, 'truenas'],
  [/\bproxmox\b/i, 'proxmox'],
  [/\b(?:silverblue|kinoite|sericea|onyx|coreos|bazzite|bluefin|ucore)\b|\bsway atomic\b|^OSTREE_VERSION=/i, 'ostree'],
  [/\bmicroos\b|\b(?:leap|sle?)[ -]micro\b|\bopensuse[ -](?:aeon|kalpa)\b/i, 'transactional'],
]

/** The specific before the generic, as for a live host (collect/os.ts), by the words that a post has of it. */
export function flavourOfWords(words: readonly string[]): OsFacts['flavour'] | undefined {
  return SIGNS.find(([pattern]) => words.some((one) => pattern.test(one)))?.[1]
}
