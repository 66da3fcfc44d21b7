import type { Step } from '../../model/remedy.ts'
import type { Ground } from '../steps.ts'

/** Words of the kernel command line to put in and to take out; each fits the grammar of a parameter. */
export interface Change {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** How one loader is told: by commands that can be turned round, or in words. */
export type Recipe =
  | {
      readonly kind: 'commands'
      /** Where the words are kept, for the sentence. */
      readonly place: string
      /** A sentence behind that one. */
      readonly note?: string
      /** Files that the commands change, for a copy of each before. */
      readonly files: readonly string[]
      /** Makes a file that may be missing. */
      readonly makes?: readonly string[]
      /** What has to be so before the commands can work; not a part of the undo. */
      readonly prepare?: (change: Change) => readonly string[]
      readonly commands: (change: Change) => readonly string[]
      /** Shows what came of it. */
      readonly show?: string
      /** What carries the change to what the loader reads; empty where the place is read at boot. */
      readonly generate: readonly string[]
      /** The same in a sentence, where the commands are too long for one. */
      readonly generator?: string
      readonly risk?: string
    }
  | {
      readonly kind: 'words'
      readonly place: string
      readonly steps: (change: Change) => readonly Step[]
      readonly generate: readonly string[]
      readonly generator?: string
    }

export type RecipeOf = (on: Ground) => Recipe

export function inverse(change: Change): Change {
  return { add: change.remove, remove: change.add }
}

export function describeChange(change: Change): string {
  const add = change.add.length === 0 ? null : `Add ${list(change.add)}`
  const remove = change.remove.length === 0 ? null : `take ${list(change.remove)} out`
  const text = [add, remove].filter((one) => one !== null).join(' and ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}
