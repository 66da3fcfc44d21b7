import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { findFunction, isBridge, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'device-left-to-host': ['dpdk-route-active', 'spdk-block-active', 'spdk-mount-active'],
  'bridge-demanded': ['pcileech-bridge'],
} as const

type Code = keyof typeof CODES

export const check: AnyCheck = defineCheck({
  id: 'tool-cautions',
  area: 'binding',
  title: 'No tool kept its hands off a device for reasons of its own',
  needs: [],
  uses: ['messages', 'pci'],
  problems: {
    'device-left-to-host': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'The tool left {address} on its driver, because the host uses it{use}',
      summary:
        'dpdk-devbind leaves a port over which a route of the host goes. The script of SPDK leaves a disk that is mounted (mount@), that something is built on (holder@), or that holds a partition table or a file system (data@), even if nobody uses it. Until then neither a guest nor a program of VFIO can have the device.',
      proof: 'The message of the tool that it did not bind the device.',
      ruledOut: 'The device on a VFIO driver now.',
      explains: ['device-on-host-driver', 'shown-device-on-host-driver'],
      remedy: [
        {
          do: 'advise',
          say: 'Make sure that the host can do without it. For a port, let the host go over another one, then take this one down (ip link set dev NAME down). For a disk, unmount it and take apart what is built on it; where only data@ is named, wipefs -n shows what was found, and wiping it loses the data.',
        },
      ],
      sources: [
        'DPDK usertools/dpdk-devbind.py: bind_one',
        'SPDK scripts/setup.sh: verify_bdf_block_devs',
        'SPDK scripts/common.sh: block_in_use',
      ],
    },
    'bridge-demanded': {
      severity: 'info',
      family: 'bridge-in-group',
      title: 'The tool wants {address}, a port, on vfio-pci, and VFIO does not',
      summary:
        'For VFIO a bridge on pcieport is no obstacle to its group: the driver of ports does no DMA. vfio-pci refuses bridges, so what the tool asks for cannot be had. If the group holds no other device on a host driver, it is viable.',
      proof: 'The message of the tool, which itself names pcieport as the driver.',
      ruledOut: 'A listing that shows an endpoint at this address.',
      explains: ['bind-refused-unnamed'],
      remedy: [
        { do: 'nothing', why: 'The port may stay as it is. Later versions of the tool only warn of it.' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: ['drivers/pci/pcie/portdrv.c: pcie_portdriver (driver_managed_dma)', 'drivers/vfio/pci/vfio_pci.c'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const hits = raise<Code>(facts.messages, CODES).flatMap((hit): Hit<Code>[] => {
      if (hit.subject.kind !== 'device') return []
      const { address } = hit.subject
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      if (fn !== undefined && (hit.code === 'bridge-demanded' ? isBridge(fn) === false : onVfio(fn) === true)) return []
      const devices = hit.values?.['devices']
      const use = devices === undefined || devices === '' ? '' : `: ${devices}`
      return [{ ...hit, values: { ...hit.values, address, use } }]
    })
    return concludeOutput<Code>(hits, 'no tool is shown that left a device alone')
  },
})
