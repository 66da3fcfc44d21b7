import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import { cpuVendor } from './cpu-vendor.ts'
import { asksForIommu } from './intel-iommu-list.ts'
import { iommuMaker } from './iommu-maker.ts'
import { defaultByName, iommuDriverConfig, kernelDefault, switchedOffBy } from './iommu-switch.ts'

/** What may tell why there is no IOMMU. */
export type IommuEvidence = Pick<
  Facts,
  | 'acpi'
  | 'cpu'
  | 'pci'
  | 'commandLine'
  | 'kernelConfig'
  | 'kernel'
  | 'environment'
  | 'iommuUnits'
  | 'messages'
  | 'searches'
>

/** IORT ties devices to interrupts as well: each Arm guest with ACPI has it, with or without an SMMU (hw/arm/virt-acpi-build.c). */
const TABLES: readonly string[] = ['DMAR', 'IVRS', 'IORT', 'VIOT']

/** What speaks for and against an IOMMU, put together. */
export interface Signs {
  /** Zhaoxin follows Intel here, and Hygon AMD. */
  readonly intel: boolean
  readonly amd: boolean
  /** The ACPI tables that firmware lists; undefined where that could not be told. */
  readonly tables: readonly string[] | undefined
  /** The one of them that describes an IOMMU. */
  readonly table: string | undefined
  readonly hypervisor: string | null
  readonly line: Facts['commandLine']
  /** The command line asks for VT-d. */
  readonly asked: boolean
  /** It is known to ask for nothing. */
  readonly silentLine: boolean
  /** What the kernel does where nothing is asked for. */
  readonly byDefault: 'on' | 'off' | undefined
  /** The parameter that switches it off. */
  readonly off: string | undefined
}

export function signsOfIommu(facts: IommuEvidence): Signs {
  const vendor = cpuVendor(facts)
  const listed = valueOf(facts.acpi)?.tables
  // An empty list shows that nothing was to be seen (a container that hides them, acpi=off), not what firmware has.
  const tables = listed?.length === 0 ? undefined : listed
  const line = facts.commandLine
  const hypervisor = valueOf(facts.environment)?.hypervisor ?? null
  const iort = hypervisor === null || iommuDriverConfig(facts.kernelConfig, 'IORT') !== undefined
  const asked = line.state === 'known' && line.value.parameters.some(asksForIommu)
  return {
    intel: vendor === 'intel' || vendor === 'zhaoxin',
    amd: vendor === 'amd' || vendor === 'hygon',
    tables,
    table: tables?.find((one) => TABLES.includes(one) && (one !== 'IORT' || iort)),
    hypervisor,
    line,
    asked,
    silentLine: line.state === 'known' && !asked,
    byDefault: kernelDefault(facts.kernelConfig) ?? defaultByName(facts.kernel),
    off: line.state === 'known' ? switchedOffBy(line.value, iommuMaker(facts)) : undefined,
  }
}
