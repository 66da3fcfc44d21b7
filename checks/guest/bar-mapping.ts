import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { barIsFatal } from '../../src/rules/dma-map.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'dma-bar-fatal' | 'bar-memory-refused'

export const check: AnyCheck = defineCheck({
  id: 'bar-mapping',
  area: 'guest',
  title: 'The VMM did not give up over memory of a device that other devices cannot reach',
  needs: ['messages'],
  uses: [],
  problems: {
    'dma-bar-fatal': {
      severity: 'fail',
      family: 'software-bug',
      title: 'The VMM gives up where memory of a device cannot be mapped for other devices',
      summary:
        'It offers the BARs of a passed device to the other passed devices, the kernel refused that for want of ordinary pages behind them, and this VMM takes it for an error. QEMU goes on here: only direct traffic between two devices is lost. iommufd refuses it always without dma-buf.',
      proof: 'A mapping of a region of the device refused with EFAULT or EINVAL.',
      ruledOut: 'A message about the memory of the guest.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'With Cloud Hypervisor, leave such mappings out (--platform vfio_p2p_dma=off) or use the VFIO container in place of iommufd.',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/iommu/iommufd/pages.c: pfn_reader_user_pin', 'rust-vmm/vfio: VfioError'],
    },
    'bar-memory-refused': {
      severity: 'fail',
      family: 'software-bug',
      title: 'KVM did not take the memory of a device into the guest',
      summary:
        'The VMM cuts a BAR into pieces, around the table of MSI-X, and gives each to KVM, which takes whole pages of the host alone. Cut at 4 KiB they do not fit a host with pages of 16 or 64 KiB, as on some Arm servers.',
      proof: 'The VMM could not create a memory region of the guest for a BAR.',
      ruledOut: 'A host with pages of 4 KiB (getconf PAGESIZE).',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'advise', say: 'See getconf PAGESIZE: take a newer VMM, or a kernel with pages of 4 KiB on the host.' },
      ],
      blocks: 'machine',
      sources: ['virt/kvm/kvm_main.c: __kvm_set_memory_region'],
    },
  },
  judge(facts) {
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> =>
      hit.code === 'bar-memory-refused' ? { ...hit, confidence: 'likely' } : hit,
    )
    return concludeOutput(hits, 'no VMM gave up over the memory of a device')
  },
})

function pick(hit: MessageHit): Code | undefined {
  if (hit.id === 'rv-user-memory') return 'bar-memory-refused'
  return barIsFatal(hit) ? 'dma-bar-fatal' : undefined
}
