import type { Address } from '../model/pci.ts'
import { parseAddress } from './pci-address.ts'

/** A function in the tree of `lspci -t`. */
export interface TreeFunction {
  readonly address: Address
  readonly line: number
  /** The bridge above; null on a root bus. */
  readonly parent: Address | null
  /** A bridge shows the buses below it. */
  readonly buses: { readonly secondary: number; readonly subordinate: number } | null
  /** With -v. */
  readonly name: string | null
}

interface Branch {
  readonly domain: string
  readonly bus: string
  readonly parent: Address | null
}

const ROOT = /\[([0-9a-f]{4,8}):([0-9a-f]{2})(?:-[0-9a-f]{2})?\]/iy
const FUNCTION = /([01][0-9a-f]\.[0-7])(?:-\[([0-9a-f]{2})(?:-([0-9a-f]{2}))?\])?/iy
const START = /^[\s|]{0,200}(?:[+\\]-\[|-(?:\+-)?\[[0-9a-f]{4,8}:|[+\\]-[01][0-9a-f]\.[0-7])/i

/** Whether a line may be one of such a tree. */
export function isTreeLine(text: string): boolean {
  return START.test(text)
}

/**
 * Reads the tree that `lspci -t` draws, a line at a time: the column of a `+` or `\` tells the bus that a line goes on
 * with (show_tree_bus in pciutils' ls-tree.c). Linear in the line.
 */
export class LspciTree {
  readonly #branches = new Map<number, Branch>()

  /** The functions on one line; none where the line is no part of a tree that was begun. */
  read(line: string, number: number): readonly TreeFunction[] {
    const text = line.slice(0, 2000)
    const found: TreeFunction[] = []
    let at = text.search(/[^\s|]/)
    if (at < 0) return found
    let branch = this.#branches.get(at)
    if (text.startsWith('-+-', at)) at += 3
    else if (text.startsWith('-[', at)) at += 1
    else if (text.startsWith('+-', at) || text.startsWith('\\-', at)) at += 2
    else return found
    for (;;) {
      const root = match(ROOT, text, at)
      const one = root === null ? match(FUNCTION, text, at) : null
      if (root !== null) {
        branch = { domain: root[1] ?? '', bus: root[2] ?? '', parent: null }
        at += root[0].length
      } else if (one !== null && branch !== undefined) {
        const address = parseAddress(`${branch.domain}:${branch.bus}:${one[1]}`)
        if (address === null) return found
        const bus = (word: string): number => Number.parseInt(word, 16)
        const [, , first, last] = one
        const buses = first === undefined ? null : { secondary: bus(first), subordinate: bus(last ?? first) }
        at += one[0].length
        const rest = text.slice(at)
        const name = first === undefined && rest.startsWith('  ') ? rest.trim() : ''
        found.push({ address, line: number, parent: branch.parent, buses, name: name === '' ? null : name })
        if (first === undefined) return found
        branch = { domain: branch.domain, bus: first, parent: address }
      } else return found
      // Below a bus: `-+-` begins a list at the column of the plus, dashes lead to an only child, or to nothing.
      while (text[at] === '-') at++
      if (text[at] === '+') {
        this.#branches.set(at, branch)
        at += 2
      }
    }
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
