import type { OsFacts } from '../model/system.ts'
import { cleanLine } from './clean.ts'

/** What os-release says by itself; the flavour is told by other files. */
export type OsRelease = Omit<OsFacts, 'flavour'>

/**
 * An os-release file, by os-release(5): assignments of a shell, where the last one of a name counts, and defaults for
 * what is left out. null where the text has none of its assignments.
 */
export function parseOsRelease(text: string): OsRelease | null {
  const values = new Map<string, string>()
  for (const raw of text.split('\n', 1000)) {
    const found = /^\s{0,16}([A-Z][A-Z0-9_]{0,63})=(.*)$/.exec(cleanLine(raw))
    if (found?.[1] !== undefined && found[2] !== undefined) values.set(found[1], unquote(found[2].trim()))
  }
  const get = (key: string): string | null => {
    const value = values.get(key)
    return value === undefined || value === '' ? null : value
  }
  if (['ID', 'NAME', 'PRETTY_NAME'].every((key) => get(key) === null)) return null
  const version = get('VERSION_ID')
  return {
    id: (get('ID') ?? 'linux').toLowerCase(),
    like: (get('ID_LIKE') ?? '').toLowerCase().split(' ').filter(Boolean),
    name: get('PRETTY_NAME') ?? [get('NAME') ?? 'Linux', get('VERSION') ?? version].filter(Boolean).join(' '),
    version,
  }
}

/** Takes off one pair of quotes; within double ones a backslash protects `"`, `$`, a backquote and itself. */
function unquote(value: string): string {
  const quote = value[0]
  if (value.length < 2 || !value.endsWith(quote ?? '')) return value
  if (quote === "'") return value.slice(1, -1)
  return quote === '"' ? value.slice(1, -1).replace(/\\(["$`\\])/g, '$1') : value
}
