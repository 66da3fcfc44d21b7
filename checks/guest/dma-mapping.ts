import { defineCheck, type AnyCheck, type Confidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { refusedMap } from '../../src/rules/dma-map.ts'
import { codeOf, type Around, type DmaMapCode as Code } from '../../src/rules/dma-map-code.ts'
import { reachOf } from '../../src/rules/iommu-width.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { raiseBy } from '../../src/rules/raise.ts'

const SOURCES = ['drivers/vfio/vfio_iommu_type1.c: vfio_dma_do_map', 'QEMU hw/vfio/listener.c'] as const

export const check: AnyCheck = defineCheck({
  id: 'dma-mapping',
  area: 'guest',
  title: 'The memory of each guest could be mapped for its devices',
  needs: ['messages'],
  uses: ['cpu', 'iommuUnits'],
  problems: {
    'dma-map-enomem': {
      severity: 'fail',
      family: 'memlock',
      title: 'The memory of the guest could not be locked (cannot allocate memory)',
      summary:
        'With a device in it, all memory of a guest is locked for as long as it runs. The limit on locked memory of the process (memlock) was too low for that, or, more rarely, the host is out of memory. With a virtual IOMMU in the guest each device counts that memory anew. The kernel logs "RLIMIT_MEMLOCK exceeded" in the first case.',
      proof: 'A mapping that VFIO refused with ENOMEM.',
      ruledOut: 'A limit above the memory of the guest, and no such line in the kernel log.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'memlock' },
        { do: 'raise-memlock', bytes: 'COUNT' },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_pin_pages_remote', 'getrlimit(2)'],
    },
    'dma-entry-limit': {
      severity: 'fail',
      family: 'dma-mapping-limit',
      title: 'The guest used up its number of DMA mappings',
      summary:
        'VFIO keeps at most dma_entry_limit mappings for a guest (65535 unless it was changed), and this one wanted more. Many small mappings come from a virtual IOMMU in the guest, from virtio-mem with small blocks, or from memory without huge pages in user space drivers.',
      proof: 'A mapping that VFIO refused with ENOSPC, or the warning of QEMU that mappings run out.',
      ruledOut: 'Fewer mappings than the limit.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'set-type1-entry-limit', entries: '1048576' },
        {
          do: 'advise',
          say: 'Fewer and larger mappings help too: huge pages, larger blocks of virtio-mem, or a virtual IOMMU in pass-through mode.',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: dma_entry_limit', 'QEMU hw/vfio/listener.c'],
    },
    'dma-map-reserved': {
      severity: 'fail',
      family: 'reserved-region',
      title: 'Memory of the guest lies where the host keeps addresses for itself: {iova}',
      summary:
        'The guest has memory at {range}, which no device on this host may address. The memory of the guest must be laid out around it.',
      proof:
        'A mapping refused with EINVAL whose addresses touch the interrupt window (0xfee00000) or the HyperTransport hole (0xfd00000000).',
      ruledOut: 'Reserved regions of the group that do not meet the mapping.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'upgrade', what: 'qemu' },
        {
          do: 'advise',
          say: 'A newer machine type of QEMU keeps guest memory out of that range; less guest memory or a smaller 64-bit PCI hole does as well.',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_iommu_iova_dma_valid', 'QEMU hw/i386/pc.c: pc_max_used_gpa'],
    },
    'dma-map-too-high': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'The guest has addresses that the IOMMU of this host cannot reach: {iova}',
      summary:
        'The address is beyond what the IOMMU translates, which is 39 bits on many desktop processors. Mostly it is the 64-bit PCI window of the guest, which firmware puts as high as the virtual CPU says it can address. A BAR up there that is not mapped costs direct traffic between passed devices alone, and QEMU goes on; memory of the guest must be mapped.',
      proof: 'A mapping refused with EINVAL at or above the width of the IOMMU.',
      ruledOut: 'An IOMMU of 48 bits or more (VT-d capability register MGAW).',
      explains: ['guest-start-failed', 'dma-bar-not-mapped'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Keep the addresses of the guest within 39 bits.',
          xml: "<maxphysaddr mode='emulate' bits='39'/>",
          qemu: '-cpu host,host-phys-bits-limit=39',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/iommu/intel/iommu.c: MGAW', 'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_iova_dma_valid'],
    },
    'dma-map-einval': {
      severity: 'fail',
      family: 'reserved-region',
      title: 'The kernel refused to map memory of the guest (invalid argument)',
      summary:
        'An address of the guest is in a reserved region of the host or beyond the width of its IOMMU, or a mapping is not aligned to pages of the host.',
      proof: 'A mapping that VFIO refused with EINVAL.',
      ruledOut: 'Reserved regions and address width that leave room for the mapping.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'iommu-groups' },
        { do: 'show', what: 'guest-definition' },
      ],
      blocks: 'machine',
      sources: SOURCES,
    },
    'dma-map-unpinnable': {
      severity: 'fail',
      family: 'guest-memory',
      title: 'Memory of the guest could not be pinned (bad address)',
      summary:
        'The memory behind an address of the guest could not be had when VFIO wanted it: a backing file that is shorter than the guest or on a full disk, huge pages that ran out, or an ordinary file as memory, which kernels from 6.5 on do not pin at all. Shared memory (for virtiofs, say) is better made with memfd.',
      proof: 'A mapping of memory (not of a BAR) refused with EFAULT.',
      ruledOut: 'The region named in the message is a BAR.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'guest-definition' },
        {
          do: 'change-guest',
          say: 'If the memory of the guest is a file (shared memory without huge pages), have it made with memfd.',
          xml: "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
          qemu: '-object memory-backend-memfd,id=ram,size=SIZE,share=on -machine memory-backend=ram',
        },
      ],
      blocks: 'machine',
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: vaddr_get_pfns',
        'mm/gup.c: check_vma_flags, writable_file_mapping_allowed',
        'QEMU hw/vfio/listener.c',
      ],
    },
    'dma-map-overlap': {
      severity: 'fail',
      family: 'software-bug',
      title: 'A range of the guest was mapped twice',
      summary:
        'VFIO has a mapping at this address already. That is a fault of the VMM or of the IOMMU driver, not of the host setup.',
      proof: 'A mapping refused with EEXIST or EBUSY.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'upgrade', what: 'qemu' },
        { do: 'report-bug', to: 'qemu' },
      ],
      blocks: 'machine',
      sources: SOURCES,
    },
    'dma-bar-not-mapped': {
      severity: 'info',
      family: 'healthy',
      title: 'Memory of a device could not be mapped for other devices; that is no obstacle',
      summary:
        'QEMU also offers the BARs of a passed device to the other passed devices, and the host refused. Only direct traffic between two devices of the guest is lost; the device itself works.',
      proof: 'The message names a BAR, or says that only peer-to-peer traffic is concerned.',
      ruledOut: 'A message about the memory of the guest.',
      remedy: [{ do: 'nothing', why: 'The guest runs without it.' }],
      sources: ['QEMU hw/vfio/listener.c: vfio_listener_region_add'],
    },
    'dma-map-failed': {
      severity: 'fail',
      family: 'memlock',
      title: 'The memory of the guest could not be mapped for the device',
      summary:
        'The message does not say why. Most often the limit on locked memory is too low; the line before it and the kernel log hold the error number.',
      proof: 'The message that DMA mapping failed, without an error number.',
      ruledOut: 'A line with the number.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'memlock' },
      ],
      blocks: 'machine',
      sources: SOURCES,
    },
  },
  judge(facts) {
    const all = (valueOf(facts.messages)?.hits ?? []).flatMap((hit) => {
      const map = refusedMap(hit)
      return map === undefined ? [] : [{ hit, map }]
    })
    const around: Around = {
      intel: valueOf(facts.cpu)?.vendor === 'intel',
      reach: reachOf(facts),
      peers: messagesWith(facts.messages, 'q-p2p-old', 'q-p2p-mid', 'q-p2p-new').length > 0,
      called: all.some(({ map }) => map.iova !== null),
      errors: [...new Set(all.flatMap(({ map }) => map.error ?? []))],
    }
    const fatal = all.some(({ hit }) => FATAL.has(hit.id) || /\bRegion \S+: /.test(hit.text))
    // Several errors in turn, and no call with its addresses: something tried again and again, and went on.
    const mixed = !around.called && around.errors.length > 1
    const hits = raiseBy<Code>(facts.messages, (hit) => codeOf(hit, around, mixed)).map((hit): Hit<Code> => {
      const iova = /dma_map\([^,]*,\s*(0x[0-9a-f]+)/i.exec(hit.values?.['line'] ?? '')?.[1] ?? 'an address'
      const range =
        BigInt(iova.startsWith('0x') ? iova : 0) > 0xffffffffn
          ? 'the HyperTransport hole below 1 TiB'
          : 'the interrupt window at 0xfee00000'
      const values = { ...hit.values, iova, range }
      // Where QEMU says no more than that, it went on: only the BAR of a device may fail so.
      if (!fatal && hit.code === 'dma-map-too-high') return { ...hit, values, severity: 'warn', confidence: 'likely' }
      if (mixed && hit.code === 'dma-map-failed') return { ...hit, values, severity: 'warn', confidence: 'possible' }
      return { ...hit, values, confidence: CONFIDENCE[hit.code] ?? 'certain' }
    })
    return concludeOutput(hits, 'no output of QEMU says that memory could not be mapped')
  },
})

const CONFIDENCE: { readonly [K in Code]?: Confidence } = {
  'dma-map-failed': 'possible',
  'dma-map-einval': 'possible',
  'dma-map-unpinnable': 'possible',
  'dma-map-too-high': 'likely',
  'dma-map-enomem': 'likely',
}

/** With these QEMU gives up (hw/vfio/listener.c: vfio_listener_region_add). */
const FATAL: ReadonlySet<string> = new Set(['q-dma-fatal', 'q-listener-init'])
