import type { AnyCheck, Confidence, Hit, Severity } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { InProse, MessageHit } from '../model/log.ts'
import type { Facts, Scope } from '../model/machine.ts'
import { hitsOf, runCheck, type Outcome } from './run.ts'
import { subjectKey } from './subjects.ts'
import { lessSure, lower } from './weight.ts'

/** What a finding is worth at most that rests on a message in somebody's sentence. */
const WORTH: readonly { readonly prose: InProse; readonly confidence: Confidence; readonly severity: Severity }[] = [
  { prose: 'told', confidence: 'likely', severity: 'fail' },
  { prose: 'quoted', confidence: 'possible', severity: 'warn' },
  { prose: 'over', confidence: 'possible', severity: 'info' },
]

/**
 * Runs a check on what the machine itself said, and again with what people only told of it, from the most to the least
 * reliable. What is found by that alone is worth as much as the sentence. No check needs to know of this.
 */
export function judgeWithHearsay(check: AnyCheck, facts: Facts, scope: Scope): Outcome {
  const messages = valueOf(facts.messages)
  const listens = check.needs.includes('messages') || check.uses.includes('messages')
  const told = listens && messages?.hits.some((hit) => hit.prose !== undefined) === true
  if (!told || facts.messages.state === 'unknown') return runCheck(check, facts, scope)
  const { state, value, source } = facts.messages
  const runWith = (heard: (hit: MessageHit) => boolean): Outcome =>
    runCheck(
      check,
      { ...facts, messages: { state, source, value: { ...value, hits: value.hits.filter(heard) } } },
      scope,
    )

  const among = new Set<InProse | undefined>([undefined])
  let outcome = runWith((hit) => hit.prose === undefined)
  for (const worth of WORTH) {
    if (!value.hits.some((hit) => hit.prose === worth.prose)) continue
    among.add(worth.prose)
    outcome = joined(
      outcome,
      runWith((hit) => among.has(hit.prose)),
      worth,
    )
  }
  return outcome
}

/** The outcome with the hits that only the hearsay adds, each as far as it goes. */
function joined(outcome: Outcome, heard: Outcome, worth: (typeof WORTH)[number]): Outcome {
  if (outcome.kind === 'crash' || heard.kind !== 'hits') return heard.kind === 'crash' ? heard : outcome
  const known = hitsOf(outcome)
  const added = heard.hits
    .filter((hit) => !known.some((one) => one.code === hit.code && meets(one, hit)))
    .map((hit): Hit => ({
      ...hit,
      confidence: lessSure(hit.confidence ?? 'certain', worth.confidence),
      severity: lower(hit.severity ?? 'fail', worth.severity),
    }))
  const [first, ...rest] = [...known, ...added]
  if (added.length === 0 || first === undefined) return outcome
  const before = outcome.kind === 'hits' ? (outcome.hearsay ?? []) : []
  return {
    check: outcome.check,
    kind: 'hits',
    hits: [first, ...rest],
    hearsay: worth.prose === 'told' ? before : [...before, ...added],
    ...('missing' in outcome && outcome.missing !== undefined ? { missing: outcome.missing } : {}),
  }
}

/** The same subject; a sentence that names no device speaks of the one that the machine named. */
function meets(one: Hit, heard: Hit): boolean {
  return heard.subject.kind === 'host' || subjectKey(one.subject) === subjectKey(heard.subject)
}
