import { known, unknown, type Fact } from '../model/fact.ts'
import type { EmptySearch } from '../model/log.ts'
import type { EmptyAnswer, Gleaned } from './gleaned.ts'
import { lineSource } from './source.ts'

/** The empty answers that count: a list of commands of which none is answered is no session. */
export function emptyAnswers(found: Gleaned): readonly EmptyAnswer[] {
  return found.emptyAnswers.filter((one) => !one.sign || found.signsAnswered)
}

/** Where an empty listing of this kind stands: the last that is shown, else one that is told. */
export function emptyListing(found: Gleaned, kind: 'groups' | 'units'): string | undefined {
  const all = emptyAnswers(found).filter((one) => one.place.kind === kind)
  const last = all.findLast((one) => !one.told) ?? all.at(-1)
  return last === undefined ? undefined : lineSource(last.line)
}

export function searches(found: Gleaned): Fact<readonly EmptySearch[]> {
  const all = emptyAnswers(found).flatMap(({ place, command, line, told }): EmptySearch[] => {
    if (place.kind === 'groups' || place.kind === 'units') return []
    const groups = place.kind === 'log' && place.groups
    return [{ command, tables: place.tables, groups, place: place.kind, told, source: lineSource(line) }]
  })
  return all.length === 0 ? unknown('not-in-paste', 'paste') : known(all, 'paste')
}
