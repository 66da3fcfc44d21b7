import type { Evidence, Hit } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Foreign } from './architecture.ts'
import { messagesWith } from './messages.ts'
import { logEvidence } from './probe-errors.ts'

type Without = Hit<'platform-without-iommu'>

/** No list of groups is shown: a VMM that found no group, or no unit of an IOMMU, makes it likely. */
export function probablyWithout(kind: Foreign, facts: Pick<Facts, 'iommuUnits' | 'messages'>): readonly Without[] {
  // There each function has a group, and something else is amiss.
  if (kind === 's390' || kind === 'power') return []
  const [said] = messagesWith(facts.messages, 'q-no-iommu-group', 'q-no-iommu-group-old')
  if (said !== undefined) return [without(kind, logEvidence(said), 'likely')]
  if (valueOf(facts.iommuUnits)?.length !== 0) return []
  const empty = { source: facts.iommuUnits.source, saw: 'no IOMMU unit', wanted: 'a unit for each IOMMU' }
  return [without(kind, empty, 'possible')]
}

const MACHINES: Readonly<Record<Foreign, readonly [string, string]>> = {
  arm: [
    'Arm',
    'Its device tree connects PCI to no SMMU, or the chip has none; on a server the SMMU may be switched off in firmware.',
  ],
  riscv: ['RISC-V', 'It takes hardware with the RISC-V IOMMU and a kernel of 6.13 or later.'],
  power: ['POWER', 'On bare metal every PCI function has a group; a logical partition may not have them.'],
  // S390_IOMMU is "def_bool y" where there is PCI (drivers/iommu/Kconfig).
  s390: [
    's390',
    'The driver is built into every s390 kernel with PCI, so another kernel is no cure; the log may say why the function was left out.',
  ],
  loongarch: ['LoongArch', ''],
  other: ['kind of', ''],
}

export function without(kind: Foreign, none: Evidence, confidence: 'likely' | 'possible'): Without {
  const [what, hint] = MACHINES[kind]
  const subject = { kind: 'host' } as const
  const remedy: Pick<Without, 'remedy'> = kind === 's390' ? { remedy: [{ do: 'show', what: 'kernel-log' }] } : {}
  return { code: 'platform-without-iommu', subject, evidence: [none], values: { what, hint }, confidence, ...remedy }
}
