import { defineCheck, missingFrom, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { unknown, valueOf } from '../../src/model/fact.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'dmar-table-broken': [
    'dmar-no-drhd',
    'dmar-no-devices',
    'dmar-parse-fail',
    'dmar-record-past-end',
    'dmar-haw-invalid',
    'dmar-ones',
  ],
  'ivrs-table-broken': ['amd-ivrs-sum', 'amd-ivrs-err', 'amd-ivhd-type', 'amd-mmio-reserve', 'amd-bios-bug'],
  'iommu-init-failed': [
    'dmar-init-failed',
    'dmar-no-agaw',
    'dmar-no-width',
    'amd-hw-init-fail',
    'amd-cmpxchg',
    'smmu-none',
    'amd-dm-none',
  ],
  'iommu-off-by-quirk': ['amd-stoney', 'amd-sme'],
  'rmrr-table-odd': ['dmar-bad-rmrr'],
  'device-dma-fault': [
    'dmar-fault-old',
    'dmar-fault',
    'dmar-fault-dom',
    'amd-iopf-dev',
    'amd-iopf-nodev',
    'amd-iopf-nodev-new',
    'amd-inv-req',
    'smmu-unhandled',
    'smmu3-event',
    'smmu3-event-new',
    'smmu3-alias',
  ],
  'iommu-device-timeout': [
    'dmar-ite',
    'dmar-ice',
    'amd-iotlb-timeout',
    'amd-cwait',
    'amd-cmdbuf',
    'smmu-tlb-timeout',
    'smmu3-cmdq',
  ],
  'device-not-added': ['amd-dev-init-fail', 'iommu-add-fail', 'iommu-keep-dma-ops'],
} as const
type Code = keyof typeof CODES | 'guest-dma-fault'

const OFF = [
  'iommu-off-in-kernel',
  'iommu-off-in-firmware',
  'iommu-absent',
  'device-no-group',
  'probe-einval-no-group',
  'probe-einval',
]

export const check: AnyCheck = defineCheck({
  id: 'iommu-log',
  area: 'iommu',
  title: 'The kernel log has no complaint of the IOMMU driver',
  needs: ['messages'],
  uses: ['pci', 'groups', 'iommuUnits'],
  problems: {
    'dmar-table-broken': {
      severity: 'fail',
      family: 'firmware-table-broken',
      title: 'The kernel rejects the DMAR table of this firmware',
      summary:
        'Firmware describes VT-d in a way that the kernel cannot use, so VT-d stays off, in part or whole. Newer firmware is the cure; parameters are none.',
      proof: 'A kernel line that rejects the table.',
      ruledOut: 'IOMMU groups on PCI functions in spite of it.',
      explains: OFF,
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/dmar.c'],
    },
    'ivrs-table-broken': {
      severity: 'fail',
      family: 'firmware-table-broken',
      title: 'The kernel rejects the IVRS table of this firmware',
      summary:
        'Firmware describes the AMD IOMMU in a way that the kernel cannot use, so it stays off. Newer firmware is the cure.',
      proof: 'A kernel line that rejects the table.',
      ruledOut: 'IOMMU groups on PCI functions in spite of it.',
      explains: OFF,
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/amd/init.c'],
    },
    'iommu-init-failed': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The IOMMU driver gave up while starting',
      summary: 'The tables were read and the unit could not be started. What the driver said is below.',
      proof: 'A kernel line in which the driver gives up.',
      ruledOut: 'IOMMU groups on PCI functions in spite of it.',
      explains: OFF,
      remedy: [{ do: 'update-firmware' }, { do: 'upgrade', what: 'kernel' }],
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_init', 'drivers/iommu/amd/init.c: state_next'],
    },
    'iommu-off-by-quirk': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The kernel switches the IOMMU off on this platform',
      summary: 'The kernel knows that this platform does not work with its IOMMU in use, and leaves it off.',
      proof: 'The kernel line that says so.',
      ruledOut: 'IOMMU groups on PCI functions.',
      explains: OFF,
      remedy: [{ do: 'nothing', why: 'The kernel avoids a fault of the hardware here.' }],
      sources: ['drivers/iommu/amd/init.c: detect_ivrs'],
    },
    'rmrr-table-odd': {
      severity: 'info',
      family: 'firmware-table-broken',
      title: 'Firmware reserves memory for a device at an odd place',
      summary:
        'The kernel warns that a reserved region (RMRR) is not in memory that firmware reserved. It keeps the IOMMU on; only newer firmware takes the warning away.',
      proof: 'The kernel line about a bad RMRR.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/iommu.c: rmrr_sanity_check'],
    },
    'device-dma-fault': {
      severity: 'warn',
      family: 'dma-fault',
      title: 'The IOMMU stopped memory accesses of {address} ({count})',
      summary:
        'The device, on a driver of the host, reached for memory that was not mapped for it. Some firmware leaves devices running at boot and causes a few of these; many, or ones while the device is used, mean that its driver or firmware does not get on with the IOMMU.',
      proof: 'Fault lines of the IOMMU that name the device.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }, { do: 'upgrade', what: 'kernel' }],
      sources: ['drivers/iommu/intel/dmar.c: dmar_fault_do_one', 'drivers/iommu/amd/iommu.c: iommu_print_event'],
    },
    'guest-dma-fault': {
      severity: 'warn',
      family: 'dma-fault',
      title: 'The IOMMU stopped memory accesses of {address} while a guest had it ({count})',
      summary:
        'The device is on a VFIO driver and reached for memory that the guest was not given: the guest driver, a companion function that was left out, or a reset that did not stop the device.',
      proof: 'Fault lines of the IOMMU that name a device that is on a VFIO driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'advise', say: 'Give the guest every function of the card, and update the driver in the guest.' }],
      sources: ['drivers/iommu/intel/dmar.c: dmar_fault_do_one', 'drivers/iommu/amd/iommu.c: iommu_print_event'],
    },
    'iommu-device-timeout': {
      severity: 'warn',
      family: 'device-unreachable',
      title: 'The IOMMU waited in vain for an answer of {address}',
      summary:
        'A device did not answer when the IOMMU asked it to drop old translations: it is hung after a reset, asleep, or gone from the bus.',
      proof: 'Time-out lines of the IOMMU driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'reset-device', address: '{address}' }, { do: 'reboot' }],
      sources: ['drivers/iommu/intel/dmar.c: qi_check_fault', 'drivers/iommu/amd/iommu.c: iommu_completion_wait'],
    },
    'device-not-added': {
      severity: 'warn',
      family: 'iommu-absent',
      title: 'The kernel could not put {address} under the IOMMU',
      summary: 'This one device was left without translation, so it has no group and cannot be handed over.',
      proof: 'The kernel line that says so.',
      ruledOut: 'An iommu_group link of that function.',
      explains: ['device-no-group', 'probe-einval-no-group'],
      remedy: [{ do: 'update-firmware' }, { do: 'upgrade', what: 'kernel' }],
      sources: ['drivers/iommu/iommu.c: __iommu_probe_device', 'drivers/iommu/amd/iommu.c: amd_iommu_probe_device'],
    },
  },
  judge(facts) {
    const effect = valueOf(iommuInEffect(facts))
    const pci = valueOf(facts.pci)
    const hits = raise<keyof typeof CODES>(facts.messages, CODES).map((hit): Hit<Code> => {
      const fn = hit.subject.kind === 'device' && pci !== undefined ? findFunction(pci, hit.subject.address) : undefined
      if (hit.code === 'device-dma-fault' && fn !== undefined && onVfio(fn) === true)
        return { ...hit, code: 'guest-dma-fault' }
      // The IOMMU came up all the same: the complaint is about a part of it.
      const startup =
        hit.code.endsWith('-broken') || hit.code === 'iommu-init-failed' || hit.code === 'iommu-off-by-quirk'
      return startup && effect === true ? { ...hit, severity: 'warn' } : hit
    })
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (facts.messages.value.fromBoot)
      return {
        kind: 'pass',
        evidence: [{ source: facts.messages.source, saw: 'no complaint of an IOMMU driver in the log of this boot' }],
      }
    const gone = unknown('unreadable', facts.messages.source, 'it does not reach back to the start of this boot')
    const settle = [{ do: 'show', what: 'kernel-log' } as const]
    return { kind: 'unknown', missing: [{ ...missingFrom('what the IOMMU driver said at boot', gone), settle }] }
  },
})
