import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import type { Address } from '../../src/model/pci.ts'
import { concludeLog, onlyIfWanted } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'iommu-device-timeout': [
    'dmar-ite',
    'dmar-ice',
    'amd-iotlb-timeout',
    'amd-cwait',
    'amd-cmdbuf',
    'smmu-tlb-timeout',
    'smmu3-cmdq',
  ],
  'iommu-exhausted': ['dmar-no-domain-ids', 'ir-irte-fail', 'amd-irte-fail'],
  'iommu-driver-fault': ['dmar-iqe', 'dmar-pte-already-set', 'amd-ill-dte'],
  'viommu-page-size': ['viommu-granule'],
} as const
type Code = keyof typeof CODES

export const check: AnyCheck = defineCheck({
  id: 'iommu-runtime',
  area: 'iommu',
  title: 'The IOMMU carried out what the kernel asked of it',
  needs: ['messages'],
  uses: ['pci'],
  problems: {
    'iommu-device-timeout': {
      severity: 'warn',
      family: 'device-unreachable',
      title: 'The IOMMU waited in vain for an answer of {who}',
      summary:
        'A device keeps translations of its own (ATS) and did not answer when it was told to drop them: it is hung after a reset, asleep, or gone from the bus. While the IOMMU waits, the whole host can stall.',
      proof: 'Time-out lines of the IOMMU driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        { do: 'reset-device', address: '{address}' },
        { do: 'reboot' },
        {
          do: 'advise',
          say: 'If it comes back after each start of the guest, the reset of the device does not work. Booting once with pci=noats tells whether ATS is to blame.',
        },
      ],
      sources: ['drivers/iommu/intel/dmar.c: qi_check_fault', 'drivers/iommu/amd/iommu.c: iommu_completion_wait'],
    },
    'iommu-exhausted': {
      severity: 'warn',
      family: 'dma-mapping-limit',
      title: 'The IOMMU has no room left for another guest or interrupt',
      summary:
        'Its table of address spaces or of remapped interrupts is full. Devices that are set up from now on fail, and those in use go on.',
      proof: 'The kernel line that nothing could be allocated.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        { do: 'advise', say: 'Give fewer devices, or fewer interrupt vectors to each, to guests at one time.' },
        { do: 'upgrade', what: 'kernel' },
      ],
      sources: ['drivers/iommu/intel/iommu.c: domain_attach_iommu', 'drivers/iommu/intel/irq_remapping.c: alloc_irte'],
    },
    'iommu-driver-fault': {
      severity: 'warn',
      family: 'software-bug',
      title: 'The IOMMU refused what its driver wrote for {who}',
      summary:
        'A command or a table entry of the kernel was not one that the hardware takes, or an address was mapped twice. That is a fault of the kernel, not of the settings.',
      proof: 'The kernel line that says so.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        { do: 'upgrade', what: 'kernel' },
        { do: 'report-bug', to: 'kernel' },
      ],
      sources: ['drivers/iommu/intel/dmar.c: qi_check_fault', 'drivers/iommu/amd/iommu.c: iommu_print_event'],
    },
    'viommu-page-size': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'The virtual IOMMU maps larger pages than this guest has',
      summary:
        'The host that runs this virtual machine has pages of {granule}, and VFIO here must map pages of {page}. No device can be handed on until both have the same size.',
      proof: 'The kernel line of the virtio IOMMU driver that names both sizes.',
      ruledOut: 'The same page size on both sides.',
      explains: ['device-no-group', 'probe-einval-no-group', 'device-not-added'],
      remedy: [{ do: 'advise', say: 'Use a kernel with the same page size in the virtual machine and on its host.' }],
      sources: ['drivers/iommu/virtio-iommu.c: viommu_domain_finalise'],
    },
  },
  judge(facts, scope) {
    const hits = raise<Code>(facts.messages, CODES).map((hit): Hit<Code> => {
      const address = hit.subject.kind === 'host' ? requester(hit.values?.['requester']) : undefined
      const named: Hit<Code> =
        address === undefined
          ? hit
          : { ...hit, subject: { kind: 'device', address }, values: { ...hit.values, address, who: address } }
      if (named.code !== 'iommu-device-timeout' || named.subject.kind === 'device')
        return onlyIfWanted(named, facts.pci, scope)
      // Nobody to reset: the line of an IOMMU that stalled names no device.
      return { ...named, remedy: [{ do: 'show', what: 'kernel-log' }, { do: 'reboot' }] }
    })
    return concludeLog(facts.messages, hits, 'an IOMMU that did not carry out a command')
  },
})

/** A requester ID as VT-d prints it: bus, device and function in 16 bits (PCIe base specification 2.2.6.2). */
function requester(hex: string | undefined): Address | undefined {
  if (hex === undefined || !/^(?:0x)?[0-9a-f]{1,4}$/i.test(hex)) return undefined
  const id = Number.parseInt(hex, 16)
  const two = (value: number): string => value.toString(16).padStart(2, '0')
  // Zero stands for an error in which no requester was recorded.
  return id === 0 ? undefined : `0000:${two(id >> 8)}:${two((id >> 3) & 0x1f)}.${id & 7}`
}
