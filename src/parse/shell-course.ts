import { behindBlocks, type Block } from './shell-blocks.ts'
import { plainWord, shellArguments, shellCommands, textOf, type ShellCommand, type Stage } from './shell-commands.ts'

/** A command of a script, without the words of the blocks around it; its first stage may be left without a word. */
export interface Step {
  readonly stages: readonly Stage[]
  readonly line: number
  /** Nothing but what holds on any host with an IOMMU stands between the start of the script and this. */
  readonly sure: boolean
  /** Blocks that are open around it. */
  readonly depth: number
}

/**
 * The commands of a script as far as they may be reached, in the order in which they stand. `line` is that of its first
 * line, `steady` whether the script itself is surely run. Nothing is run. Never fails.
 */
export function* shellCourse(text: string, line = 1, steady = true): Generator<Step> {
  const blocks: Block[] = []
  // Of a text in between (`<<`) the lines look like commands; `<<<` gives one word.
  let [certain, chain, names] = [steady && !/(?<!<)<<(?!<)/.test(text), true, false]
  let before: ShellCommand | undefined
  for (const command of shellCommands(text)) {
    if (command.joint === '') chain = true
    else if (command.joint === '||' || before === undefined || !isHarmless(before)) chain = false
    const words = behindBlocks(command.words, blocks, names)
    if (words === null) return
    const stages = command.stages.map((stage, index) => (index === 0 ? { ...stage, words } : stage))
    const now = { ...command, words, stages }
    names = command.defines || plainWord(command.words[0]) === 'function'
    const block = blocks.at(-1)
    if (block?.condition === true) block.sure &&= isHarmless(now)
    const sure = certain && chain && blocks.every((one) => one.sure)
    const first = plainWord(words[0])
    if (first !== null && LEAVES.has(first) && !(first === 'exec' && words.length === 1)) {
      const ruled = command.joint !== '' && before !== undefined && isHarmless(before)
      if (command.joint === '' && blocks.length === 0) return
      if (!ruled && !(command.joint === '' && blocks.every((one) => one.sure))) certain = false
    } else if (first === 'eval') certain = false
    else yield { stages, line: line + command.line - 1, sure, depth: blocks.length }
    before = now
  }
}

/** The script in `sh -c SCRIPT`, else null; variables stay as they are written. */
export function scriptOfShell({ stages }: Step): string | null {
  const inner = shellArguments(stages[0]?.words ?? [])
  const at = inner?.findIndex((word) => plainWord(word) === '-c') ?? -1
  return at < 0 ? null : (inner?.[at + 1]?.map(textOf).join('') ?? null)
}

/** `exec` without a command goes on (POSIX shell, exec). */
const LEAVES: ReadonlySet<string> = new Set(['exit', 'return', 'exec', 'continue', 'break'])

/** Whether what depends on it is reached on a host with an IOMMU: a test for that or for the function, or plain output. */
function isHarmless({ words, stages, raw }: Pick<ShellCommand, 'words' | 'stages' | 'raw'>): boolean {
  // Of a pipeline the last command answers.
  const last = stages.at(-1)
  if (stages.length > 1 && !(last?.words.some((word) => plainWord(word) === 'tee') ?? false)) return false
  const first = plainWord(words[0]) ?? ''
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
