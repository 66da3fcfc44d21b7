import type { Evidence } from '../model/check.ts'
import type { Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import type { Address } from '../model/pci.ts'

/** A driver that refused a device. */
export interface ProbeError {
  readonly driver: string
  readonly address: Address
  /** Negative, as the kernel prints it. */
  readonly errno: number
  readonly hit: MessageHit
  readonly evidence: Evidence
}

/**
 * Every "probe of … failed with error …" of the log, in both wordings (really_probe in drivers/base/dd.c; the new one
 * came between 6.8 and 6.11).
 */
export function probeErrors(messages: Fact<MessageList>): readonly ProbeError[] {
  if (messages.state === 'unknown') return []
  return messages.value.hits.flatMap((hit) => {
    const errno = Number(hit.values['errno'])
    if (!hit.id.startsWith('vfio-probe-failed') || hit.device === null || !Number.isInteger(errno)) return []
    const driver = hit.values['driver'] ?? ''
    return [{ driver, address: hit.device, errno: -Math.abs(errno), hit, evidence: logEvidence(hit) }]
  })
}

/** A log line as evidence, with its time. */
export function logEvidence(hit: MessageHit): Evidence {
  const when = hit.wall ?? (hit.time === null ? null : hit.time.toFixed(6))
  const where = hit.prose === undefined ? '' : ', in a sentence'
  return { source: `${hit.source}, ${when ?? `line ${hit.line}`}${where}`, saw: hit.text }
}
