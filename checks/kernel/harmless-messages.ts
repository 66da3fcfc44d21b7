import { defineCheck, type AnyCheck, type Evidence, type Hit, type Subject } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Address } from '../../src/model/pci.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { evidenceOf } from '../../src/rules/raise.ts'

/** Topics that sound like a fault, and that people ask about. Good news, and lines that other checks explain, are not among them. */
const FRIGHTENING = [
  'capability-hidden',
  'vfio-nointx',
  'vfio-bogus-vf-pin',
  'irq-bypass-unavailable',
  'vga-arbiter',
  'vga-deactivate',
  'amd-iommu-counters-locked',
  'amd-v2-unavail',
  'amd-efr-mismatch',
  'amd-fullflush',
  'iommu-left-on',
  'iommu-domain-type-conflict',
  'iommu-sibling-unblock',
  'iommufd-compat',
  'dmar-list-empty',
  'dmar-opt-in',
  'dmar-batching',
  'dmar-scalable-off',
  'dmar-rmrr-broken-dev',
  'dmar-andd-missing',
  'dmar-swpt',
  'dmar-superpage-none',
  'ir-x2apic-optout',
  'ir-no-eim',
  'gart-noiommu',
  'swiotlb',
  'sgx-off',
  'virqfd-missing',
  'pci-bad-bars',
  'pci-vpd',
  'pci-hostbridge-window',
  'pci-numa-bug',
  'p2p-whitelist',
  'pci-ready-late',
  'fb-efifb-noreserve',
  'mod-sig-taint',
  'mod-oot',
  'q-dirty-hwpt',
  'q-err-recovery',
  'q-msi-retry',
  'l-tainted',
  'guest-not-migratable',
  'q-smt-hidden',
  'v-sev',
  'v-unknownguest',
  'v-cgroup',
  'km-builtin',
  'km-notinkernel',
  'km-exists',
  'pve-leftover',
]
/** Told of a device that was asked for, though no post is about them alone. */
const OF_DEVICE = ['vga-boot-device']
/** About the host, and feared for passthrough whichever device is to go. */
const OF_HOST = [
  'amd-iommu-counters-locked',
  'amd-v2-unavail',
  'amd-efr-mismatch',
  'iommu-left-on',
  'dmar-swpt',
  'dmar-superpage-none',
  'ir-x2apic-optout',
  'ir-no-eim',
  'gart-noiommu',
]
/** Beyond so many lines a post is a log, and no question about one of its lines. */
const LONG = 100
const MOST = 3
const MOST_TOGETHER = 6

type Lines = readonly [MessageHit, ...MessageHit[]]

export const check: AnyCheck = defineCheck({
  id: 'harmless-messages',
  area: 'kernel',
  title: 'A line that was asked about is a fault, or is known to be harmless',
  needs: [],
  uses: ['messages', 'kernelLog'],
  problems: {
    'message-harmless': {
      severity: 'info',
      family: 'healthy',
      title: 'Harmless: {line}',
      summary: '{meaning} {verdict}',
      proof: 'The line, which is known and no fault.',
      ruledOut: 'A line of a fault beside it.',
      remedy: [{ do: 'nothing', why: 'The line reports no fault.' }],
      sources: ['the source file that prints it, as the table of messages names it'],
    },
  },
  judge(facts, scope) {
    const { hits, fromBoot } = valueOf(facts.messages) ?? { hits: [], fromBoot: false }
    const pasted = facts.messages.source.startsWith('paste')
    const long = fromBoot || (valueOf(facts.kernelLog)?.lines.length ?? 0) > LONG
    // Where a fault is shown, that is the matter; the noise beside it would only distract.
    const fault = hits.some((one) => !one.harmless && one.severity === 'error')
    const told = pasted && !long && !fault
    const about = hits.filter(
      (one) => one.harmless && (isAsked(one, scope.asked) || (told && FRIGHTENING.includes(one.topic))),
    )
    const topics = new Map<string, [MessageHit, ...MessageHit[]]>()
    for (const one of about) {
      const lines = topics.get(one.topic)
      if (lines === undefined) topics.set(one.topic, [one])
      else lines.push(one)
    }
    const kinds = [...topics.values()]
    const [top, second, ...others] = kinds
    const grouped = !told && top !== undefined && second !== undefined
    const [first, ...rest] = grouped ? [together([top, second, ...others])] : kinds.slice(0, MOST).map(alone)
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    return { kind: 'skip', because: 'no harmless line was asked about' }
  },
})

function isAsked({ topic, device, text }: MessageHit, asked: readonly Address[]): boolean {
  if (device === null || !asked.includes(device)) return asked.length > 0 && OF_HOST.includes(topic)
  // A host driver's switching its device on is no start of a guest.
  if (topic === 'pci-enabling') return text.startsWith('vfio-pci ')
  return FRIGHTENING.includes(topic) || OF_DEVICE.includes(topic)
}

function alone(lines: Lines): Hit<'message-harmless'> {
  const { meaning, text } = lines[0]
  return {
    code: 'message-harmless',
    subject: subjectOf(lines),
    values: { line: text.slice(0, 120), meaning, verdict: 'It is no obstacle to passthrough.' },
    evidence: evidenceOf(lines),
  }
}

/** A log that nobody asked about line by line: one finding, with a line of each kind and what that means. */
function together(kinds: NonEmpty<Lines>): Hit<'message-harmless'> {
  const [first, ...rest] = kinds
  const subject = subjectOf(first)
  const same = rest.every((lines) => lines[0].device === first[0].device)
  return {
    code: 'message-harmless',
    subject: same ? subject : { kind: 'host' },
    values: {
      line: `${kinds.length} kinds of line in the kernel log that read like faults`,
      meaning: 'What a line means stands behind it.',
      verdict: 'None is an obstacle to passthrough by itself.',
    },
    evidence: [explained(first), ...rest.slice(0, MOST_TOGETHER - 1).map(explained)],
  }
}

function explained([first]: Lines): Evidence {
  const { source, saw } = logEvidence(first)
  return { source, saw: `${saw} (${first.meaning})` }
}

/** What one part of the host says of itself is about whichever device is to go. */
function subjectOf([{ device, topic }]: Lines): Subject {
  return device === null || OF_HOST.includes(topic) ? { kind: 'host' } : { kind: 'device', address: device }
}
