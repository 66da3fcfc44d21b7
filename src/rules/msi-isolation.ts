import type { Evidence, Hit, Judgement } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Foreign } from './architecture.ts'
import { iommuInEffect, withoutPci } from './iommu.ts'
import { messagesWith } from './messages.ts'
import { logEvidence } from './probe-errors.ts'
import { allowedWay, unsafeInterrupts } from './unsafe-interrupts.ts'

type Code = 'msi-not-isolated' | 'interrupt-remapping-unsafe'
type Given = Pick<
  Facts,
  | 'interruptRemapping'
  | 'messages'
  | 'pci'
  | 'groups'
  | 'iommuUnits'
  | 'modules'
  | 'modprobe'
  | 'commandLine'
  | 'guests'
  | 'kernelConfig'
>

/**
 * Whether VFIO takes the interrupts of devices for isolated where that is the interrupt controller's doing. Its refusal
 * in the log decides; before anybody tried, the chips that deliver them do (Arm alone: RISC-V has more than one kind).
 */
export function judgeIsolation(facts: Given, kind: Foreign): Judgement<Code> {
  const [refusal] = messagesWith(facts.messages, 'vfio-no-intr-remap')
  // It prints this where its option lets it go on, and nothing where it refuses (iommufd_device_bind).
  const [warning] = messagesWith(facts.messages, 'iommufd-no-intr-remap')
  const { interruptRemapping: chips } = facts
  const isolated = kind === 'arm' ? valueOf(chips) : null
  const shown: Evidence = {
    source: chips.source,
    saw: isolated === true ? 'ITS-…' : 'chips for message interrupts, and no ITS-…',
  }
  if (refusal === undefined && warning === undefined && isolated === true) return { kind: 'pass', evidence: [shown] }
  const without = isolated === false && valueOf(iommuInEffect(facts)) === true && !withoutPci(facts)
  const [seen, ...more] = [
    ...(refusal === undefined ? [] : [logEvidence(refusal)]),
    ...(warning === undefined ? [] : [logEvidence(warning)]),
    ...(without ? [{ ...shown, wanted: 'ITS-…' }] : []),
  ]
  if (seen === undefined)
    return { kind: 'skip', because: 'interrupt remapping is a matter of x86; here the interrupt controller isolates' }
  const type1 = unsafeInterrupts(facts, 'vfio_iommu_type1')
  const iommufd = unsafeInterrupts(facts, 'iommufd') ?? (warning === undefined ? undefined : seen)
  const way = allowedWay(facts, type1 !== undefined, iommufd !== undefined)
  const module = way.module ?? (refusal === undefined && warning !== undefined && !without ? 'iommufd' : null)
  const hit: Hit<Code> = {
    code: module === null ? 'msi-not-isolated' : 'interrupt-remapping-unsafe',
    ...(way.severity === undefined ? {} : { severity: way.severity }),
    ...(refusal === undefined && without ? { confidence: 'likely' } : {}),
    subject: { kind: 'host' },
    values: { module: module ?? '', apart: way.apart, because: '', advice: '' },
    evidence: [seen, ...more, ...(type1 === undefined ? [] : [type1])],
    remedy: [
      module === null
        ? { do: 'unsafe-interrupts', module: way.wanted }
        : { do: 'advise', say: 'Give devices to guests that you trust alone.' },
    ],
  }
  return { kind: 'hits', hits: [hit] }
}
