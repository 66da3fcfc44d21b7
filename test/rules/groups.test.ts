import { describe, expect, test } from 'vitest'
import type { PciFunction } from '../../src/model/pci.ts'
import { viability } from '../../src/rules/groups.ts'
import { bridge, endpoint, kernel, pciFacts } from '../support/facts.ts'

function state(
  functions: readonly PciFunction[],
  release = '6.8.0',
): { viable: boolean | null; held: readonly string[] } {
  const { pci, groups } = pciFacts(functions)
  if (pci.state !== 'known' || groups.state !== 'known') throw new Error('made known above')
  const group = groups.value.groups[0]
  if (group === undefined) throw new Error('one group was made')
  const { viable, held } = viability(group, pci.value, kernel(release))
  return { viable, held: held.map((one) => one.address) }
}

const target = endpoint({ address: '0000:04:00.0', driver: 'vfio-pci', group: 1 })

describe('viability, as VFIO_GROUP_GET_STATUS has it', () => {
  test.each([
    ['a bridge on pcieport does not count', bridge({ address: '0000:03:00.0', group: 1 }), true],
    ['a bridge without a driver does not count', bridge({ address: '0000:03:00.0', group: 1, driver: null }), true],
    [
      'an endpoint without a driver does not count',
      endpoint({ address: '0000:04:01.0', driver: null, group: 1 }),
      true,
    ],
    [
      'an endpoint on pci-stub does not count',
      endpoint({ address: '0000:04:01.0', driver: 'pci-stub', group: 1 }),
      true,
    ],
    [
      'a variant driver of VFIO does not count',
      endpoint({ address: '0000:04:01.0', driver: 'mlx5_vfio_pci', group: 1 }),
      true,
    ],
    [
      'an endpoint on a host driver does',
      endpoint({ address: '0000:04:01.0', driver: 'snd_hda_intel', group: 1 }),
      false,
    ],
    [
      'an endpoint whose driver is unknown leaves it open',
      endpoint({ address: '0000:04:01.0', driver: undefined, group: 1 }),
      null,
    ],
  ])('%s', (_name, other, viable) => {
    expect(state([target, other]).viable).toBe(viable)
  })
  test.each([
    ['since 5.19 it counts', '5.19.0', ['0000:03:00.0']],
    ['before it did not', '5.15.0', []],
  ])('a bridge on a hot plug driver: %s', (_name, release, held) => {
    const legacy = bridge({ address: '0000:03:00.0', group: 1, driver: 'shpchp' })
    expect(state([target, legacy], release).held).toEqual(held)
  })
  test('it names who holds the group', () => {
    expect(state([target, endpoint({ address: '0000:04:01.0', driver: 'nvme', group: 1 })]).held).toEqual([
      '0000:04:01.0',
    ])
  })
})
