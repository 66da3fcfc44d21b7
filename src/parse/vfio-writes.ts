import { plainWord, type Stage, type Word } from './shell-commands.ts'
import { scriptOfShell, shellCourse, type Step } from './shell-course.ts'
import { Variables, type Held } from './shell-held.ts'
import { outputOf } from './shell-output.ts'
import { UNKNOWN } from './shell-redirects.ts'
import { parseAddress } from './pci-address.ts'

/** An address that a script hands to a VFIO driver. */
export interface VfioWrite {
  readonly address: string
  readonly line: number
  /** Nothing but what holds on any host with an IOMMU stands between the start of the script and this. */
  readonly sure: boolean
}

const MOST = 64
const DEPTH = 3

/**
 * The addresses that a shell script hands to a VFIO driver, as far as they can be told from it: it writes the driver's name
 * to `driver_override`, the address to the driver's `bind`, or has driverctl do so. Variables and loops are followed where
 * they hold literal texts; what is computed is left out. Nothing is run. Never fails.
 */
export function vfioWrites(text: string): readonly VfioWrite[] {
  const found = new Map<string, VfioWrite>()
  const shell = shellOf(text)
  if (shell !== null) follow(text, { line: 1, sure: true }, shell === 'bash', 0, found)
  return [...found.values()]
}

/** By the first line: `bash` and its like, `sh`, which may be any shell, or null for another language or a program. */
function shellOf(text: string): 'bash' | 'sh' | null {
  if (text.startsWith('\u007fELF')) return null
  const [first = ''] = text.slice(0, 200).split('\n', 1)
  if (!first.startsWith('#!')) return 'sh'
  const name = /^#! ?\/\S*(?:\/|env (?:-S )?|busybox )(sh|bash|dash|ash|ksh|zsh)(?:\s|$)/.exec(first)?.[1]
  return name === undefined ? null : name === 'bash' ? 'bash' : 'sh'
}

type Place = Pick<VfioWrite, 'line' | 'sure'>

function follow(text: string, from: Place, bash: boolean, depth: number, found: Map<string, VfioWrite>): void {
  const variables = new Variables()
  for (const step of shellCourse(text, from.line, from.sure)) {
    variables.enter(step)
    const inner = depth < DEPTH ? scriptOfShell(step) : null
    if (inner !== null) follow(inner, step, false, depth + 1, found)
    else note(step, variables, bash, found)
    variables.leave(step)
  }
}

/** What a step writes to a driver_override or to a driver's bind, or has driverctl write. */
function note({ stages, line, sure }: Step, variables: Variables, bash: boolean, found: Map<string, VfioWrite>): void {
  const keep = (address: string, certain: boolean): void => {
    const known = found.get(address)
    if (known?.sure === true || (known === undefined && found.size >= MOST)) return
    if (known === undefined || certain) found.set(address, { address, line, sure: certain })
  }
  const [first] = stages
  if (first === undefined) return
  if (/^(?:\/\S{1,20}\/)?driverctl$/.test(plainWord(first.words[0]) ?? '')) {
    const at = first.words.findIndex((word) => plainWord(word) === 'set-override')
    if (at < 0 || !isVfioName(plainWord(first.words[at + 2]) ?? '')) return
    const named = variables.expand(first.words[at + 1] ?? [])
    for (const one of addressesOf(named)) keep(one.address, one.sure && sure)
    return
  }
  const written = outputOf(first, variables, bash)
  if (written === null) return
  for (const target of targetsOf(stages, bash)) {
    const paths = variables.expand(target.path)
    const certain = sure && target.sure && written.sure
    for (const path of paths.texts) {
      const driver = /\/drivers\/([\w-]{1,64})\/bind$/.exec(path)?.[1]
      if (driver !== undefined && isVfioName(driver))
        for (const one of addressesOf(written)) keep(one.address, one.sure && certain && paths.sure)
      if (!path.endsWith('/driver_override')) continue
      const names = written.texts.map((text) => text.trim())
      const told = !names.some((name) => name.includes(UNKNOWN) || name.includes('$'))
      for (const one of addressesOf({ texts: [path.slice(0, -'/driver_override'.length)], sure: paths.sure })) {
        const known = found.get(one.address)
        if (names.some(isVfioName)) keep(one.address, one.sure && certain && names.every(isVfioName))
        // Taken away again, or given to another driver, or who knows.
        else if (told && certain && one.sure) found.delete(one.address)
        else if (known !== undefined) found.set(one.address, { ...known, sure: false })
      }
    }
  }
}

interface Target {
  readonly path: Word
  readonly sure: boolean
}

/** The files that get what the first command of a pipeline puts out. */
function targetsOf(stages: readonly Stage[], bash: boolean): readonly Target[] {
  const targets: Target[] = []
  let sure = true
  for (const [index, { words, output, input }] of stages.entries()) {
    if (index > 0 || input !== null) {
      const skipped = words.findIndex((word) => !/^(?:sudo|doas|command|-[nEHkSbi])$/.test(plainWord(word) ?? ''))
      const [name, ...operands] = words.slice(Math.max(0, skipped))
      const program = plainWord(name)?.replace(/^\/(?:usr\/)?bin\//, '')
      const files = operands.filter((word) => !(plainWord(word) ?? '').startsWith('-'))
      if (program === 'tee') targets.push(...files.map((path) => ({ path, sure })))
      else if (program !== 'cat' || operands.length > 0) {
        // What becomes of it here is not known; a file that is named here may be where it goes.
        sure = false
        targets.push(...files.map((path) => ({ path, sure })))
      }
    }
    if (output.to === 'file') targets.push({ path: output.path, sure: sure && (bash || !output.bash) })
    if (output.to !== 'next') break
  }
  return targets
}

/** The name of a VFIO driver: vfio-pci or a variant. */
export function isVfioName(driver: string): boolean {
  return /^(?:[\w-]{1,30}[-_])?vfio(?:[-_][\w-]{1,30})?$/.test(driver)
}

/** The addresses in texts of which each is one address, or a path to one; in any other text they are not sure. */
function addressesOf({ texts, sure }: Held): readonly { readonly address: string; readonly sure: boolean }[] {
  return texts.flatMap((text) => {
    const parts = text.trim().split('/')
    const last = parts.at(-1) ?? ''
    const whole = parseAddress(last) === last && !parts.slice(0, -1).some((part) => /\s/.test(part))
    return fullAddresses(text.replaceAll(UNKNOWN, '?')).map((address) => ({ address, sure: sure && whole }))
  })
}

/**
 * Addresses that stand by themselves in a text as the kernel writes them, in lower case with the domain; of a path through
 * bridges the last.
 */
export function fullAddresses(text: string): readonly string[] {
  const address =
    /(?<![\w:.?*}])[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?![\w:.*?[{]|\/[0-9a-f]{4,8}:[0-9a-f]{2}:)/g
  return (text.match(address) ?? []).filter((one) => parseAddress(one) === one)
}
