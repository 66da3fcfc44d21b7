import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeLog, onlyIfWanted } from '../../src/rules/conclude.ts'
import { graphicsLeftOut, STAYS_WITH_HOST, wantedGraphics } from '../../src/rules/graphics-left-out.ts'
import { START_TROUBLE } from '../../src/rules/iommu-start.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  ...START_TROUBLE,
  'iort-table-broken': ['iort-overflow', 'viot-none', 'smmu-unknown-sid'],
  'iommu-table-odd': ['dmar-ioat-wrong', 'dmar-isoch', 'amd-efr-inconsistent'],
  'graphics-left-out': ['dmar-gfx-off-chipset', 'dmar-gfx-no-gtt', 'dmar-gfx-param'],
  'rmrr-table-odd': ['dmar-bad-rmrr', 'dmar-rmrr-uncovered'],
  'device-not-added': ['amd-dev-init-fail', 'iommu-add-fail', 'iommu-keep-dma-ops'],
  'device-untrusted': ['iommu-untrusted'],
  'smmu-not-coherent': ['smmu3-cohacc'],
} as const
type Code = keyof typeof CODES

const STARTUP: readonly string[] = Object.keys(START_TROUBLE)

/** Of a complaint while starting: an IOMMU that came up in spite of it did so in part. */
const IN_PART =
  'That is about a part of it: the IOMMU is on, and devices have groups. One that has none may be behind this part.'
const WHOLLY = 'So the IOMMU stays off, in part or whole.'

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
  uses: ['pci', 'groups', 'iommuUnits', 'kernel'],
  problems: {
    'dmar-table-broken': {
      severity: 'fail',
      family: 'firmware-table-broken',
      title: 'The kernel rejects the DMAR table of this firmware',
      summary:
        'Firmware describes VT-d in a way that the kernel cannot use. {effect} Newer firmware is the cure; parameters are none.',
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
        'Firmware describes the AMD IOMMU in a way that the kernel cannot use. {effect} Newer firmware is the cure.',
      proof: 'A kernel line that rejects the table.',
      ruledOut: 'IOMMU groups on PCI functions in spite of it.',
      explains: OFF,
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/amd/init.c'],
    },
    'iommu-init-failed': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The IOMMU driver could not start a unit',
      summary: 'The tables were read, and the driver gave up on a unit. {effect} What it said is below.',
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
      summary: 'The kernel knows that this platform does not work with its IOMMU in use. {effect}',
      proof: 'The kernel line that says so.',
      ruledOut: 'IOMMU groups on PCI functions.',
      explains: OFF,
      remedy: [{ do: 'nothing', why: 'The kernel avoids a fault of the hardware here.' }],
      sources: ['drivers/iommu/amd/init.c: detect_ivrs'],
    },
    'rmrr-table-odd': {
      severity: 'info',
      family: 'firmware-table-broken',
      title: 'Firmware reserves memory for a device in an odd way',
      summary:
        'The kernel warns of a reserved region (RMRR) that is not in memory that firmware reserved, is not made of whole pages, or ends before it begins. It keeps the IOMMU on, and the region; only newer firmware takes the warning away.',
      proof: 'The kernel line about a bad RMRR.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/iommu.c: rmrr_sanity_check'],
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
    'iort-table-broken': {
      severity: 'warn',
      family: 'firmware-table-broken',
      title: 'Firmware describes the IOMMU of this machine wrongly',
      summary:
        'The table that ties devices to the IOMMU (IORT on Arm, VIOT in a virtual machine) is malformed, or leaves out a device that is there. What it leaves out has no IOMMU group, or is stopped.',
      proof: 'A kernel line that rejects the table, or that stops an unknown stream.',
      ruledOut: 'No such line in a whole log.',
      explains: ['smmu-not-driven', 'pci-not-behind-iommu', 'device-no-group', 'probe-einval-no-group', 'probe-einval'],
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/acpi/arm64/iort.c', 'drivers/acpi/viot.c', 'drivers/iommu/arm/arm-smmu/arm-smmu.c'],
    },
    'iommu-table-odd': {
      severity: 'info',
      family: 'firmware-table-broken',
      title: 'Firmware describes a part of the IOMMU wrongly, and the kernel works around it',
      summary: 'The kernel goes on with the IOMMU on. Only newer firmware takes the message away.',
      proof: 'The kernel line that says so.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/iommu.c: quirk_ioat_snb_local_iommu', 'drivers/iommu/amd/init.c: get_global_efr'],
    },
    'graphics-left-out': {
      severity: 'warn',
      family: 'iommu-off-kernel',
      title: 'The kernel leaves the graphics of this CPU or chipset out of the IOMMU',
      summary:
        'A parameter, an erratum of the chipset or too little graphics memory set aside by firmware keeps the integrated graphics outside. It has no IOMMU group then and cannot be given away; other devices are not concerned.',
      proof: 'The kernel line that says so.',
      ruledOut: 'An iommu_group link of the graphics device.',
      explains: ['device-no-group', 'probe-einval-no-group', 'probe-einval'],
      remedy: [{ do: 'show', what: 'kernel-command-line' }, { do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/iommu.c: quirk_iommu_igfx, quirk_calpella_no_shadow_gtt'],
    },
    'device-untrusted': {
      severity: 'warn',
      family: 'iommu-off-kernel',
      title: 'The kernel does not trust {who}, which sits on an outside port, and refused its driver',
      summary:
        'A device behind Thunderbolt or USB4 must stay behind the IOMMU, and its group was to be put past it. VFIO can take such a device; a driver that wants untranslated DMA cannot.',
      proof: 'The kernel line that refuses to probe it.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        {
          do: 'advise',
          say: 'Authorise the device, and leave the type of its group as it is. Switching DMA protection off is no cure.',
        },
      ],
      sources: ['drivers/iommu/iommu.c: iommu_get_default_domain_type'],
    },
    'smmu-not-coherent': {
      severity: 'fail',
      family: 'firmware-table-broken',
      title: 'Firmware says that this SMMU is not coherent, so VFIO refuses every device behind it',
      summary:
        'VFIO takes only devices whose accesses are coherent with the caches. The hardware claims that and firmware denies it; the kernel goes by firmware.',
      proof: 'The kernel line that COHACC was overridden with false.',
      ruledOut: 'A device on a VFIO driver.',
      explains: ['probe-einval', 'probe-failed'],
      remedy: [{ do: 'update-firmware' }],
      sources: [
        'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c: arm_smmu_device_hw_probe, arm_smmu_capable',
        'drivers/vfio/vfio_main.c',
      ],
    },
  },
  judge(facts, scope) {
    const effect = valueOf(iommuInEffect(facts))
    const pci = valueOf(facts.pci)
    const anyVfio = pci?.functions.some((fn) => onVfio(fn) === true) === true
    const hits = raise<Code>(facts.messages, CODES).flatMap((hit): Hit<Code>[] => {
      const fn = hit.subject.kind === 'device' && pci !== undefined ? findFunction(pci, hit.subject.address) : undefined
      switch (hit.code) {
        case 'smmu-not-coherent': {
          // Before 6.1 this driver claimed to be coherent whatever firmware says (arm_smmu_capable).
          const asked = atLeast(facts.kernel, 6, 1) !== false
          if (hit.values?.['value'] === 'true' || anyVfio || !asked) return []
          // Of several units it may be one that PCI has nothing to do with.
          const several = (valueOf(facts.iommuUnits)?.length ?? 1) > 1
          return [several ? { ...hit, severity: 'warn', confidence: 'possible' } : { ...hit, confidence: 'likely' }]
        }
        case 'device-not-added':
          // A part of the chip or of the chipset that is no PCI function.
          if (hit.subject.kind === 'host' || hasGroup(fn)) return []
          return [onlyIfWanted(hit, facts.pci, scope)]
        case 'graphics-left-out': {
          const remedy = graphicsLeftOut(facts.messages)?.remedy ?? []
          if (hit.subject.kind !== 'host')
            return hasGroup(fn) ? [] : [onlyIfWanted({ ...hit, remedy }, facts.pci, scope)]
          // The parameter, which names no device, is an ordinary choice where the graphics stays with the host.
          const address = wantedGraphics(facts.messages, scope)
          if (address === undefined) return [{ ...hit, severity: 'info', remedy: STAYS_WITH_HOST }]
          const graphics = pci === undefined ? undefined : findFunction(pci, address)
          return hasGroup(graphics) ? [] : [{ ...hit, subject: { kind: 'device', address }, remedy }]
        }
        case 'device-untrusted':
          return [onlyIfWanted(hit, facts.pci, scope)]
        default: {
          // The IOMMU came up all the same: the complaint is about a part of it.
          if (!STARTUP.includes(hit.code)) return [hit]
          if (effect !== true) return [{ ...hit, values: { ...hit.values, effect: WHOLLY } }]
          return [{ ...hit, values: { ...hit.values, effect: IN_PART }, severity: 'warn' }]
        }
      }
    })
    return concludeLog(facts.messages, hits, 'trouble with an IOMMU')
  },
})

function hasGroup(fn: PciFunction | undefined): boolean {
  return fn !== undefined && typeof valueOf(fn.group) === 'number'
}
