import type { Parameter } from '../model/boot.ts'
import { cleanLine, LINE_LIMIT } from './clean.ts'
import { parseCommandLine } from './command-line.ts'

/** Lines kept of one file; with snapshots a menu has some hundreds. */
const LINE_COUNT = 4000

/** What of limine.conf the kernel is started with. */
export interface LimineLine {
  /** In the entry that starts, or in each that may. */
  readonly parameters: readonly Parameter[]
  /** In some of those that may. */
  readonly perhaps: readonly Parameter[]
}

interface Entry {
  readonly depth: number
  readonly open: boolean
  /** Titles from the top of the tree on. */
  readonly path: readonly string[]
  readonly options: Map<string, string>
}

/**
 * limine.conf: the `cmdline:` of the entry that starts. Which that is say `default_entry` (from 1 on, over the rows of the
 * menu, so that what a closed directory holds does not count; or titles joined by `/`) and, where it is not told for
 * certain, the root of the running line (CONFIG.md of Limine; common/menu.c: print_tree). null: such an entry has no line,
 * as with an EFI program, a unified kernel image for one, which brings its own. `KEY=value` is the form before version 8.
 */
export function parseLimineConfig(text: string, running: readonly Parameter[] = []): LimineLine | null {
  const { entries, options } = readMenu(text)
  if (entries.length === 0) {
    const line = lineOf(options)
    return line === null ? null : { parameters: line, perhaps: [] }
  }
  const chosen = chosenEntry(entries, options)
  const root = valueOf(running, 'root')
  const own = chosen === undefined ? null : lineOf(chosen.options)
  const other = root !== null && own !== null && valueOf(own, 'root') !== root
  if (chosen !== undefined && !other) return own === null ? null : { parameters: own, perhaps: [] }
  // The rows that start nothing are left out.
  const leaves = entries.filter((one) => one.options.has('protocol') || lineOf(one.options) !== null)
  const lines = likeRunning(
    leaves.map((one) => lineOf(one.options)),
    running,
  )
  const told = lines.filter((one) => one !== null)
  if (told.length === 0) return null
  const all = distinct(told.flat())
  const words = lines.map((line) => new Set((line ?? []).map((one) => one.text)))
  const common = all.filter((one) => words.every((line) => line.has(one.text)))
  const shared = new Set(common)
  // Where another system starts by itself, this one is started by hand.
  return other ? { parameters: [], perhaps: all } : { parameters: common, perhaps: all.filter((it) => !shared.has(it)) }
}

function readMenu(text: string): { readonly entries: readonly Entry[]; readonly options: ReadonlyMap<string, string> } {
  const macros = new Map<string, string>()
  const entries: Entry[] = []
  const global = new Map<string, string>()
  const titles: string[] = []
  for (const raw of text.split('\n', LINE_COUNT)) {
    const line = cleanLine(raw).trim()
    const macro = /^\$\{(\w{1,99})\}=(.*)$/.exec(line)
    const title = /^(\/{1,99}|:{1,99})(\+?)(.*)$/.exec(line)
    const option = /^(\w{1,99})[ \t]{0,99}[:=](.*)$/.exec(line)
    if (macro !== null) macros.set(macro[1] ?? '', macro[2] ?? '')
    else if (title !== null) {
      const depth = title[1]?.length ?? 1
      titles.splice(depth - 1, titles.length, (title[3] ?? '').trim())
      entries.push({ depth, open: title[2] === '+', path: [...titles], options: new Map() })
    } else if (option !== null) {
      const name = (option[1] ?? '').toLowerCase()
      // The first of a name counts (common/lib/config.c: config_get_value with index 0).
      const place = GLOBAL.has(name) ? global : (entries.at(-1)?.options ?? global)
      if (READ.has(name) && !place.has(name)) place.set(name, filledIn((option[2] ?? '').trim(), macros))
    }
  }
  return { entries, options: global }
}

/** With macros in their places; no longer than a line may be, however often one is named. */
function filledIn(value: string, macros: ReadonlyMap<string, string>): string {
  let length = 0
  const put = (all: string, name: string): string => {
    const text = length > LINE_LIMIT ? '' : (macros.get(name) ?? all)
    length += text.length
    return text
  }
  return value.replace(/\$\{(\w{1,99})\}/g, put).slice(0, LINE_LIMIT)
}

/** Options that are asked for below. */
const READ: ReadonlySet<string> = new Set([
  'default_entry',
  'remember_last_entry',
  'timeout',
  'if_fw_type',
  'if_arch',
  'protocol',
  'cmdline',
  'kernel_cmdline',
])

/** These may stand anywhere in the file. */
const GLOBAL: ReadonlySet<string> = new Set(['default_entry', 'remember_last_entry', 'timeout'])

/** undefined: it cannot be told, or a person chooses. */
function chosenEntry(entries: readonly Entry[], options: ReadonlyMap<string, string>): Entry | undefined {
  if (options.get('remember_last_entry')?.toLowerCase() === 'yes' || options.get('timeout') === 'no') return undefined
  // One row may be hidden, by the kind of the firmware or of the CPU, and then the next ones move up.
  if (
    entries.some(({ options: own }) => HIDING.some((name) => own.has(name)) || /^bios/i.test(own.get('protocol') ?? ''))
  )
    return undefined
  const wanted = options.get('default_entry') ?? '1'
  const found = /^\d{1,6}$/.test(wanted)
    ? rowsOf(entries)[Math.max(0, Number(wanted) - 1)]
    : entries.filter(({ path }) => path.join('/') === wanted)[0]
  if (found === undefined) return undefined
  const next = entries[entries.indexOf(found) + 1]
  // A directory starts nothing.
  return next !== undefined && next.depth > found.depth ? undefined : found
}

const HIDING = ['if_fw_type', 'if_arch']

/** Without what stands in a directory that is closed. */
function rowsOf(entries: readonly Entry[]): readonly Entry[] {
  let shut = Number.POSITIVE_INFINITY
  return entries.filter((one) => {
    if (one.depth > shut) return false
    shut = one.open ? Number.POSITIVE_INFINITY : one.depth
    return true
  })
}

/** null: the entry has none. A directory or an EFI program without one says nothing of the kernel's. */
function lineOf(options: ReadonlyMap<string, string>): readonly Parameter[] | null {
  const line = options.get('cmdline') ?? options.get('kernel_cmdline')
  if (line !== undefined) return parseCommandLine(line).parameters
  return options.get('protocol')?.toLowerCase() === 'linux' ? [] : null
}

type Line = readonly Parameter[] | null

/** Those that start what runs, by its root and the part of it; all where none does. */
function likeRunning(lines: readonly Line[], running: readonly Parameter[]): readonly Line[] {
  return ['root', 'rootflags'].reduce((left, name) => {
    const wanted = valueOf(running, name)
    const same = wanted === null ? [] : left.filter((one) => one !== null && valueOf(one, name) === wanted)
    return same.length > 0 ? same : left
  }, lines)
}

function valueOf(parameters: readonly Parameter[], name: string): string | null {
  return parameters.find((one) => one.name === name)?.value ?? null
}

function distinct(parameters: readonly Parameter[]): readonly Parameter[] {
  const seen = new Set<string>()
  return parameters.filter(({ text }) => !seen.has(text) && seen.add(text).size > 0)
}
