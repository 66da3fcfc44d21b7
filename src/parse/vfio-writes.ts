import { behindBlocks, type Block } from './shell-blocks.ts'
import { shellArguments, shellCommands, plainWord, textOf, type ShellCommand, type Word } from './shell-commands.ts'
import { parseAddress } from './pci-address.ts'

/** An address that a script hands to a VFIO driver. */
export interface VfioWrite {
  readonly address: string
  readonly line: number
  /** Nothing but what holds on any host with an IOMMU stands between the start of the script and this. */
  readonly sure: boolean
}

interface Carried {
  readonly addresses: readonly string[]
  readonly sure: boolean
}

const MOST = 64
const DEPTH = 3

/**
 * The addresses that a shell script hands to a VFIO driver, as far as they stand in it in full: it writes the driver's name
 * to `driver_override`, the address to the driver's `bind`, or has driverctl do so. Variables and loops are followed where
 * they hold literal addresses; what is computed is left out. Nothing is run. Never fails.
 */
export function vfioWrites(text: string): readonly VfioWrite[] {
  const found = new Map<string, VfioWrite>()
  if (isOtherLanguage(text)) return []
  follow(text, 1, !text.includes('<<'), 0, found)
  return [...found.values()]
}

/** A first line that names an interpreter which is no POSIX shell, or a program. */
function isOtherLanguage(text: string): boolean {
  if (text.startsWith('\u007fELF')) return true
  const [first = ''] = text.slice(0, 200).split('\n', 1)
  return (
    first.startsWith('#!') && !/^#! ?\/\S*(?:\/|env (?:-S )?|busybox )(?:sh|bash|dash|ash|ksh|zsh)(?:\s|$)/.test(first)
  )
}

function follow(text: string, from: number, steady: boolean, depth: number, found: Map<string, VfioWrite>): void {
  const held = new Map<string, Carried>()
  const blocks: Block[] = []
  let [certain, chain, names] = [steady, true, false]
  let before: ShellCommand | undefined
  for (const command of shellCommands(text)) {
    if (command.joint === '') chain = true
    else if (command.joint === '||' || before === undefined || !isHarmless(before)) chain = false
    const words = behindBlocks(command.words, blocks, names)
    if (words === null) return
    names = command.defines || plainWord(command.words[0]) === 'function'
    const block = blocks.at(-1)
    if (block?.condition === true) block.sure &&= isHarmless({ ...command, words })
    const sure = certain && chain && blocks.every((one) => one.sure)
    const first = plainWord(words[0])
    if (first !== null && LEAVES.has(first) && !(first === 'exec' && isOnlyRedirected(words))) {
      const ruled = command.joint !== '' && before !== undefined && isHarmless(before)
      if (command.joint === '' && blocks.length === 0) return
      if (!ruled && !(command.joint === '' && blocks.every((one) => one.sure))) certain = false
    } else if (first === 'eval') certain = false
    else if (first === 'for') loop(words, held)
    else if (first !== null) {
      const line = from + command.line - 1
      const inner = shellArguments(words)
      const at = inner?.findIndex((word) => plainWord(word) === '-c') ?? -1
      const script = inner?.[at + 1]
      if (at >= 0 && script !== undefined && depth < DEPTH)
        follow(script.map(textOf).join(''), line, sure, depth + 1, found)
      else note(words, held, { line, sure }, found)
    }
    assign(words, held, sure)
    before = { ...command, words }
  }
}

const LEAVES: ReadonlySet<string> = new Set(['exit', 'return', 'exec', 'continue', 'break'])

/** `exec` without a command goes on (POSIX shell, exec). */
function isOnlyRedirected(words: readonly Word[]): boolean {
  return words.length < 2 || plainWord(words[1]) === '>'
}

/** Whether what depends on it is reached on a host with an IOMMU: a test for that or for the function, or plain output. */
function isHarmless({ words, raw }: Pick<ShellCommand, 'words' | 'raw'>): boolean {
  const first = plainWord(words[0]) ?? ''
  // Of a pipeline the last command answers.
  const answers = words.findIndex((word) => plainWord(word) === '|')
  if (answers >= 0 && !words.slice(answers + 1).some((word) => plainWord(word) === 'tee')) return false
  if (/^(?:echo|printf|true|:|sleep|logger|(?:\/\S{1,20}\/)?modprobe)$/.test(first)) return true
  if (!/^(?:\[|\[\[|test)$/.test(first)) return false
  if (/\/sys\/(?:class\/iommu|kernel\/iommu_groups)\b/.test(raw)) return true
  const path = (words[2] ?? []).map(textOf).join('')
  const whole = words.length === 3 || (words.length === 4 && /^\]{1,2}$/.test(plainWord(words[3]) ?? ''))
  return (
    whole &&
    /^-[defrwLx]$/.test(plainWord(words[1]) ?? '') &&
    /^\/sys\/bus\/pci\/(?:devices\/[^/]{1,80}(?:\/driver_override)?|drivers\/vfio-pci(?:\/bind)?)\/?$/.test(path)
  )
}

/** `for NAME in …`. */
function loop(words: readonly Word[], held: Map<string, Carried>): void {
  const name = plainWord(words[1])
  if (name !== null && plainWord(words[2]) === 'in') held.set(name, carriedBy(words.slice(3), held))
}

/** What the command writes to a driver_override or to a driver's bind, or has driverctl write. */
function note(
  words: readonly Word[],
  held: ReadonlyMap<string, Carried>,
  place: { readonly line: number; readonly sure: boolean },
  found: Map<string, VfioWrite>,
): void {
  const first = plainWord(words[0]) ?? ''
  const keep = ({ addresses, sure }: Carried): void => {
    for (const address of addresses) {
      const known = found.get(address)
      if (known?.sure === true || found.size >= MOST) continue
      if (known === undefined || (sure && place.sure))
        found.set(address, { address, line: place.line, sure: sure && place.sure })
    }
  }
  if (/^(?:\/\S{1,20}\/)?driverctl$/.test(first)) {
    const at = words.findIndex((word) => plainWord(word) === 'set-override')
    if (at >= 0 && isVfioName(plainWord(words[at + 2]) ?? '')) keep(carriedBy(words.slice(at + 1, at + 2), held))
    return
  }
  if (first !== 'echo' && first !== 'printf') return
  const cut = words.findIndex((word) => ['>', '|'].includes(plainWord(word) ?? ''))
  if (cut < 0) return
  const content = words.slice(1, cut).filter((word) => plainWord(word)?.startsWith('-') !== true)
  const value = content.length === 0 ? '' : plainWord(content.at(-1))
  for (const target of words.slice(cut + 1)) {
    const path = target.map(textOf).join('')
    if (path.endsWith('/driver_override')) {
      const named = carriedBy([target], held)
      if (isVfioName((value ?? '').replace(/\\n$/, ''))) keep(named)
      // Taken away again, or given to another driver.
      else if (value !== null) for (const address of named.addresses) found.delete(address)
    } else if (isVfioName(/\/drivers\/([\w-]{1,64})\/bind$/.exec(path)?.[1] ?? '')) keep(carriedBy(content, held))
  }
}

/** The name of a VFIO driver: vfio-pci or a variant. */
export function isVfioName(driver: string): boolean {
  return /^(?:[\w-]{1,30}[-_])?vfio(?:[-_][\w-]{1,30})?$/.test(driver)
}

/** `NAME=…`, `NAME+=…`, also behind `export` and its like. */
function assign(words: readonly Word[], held: Map<string, Carried>, sure: boolean): void {
  for (const word of words) {
    const [head, ...rest] = word
    if (head?.kind !== 'text') return
    const found = /^([A-Za-z_]\w{0,99})(\+?)=/.exec(head.text)
    if (found === null) {
      if (/^(?:export|readonly|local|declare|typeset|-\w+)$/.test(head.text) && rest.length === 0) continue
      return
    }
    const [all, name = '', more] = found
    const now = carriedBy([[{ kind: 'text', text: head.text.slice(all.length) }, ...rest]], held)
    const old = held.get(name)
    const keeps = old !== undefined && (more === '+' || !sure)
    const addresses = keeps ? [...new Set([...old.addresses, ...now.addresses])].slice(0, MOST) : now.addresses
    held.set(name, { addresses, sure: sure && now.sure && (old?.sure !== false || !keeps) })
  }
}

/** The full addresses in these words, and those that their variables hold. */
function carriedBy(words: readonly Word[], held: ReadonlyMap<string, Carried>): Carried {
  const addresses = new Set<string>()
  let sure = true
  for (const word of words) {
    for (const piece of word) {
      if (piece.kind === 'text') for (const one of fullAddresses(piece.text)) addresses.add(one)
      else {
        // `${NAME#…}` is computed.
        const whole = [`$${piece.name}`, `\${${piece.name}}`, `\${${piece.name}[@]}`, `\${${piece.name}[*]}`]
        const carried = whole.includes(piece.written) ? held.get(piece.name) : undefined
        for (const one of carried?.addresses ?? []) addresses.add(one)
        sure &&= carried?.sure !== false
      }
    }
  }
  return { addresses: [...addresses].slice(0, MOST), sure }
}

/**
 * Addresses that stand by themselves in a text as the kernel writes them, in lower case with the domain; of a path through
 * bridges the last.
 */
export function fullAddresses(text: string): readonly string[] {
  const address = /(?<![\w:.])[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?![\w:.*?[{]|\/[0-9a-f]{4,8}:[0-9a-f]{2}:)/g
  return (text.match(address) ?? []).filter((one) => parseAddress(one) === one)
}
