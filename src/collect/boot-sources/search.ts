import { mattersToPassthrough } from '../../knowledge/passthrough-parameters.ts'
import type { Parameter } from '../../model/boot.ts'

/** Names of the running line that matter to passthrough, with a `=` where they have a value. */
export function searchedNames(parameters: readonly Parameter[]): Set<string> {
  const wanted = parameters.filter((one) => mattersToPassthrough(one.name))
  return new Set(wanted.map(({ name, value }) => (value === null ? name : `${name}=`)))
}

/** Strikes out what a text has anywhere: in the entry of another kernel, in a comment, in a script. */
export function strikeOut(names: Set<string>, text: string): void {
  for (const name of names) {
    if (text.includes(name) || text.includes(name.replaceAll('-', '_')) || text.includes(name.replaceAll('_', '-')))
      names.delete(name)
  }
}
