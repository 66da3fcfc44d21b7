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
  const form = aliasForm()
  let order = 0
  for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, at + start.length)) {
    const from = at + start.length
    if (text[from] !== '*' && !wanted.has(text.slice(from, from + 8))) continue
    const end = text.indexOf('\n', from)
    const line = text.slice(from - 1, Math.min(end === -1 ? text.length : end, from + 200))
    const found = form.exec(line)
    if (found === null) continue
    const [, vendor = '*', device = '*', sv = '*', sd = '*', bc = '*', sc = '*', pi = '*', module = ''] = found
    const key = `${vendor}:${device}`
    const list = index.get(key) ?? []
    list.push({ order: order++, alias: { rest: [sv, sd, bc, sc, pi], module: module.replaceAll('-', '_') } })
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
  const found = modaliasForm().exec(modalias)
  if (found === null) return []
  const [, vendor = '', device = '', ...rest] = found
  const lines = [`${vendor}:${device}`, `${vendor}:*`, `*:${device}`, '*:*'].flatMap((key) => index.get(key) ?? [])
  const matching = lines.filter(({ alias }) => alias.rest.every((part, at) => part === '*' || part === rest[at]))
  return [...new Set(matching.sort((a, b) => a.order - b.order).map(({ alias }) => alias.module))]
}

function aliasForm(): RegExp {
  const long = String.raw`(\*|[0-9A-F]{8})`
  const short = String.raw`(\*|[0-9A-F]{2})`
  return new RegExp(String.raw`^v${long}d${long}sv${long}sd${long}bc${short}sc${short}i${short}\*? ([\w-]{1,64})\s*$`)
}

function modaliasForm(): RegExp {
  const long = '([0-9A-F]{8})'
  const short = '([0-9A-F]{2})'
  return new RegExp(`^pci:v${long}d${long}sv${long}sd${long}bc${short}sc${short}i${short}$`)
}
