import type { Action } from '../model/remedy.ts'
import { sameSlot } from '../rules/address.ts'

/** The actions of one part of a report. Notes are those of which a reader may not be shown the steps. */
export interface Told {
  readonly from: 'cause' | 'note' | 'device'
  readonly actions: readonly Action[]
}

type Bind = Extract<Action, { do: 'bind-at-boot' }>

/**
 * The same parts, with nothing that a later step would undo. One word of the kernel command line, one `install` line,
 * one file of udev and, since the last `ids=` wins (kernel/params.c, libkmod's kmod_module_get_options), one list of ids
 * tell vfio-pci what to take at boot. So what binds functions of one card binds them all, what mends the causes binds all
 * that they name, and what hands over another card keeps what was bound before it.
 */
export function together(parts: readonly Told[]): readonly (readonly Action[])[] {
  const cards = byCard(parts.flatMap((part) => part.actions.filter(isBind)))
  const cardOf = (bind: Bind): readonly Bind[] => cards.find((card) => card.includes(bind)) ?? [bind]
  const named = new Set(parts.flatMap((part) => (part.from === 'cause' ? part.actions.filter(isBind) : [])))
  const mended = cards.filter((card) => card.some((bind) => named.has(bind))).flat()
  let before = mended
  return parts.map(({ from, actions }) =>
    oneLine(actions).map((action) => {
      if (!isBind(action)) return action
      if (from === 'cause') return union(mended)
      if (from === 'note') return union([...mended, ...cardOf(action)])
      before = [...before, ...cardOf(action)]
      return union(before)
    }),
  )
}

function isBind(action: Action): action is Bind {
  return action.do === 'bind-at-boot'
}

/** Actions that have a card in common, in the order in which they were first named. */
function byCard(binds: readonly Bind[]): readonly (readonly Bind[])[] {
  let cards: readonly (readonly Bind[])[] = []
  for (const bind of binds) {
    const shares = (card: readonly Bind[]): boolean => card.some((one) => meet(one, bind))
    const [first, ...rest] = cards.filter(shares)
    const joined = [...(first ?? []), ...rest.flat(), bind]
    cards =
      first === undefined
        ? [...cards, joined]
        : cards.flatMap((card) => (card === first ? [joined] : shares(card) ? [] : [card]))
  }
  return cards
}

function meet(a: Bind, b: Bind): boolean {
  return wordsOf(a.addresses).some((one) => wordsOf(b.addresses).some((other) => sameSlot(one, other)))
}

/** Without ids the functions are bound by address: then all of them are. */
function union(binds: readonly Bind[]): Bind {
  const all = (texts: readonly string[]): string => [...new Set(texts.flatMap(wordsOf))].join(' ')
  const byId = binds.every((one) => one.ids.trim() !== '')
  return {
    do: 'bind-at-boot',
    addresses: all(binds.map((one) => one.addresses)),
    ids: byId ? all(binds.map((one) => one.ids)) : '',
  }
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** A value with blanks is one word, which nobody would see in a list of words. */
function isQuoted(...actions: readonly { readonly parameter: string }[]): boolean {
  return actions.some(({ parameter }) => /["']/.test(parameter))
}

/** Parameters that are set one after the other are set in one go: each alone would end with a restart of its own. */
function oneLine(actions: readonly Action[]): readonly Action[] {
  const joined: Action[] = []
  for (const action of actions) {
    const last = joined.at(-1)
    if (last?.do !== 'set-kernel-parameter' || action.do !== 'set-kernel-parameter' || isQuoted(last, action)) {
      joined.push(action)
      continue
    }
    const without = [...wordsOf(last.without ?? ''), ...wordsOf(action.without ?? '')]
    joined[joined.length - 1] = {
      do: 'set-kernel-parameter',
      parameter: [...new Set([last.parameter, action.parameter])].join(' '),
      ...(without.length === 0 ? {} : { without: [...new Set(without)].join(' ') }),
    }
  }
  return joined
}
