import { readShellWord, skipBlanks } from './shell-words.ts'

/** A place that a command looks into, of which an empty answer tells something. */
export type SearchedPlace =
  | { readonly kind: 'groups' }
  | { readonly kind: 'units' }
  /** The directory of ACPI tables, searched for these. */
  | { readonly kind: 'directory'; readonly tables: readonly TableName[] }
  /** A kernel log, searched for what would tell of these tables, or of devices that joined a group. */
  | { readonly kind: 'log'; readonly tables: readonly TableName[]; readonly groups: boolean }

export type TableName = 'DMAR' | 'IVRS'

export interface SearchCommand {
  readonly places: readonly SearchedPlace[]
  /** It prints a number: 0 is its empty answer. */
  readonly counts: boolean
}

/**
 * Lines that each start of a kernel prints where firmware has the table: the list of tables (acpi_tb_print_table_header
 * in drivers/acpi/acpica/tbprint.c), and what the driver says of it whether or not it is switched on (parse_dmar_table
 * in drivers/iommu/intel/dmar.c; for AMD it is silent where it is switched off, which the command line tells).
 */
const LINES = {
  DMAR: [
    'ACPI: DMAR 0x000000007B7E5000 0000A8 (v01 INTEL  EDK2     00000002      01000013)',
    'DMAR: Host address width 39',
  ],
  IVRS: ['ACPI: IVRS 0x000000009B7E5000 0000D0 (v02 AMD    AmdTable 00000001 AMD  00000001)', 'AMD-Vi: '],
} as const
const TABLES = ['DMAR', 'IVRS'] as const
/** What it prints of each device that an IOMMU serves (iommu_group_add_device in drivers/iommu/iommu.c; before 5.3 the other). */
const JOINED = ['pci 0000:00:02.0: Adding to iommu group 0', 'iommu: Adding device 0000:00:02.0 to group 0']

const LONGEST = 600

/** What a command looks into, as far as its empty answer would tell; null for every other command. */
export function searchCommand(command: string): SearchCommand | null {
  if (command.length > LONGEST || !/dmesg|journalctl|grep|iommu|acpi/i.test(command)) return null
  if (/^for \w{1,20} in .{0,80}\/sys\/kernel\/iommu_groups\b.{0,500}\bdone(?: ?[|;].{0,40})?$/.test(command)) {
    return { places: [{ kind: 'groups' }], counts: false }
  }
  const all = commands(command).map(placeOf)
  const places = all.filter((one) => one !== null)
  if (places.length === 0 || places.length < all.length) return null
  return { places: places.map((one) => one.place), counts: places.some((one) => one.counts) }
}

type Words = readonly string[]

/** The pipelines of a line that `;` parts (and the first of those that `&&` does), each as its programs' words. */
function commands(text: string): readonly (readonly Words[])[] {
  const all: string[][][] = [[[]]]
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    const char = text[at] ?? ''
    if (text.startsWith('&&', at)) break
    if (char === ';' || char === '|') {
      if (char === ';') all.push([[]])
      else all.at(-1)?.push([])
      at++
      continue
    }
    const word = readShellWord(text, at, ' \t|;')
    // A character that is in no word (`&`) ends what is understood.
    if (word.end === at) return []
    const plain = word.pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.written)).join('')
    if (!/^2>(?:&1|\/dev\/null)$/.test(plain)) all.at(-1)?.at(-1)?.push(plain)
    at = word.end
  }
  return all.filter((pipeline) => pipeline.some((words) => words.length > 0))
}

/** Programs at the end of a pipe that print nothing where nothing comes in. */
const PASSES = /^(?:sort|uniq|less|more|cat|head|tail|column|tee)$/

function placeOf(pipeline: readonly Words[]): { place: SearchedPlace; counts: boolean } | null {
  const [first = [], ...rest] = pipeline.map(withoutSudo)
  const filters = rest.filter((words) => !PASSES.test(words[0] ?? ''))
  const counts = filters.at(-1)?.join(' ') === 'wc -l'
  const [filter, ...more] = counts ? filters.slice(0, -1) : filters
  if (more.length > 0) return null
  const place = filter === undefined ? direct(first) : filtered(first, filter)
  return place === null ? null : { place, counts: counts || countsItself(filter ?? first) }
}

function withoutSudo(words: Words): Words {
  const [first, second] = words
  if (first !== 'sudo' && first !== 'doas') return words
  return second?.startsWith('-') === true ? words.slice(2) : words.slice(1)
}

/** `ls`, `find` and the scripts that list the groups; `grep WORDS /var/log/dmesg`. */
function direct(words: Words): SearchedPlace | null {
  const [program = ''] = words
  if (/^(?:\S{0,80}\/)?(?:ls|list|show|check|get)?[-_]?iommu(?:[-_]?groups?)?(?:\.sh)?$/i.test(words.at(-1) ?? '')) {
    if (words.length === 1 || (words.length === 2 && /^(?:ba|z|da)?sh$/.test(program))) return { kind: 'groups' }
  }
  if (program === 'ls' || program === 'find' || program === 'tree') {
    const paths = words.slice(1).filter((word) => word.startsWith('/'))
    const [path = ''] = paths
    if (paths.length !== 1 || words.some((word) => word === '-name' || word === '-path')) return null
    if (/^\/sys\/kernel\/iommu_groups\/?(?:\*(?:\/devices(?:\/\*)?)?\/?)?$/.test(path)) return { kind: 'groups' }
    if (/^\/sys\/class\/iommu\/?$/.test(path)) return { kind: 'units' }
    return null
  }
  const grep = grepOf(words)
  return grep === null || grep.files.length !== 1 || !/^\/var\/log\/dmesg$/.test(grep.files[0] ?? '')
    ? null
    : inLog(grep)
}

function filtered(source: Words, filter: Words): SearchedPlace | null {
  const grep = grepOf(filter)
  if (grep === null || grep.files.length > 0) return null
  if (isLog(source)) return inLog(grep)
  if (source[0] !== 'ls' || !/^\/sys\/firmware\/acpi\/tables\/?$/.test(source.at(-1) ?? '')) return null
  const tables = TABLES.filter((name) => finds(grep, name))
  return tables.length === 0 ? null : { kind: 'directory', tables }
}

/** The log of this boot, whole as far as the ring buffer or the journal has it. */
function isLog(words: Words): boolean {
  const [program = '', ...rest] = words
  if (program === 'dmesg')
    return rest.every((word) => /^-[HTkxeLtPd]{1,8}$|^--(?:color|human|ctime|kernel|decode)/.test(word))
  if (program === 'cat') return rest.length === 1 && rest[0] === '/var/log/dmesg'
  return (
    program === 'journalctl' &&
    rest.some((word) => /^-\w*[kb]|^--(?:dmesg|boot)$/.test(word)) &&
    rest.every((word) => /^-[kbxe]{1,4}0?$|^0$|^--(?:dmesg|boot|no-pager|no-hostname)$|^-0$/.test(word))
  )
}

interface Grep {
  readonly words: readonly string[]
  readonly ignoreCase: boolean
  readonly files: readonly string[]
}

/** A search for plain words; null for one that is more, or that leaves out what it finds. */
function grepOf(words: Words): Grep | null {
  const [program = '', ...rest] = words
  if (!/^(?:[ef]?grep|rg|ag)$/.test(program)) return null
  const patterns: string[] = []
  const plain: string[] = []
  let flags = ''
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? ''
    const short = /^-([A-Za-z]{1,8})$/.exec(word)?.[1]
    if (short === undefined) {
      if (/^-\d{1,3}$|^-[ABCm]\d{1,4}$|^--colou?r(?:=\w+)?$/.test(word)) continue
      if (word === '--ignore-case') flags += 'i'
      else if (word === '--extended-regexp') flags += 'E'
      else if (word.startsWith('-')) return null
      else plain.push(word)
      continue
    }
    if (!/^[iEFPnchHaswoABCme]+$/.test(short)) return null
    flags += short
    if (short.endsWith('e')) patterns.push(rest[++at] ?? '')
    else if (/[ABCm]$/.test(short)) at++
  }
  if (patterns.length === 0) patterns.push(plain.shift() ?? '')
  const extended = program !== 'grep' && program !== 'fgrep' ? true : /[EP]/.test(flags)
  const all = patterns.flatMap((one) => (extended ? one.replace(/^\((.*)\)$/, '$1').split('|') : one.split('\\|')))
  return { words: all.filter((word) => /^[\w :.-]{2,40}$/.test(word)), ignoreCase: flags.includes('i'), files: plain }
}

function countsItself(words: Words): boolean {
  return /^[ef]?grep$/.test(words[0] ?? '') && words.some((word) => /^-[a-zA-Z]{0,6}c[a-zA-Z]{0,6}$/.test(word))
}

function inLog(grep: Grep): SearchedPlace | null {
  const tables = TABLES.filter((name) => LINES[name].some((line) => finds(grep, line)))
  const groups = JOINED.every((line) => finds(grep, line))
  return tables.length === 0 && !groups ? null : { kind: 'log', tables, groups }
}

function finds(grep: Grep, line: string): boolean {
  return grep.words.some((word) =>
    grep.ignoreCase ? line.toLowerCase().includes(word.toLowerCase()) : line.includes(word),
  )
}
