import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { IommuGroup } from '../../src/model/iommu.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { refusedMap } from '../../src/rules/dma-map.ts'
import { groupOf } from '../../src/rules/groups.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { describe, findFunction } from '../../src/rules/pci.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { onlyIfWanted } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'
import { conflicts, hexRange, isIsaRegion, regionText, reservedFile } from '../../src/rules/reserved.ts'
import { sameSlot } from '../../src/rules/address.ts'

type Code = 'guest-memory-reserved' | 'isa-bridge-region' | 'guest-memory-at-hypertransport' | 'reserved-range-taken'

const GIB = 2 ** 30
/** 1012 GiB, where the hole of AMD processors begins, less the least that QEMU puts below 4 GiB. */
const HYPERTRANSPORT = 0xfd00000000
const EXPLAINS = [
  'dma-map-einval',
  'dma-map-reserved',
  'dma-map-too-high',
  'dma-map-failed',
  'set-iommu-einval',
  'guest-start-failed',
] as const

export const check: AnyCheck = defineCheck({
  id: 'reserved-regions',
  area: 'iommu',
  title: 'Guest memory stays out of the addresses that this host reserves',
  needs: [],
  uses: ['messages', 'groups', 'pci', 'kernel', 'cpu', 'guests'],
  problems: {
    'guest-memory-reserved': {
      severity: 'fail',
      family: 'reserved-region',
      title: 'Memory of the guest meets a region that this host reserves for group {group}: {range}',
      summary:
        'The kernel maps guest memory for a device only at addresses that the host leaves free for it. The guest has memory at {mapped}, and {region} is in the way.',
      proof: 'A mapping refused with EINVAL whose range meets a line of the reserved regions of the group.',
      ruledOut: 'Reserved regions that all lie outside the mapping, or are direct-relaxable.',
      explains: EXPLAINS,
      remedy: [
        {
          do: 'advise',
          say: 'Lay the memory of the guest out around the region: a newer machine type, less memory, or a machine whose memory begins above it. A region of type direct comes from firmware and goes with another slot or newer firmware. More locked memory changes nothing.',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_iommu_resv_exclude, vfio_iommu_iova_dma_valid'],
    },
    'isa-bridge-region': {
      severity: 'fail',
      family: 'reserved-region',
      title: 'The ISA bridge in the group of {address} keeps the first 16 MiB, where the guest has memory',
      summary:
        'For old floppy controllers the kernel reserves 0 to 16 MiB for the group of an ISA bridge, and kernels before 5.5 hold guests to it. Any PC guest has memory there, so no function of this slot could be given away.',
      proof:
        'A mapping below 16 MiB refused with EINVAL, on a kernel before 5.5 (or of unknown version), for a device in one slot with an ISA bridge.',
      ruledOut: 'The region 0x0-0xffffff as direct-relaxable, or absent, in the reserved regions of the group.',
      explains: EXPLAINS,
      remedy: [{ do: 'upgrade', what: 'kernel' }],
      blocks: 'machine',
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_get_resv_regions (CONFIG_INTEL_IOMMU_FLOPPY_WA)'],
    },
    'guest-memory-at-hypertransport': {
      severity: 'warn',
      family: 'reserved-region',
      title: 'Guest {guest} has memory where AMD processors reserve addresses below 1 TiB',
      summary:
        'A guest of {size} GiB reaches the HyperTransport range that starts at 1012 GiB. Machine types from 7.1 on move the memory above 1 TiB; {machine} does not, and mapping it for a device fails.',
      proof:
        'The range 0xfd00000000 among the reserved regions, a guest that is larger than what fits below it, and a machine type older than 7.1.',
      ruledOut: 'A machine type of 7.1 or later, or less memory.',
      explains: EXPLAINS,
      remedy: [
        {
          do: 'change-guest',
          say: 'Use a machine type of QEMU 7.1 or later.',
          xml: "<type machine='pc-q35-7.1'>hvm</type>",
          qemu: '-machine pc-q35-7.1',
        },
      ],
      blocks: 'machine',
      sources: [
        'QEMU hw/i386/pc.c: pc_memory_init (enforce_amd_1tb_hole)',
        'drivers/iommu/amd/iommu.c: amd_iommu_get_resv_regions',
      ],
    },
    'reserved-range-taken': {
      severity: 'info',
      family: 'reserved-region',
      title: 'A reserved address range of {who} could not be kept free for the host',
      summary:
        'The kernel wanted to keep a range out of the addresses of a device on a host driver, and part of it was taken. It does not concern a guest.',
      proof: 'The kernel line "Failed to reserve IOVA".',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/dma-iommu.c: iova_reserve_iommu_regions'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const hits: Hit<Code>[] = []
    const seen = new Map<number, IommuGroup>()
    const told = new Set<string>()
    const functions = [...scope.candidates.keys()].flatMap((address) => {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      return fn === undefined ? [] : [fn]
    })
    for (const fn of functions) {
      const group = groupOf(fn, facts.groups)
      if (group !== null && group !== undefined && group.reserved.state === 'known') seen.set(group.id, group)
    }
    // A post shows the regions of the groups that matter, and not always whose they are.
    const listed = valueOf(facts.groups)?.groups ?? []
    const groups = seen.size > 0 ? [...seen.values()] : listed.filter((one) => valueOf(one.reserved)?.length)
    for (const message of valueOf(facts.messages)?.hits ?? []) {
      const map = refusedMap(message)
      if (map === undefined || map.bar || map.error !== 'EINVAL' || map.iova === null || map.size === null) continue
      const { iova, size } = map
      // One line can be known twice: as the refused call, and as the start that failed for it.
      if (told.has(message.text)) continue
      told.add(message.text)
      const met = groups.flatMap((group) => conflicts(group, iova, size).map((region) => ({ group, region })))
      const [first] = met
      const line = logEvidence(message)
      const beside = (fn: PciFunction): PciFunction | undefined =>
        pci?.functions.find((one) => one !== fn && sameSlot(one.address, fn.address) && isIsaBridge(one))
      const shared = functions.filter((fn) => !isIsaBridge(fn) && beside(fn) !== undefined)
      const isa = shared.find((fn) => fn.address === message.device) ?? shared[0]
      if (first !== undefined && !isIsaRegion(first.region)) {
        const { group, region } = first
        const range = hexRange(region.start, region.end)
        hits.push({
          code: 'guest-memory-reserved',
          subject:
            message.device === null ? { kind: 'group', id: group.id } : { kind: 'device', address: message.device },
          values: {
            group: String(group.id),
            range,
            region: regionText(region),
            mapped: hexRange(iova, iova + size - 1n),
          },
          evidence: [line, { source: reservedFile(group), saw: regionText(region), wanted: 'a free range' }],
        })
      } else if (iova <= 0xffffffn && isa !== undefined && atLeast(facts.kernel, 5, 5) !== true) {
        const proof: Evidence[] =
          first === undefined ? [] : [{ source: reservedFile(first.group), saw: regionText(first.region) }]
        const bridge = beside(isa)
        hits.push({
          code: 'isa-bridge-region',
          subject: { kind: 'device', address: isa.address },
          values: { address: isa.address },
          evidence: [
            line,
            ...proof,
            ...(bridge === undefined
              ? []
              : [{ source: facts.pci.source, saw: `${bridge.address}: ${describe(bridge)}` }]),
          ],
          confidence: first === undefined ? 'likely' : 'certain',
        })
      }
    }
    const hole = groups.find((group) => conflicts(group, BigInt(HYPERTRANSPORT), 1n).length > 0)
    for (const guest of valueOf(facts.guests) ?? []) {
      const version = /-(\d+)\.(\d+)$/.exec(guest.machine ?? '')
      const old = version !== null && (Number(version[1]) < 7 || (version[1] === '7' && version[2] === '0'))
      const bytes = guest.memoryBytes ?? 0
      if (!old || hole === undefined || guest.hostDevices.length === 0 || bytes <= HYPERTRANSPORT - GIB) continue
      hits.push({
        code: 'guest-memory-at-hypertransport',
        subject: { kind: 'host' },
        values: { guest: guest.name, size: String(Math.round(bytes / GIB)), machine: guest.machine ?? '' },
        evidence: [
          {
            source: guest.source,
            saw: `${Math.round(bytes / GIB)} GiB, machine ${guest.machine}`,
            wanted: 'machine 7.1 or later',
          },
          { source: reservedFile(hole), saw: conflicts(hole, BigInt(HYPERTRANSPORT), 1n).map(regionText).join('; ') },
        ],
        confidence: 'likely',
      })
    }
    hits.push(
      ...raise(facts.messages, { 'reserved-range-taken': ['iommu-resv-iova'] } as const).map((hit) =>
        onlyIfWanted(hit, facts.pci, scope),
      ),
    )
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const [group] = seen.values()
    if (group === undefined)
      return { kind: 'skip', because: 'no refused mapping, and no reserved regions of a device to be passed through' }
    return {
      kind: 'pass',
      evidence: [
        { source: reservedFile(group), saw: (valueOf(group.reserved) ?? []).map(regionText).join('; ') || 'none' },
      ],
    }
  },
})

function isIsaBridge(fn: PciFunction): boolean {
  return (valueOf(fn.class) ?? 0) >> 8 === 0x0601
}
