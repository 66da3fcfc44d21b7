import { CAPTURE_SCHEMA, type Capture, type Place, type ProgramRun } from './capture.ts'
import type { HostIdentity, Ran, Stat } from './host.ts'

type Guard = (value: unknown) => boolean
type Fields = Readonly<Record<string, unknown>>

/** The capture in parsed JSON, or the words for what keeps it from being one. Keys that are not known are let pass. */
export function captureIn(value: unknown): { readonly capture: Capture } | { readonly trouble: string } {
  if (!isObject(value) || typeof value['schema'] !== 'string') return { trouble: 'not a capture: it names no schema' }
  const schema = schemaTrouble(value['schema'])
  if (schema !== null) return { trouble: schema }
  const parts: Readonly<Record<Exclude<keyof Capture, 'schema' | 'paths'>, Guard>> = {
    taken: either(isNull, (at) => isText(at) && /^\d{4}-\d\d-\d\dT[\d:.]{5,20}Z$/.test(at)),
    root: isPath,
    redacted: (flag) => typeof flag === 'boolean',
    identity: either(isNull, identity),
    dmi: either(isNull, orRefused(shape<{ texts: unknown }>({ texts: recordOf(isText) }))),
    programs: listOf(program),
  }
  const bad = Object.entries(parts).find(([key, guard]) => !guard(value[key]))
  if (bad !== undefined) return { trouble: `a broken capture: "${bad[0]}" is not as it should be` }
  const { paths } = value
  if (!isObject(paths)) return { trouble: 'a broken capture: "paths" is not as it should be' }
  for (const path in paths)
    if (!isPath(path) || !place(paths[path])) return { trouble: `a broken capture: "paths" holds ${quote(path)}` }
  return { capture: value as unknown as Capture }
}

function schemaTrouble(schema: string): string | null {
  if (schema === CAPTURE_SCHEMA) return null
  if (/^vfio-doctor\/capture@\d{1,4}$/.test(schema)) {
    return `a capture of a newer vfio-doctor (${schema}; this one reads ${CAPTURE_SCHEMA}): update vfio-doctor to read it`
  }
  if (schema.startsWith('vfio-doctor/report@')) return 'a report, not a capture (vfio-doctor capture -o FILE makes one)'
  return `not a capture: its schema is ${quote(schema)}`
}

function quote(text: string): string {
  // JSON leaves C1 controls and the marks that turn the reading direction as they are.
  return JSON.stringify(text.slice(0, 80)).replace(/[^\u0020-\u007e]/g, '?')
}

const stat: Guard = shape<Stat>({
  kind: oneOf('file', 'directory', 'link', 'character', 'block', 'other'),
  mode: isCount,
  uid: isCount,
  gid: isCount,
  size: isCount,
  modified: Number.isSafeInteger,
})

const refusalWord = oneOf('absent', 'denied', 'timeout', 'unreadable', 'not-recorded')

function isRefusal(value: Fields): boolean {
  return refusalWord(value['error']) && isText(value['code'])
}

function isContent(value: Fields): boolean {
  const { text, base64, cut } = value
  if (cut !== undefined && !isCount(cut)) return false
  return text === undefined ? isText(base64) && /^[A-Za-z0-9+/]*={0,2}$/.test(base64) : isText(text)
}

/** An answer, or a refusal: the key `error` tells them apart, as it does for whoever replays them. */
function orRefused(answer: Guard): Guard {
  return (value) => (isObject(value) && 'error' in value ? isRefusal(value) : answer(value))
}

const answers: Readonly<Record<keyof Place, Guard>> = {
  read: orRefused((value) => isObject(value) && isContent(value)),
  list: orRefused(listOf((name) => isText(name) && !name.includes('/') && !name.includes('\0'))),
  link: orRefused(isText),
  lstat: orRefused(stat),
  stat: orRefused(stat),
}

/** A capture has thousands, of an answer or two each: what is there is looked at, not what might be. */
function place(value: unknown): boolean {
  if (!isObject(value)) return false
  for (const question in value)
    if (Object.hasOwn(answers, question) && !answers[question as keyof Place](value[question])) return false
  return true
}

const ran: Guard = shape<Ran>({
  status: Number.isSafeInteger,
  stdout: isText,
  stderr: isText,
  truncated: (flag) => typeof flag === 'boolean',
})

const program: Guard = shape<ProgramRun>({
  command: isText,
  args: listOf(isText),
  result: either(
    ran,
    shape<Exclude<ProgramRun['result'], Ran>>({
      error: oneOf('no-tool', 'timeout', 'denied', 'not-recorded', 'failed'),
      detail: isText,
    }),
  ),
})

const identity: Guard = shape<HostIdentity>({
  uid: Number.isSafeInteger,
  gids: listOf(Number.isSafeInteger),
  user: either(isNull, isText),
  privileged: (flag) => typeof flag === 'boolean',
})

// These are called for each of thousands of answers: none of them makes a function or a list at a call.

function shape<T>(guards: Readonly<Record<keyof T & string, Guard>>): Guard {
  return (value) => {
    if (!isObject(value)) return false
    for (const key in guards) if (!guards[key as keyof typeof guards](value[key])) return false
    return true
  }
}

function listOf(guard: Guard): Guard {
  return (value) => Array.isArray(value) && value.every(guard)
}

function recordOf(guard: Guard): Guard {
  return (value) => {
    if (!isObject(value)) return false
    for (const key in value) if (!guard(value[key])) return false
    return true
  }
}

function either(one: Guard, other: Guard): Guard {
  return (value) => one(value) || other(value)
}

function oneOf(...words: readonly string[]): Guard {
  return (value) => isText(value) && words.includes(value)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isPath(value: unknown): boolean {
  return isText(value) && value.startsWith('/')
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isNull(value: unknown): boolean {
  return value === null
}
