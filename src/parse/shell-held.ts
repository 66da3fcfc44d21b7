import { plainWord, type Word } from './shell-commands.ts'
import { UNKNOWN } from './shell-redirects.ts'
import type { Step } from './shell-course.ts'

/** What a word or a variable stands for, as the script goes: each of these in turn. UNKNOWN stands for what is computed. */
export interface Held {
  readonly texts: readonly string[]
  /** That it stands for each of them depends on nothing which could not be told. */
  readonly sure: boolean
}

/** Texts of a variable, and characters of one; 64 addresses have 832. */
const MOST = 64
const LONGEST = 2048
/** Characters made for one script: `a=$a$a` over and over would not end otherwise. */
const MADE = 1_000_000

/** The variables of a shell, as far as a script gives them literal values. */
export class Variables {
  private readonly held = new Map<string, Held>()
  private readonly loops: { readonly name: string; readonly depth: number }[] = []
  private made = 0

  /** To be told of each step before it is looked at: what a loop leaves behind is its last value. */
  enter({ stages, depth }: Step): void {
    for (let loop = this.loops.at(-1); loop !== undefined && loop.depth > depth; loop = this.loops.at(-1)) {
      const was = this.held.get(loop.name)
      if (was !== undefined) this.held.set(loop.name, { ...was, texts: was.texts.slice(-1) })
      this.loops.pop()
    }
    const words = stages[0]?.words ?? []
    const name = plainWord(words[1])
    if (plainWord(words[0]) !== 'for' || name === null) return
    if (plainWord(words[2]) === 'in') this.held.set(name, this.fields(words.slice(3)))
    else this.held.delete(name)
    this.loops.push({ name, depth })
  }

  /** To be told of each step after it was looked at: `NAME=…`, `NAME+=…`, also behind `export` and its like. */
  leave({ stages, sure }: Step): void {
    const words = stages[0]?.words ?? []
    if (READS.has(plainWord(words[0]) ?? '')) for (const word of words) this.held.delete(plainWord(word) ?? '')
    // `NAME=value command` is for that command alone.
    if (!DECLARES.has(plainWord(words[0]) ?? '') && !words.every(isAssignment)) return
    for (const [head, ...rest] of words) {
      if (head?.kind !== 'text') continue
      const found = /^([A-Za-z_]\w{0,99})(\+?)=/.exec(head.text)
      if (found === null) continue
      const [all, name = '', more] = found
      this.assign(name, this.expand([{ kind: 'text', text: head.text.slice(all.length) }, ...rest]), more === '+', sure)
    }
  }

  private assign(name: string, value: Held, adds: boolean, sure: boolean): void {
    const old = this.held.get(name)
    const now = adds ? this.join(old ?? { texts: [UNKNOWN], sure: true }, value) : value
    // Where it is not sure that this is reached, the old value may be the one that counts.
    const texts = sure || old === undefined ? now.texts : [...new Set([...old.texts, ...now.texts])].slice(0, MOST)
    this.held.set(name, { texts, sure: sure && now.sure })
  }

  /** What a word stands for, its blanks kept. */
  expand(word: Word): Held {
    let value: Held = { texts: [''], sure: true }
    for (const piece of word) {
      if (piece.kind === 'text') value = this.join(value, { texts: [piece.text], sure: true })
      else {
        // `${NAME#…}` is computed.
        const whole = [`$${piece.name}`, `\${${piece.name}}`, `\${${piece.name}[@]}`, `\${${piece.name}[*]}`]
        const known = whole.includes(piece.written) ? this.held.get(piece.name) : undefined
        value = this.join(value, known ?? { texts: [UNKNOWN], sure: true })
      }
    }
    return value
  }

  /** The words that a shell makes of these: what quotes hold together is one (POSIX shell, 2.6.5), unless it is a list. */
  fields(words: readonly Word[]): Held {
    const texts = new Set<string>()
    let sure = true
    for (const word of words) {
      const value = this.expand(word)
      sure &&= value.sure
      const split = word.some(
        (piece) => piece.kind === 'variable' && (piece.quoted !== true || piece.written.endsWith('[@]}')),
      )
      for (const text of value.texts)
        for (const field of split ? text.split(/[ \t\n]+/) : [text]) if (field !== '') texts.add(field)
    }
    return { texts: [...texts].slice(0, MOST), sure: sure && texts.size <= MOST }
  }

  /** Each of the one with each of the other. */
  private join(one: Held, other: Held): Held {
    const texts = new Set<string>()
    let sure = one.sure && other.sure
    for (const head of one.texts)
      for (const tail of other.texts) {
        const text = head + tail
        this.made += text.length
        if (texts.size < MOST && text.length <= LONGEST && this.made < MADE) texts.add(text)
        else sure = false
        if (this.made >= MADE) return { texts: [UNKNOWN], sure: false }
      }
    return { texts: [...texts], sure }
  }
}

const DECLARES: ReadonlySet<string> = new Set(['export', 'readonly', 'local', 'declare', 'typeset'])
/** What they put into a variable stands nowhere. */
const READS: ReadonlySet<string> = new Set(['read', 'unset', 'mapfile', 'readarray', 'getopts'])

function isAssignment([head]: Word): boolean {
  return head?.kind === 'text' && /^[A-Za-z_]\w{0,99}\+?=/.test(head.text)
}
