import { expect, test } from 'vitest'
import { withLateGroups } from '../../src/collect/late-groups.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { IommuUnit } from '../../src/model/iommu.ts'
import { endpoint, fact, kernel, pciFacts } from '../support/facts.ts'

const unit = (kind: IommuUnit['kind']) => {
  const none = fact(null)
  return fact<readonly IommuUnit[]>([{ name: 'one', kind, cap: none, ecap: none, features: none }])
}

function told(kind: IommuUnit['kind'], release: string, driver: string | null): string {
  const { pci } = pciFacts([endpoint({ address: '0000:01:00.0', driver, group: null })])
  const group = valueOf(withLateGroups(pci, unit(kind), kernel(release)))?.functions[0]?.group
  return group?.state === 'unknown' ? `${group.reason}: ${group.detail}` : String(group?.value)
}

const OPEN = 'not-collected: behind this IOMMU a device joins its group when a driver is first bound to it, and none is'

test.each([
  ['an SMMU before 6.15, without a driver', told('smmu', '6.8.0', null), OPEN],
  ['a virtual IOMMU before 6.15, without a driver', told('virtio', '6.12.1', null), OPEN],
  ['with a driver', told('smmu', '6.8.0', 'nvme'), 'null'],
  ['from 6.15 on', told('smmu', '6.15.0', null), 'null'],
  ['VT-d, which knows its devices itself', told('intel', '5.10.0', null), 'null'],
])('whether a missing group is none: %s', (_name, group, wanted) => expect(group).toBe(wanted))
