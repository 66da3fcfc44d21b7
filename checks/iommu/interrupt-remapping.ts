import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Judgement,
} from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { Action } from '../../src/model/remedy.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { iommuInEffect, withoutPci } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { judgeIsolation } from '../../src/rules/msi-isolation.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { raise } from '../../src/rules/raise.ts'
import { remappingOffBecause } from '../../src/rules/interrupts.ts'
import { allowedWay, DMA_MODULES, UNSAFE, unsafeInterrupts } from '../../src/rules/unsafe-interrupts.ts'
import { remappingRemedy } from '../../src/rules/virtual-iommu.ts'

type Code =
  | 'interrupt-remapping-missing'
  | 'interrupt-remapping-unsafe'
  | 'unsafe-interrupts-not-needed'
  | 'msi-not-isolated'
  | 'interrupt-remapping-bypassed'

const USES = [
  'interruptRemapping',
  'messages',
  'acpi',
  'commandLine',
  'modules',
  'modprobe',
  'pci',
  'groups',
  'iommuUnits',
  'cpu',
  'kernel',
  'kernelConfig',
  'environment',
  'guests',
] as const

type Given = Pick<Facts, (typeof USES)[number]>

const MISSING: readonly Action[] = [
  { do: 'enable-firmware-setting', setting: 'interrupt-remapping' },
  { do: 'unsafe-interrupts' },
]

export const check: AnyCheck = defineCheck({
  id: 'interrupt-remapping',
  area: 'iommu',
  title: 'Interrupts are remapped, so that a guest cannot forge them',
  needs: [],
  uses: USES,
  problems: {
    'interrupt-remapping-missing': {
      severity: 'fail',
      family: 'interrupt-remapping-missing',
      title: 'Interrupt remapping is off, so VFIO refuses every group{because}',
      summary:
        'The IOMMU translates memory accesses, and does not check interrupts. A guest could then forge interrupts of the host, so VFIO answers "Operation not permitted" when the IOMMU is set. {apart}{advice}',
      proof:
        'No interrupt chip named IR-… on this host, the kernel line "No interrupt remapping support", or a parameter or a kernel line that leaves remapping off.',
      ruledOut: 'An interrupt chip named IR-…, or the line that remapping is enabled.',
      explains: ['set-iommu-eperm', 'guest-start-failed'],
      remedy: MISSING,
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group',
        'drivers/iommu/iommufd/device.c: iommufd_device_bind',
        'drivers/iommu/iommu.c: iommu_group_has_isolated_msi',
      ],
    },
    'interrupt-remapping-unsafe': {
      severity: 'warn',
      family: 'interrupt-remapping-missing',
      title: 'Interrupts are not remapped, and VFIO was told to go on all the same{because}',
      summary:
        'allow_unsafe_interrupts of {module} is set, so devices can be assigned. A guest that holds one can forge interrupts of the host: only for guests that you trust. {apart}{advice}',
      proof:
        'No interrupt chip named IR-…, and allow_unsafe_interrupts of vfio_iommu_type1 or of iommufd is Y, whichever the guests go through.',
      ruledOut: 'An interrupt chip named IR-….',
      explains: ['interrupt-remapping-missing'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'interrupt-remapping' }],
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: allow_unsafe_interrupts',
        'drivers/iommu/iommufd/device.c: allow_unsafe_interrupts',
      ],
    },
    'unsafe-interrupts-not-needed': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'allow_unsafe_interrupts is set and not needed',
      summary:
        'Interrupts are remapped here, so VFIO takes groups without it. The option only takes the protection away should remapping fail one day.',
      proof: 'allow_unsafe_interrupts=Y and an interrupt chip named IR-….',
      ruledOut: 'allow_unsafe_interrupts=N.',
      remedy: [{ do: 'remove-module-option', module: 'vfio_iommu_type1', option: 'allow_unsafe_interrupts' }],
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: allow_unsafe_interrupts',
        'drivers/iommu/iommufd/device.c: allow_unsafe_interrupts',
      ],
    },
    'msi-not-isolated': {
      severity: 'fail',
      family: 'interrupt-remapping-missing',
      title: 'The interrupt controller of this machine cannot tell devices apart, so VFIO refuses the group',
      summary:
        'On Arm and RISC-V it is the interrupt controller that keeps the message interrupts of one device from passing for those of another: a GICv3 with ITS, or an AIA with guest files. This one cannot, so a guest could forge interrupts. No firmware setting for interrupt remapping exists here.',
      proof:
        'The refusal of VFIO for want of interrupt isolation, on a machine that is not x86; before anybody tried, interrupt chips of an Arm machine named GICv2m-… or PCI-MSI and none named ITS-….',
      ruledOut: 'A guest that runs with a device, or an interrupt chip named ITS-….',
      explains: ['set-iommu-eperm', 'guest-start-failed'],
      remedy: [{ do: 'unsafe-interrupts' }],
      sources: [
        'drivers/iommu/iommu.c: iommu_group_has_isolated_msi',
        'kernel/irq/msi.c: msi_device_has_isolated_msi',
        'drivers/irqchip/irq-gic-v2m.c: gicv2m_msi_parent_ops',
      ],
    },
    'interrupt-remapping-bypassed': {
      severity: 'warn',
      family: 'interrupt-remapping-missing',
      title: 'The hardware still takes interrupts past the remapping',
      summary:
        'Remapping is on, and the unit also lets the old form of interrupts through, which a guest could use. VFIO does not refuse devices for it.',
      proof: 'The kernel line about compatibility-format interrupts.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/irq_remapping.c: iommu_enable_irq_remapping'],
    },
  },
  judge(facts): Judgement<Code> {
    const result = judgeRemapping(facts)
    const also = raise(facts.messages, {
      'interrupt-remapping-bypassed': ['ir-compat-irqs'],
    } as const)
    const [first, ...rest] = also
    if (first === undefined) return result
    return result.kind === 'hits'
      ? { ...result, hits: [...result.hits, ...also] }
      : { kind: 'hits', hits: [first, ...rest], missing: result.kind === 'unknown' ? result.missing : [] }
  },
})

function judgeRemapping(facts: Given): Judgement<Code> {
  const kind = foreign(facts)
  if (kind !== undefined) return judgeIsolation(facts, kind)
  const refused = messagesWith(facts.messages, 'vfio-no-intr-remap')
  // It prints this where its option lets it go on, and nothing where it refuses (iommufd_device_bind).
  const warned = messagesWith(facts.messages, 'iommufd-no-intr-remap')
  const enabled = messagesWith(facts.messages, 'ir-enabled', 'amd-ir-enabled')
  const fact = facts.interruptRemapping
  if (fact.state === 'known' && fact.value === null) {
    return {
      kind: 'skip',
      because: 'no interrupt chip here that could be remapped (not x86, or a bare virtual machine)',
    }
  }
  if (withoutPci(facts)) return { kind: 'skip', because: 'there is no PCI function' }
  if (valueOf(iommuInEffect(facts)) === false) return { kind: 'skip', because: 'no IOMMU is in effect' }
  const type1 = unsafeInterrupts(facts, 'vfio_iommu_type1')
  const iommufd = unsafeInterrupts(facts, 'iommufd') ?? warned.map(logEvidence)[0]
  const reason = remappingOffBecause(facts)
  const told = refused.length > 0 || warned.length > 0 || reason?.decides === true
  const remapped = fact.state === 'known' ? fact.value : enabled.length > 0 ? true : told ? false : undefined
  if (remapped === undefined && fact.state === 'unknown') {
    const settle = [{ do: 'show', what: 'kernel-log' } as const]
    return { kind: 'unknown', missing: [{ ...missingFrom('interrupt remapping', fact), settle }] }
  }
  if (remapped === true) {
    const evidence: NonEmpty<Evidence> =
      fact.state === 'known' ? [{ source: fact.source, saw: 'IR-…' }] : [logEvidence(enabled[0]!)]
    const set = [type1, iommufd].filter((one) => one !== undefined)
    const [first, ...others] = set
    if (first === undefined) return { kind: 'pass', evidence }
    const modules = DMA_MODULES.filter((_, at) => [type1, iommufd][at] !== undefined)
    const remedy = modules.map((module): Action => ({ do: 'remove-module-option', module, option: UNSAFE }))
    return {
      kind: 'hits',
      hits: [
        {
          code: 'unsafe-interrupts-not-needed',
          subject: { kind: 'host' },
          evidence: [first, ...others, ...evidence],
          remedy,
        },
      ],
    }
  }
  const chips: readonly Evidence[] =
    fact.state === 'known'
      ? [{ source: fact.source, saw: 'no IR-… among the interrupt chips', wanted: 'IR-PCI-MSI' }]
      : []
  const seen: readonly Evidence[] = [
    ...chips,
    ...refused.map(logEvidence),
    ...(reason === undefined ? [] : reason.evidence),
    ...(type1 === undefined ? [] : [type1]),
    ...(iommufd === undefined ? [] : [iommufd]),
  ]
  const way = allowedWay(facts, type1 !== undefined, iommufd !== undefined)
  // In a virtual machine the switch is where the machine is defined, unless a parameter in here is the reason.
  const environment = valueOf(facts.environment)
  const hypervisor = environment === undefined || environment.xenDom0 ? null : environment.hypervisor
  const nested = hypervisor !== null && (reason === undefined || reason.byFirmware)
  const remedy: readonly Action[] | undefined = nested
    ? remappingRemedy(hypervisor, facts.acpi, way.module !== null)
    : (reason?.remedy ?? (way.module === null ? MISSING : undefined))
  const hit: Hit<Code> = {
    code: way.module === null ? 'interrupt-remapping-missing' : 'interrupt-remapping-unsafe',
    ...(way.severity === undefined ? {} : { severity: way.severity }),
    subject: { kind: 'host' },
    values: {
      module: way.module ?? '',
      apart: way.apart,
      because: reason === undefined ? '' : `: ${reason.why}`,
      advice: nested
        ? `This is a virtual machine (${hypervisor}), so it is the virtual IOMMU that lacks it: it is switched on where this machine is defined.`
        : (reason?.advice ?? 'Why it is off could not be told from what was read.'),
    },
    evidence: [seen[0]!, ...seen.slice(1)],
    ...(remedy === undefined
      ? {}
      : { remedy: remedy.map((one) => (one.do === 'unsafe-interrupts' ? { ...one, module: way.wanted } : one)) }),
  }
  return { kind: 'hits', hits: [hit] }
}
