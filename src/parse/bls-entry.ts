import { cleanLine } from './clean.ts'

/** A Type #1 entry of the UAPI group's Boot Loader Specification. */
export interface BlsEntry {
  readonly title: string | null
  readonly version: string | null
  readonly linux: string | null
  readonly initrd: readonly string[]
  /** Every `options` line, joined, with variables filled in. */
  readonly options: string
  /** Names of the variables in `options`. */
  readonly variables: readonly string[]
}

/**
 * One file of loader/entries. `$kernelopts` and its like are GRUB's (RHEL 8, older Fedora) and come from its
 * environment block; an unknown one is nothing. Never fails.
 */
export function parseBlsEntry(text: string, environment: ReadonlyMap<string, string> = new Map()): BlsEntry {
  const fields = new Map<string, string[]>()
  for (const raw of text.slice(0, 262_144).split('\n')) {
    const line = cleanLine(raw).trim()
    const blank = line.indexOf(' ')
    if (blank < 0 || line.startsWith('#')) continue
    const key = line.slice(0, blank)
    fields.set(key, [...(fields.get(key) ?? []).slice(0, 63), line.slice(blank).trim()])
  }
  const variables: string[] = []
  const options = (fields.get('options') ?? [])
    .join(' ')
    .replace(/\$(?:\{(\w{1,100})\}|(\w{1,100}))/g, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? ''
      variables.push(name)
      return environment.get(name) ?? ''
    })
  const first = (key: string): string | null => fields.get(key)?.[0] ?? null
  return {
    title: first('title'),
    version: first('version'),
    linux: first('linux'),
    initrd: fields.get('initrd') ?? [],
    options: options.trim(),
    variables,
  }
}
