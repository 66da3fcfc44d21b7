/** A line of modules.alias for PCI devices: each part in upper-case hexadecimal, or `*`. */
interface Alias {
  /** Subsystem vendor and device, base class, subclass, programming interface. */
  readonly rest: readonly string[]
  readonly module: string
}

/** Answers which modules match a modalias, in the order of the file. */
export type ModuleLookup = (modalias: string) => readonly string[]

/**
 * Indexes the PCI lines of modules.alias (`alias pci:v00008086d00001533sv*sd*bc*sc*i* igb`; do_pci_entry in
 * scripts/mod/file2alias.c) that can match the given vendors (four hex digits). Lines of drivers that want an
 * override (`vfio_pci:…`) are none that would claim the device by themselves.
 */
export function indexPciAliases(text: string, vendors: ReadonlySet<string>): ModuleLookup {
  const wanted = new Set([...vendors].map((one) => one.toUpperCase().padStart(8, '0')))
  const index = new Map<string, { readonly order: number; readonly alias: Alias }[]>()
  const start = 'alias pci:v'
  let order = 0
  for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, at + start.length)) {
    const from = at + start.length
    if (text[from] !== '*' && !wanted.has(text.slice(from, from + 8))) continue
    const end = text.indexOf('\n', from)
    const line = text.slice(from - 1, Math.min(end === -1 ? text.length : end, from + 200))
    const form = idsOf(line)
    const module = form === null ? undefined : /^\*? ([\w-]{1,64})\s*$/.exec(form.after)?.[1]
    if (form === null || module === undefined) continue
    const [vendor, device, ...rest] = form.ids
    const key = `${vendor}:${device}`
    const list = index.get(key) ?? []
    list.push({ order: order++, alias: { rest, module: module.replaceAll('-', '_') } })
    index.set(key, list)
  }
  const answers = new Map<string, readonly string[]>()
  return (modalias) => {
    const before = answers.get(modalias)
    if (before !== undefined) return before
    const found = match(index, modalias)
    answers.set(modalias, found)
    return found
  }
}

function match(
  index: ReadonlyMap<string, readonly { readonly order: number; readonly alias: Alias }[]>,
  modalias: string,
): readonly string[] {
  const form = modalias.startsWith('pci:') ? idsOf(modalias.slice('pci:'.length)) : null
  if (form?.after !== '') return []
  const [vendor, device, ...rest] = form.ids
  const lines = [`${vendor}:${device}`, `${vendor}:*`, `*:${device}`, '*:*'].flatMap((key) => index.get(key) ?? [])
  const matching = lines.filter(({ alias }) => alias.rest.every((part, at) => part === '*' || part === rest[at]))
  return [...new Set(matching.sort((a, b) => a.order - b.order).map(({ alias }) => alias.module))]
}

/** The fields of a modalias, and their digits. */
const FIELDS = [
  { mark: 'v', digits: 8 },
  { mark: 'd', digits: 8 },
  { mark: 'sv', digits: 8 },
  { mark: 'sd', digits: 8 },
  { mark: 'bc', digits: 2 },
  { mark: 'sc', digits: 2 },
  { mark: 'i', digits: 2 },
] as const

/** The seven fields at the beginning of a text, `*` for any, and what comes after them. null: another form. */
function idsOf(text: string): { readonly ids: readonly string[]; readonly after: string } | null {
  const ids: string[] = []
  let at = 0
  for (const { mark, digits } of FIELDS) {
    if (!text.startsWith(mark, at)) return null
    at += mark.length
    const id = text.slice(at, at + (text[at] === '*' ? 1 : digits))
    if (id !== '*' && !(id.length === digits && /^[0-9A-F]+$/.test(id))) return null
    ids.push(id)
    at += id.length
  }
  return { ids, after: text.slice(at) }
}
