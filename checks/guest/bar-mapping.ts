import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { barIsFatal } from '../../src/rules/dma-map.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'dma-bar-fatal'

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
  },
  judge(facts) {
    const hits = raiseBy<Code>(facts.messages, (hit) => (barIsFatal(hit) ? 'dma-bar-fatal' : undefined))
    return concludeOutput(hits, 'no VMM gave up over the memory of a device')
  },
})
