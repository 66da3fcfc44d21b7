import { defineCheck, missingFrom, type AnyCheck, type Judgement } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { iommuInEffect, noIommuSeen, withoutPci } from '../../src/rules/iommu.ts'
import { viommuRemedy } from '../../src/rules/virtual-iommu.ts'
import { whyNoIommu, whyProbablyNone, type NoIommu } from '../../src/rules/why-no-iommu.ts'

/** Symptoms that any kind of "no IOMMU" accounts for. */
const EXPLAINS = [
  'device-no-group',
  'probe-einval-no-group',
  'probe-einval',
  'vfio-node-missing',
  'group-node-missing',
  'config-no-irq-remap',
  'interrupt-remapping-missing',
  'guest-start-no-group',
] as const
/** And that somebody turned to VFIO's mode without one: of a reason that is known, not of one that is guessed. */
const KNOWN = [...EXPLAINS, 'noiommu-mode-used'] as const

export const check: AnyCheck = defineCheck({
  id: 'iommu-in-effect',
  area: 'iommu',
  title: 'An IOMMU translates for PCI devices',
  // Neither is needed alone: an empty directory of groups tells as much as the devices do.
  needs: [],
  uses: [
    'pci',
    'groups',
    'iommuUnits',
    'acpi',
    'cpu',
    'commandLine',
    'kernelConfig',
    'kernel',
    'environment',
    'messages',
    'searches',
  ],
  problems: {
    'iommu-absent-in-guest': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This virtual machine has no IOMMU of its own',
      summary:
        'The doctor runs inside a virtual machine ({hypervisor}) that was given no virtual IOMMU, so no device here can go on to a guest. No kernel parameter changes that: a virtual IOMMU is added where this machine is defined.',
      proof:
        'The CPU says it is virtual, no PCI function has an IOMMU group, and firmware lists no DMAR, IVRS or VIOT table. An IORT alone shows no SMMU, and leaves it likely.',
      ruledOut: 'A PCI function with an iommu_group link, or a unit under /sys/class/iommu.',
      explains: [...KNOWN, 'vfio-not-built'],
      remedy: viommuRemedy('QEMU', undefined),
      sources: ['Documentation/arch/x86/iommu.rst', 'drivers/iommu/iommu.c: iommu_group_get_for_dev'],
    },
    'iommu-off-in-firmware': {
      severity: 'fail',
      family: 'iommu-off-firmware',
      title: 'The IOMMU ({technology}) is switched off in firmware',
      summary:
        'Without a {table} table from firmware there is no IOMMU that the kernel could use, whatever its command line says. {hint} {technology} is a switch of its own in the firmware menu, apart from CPU virtualisation. If the menu has no such entry, this board or CPU has no IOMMU.',
      proof:
        'An x86 host (no hypervisor) whose ACPI tables were listed and hold no {table}, and whose PCI functions have no IOMMU group. A search of the kernel log that finds no {table}, or a kernel that would use an IOMMU and has none, make it likely.',
      ruledOut: 'The file /sys/firmware/acpi/tables/{table}: then firmware did its part, and the kernel decides.',
      explains: KNOWN,
      remedy: [{ do: 'enable-firmware-setting', setting: 'vt-d' }],
      sources: ['drivers/iommu/intel/dmar.c: dmar_table_detect', 'drivers/iommu/amd/init.c: detect_ivrs'],
    },
    'iommu-disabled-by-parameter': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The kernel was told to leave the IOMMU off: {parameter}',
      summary:
        'The command line of this boot switches the IOMMU off with {parameter}. {offer} Without an IOMMU no device has a group, and vfio-pci refuses every device with error -22.',
      proof: 'The parameter on the running command line, and PCI functions without IOMMU groups.',
      ruledOut: 'A later parameter of the same name that switches it on, or PCI functions with groups.',
      explains: [...KNOWN, 'iommu-off-in-kernel'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: [
        'drivers/iommu/intel/iommu.c: intel_iommu_setup',
        'drivers/iommu/amd/init.c: parse_amd_iommu_options',
        'arch/x86/kernel/pci-dma.c: iommu_setup',
      ],
    },
    'iommu-driver-not-built': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'This kernel was built without the IOMMU driver ({symbol})',
      summary:
        'The running kernel has no driver for the IOMMU that firmware may offer: {symbol} is not set. No parameter helps; it takes a kernel that has the driver.',
      proof: 'The configuration of the running kernel without {symbol}=y, and no PCI function with a group.',
      ruledOut: '{symbol}=y in that configuration.',
      explains: KNOWN,
      remedy: [
        {
          do: 'advise',
          say: 'Start the kernel of the distribution, or build this one anew with {symbol}=y, and with CONFIG_IRQ_REMAP=y for interrupts on x86.',
        },
      ],
      sources: ['drivers/iommu/Kconfig', 'drivers/iommu/intel/Kconfig', 'drivers/iommu/amd/Kconfig'],
    },
    'iommu-default-off': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'Firmware offers VT-d, and this kernel leaves it off unless it is asked',
      summary:
        'The DMAR table is there, this kernel leaves VT-d off by default, and nothing on its command line asks for it. One parameter turns it on.',
      proof:
        'A DMAR table, no intel_iommu=on on the running command line, CONFIG_INTEL_IOMMU_DEFAULT_ON not set in the configuration (or a kernel of Proxmox below 6.8), no groups.',
      ruledOut: 'CONFIG_INTEL_IOMMU_DEFAULT_ON=y, or PCI functions with groups.',
      explains: KNOWN,
      remedy: [{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }],
      sources: ['drivers/iommu/intel/Kconfig: INTEL_IOMMU_DEFAULT_ON', 'drivers/iommu/intel/iommu.c: dmar_disabled'],
    },
    'iommu-not-asked-for': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'Nothing asks this kernel for VT-d',
      summary:
        'VT-d has a switch in firmware and one in the kernel, and many kernels leave theirs off until intel_iommu=on asks for it. The command line of this boot does not. {hint}',
      proof:
        'An Intel host without IOMMU groups, no intel_iommu=on on the running command line, and nothing that tells what firmware offers.',
      ruledOut:
        'A kernel that turns VT-d on by itself (CONFIG_INTEL_IOMMU_DEFAULT_ON=y, Proxmox from 6.8 on), or a firmware without a DMAR table.',
      explains: EXPLAINS,
      remedy: [{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }],
      sources: ['drivers/iommu/intel/Kconfig: INTEL_IOMMU_DEFAULT_ON', 'drivers/iommu/intel/iommu.c: dmar_disabled'],
    },
    'iommu-off-in-kernel': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'Firmware offers the IOMMU, and this kernel does not use it',
      summary: 'The {table} table is there, and still no PCI device has an IOMMU group. {hint}',
      proof: 'The ACPI table is listed, and no PCI function has an IOMMU group.',
      ruledOut: 'A PCI function with an iommu_group link.',
      explains: EXPLAINS,
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_init', 'drivers/iommu/amd/init.c: amd_iommu_init'],
    },
    'iommu-absent': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'No IOMMU stands in front of the PCI devices',
      summary:
        'No PCI device has an IOMMU group, and nothing that was read shows an IOMMU that this kernel could drive. Without one, no device can be given to a virtual machine safely, and VFIO refuses.',
      proof:
        'PCI functions were listed, none has an IOMMU group, and neither an ACPI table nor a unit under /sys/class/iommu is there.',
      ruledOut: 'A PCI function with an iommu_group link.',
      explains: EXPLAINS,
      remedy: [
        { do: 'show', what: 'acpi-tables' },
        { do: 'show', what: 'cpu-flags' },
      ],
      sources: ['drivers/iommu/iommu.c: iommu_probe_device', 'drivers/vfio/group.c: vfio_group_find_or_alloc'],
    },
  },
  judge(facts): Judgement<NoIommu> {
    const effect = iommuInEffect(facts)
    if (effect.state === 'known' && effect.value) {
      return { kind: 'pass', evidence: [{ source: effect.source, saw: 'PCI functions have IOMMU groups' }] }
    }
    if (withoutPci(facts)) return { kind: 'skip', because: 'no PCI function is on this machine' }
    const environment = valueOf(facts.environment)
    if (environment?.xenDom0 === true) return { kind: 'skip', because: 'Xen rules the IOMMU here: see xen-dom0' }
    if (environment?.wsl === true) return { kind: 'skip', because: 'Windows rules the hardware here: see environment' }
    const pc = foreign(facts) === undefined
    if (!pc && effect.state === 'known' && (environment?.hypervisor ?? null) === null)
      return { kind: 'skip', because: 'not a PC: the check platform-iommu names the reason' }
    if (effect.state === 'known') {
      const [first, ...rest] = whyNoIommu(facts, noIommuSeen(effect, facts))
      return { kind: 'hits', hits: [first, ...rest] }
    }
    const [first, ...rest] = pc ? whyProbablyNone(facts) : []
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const settle = [{ do: 'show', what: 'iommu-groups' } as const]
    return { kind: 'unknown', missing: [{ ...missingFrom('whether an IOMMU is in effect', effect), settle }] }
  },
})
