import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { translatedBits } from '../../src/rules/iommu-width.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code = 'iommu-narrower-than-cpu' | 'iommu-width-exceeded' | 'guest-physical-bits-differ'

const GUEST = {
  do: 'change-guest',
  say: 'Keep the addresses of the guest within {bits} bits.',
  xml: "<maxphysaddr mode='passthrough' limit='{bits}'/>",
  qemu: '-cpu host,host-phys-bits=on,host-phys-bits-limit={bits}',
} as const

export const check: AnyCheck = defineCheck({
  id: 'iommu-width',
  area: 'cpu',
  title: 'The IOMMU reaches every address that a guest may use',
  needs: [],
  uses: ['iommuUnits', 'cpu', 'messages'],
  problems: {
    'iommu-narrower-than-cpu': {
      severity: 'info',
      family: 'iommu-address-width',
      title: 'The IOMMU translates {bits} bits, and the CPU addresses {cpu}',
      summary:
        'A guest that is told the width of the CPU may put its 64-bit PCI window higher than the IOMMU reaches, and its start then fails with "DMA mapping failed". Guests that keep within {bits} bits are not concerned.',
      proof: 'The capability register of the VT-d unit (MGAW, SAGAW) and the address sizes of the CPU.',
      ruledOut: 'An IOMMU that is as wide as the CPU.',
      remedy: [GUEST],
      sources: ['VT-d specification 10.4.2: MGAW, SAGAW', 'drivers/iommu/intel/iommu.c: iommu_domain geometry'],
    },
    'iommu-width-exceeded': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'An address lies beyond the {bits} bits that the IOMMU of this host translates',
      summary:
        'The IOMMU driver refused to map {address}. With a guest that is mostly its 64-bit PCI window, which goes as high as the virtual CPU says it can address; now and then a driver of the host asks for such an address itself.',
      proof: 'The line of the IOMMU driver that its width is not sufficient.',
      ruledOut: 'A guest whose addresses stay within the width.',
      explains: ['dma-map-too-high', 'dma-map-einval', 'dma-map-failed', 'guest-start-failed'],
      remedy: [GUEST],
      blocks: 'machine',
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_map, prepare_domain_attach_device'],
    },
    'guest-physical-bits-differ': {
      severity: 'info',
      family: 'iommu-address-width',
      title: 'The guest is told {guest} address bits, and the CPU has {bits}',
      summary:
        'QEMU only warns. More bits than the CPU or the IOMMU has let the guest place memory where it cannot be mapped.',
      proof: 'The warning of QEMU with both numbers.',
      ruledOut: 'The same number on both sides.',
      explains: [],
      remedy: [GUEST],
      sources: ['QEMU target/i386/host-cpu.c: host_cpu_adjust_phys_bits'],
    },
  },
  judge(facts, scope) {
    const hits: Hit<Code>[] = []
    const host = { kind: 'host' } as const
    const [refused, ...more] = messagesWith(facts.messages, 'dmar-width-map')
    if (refused !== undefined) {
      const { bits = '39', address = 'an address' } = refused.values
      const evidence: NonEmpty<Evidence> = [logEvidence(refused), ...more.slice(0, 2).map(logEvidence)]
      // The same function maps for drivers of the host: only beside an answer of QEMU is a guest sure to be meant.
      const guest = messagesWith(facts.messages, 'dma-map-failed', 'q-dma-fatal').length > 0
      const doubt: Partial<Hit<Code>> = guest ? { confidence: 'likely' } : { confidence: 'possible', severity: 'warn' }
      hits.push({ code: 'iommu-width-exceeded', subject: host, evidence, values: { bits, address }, ...doubt })
    }
    const [differ] = messagesWith(facts.messages, 'm-physbits-prop')
    if (differ !== undefined) {
      const { host: bits = '39', guest = '?' } = differ.values
      const evidence: NonEmpty<Evidence> = [logEvidence(differ)]
      hits.push({ code: 'guest-physical-bits-differ', subject: host, evidence, values: { bits, guest } })
    }
    const cpu = valueOf(facts.cpu)?.physicalBits ?? null
    const units = (valueOf(facts.iommuUnits) ?? []).flatMap((unit) => {
      const bits = translatedBits(unit)
      return bits === null ? [] : [{ unit, bits }]
    })
    const narrow = units.toSorted((a, b) => a.bits - b.bits)[0]
    if (
      narrow !== undefined &&
      cpu !== null &&
      narrow.bits < cpu &&
      scope.candidates.size > 0 &&
      refused === undefined
    ) {
      const evidence: NonEmpty<Evidence> = [
        { source: narrow.unit.cap.source, saw: `${narrow.bits} bits`, wanted: `${cpu} bits` },
        { source: facts.cpu.source, saw: `address sizes: ${cpu} bits physical` },
      ]
      const values = { bits: String(narrow.bits), cpu: String(cpu) }
      hits.push({ code: 'iommu-narrower-than-cpu', subject: host, evidence, values })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (narrow !== undefined && cpu === null) return { kind: 'skip', because: 'the width of the CPU is not shown' }
    if (narrow !== undefined && cpu !== null) {
      if (narrow.bits < cpu) return { kind: 'skip', because: 'no device is to be passed through' }
      const saw = `${narrow.bits} bits, the CPU has ${cpu}`
      return { kind: 'pass', evidence: [{ source: narrow.unit.cap.source, saw }] }
    }
    return { kind: 'skip', because: 'no VT-d unit whose width could be read, and no message about it' }
  },
})
