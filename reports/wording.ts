import type { Confidence, Severity } from '../src/model/check.ts'
import type { UnknownReason } from '../src/model/fact.ts'
import type { Address } from '../src/model/pci.ts'
import type { Effect, Step } from '../src/model/remedy.ts'
import type { DeviceVerdict, MachineVerdict, Report, Status } from '../src/model/report.ts'
import type { Tone } from './style.ts'

/** The words of every format stand here, so that all say the same. */

export const MACHINE_VERDICTS: Readonly<Record<MachineVerdict, { readonly tone: Tone; readonly words: string }>> = {
  ready: { tone: 'good', words: 'ready' },
  attention: { tone: 'look', words: 'worth a look' },
  blocked: { tone: 'bad', words: 'blocked' },
  'cannot-tell': { tone: 'unknown', words: 'could not tell' },
}

export const DEVICE_VERDICTS: Readonly<Record<DeviceVerdict, { readonly tone: Tone; readonly words: string }>> = {
  ready: { tone: 'good', words: 'ready' },
  'ready-after-binding': { tone: 'good', words: 'ready after binding' },
  blocked: { tone: 'bad', words: 'blocked' },
  'in-use-by-host': { tone: 'look', words: 'in use by the host' },
  'not-assignable': { tone: 'plain', words: 'not assignable (a bridge)' },
  'cannot-tell': { tone: 'unknown', words: 'could not tell' },
}

/** With a noun for counting: one, many. */
export const STATUSES: Readonly<
  Record<Status, { readonly tone: Tone; readonly word: string; readonly one: string; readonly many: string }>
> = {
  pass: { tone: 'good', word: 'pass', one: 'pass', many: 'pass' },
  fail: { tone: 'bad', word: 'fail', one: 'fail', many: 'fail' },
  warn: { tone: 'look', word: 'warning', one: 'warning', many: 'warnings' },
  info: { tone: 'note', word: 'note', one: 'note', many: 'notes' },
  unknown: { tone: 'unknown', word: 'could not tell', one: 'could not tell', many: 'could not tell' },
  skip: { tone: 'plain', word: 'does not apply', one: 'does not apply', many: 'do not apply' },
  crash: { tone: 'bad', word: 'broke down', one: 'broke down', many: 'broke down' },
}

export const SEVERITIES: Readonly<Record<Severity, { readonly tone: Tone; readonly word: string }>> = {
  fail: { tone: 'bad', word: 'fail' },
  warn: { tone: 'look', word: 'warning' },
  info: { tone: 'note', word: 'note' },
}

/** What stands before the title of a finding. */
export const CONFIDENCES: Readonly<Record<Confidence, string>> = {
  certain: '',
  likely: 'Likely: ',
  possible: 'Possibly: ',
}

export const REASONS: Readonly<Record<UnknownReason, string>> = {
  denied: 'there, but not readable for this user',
  absent: 'the place that would tell is not there',
  'no-tool': 'the program that would tell is not installed',
  timeout: 'no answer in time',
  unreadable: 'read, but broken',
  incomplete: 'a part of it is gone',
  'not-collected': 'not looked at',
  'not-in-paste': 'not in the pasted text',
}

/** What a step costs. A step that costs nothing says so only where `noReboot` is true of the whole remedy. */
export function effectWords(effect: Effect, noReboot: boolean): string | null {
  switch (effect) {
    case 'none':
      return noReboot ? 'no reboot' : null
    case 'reboot':
      return 'reboot'
    case 'may-lose-display':
      return 'the display may go dark'
    case 'may-lose-network':
      return 'the network may drop'
    case 'may-lose-disk':
      return 'a disk may go away'
    case 'stops-guest':
      return 'stops the guest'
    default:
      return effect satisfies never
  }
}

/** True where something is typed or written and nothing in the remedy waits for a reboot. */
export function needsNoReboot(steps: readonly Step[]): boolean {
  return (
    steps.some((one) => one.run !== undefined) &&
    steps.every((one) => one.effect !== 'reboot' && one.edit === undefined)
  )
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `2026-11-24 16:12` and `UTC` where the text says so; anything else as it stands. */
export function when(iso: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?(Z?)/.exec(iso)
  return parts === null ? iso : `${parts[1]} ${parts[2]}${parts[3] === 'Z' ? ' UTC' : ''}`
}

export type Shorten = (text: string) => string

/**
 * `0000:04:00.0` becomes `04:00.0` where the report knows no other PCI domain. Only a free-standing address: never a
 * part of a path, of an option or of a longer word, nor in a command (between back-ticks).
 */
export function shortener(report: Pick<Report, 'devices' | 'groups' | 'causes'>): Shorten {
  const addresses: readonly Address[] = [
    ...report.devices.map((one) => one.address),
    ...report.groups.flatMap((one) => one.devices),
    ...report.causes.flatMap((one) => (one.subject.kind === 'device' ? [one.subject.address] : [])),
  ]
  if (!addresses.every((one) => one.startsWith('0000:'))) return (text) => text
  const shorten = (text: string): string =>
    text.replace(/(?<![\w:./=-])0000:([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?![\w:/=-])/g, '$1')
  return (text) =>
    text
      .split('`')
      .map((part, at) => (at % 2 === 0 ? shorten(part) : part))
      .join('`')
}
