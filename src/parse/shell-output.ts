import { plainWord, type Stage, type Word } from './shell-commands.ts'
import type { Held, Variables } from './shell-held.ts'
import { UNKNOWN } from './shell-redirects.ts'

/** What `echo` or `printf` puts out, or what `cat` and `tee` pass on of `<<<`; null for any other command. */
export function outputOf({ words, input }: Stage, variables: Variables, bash: boolean): Held | null {
  const [first, ...rest] = words
  switch (plainWord(first)?.replace(/^\/(?:usr\/)?bin\//, '')) {
    case 'echo':
      return echo(rest, variables, bash)
    case 'printf':
      return printf(rest, variables)
    case 'cat':
    case 'tee':
      return input === null ? null : variables.expand(input)
    default:
      return null
  }
}

function echo(words: readonly Word[], variables: Variables, bash: boolean): Held {
  const at = words.findIndex((word) => !/^-[neE]{1,3}$/.test(plainWord(word) ?? ''))
  const [flags, operands] = at < 0 ? [words, []] : [words.slice(0, at), words.slice(at)]
  // dash puts out any flag but -n (dash(1): echo).
  const sure = bash || flags.every((word) => plainWord(word) === '-n')
  const [only, ...more] = operands
  if (only === undefined) return { texts: [''], sure }
  const value = more.length === 0 ? variables.expand(only) : joined(operands, variables)
  // A written line end is one to dash, and to bash with -e; the kernel takes it off (drivers/base/driver.c).
  const ended = value.texts.some((text) => text.endsWith('\\n'))
  const read = bash && flags.some((word) => plainWord(word)?.includes('e') === true)
  return { texts: value.texts.map(withoutEnd), sure: sure && value.sure && (!ended || read) }
}

function withoutEnd(text: string): string {
  return text.replace(/\\n$/, '')
}

/** A format without operands, or one `%s` with one; any other is computed. */
function printf(words: readonly Word[], variables: Variables): Held {
  const [format, operand, ...more] = plainWord(words[0]) === '--' ? words.slice(1) : words
  const pattern = withoutEnd(plainWord(format) ?? '')
  if (operand === undefined && format !== undefined) {
    const { texts, sure } = variables.expand(format)
    return {
      texts: texts.map(withoutEnd),
      sure: sure && texts.every((one) => !one.includes('%')),
    }
  }
  if (operand === undefined || more.length > 0) return { texts: [UNKNOWN], sure: false }
  return pattern === '%s' || pattern === '%b'
    ? variables.expand(operand)
    : { ...variables.expand(operand), sure: false }
}

function joined(words: readonly Word[], variables: Variables): Held {
  const blank = { kind: 'text', text: ' ' } as const
  return variables.expand(words.flatMap((word, index) => (index === 0 ? word : [blank, ...word])))
}
