import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
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
/** Beyond so many lines a post is a log, and no question about one of its lines. */
const LONG = 100
const MOST = 3

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
      summary: '{meaning} It is no obstacle to passthrough.',
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
    const about = hits.filter(
      (one) =>
        one.harmless &&
        FRIGHTENING.includes(one.topic) &&
        ((pasted && !long && !fault) || (one.device !== null && scope.asked.includes(one.device))),
    )
    const topics = new Map<string, [MessageHit, ...MessageHit[]]>()
    for (const one of about) {
      const lines = topics.get(one.topic)
      if (lines === undefined) topics.set(one.topic, [one])
      else lines.push(one)
    }
    const [first, ...rest] = [...topics.values()].slice(0, MOST).map((lines): Hit<'message-harmless'> => {
      const { meaning, text, device } = lines[0]
      return {
        code: 'message-harmless',
        subject: device === null ? { kind: 'host' } : { kind: 'device', address: device },
        values: { line: text.slice(0, 120), meaning },
        evidence: evidenceOf(lines),
      }
    })
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    return { kind: 'skip', because: 'no harmless line was asked about' }
  },
})
