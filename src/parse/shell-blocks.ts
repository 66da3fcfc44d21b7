import { plainWord, type Word } from './shell-commands.ts'

/** An open block of a shell script. */
export interface Block {
  readonly ends: string
  /** What stands in it is reached on any host with an IOMMU. */
  sure: boolean
  /** Its condition is being read. */
  condition: boolean
}

const OPENS: Readonly<Record<string, Readonly<Block>>> = {
  if: { ends: 'fi', sure: true, condition: true },
  for: { ends: 'done', sure: true, condition: false },
  while: { ends: 'done', sure: false, condition: false },
  until: { ends: 'done', sure: false, condition: false },
  select: { ends: 'done', sure: false, condition: false },
  case: { ends: 'esac', sure: false, condition: false },
  '{': { ends: '}', sure: true, condition: false },
}

const MOST = 64

/**
 * Reads the words that open and close blocks at the head of a command, and keeps in `blocks` those that are open. Gives
 * what stands behind them, of a `for` with the word itself; null where more are open than anybody writes.
 */
export function behindBlocks(words: readonly Word[], blocks: Block[], inFunction: boolean): readonly Word[] | null {
  for (let at = 0; ; at++) {
    const word = plainWord(words[at]) ?? ''
    const top = blocks.at(-1)
    const opened = Object.hasOwn(OPENS, word) ? OPENS[word] : undefined
    if (opened !== undefined) {
      if (blocks.length >= MOST) return null
      blocks.push({ ...opened, sure: opened.sure && !(word === '{' && inFunction) })
      if (word === 'for') return words.slice(at)
    } else if (word === 'elif' || word === 'else') {
      if (top !== undefined) [top.sure, top.condition] = [false, false]
    } else if (word === 'then' || word === 'do') {
      if (top !== undefined) top.condition = false
    } else if (word === 'fi' || word === 'done' || word === 'esac' || word === '}') {
      if (top?.ends === word) blocks.pop()
    } else if (word === 'function') {
      const opens = words.slice(at + 1, at + 4).some((one) => plainWord(one) === '{')
      if (opens) blocks.push({ ends: '}', sure: false, condition: false })
      return []
    } else if (word !== 'sudo') return words.slice(at)
  }
}
