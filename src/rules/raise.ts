import type { Evidence, Hit, Subject } from '../model/check.ts'
import { valueOf, type Fact, type NonEmpty } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import { sameSlot } from './address.ts'
import { logEvidence } from './probe-errors.ts'

const SHOWN = 3

/**
 * One hit a code and device from the messages that prove it, by their ids: the first lines as evidence, the rest as a count. A
 * message that names no device is about the host; one that does not count is passed over. The values hold the device as `address` and the message's own parts.
 */
export function raise<Code extends string>(
  messages: Fact<MessageList>,
  codes: Readonly<Record<Code, readonly string[]>>,
  counts: (hit: MessageHit, code: Code) => boolean = () => true,
): readonly Hit<Code>[] {
  return raiseBy(messages, (hit) => {
    const code = codeNamed(hit.id, codes)
    return code !== undefined && counts(hit, code) ? code : undefined
  })
}

/**
 * The code that a message proves by its id. A log has few messages, and the checks know hundreds: what is there is looked
 * for, not what might be.
 */
export function codeNamed<Code extends string>(
  id: string,
  codes: Readonly<Record<Code, readonly string[]>>,
): Code | undefined {
  for (const code in codes) if (codes[code].includes(id)) return code
  return undefined
}

/** The same where a message alone does not decide the code: `pick` looks at its parts. */
export function raiseBy<Code extends string>(
  messages: Fact<MessageList>,
  pick: (hit: MessageHit) => Code | undefined,
): readonly Hit<Code>[] {
  const hits = valueOf(messages)?.hits ?? []
  if (hits.length === 0) return []
  const grouped = new Map<string, Raised<Code>>()
  for (const hit of hits) {
    const code = pick(hit)
    if (code === undefined) continue
    const key = `${code}@${hit.device ?? 'host'}`
    const group = grouped.get(key)
    if (group === undefined) grouped.set(key, { code, lines: [hit] })
    else group.lines.push(hit)
  }
  return ofOneTrouble([...grouped.values()]).map(({ code, lines }) => {
    const [first] = lines
    const subject: Subject = first.device === null ? { kind: 'host' } : { kind: 'device', address: first.device }
    const values = {
      address: first.device ?? 'this host',
      who: first.device ?? 'a device',
      count: String(lines.length),
      line: first.text,
      ...first.values,
    }
    return { code, subject, values, evidence: evidenceOf(lines) }
  })
}

interface Raised<Code> {
  readonly code: Code
  readonly lines: [MessageHit, ...MessageHit[]]
}

/**
 * A post is about one trouble: where its lines name one device for a code, or functions of one card, a line that names
 * none is about that device too. A log is about the whole host.
 */
function ofOneTrouble<Code>(all: readonly Raised<Code>[]): readonly Raised<Code>[] {
  const kept: Raised<Code>[] = []
  for (const one of all) {
    const named = all.filter(({ code, lines }) => code === one.code && lines[0].device !== null)
    const [first, ...others] = named
    const card = first?.lines[0].device ?? ''
    const joins = one.lines[0].device === null && one.lines[0].source.startsWith('paste')
    const alone = others.every(({ lines }) => sameSlot(lines[0].device ?? '', card))
    if (joins && first !== undefined && alone) first.lines.push(...one.lines)
    else kept.push(one)
  }
  return kept
}

/** The first lines; a flood of the same message is counted, not listed. */
export function evidenceOf(lines: readonly [MessageHit, ...MessageHit[]]): NonEmpty<Evidence> {
  const [first, ...rest] = lines
  const shown = rest.slice(0, SHOWN - 1).map(logEvidence)
  const more = rest.length - shown.length
  const counted: Evidence[] = more > 0 ? [{ source: first.source, saw: `and ${more} more of the kind` }] : []
  return [logEvidence(first), ...shown, ...counted]
}
