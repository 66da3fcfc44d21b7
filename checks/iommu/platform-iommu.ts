import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { foreign, saysPc } from '../../src/rules/architecture.ts'
import { iommuInEffect, noIommuSeen, withoutPci } from '../../src/rules/iommu.ts'
import { iommuDriverConfig } from '../../src/rules/iommu-switch.ts'
import { probablyWithout, without } from '../../src/rules/platform-without.ts'
import { raise } from '../../src/rules/raise.ts'

const EXPLAINS = [
  'iommu-absent',
  'device-no-group',
  'probe-einval-no-group',
  'probe-einval',
  'vfio-node-missing',
  'group-node-missing',
  'guest-start-no-group',
  'libvirt-no-group-link',
  'validate-no-smmu',
  'validate-no-groups',
  'validate-no-table',
] as const

type Code =
  | 'pci-not-behind-iommu'
  | 'board-without-pci-iommu'
  | 'smmu-not-described'
  | 'smmu-not-driven'
  | 'platform-without-iommu'
  | 'libvirt-no-group-link'
  | 's390-differs'
  | 'power-differs'

export const check: AnyCheck = defineCheck({
  id: 'platform-iommu',
  area: 'iommu',
  title: 'On a platform that is not a PC, an IOMMU stands in front of PCI',
  needs: [],
  uses: ['kernel', 'cpu', 'board', 'pci', 'groups', 'iommuUnits', 'acpi', 'kernelConfig', 'environment', 'messages'],
  problems: {
    'pci-not-behind-iommu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This machine has an IOMMU, and PCI is not behind it',
      summary:
        'IOMMU groups exist, and all their members are parts of the chip ({others}), none is a PCI function. The PCI controller of this system-on-chip has no IOMMU in front of it, or the device tree does not connect the two (iommu-map). VFIO cannot give away what no IOMMU covers; no parameter changes that.',
      proof: 'Groups whose members are all platform devices, and PCI functions or a vfio-pci probe without a group.',
      ruledOut: 'A PCI function with an iommu_group link.',
      explains: EXPLAINS,
      remedy: [
        {
          do: 'advise',
          say: 'Ask the maker of the board whether its PCI controller can stand behind the IOMMU, and for a device tree that says so. If the hardware lacks it, no safe way is left: the no-IOMMU mode of VFIO is not for virtual machines.',
        },
      ],
      sources: ['drivers/iommu/of_iommu.c: of_pci_iommu_init', 'Documentation/devicetree/bindings/pci/pci-iommu.txt'],
    },
    'board-without-pci-iommu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'A {board} has no IOMMU in front of PCI Express',
      summary:
        'The IOMMUs of this chip serve the camera and display blocks. Its PCI Express controller goes to memory directly, so no card can be given to a virtual machine; that is hardware, and no setting changes it.',
      proof:
        'The model in the device tree, and PCI functions without IOMMU groups; where no groups are shown, the model makes it likely.',
      ruledOut: 'A PCI function with an iommu_group link.',
      explains: [...EXPLAINS, 'pci-not-behind-iommu'],
      remedy: [
        {
          do: 'nothing',
          why: 'No setting gives this board an IOMMU for PCI Express; another machine is needed.',
        },
      ],
      sources: ['Raspberry Pi kernel tracker, issue 6834', 'drivers/iommu/of_iommu.c'],
    },
    'smmu-not-described': {
      severity: 'fail',
      family: 'iommu-off-firmware',
      title: 'Firmware describes no SMMU (there is no IORT table)',
      summary:
        'On Arm servers the IORT table ties PCI to the SMMU. This firmware gives the kernel none, so no PCI device has an IOMMU group. The SMMU is switched off in firmware, or there is none.',
      proof: 'An Arm host with ACPI tables and no IORT among them, and PCI functions without IOMMU groups.',
      ruledOut: 'The file /sys/firmware/acpi/tables/IORT.',
      explains: EXPLAINS,
      remedy: [{ do: 'enable-firmware-setting', setting: 'smmu' }, { do: 'update-firmware' }],
      sources: ['drivers/acpi/arm64/iort.c: acpi_iort_init'],
    },
    'smmu-not-driven': {
      severity: 'fail',
      family: 'iommu-off-firmware',
      title: 'No SMMU is in use, and PCI devices have no IOMMU groups',
      summary:
        'The IORT table is there; it is needed for interrupts too, so it proves no SMMU. {hint} Parameters for Intel or AMD mean nothing on this machine.',
      proof: 'An Arm host with an IORT table, no unit under /sys/class/iommu, and PCI functions without groups.',
      ruledOut: 'A unit named smmu… under /sys/class/iommu.',
      explains: EXPLAINS,
      remedy: [
        { do: 'enable-firmware-setting', setting: 'smmu' },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: ['drivers/acpi/arm64/iort.c: iort_init_platform_devices', 'drivers/iommu/Kconfig: ARM_SMMU_V3'],
    },
    'platform-without-iommu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'No IOMMU that this {what} machine has is in front of PCI',
      summary:
        'No PCI device has an IOMMU group, and without one none can be given to a virtual machine. {hint} Parameters for Intel or AMD mean nothing here.',
      proof:
        'An architecture that is not x86, and PCI functions without IOMMU groups; a VMM that found no group, or no unit under /sys/class/iommu, make it likely.',
      ruledOut: 'A PCI function with an iommu_group link.',
      explains: EXPLAINS,
      remedy: [
        { do: 'upgrade', what: 'kernel' },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: ['drivers/iommu/iommu.c: iommu_probe_device', 'drivers/iommu/riscv', 'drivers/iommu/s390-iommu.c'],
    },
    'libvirt-no-group-link': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'libvirt found no IOMMU group for {who}',
      summary:
        'Older libvirt says that the iommu_group of the device is not a symbolic link: mostly there is none, because no IOMMU covers the device. In a container that shows a part of sysfs only, it may be hidden.',
      proof: 'The message of libvirt.',
      ruledOut: 'An iommu_group link of the device.',
      explains: ['guest-start-failed', 'probe-einval'],
      remedy: [{ do: 'show', what: 'iommu-groups' }],
      sources: ['libvirt src/util/virpci.c: virPCIDeviceAddressGetIOMMUGroupNum'],
    },
    's390-differs': {
      severity: 'info',
      family: 'healthy',
      title: 'On s390 advice for PCs does not apply',
      summary:
        'The IOMMU takes no parameter: its driver is built into every kernel with PCI, and each PCI function has a group of its own. There is no firmware menu. Crypto adapters go to a guest by vfio-ap and channel devices by vfio-ccw.',
      proof: 'The architecture of the kernel.',
      ruledOut: 'Another architecture.',
      remedy: [{ do: 'nothing', why: 'It is how this platform works.' }],
      sources: [
        'drivers/iommu/Kconfig: S390_IOMMU',
        'drivers/iommu/s390-iommu.c: s390_iommu_ops (generic_device_group)',
        'Documentation/arch/s390/vfio-ap.rst',
        'Documentation/arch/s390/vfio-ccw.rst',
      ],
    },
    'power-differs': {
      severity: 'info',
      family: 'healthy',
      title: 'On POWER a group is a partitionable endpoint, and VFIO uses its own back end',
      summary:
        'The module is vfio_iommu_spapr_tce in place of vfio_iommu_type1, and the IOMMU is always on. Parameters for Intel or AMD mean nothing here.',
      proof: 'The architecture of the kernel.',
      ruledOut: 'Another architecture.',
      remedy: [{ do: 'nothing', why: 'It is how this platform works.' }],
      sources: ['Documentation/driver-api/vfio.rst', 'drivers/vfio/vfio_iommu_spapr_tce.c'],
    },
  },
  judge(facts, scope) {
    const told = valueOf(iommuInEffect(facts)) === true
    const link = raise(facts.messages, { 'libvirt-no-group-link': ['l-group-file'] } as const)
    const links = told ? [] : link.map((hit): Hit<Code> => ({ ...hit, confidence: 'likely' }))
    const hits: Hit<Code>[] = [...platform(facts), ...links]
    const kind = foreign(facts)
    const bare = withoutPci(facts)
    // A mainframe has other devices to give away, and whoever runs the doctor there has them in mind.
    if ((kind === 's390' && bare) || ((kind === 's390' || kind === 'power') && scope.candidates.size > 0)) {
      const source = facts.kernel.state === 'known' ? facts.kernel.source : facts.cpu.source
      const saw = valueOf(facts.kernel)?.architecture ?? kind
      const no: Evidence = { source: facts.pci.source, saw: 'no PCI function' }
      const evidence: NonEmpty<Evidence> = bare ? [{ source, saw }, no] : [{ source, saw }]
      hits.push({ code: `${kind}-differs`, subject: { kind: 'host' }, evidence })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (kind === undefined) return { kind: 'skip', because: 'a PC, or nothing says that it is none' }
    if (bare) return { kind: 'skip', because: 'no PCI function is on this machine' }
    const effect = iommuInEffect(facts)
    if (effect.state === 'unknown') {
      const settle = [{ do: 'show', what: 'iommu-groups' } as const]
      return { kind: 'unknown', missing: [{ ...missingFrom('whether an IOMMU is in effect', effect), settle }] }
    }
    if (!effect.value) return { kind: 'skip', because: 'the check iommu-in-effect names the reason' }
    return { kind: 'pass', evidence: [{ source: effect.source, saw: 'PCI functions have IOMMU groups' }] }
  },
})

type Given = Pick<
  Facts,
  'kernel' | 'cpu' | 'board' | 'pci' | 'groups' | 'iommuUnits' | 'acpi' | 'kernelConfig' | 'environment' | 'messages'
>

/** Why PCI is not behind an IOMMU, where the platform is not a PC. */
function platform(facts: Given): readonly Hit<Code>[] {
  const effect = iommuInEffect(facts)
  if (valueOf(effect) === true || (valueOf(facts.environment)?.hypervisor ?? null) !== null) return []
  if (withoutPci(facts)) return []
  const hit = (code: Code, evidence: NonEmpty<Evidence>, rest: Partial<Hit<Code>> = {}): readonly Hit<Code>[] => [
    { code, subject: { kind: 'host' }, evidence, ...rest },
  ]
  const none = noIommuSeen(effect, facts)
  const kind = foreign(facts)
  const board = valueOf(facts.board)?.system ?? ''
  if (board.includes('Raspberry Pi') && !saysPc(facts)) {
    const model: Evidence = { source: facts.board.source, saw: board }
    // A post may show the model and no list of groups.
    const sure = valueOf(effect) === false
    const seen: NonEmpty<Evidence> = sure ? [model, none] : [model]
    return hit('board-without-pci-iommu', seen, { values: { board }, confidence: sure ? 'certain' : 'likely' })
  }
  const list = valueOf(facts.groups)
  const others = list?.groups.flatMap((one) => one.others) ?? []
  if (list !== undefined && others.length > 0 && list.groups.every((one) => one.members.length === 0)) {
    const shown = others.slice(0, 3).join(', ')
    const seen: Evidence = {
      source: facts.groups.source,
      saw: `${others.length} platform devices, as ${shown}; no PCI function`,
    }
    const sure = valueOf(effect) === false && list.complete
    return hit('pci-not-behind-iommu', [seen], { values: { others: shown }, confidence: sure ? 'certain' : 'likely' })
  }
  if (kind === undefined) return []
  if (valueOf(effect) !== false) return probablyWithout(kind, facts)
  const tables = valueOf(facts.acpi)?.tables ?? []
  if (kind === 'arm' && tables.length > 0) {
    if (!tables.includes('IORT'))
      return hit('smmu-not-described', [
        { source: facts.acpi.source, saw: 'no IORT table', wanted: 'an IORT table' },
        none,
      ])
    const unbuilt = iommuDriverConfig(facts.kernelConfig, 'IORT')
    const hint =
      unbuilt === undefined
        ? 'Most likely the SMMU is switched off in firmware.'
        : `The kernel has no driver for it (${unbuilt} is not set).`
    const there: Evidence = { source: facts.acpi.source, saw: 'an IORT table' }
    return hit('smmu-not-driven', [there, none], {
      values: { hint },
      confidence: 'likely',
      ...(unbuilt === undefined ? {} : { remedy: [{ do: 'upgrade', what: 'kernel' }] }),
    })
  }
  return [without(kind, none, 'likely')]
}
