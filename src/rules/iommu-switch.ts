import type { CommandLine } from '../model/boot.ts'
import { valueOf, type Fact } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import type { CpuFacts, KernelFacts } from '../model/system.ts'
import { asksForIommu, intelIommuWithout } from './intel-iommu-list.ts'
import { iommuMaker } from './iommu-maker.ts'
import { atLeast } from './kernel.ts'
import { configSymbol, notBuilt } from './kernel-config.ts'
import { lastParameter, parametersNamed, sameName } from './parameters.ts'

/**
 * The parameter that switches the IOMMU off on this CPU, as written, or undefined. For the comma lists the last of on
 * and off wins (intel_iommu_setup in drivers/iommu/intel/iommu.c compares prefixes); for AMD only `off` is a value
 * (parse_amd_iommu_options in drivers/iommu/amd/init.c); `iommu=off` serves both (iommu_setup, arch/x86/kernel/pci-dma.c).
 */
export function switchedOffBy(line: CommandLine, vendor: CpuFacts['vendor'] | undefined): string | undefined {
  if (vendor === undefined || vendor === 'intel' || vendor === 'zhaoxin') {
    const words = parametersNamed(line, 'intel_iommu').flatMap((one) =>
      (one.value ?? '').split(',').map((word) => ({ word, text: one.text })),
    )
    const last = words.filter(({ word }) => word.startsWith('on') || word.startsWith('off')).at(-1)
    if (last?.word.startsWith('off') === true) return last.text
  }
  if (vendor === undefined || vendor === 'amd' || vendor === 'hygon') {
    const off = parametersNamed(line, 'amd_iommu').find((one) =>
      (one.value ?? '').split(',').some((word) => word.startsWith('off')),
    )
    if (off !== undefined) return off.text
  }
  // `iommu=` is a word of PCs and of POWER, and an Arm board without ACPI has its device tree.
  if (vendor === 'arm' || vendor === 'riscv' || vendor === 's390') return undefined
  const general = parametersNamed(line, 'iommu').find((one) =>
    (one.value ?? '').split(',').some((word) => word.startsWith('off')),
  )
  if (general !== undefined) return general.text
  // Without ACPI there is no DMAR or IVRS to read.
  const acpi = lastParameter(line, 'acpi')
  return acpi?.value === 'off' ? acpi.text : undefined
}

/**
 * How to take that back. Without the word the kernel's default decides again (dmar_disabled in
 * drivers/iommu/intel/iommu.c), so VT-d is asked for as well, unless its default is known to be on or another word asks.
 */
export function switchOnAgain(
  line: CommandLine,
  off: string,
  facts: Pick<Facts, 'acpi' | 'cpu' | 'iommuUnits' | 'kernelConfig' | 'kernel'>,
): Action {
  const remove = { do: 'remove-kernel-parameter', parameter: off } as const
  const maker = iommuMaker(facts)
  const own = sameName(off.split('=', 1)[0] ?? '', 'intel_iommu')
  const intel = maker === 'intel' || maker === 'zhaoxin' || (maker === undefined && own)
  const asked = line.parameters.some((one) => one.text !== off && asksForIommu(one))
  if (!intel || asked || (kernelDefault(facts.kernelConfig) ?? defaultByName(facts.kernel)) === 'on') return remove
  return (
    (own ? intelIommuWithout(line, ['off']) : undefined) ?? {
      do: 'set-kernel-parameter',
      parameter: 'intel_iommu=on',
      without: off,
    }
  )
}

/** Whether this kernel turns VT-d on by itself; undefined where its configuration is unknown. */
export function kernelDefault(config: Fact<Readonly<Record<string, string>>>): 'on' | 'off' | undefined {
  // Debian's kernels have a third choice that leaves only the integrated graphics out.
  const choices = ['CONFIG_INTEL_IOMMU_DEFAULT_ON', 'CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF']
  if (choices.some((name) => configSymbol(config, name) === 'y')) return 'on'
  return notBuilt(config, 'CONFIG_INTEL_IOMMU_DEFAULT_ON') ? 'off' : undefined
}

/** What a kernel's name tells of that where its configuration is unknown: Proxmox turned VT-d on with its 6.8. */
export function defaultByName(kernel: Fact<KernelFacts>): 'on' | 'off' | undefined {
  const facts = valueOf(kernel)
  if (facts === undefined || !facts.release.endsWith('-pve')) return undefined
  return atLeast(kernel, 6, 8) === true ? 'on' : 'off'
}

const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  DMAR: ['CONFIG_INTEL_IOMMU'],
  IVRS: ['CONFIG_AMD_IOMMU'],
  IORT: ['CONFIG_ARM_SMMU_V3', 'CONFIG_ARM_SMMU'],
  VIOT: ['CONFIG_VIRTIO_IOMMU'],
}

/** The symbol of the driver for this table's IOMMU, if the kernel's whole configuration lacks it. */
export function iommuDriverConfig(config: Fact<Readonly<Record<string, string>>>, table: string): string | undefined {
  const wanted = DRIVERS[table] ?? []
  return wanted.length > 0 && wanted.every((name) => notBuilt(config, name)) ? wanted[0] : undefined
}
