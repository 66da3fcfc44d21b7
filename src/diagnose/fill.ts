import type { Action } from '../model/remedy.ts'

/** Puts a finding's values in the place of `{name}`; a name without a value stays as it is, and a test finds it. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** The same for every text of an action. */
export function fillAction(action: Action, values: Readonly<Record<string, string>>): Action {
  const filled = Object.entries(action).map(([key, value]) => [
    key,
    key !== 'do' && typeof value === 'string' ? fill(value, values) : value,
  ])
  // Filling keeps every key and the kind, so the shape is the same.
  return Object.fromEntries(filled) as Action
}
