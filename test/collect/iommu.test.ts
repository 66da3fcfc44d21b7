import { describe, expect, test } from 'vitest'
import { collectAcpi } from '../../src/collect/acpi.ts'
import { collectGroups, collectIommuUnits } from '../../src/collect/iommu.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const UNITS = '/sys/class/iommu'
const GROUPS = '/sys/kernel/iommu_groups'

describe('units', () => {
  test.each<[string, Readonly<Record<string, Entry>>, Readonly<Record<string, unknown>>]>([
    [
      'Intel',
      {
        [`${UNITS}/dmar0/intel-iommu/cap`]: 'd2008c40660462\n',
        [`${UNITS}/dmar0/intel-iommu/ecap`]: 'f050da\n',
      },
      {
        name: 'dmar0',
        kind: 'intel',
        cap: { value: 0xd2008c40660462n },
        ecap: { value: 0xf050dan },
        features: { value: null },
      },
    ],
    [
      'AMD',
      { [`${UNITS}/ivhd0/amd-iommu/features`]: '25bf732fa2295afe:1d\n' },
      { name: 'ivhd0', kind: 'amd', cap: { value: null }, features: { value: '25bf732fa2295afe:1d' } },
    ],
    ['SMMU', { [`${UNITS}/smmu3.0x0000000009050000/`]: '' }, { kind: 'smmu', cap: { value: null } }],
    [
      'virtio on PCI',
      { [`${UNITS}/0000:00:05.0`]: { link: '../../devices/pci0000:00/0000:00:05.0/virtio3/iommu/0000:00:05.0' } },
      { name: '0000:00:05.0', kind: 'virtio' },
    ],
    ['another', { [`${UNITS}/riscv-iommu@3010000/`]: '' }, { kind: 'other' }],
    ['a broken register', { [`${UNITS}/dmar0/intel-iommu/cap`]: 'hm\n' }, { cap: { state: 'unknown' } }],
  ])('%s', (_, files, unit) => {
    expect(collectIommuUnits(memoryHost({ files }))).toMatchObject({ state: 'known', value: [unit] })
  })

  test.each<[string, Readonly<Record<string, Entry>>, unknown]>([
    ['an empty directory', { [`${UNITS}/`]: '' }, []],
    ['no directory where there are other classes', { '/sys/class/net/': '' }, []],
    ['no /sys/class', {}, undefined],
    ['a directory that may not be read', { [UNITS]: { error: 'denied' } }, undefined],
  ])('%s', (_, files, value) => {
    const fact = collectIommuUnits(memoryHost({ files }))
    expect(fact.state === 'known' ? fact.value : undefined).toEqual(value)
  })
})

describe('groups', () => {
  const member = (group: number, name: string): Record<string, Entry> => ({
    [`${GROUPS}/${group}/devices/${name}`]: { link: `../../../../devices/pci0000:00/${name}` },
    [`${GROUPS}/${group}/type`]: 'DMA-FQ\n',
    [`${GROUPS}/${group}/reserved_regions`]: '0x00000000fee00000 0x00000000feefffff msi\n',
  })

  test('members by kind, in the order of their numbers', () => {
    const files = { ...member(10, '0000:01:00.0'), ...member(2, '0000:00:02.0'), ...member(2, 'ahci-platform.1') }
    expect(collectGroups(memoryHost({ files }))).toMatchObject({
      state: 'known',
      value: {
        complete: true,
        groups: [
          {
            id: 2,
            members: ['0000:00:02.0'],
            others: ['ahci-platform.1'],
            type: { value: 'DMA-FQ' },
            reserved: { value: [{ start: 0xfee00000n, end: 0xfeefffffn, type: 'msi' }] },
          },
          { id: 10, members: ['0000:01:00.0'], others: [] },
        ],
      },
    })
  })

  test('an old kernel has no type; hidden or odd regions are unknown', () => {
    const files: Record<string, Entry> = {
      ...member(1, '0000:00:02.0'),
      [`${GROUPS}/1/reserved_regions`]: { error: 'denied' },
      ...member(2, '0000:00:03.0'),
      [`${GROUPS}/2/reserved_regions`]: 'nonsense\n',
    }
    delete files[`${GROUPS}/1/type`]
    const fact = collectGroups(memoryHost({ files }))
    expect(fact).toMatchObject({
      value: {
        groups: [
          { type: { state: 'known', value: null }, reserved: { state: 'unknown', reason: 'denied' } },
          { reserved: { state: 'unknown', reason: 'unreadable' } },
        ],
      },
    })
  })

  test('a group whose members are hidden makes the list incomplete', () => {
    const files: Record<string, Entry> = { ...member(1, '0000:00:02.0'), [`${GROUPS}/2/devices`]: { error: 'denied' } }
    expect(collectGroups(memoryHost({ files }))).toMatchObject({ value: { complete: false, groups: [{ id: 1 }] } })
  })

  test.each<[string, Readonly<Record<string, Entry>>, unknown]>([
    ['no directory', { '/sys/kernel/mm/': '' }, { groups: [], complete: true }],
    ['no sysfs', {}, undefined],
  ])('%s', (_, files, value) => {
    const fact = collectGroups(memoryHost({ files }))
    expect(fact.state === 'known' ? fact.value : undefined).toEqual(value)
  })
})

describe('ACPI', () => {
  const TABLES = '/sys/firmware/acpi/tables'
  /** An empty DMAR: header, width, flags; the checksum byte makes the sum 0. */
  const dmar = new Uint8Array(48)
  dmar.set([...new TextEncoder().encode('DMAR'), 48])
  dmar.set([38, 1], 36)
  dmar[9] = -dmar.reduce((sum, byte) => sum + byte, 0) & 0xff

  test('the content of a table', () => {
    const files = { [`${TABLES}/DMAR`]: dmar, [`${TABLES}/SSDT12`]: '', [`${TABLES}/dynamic/SSDT13`]: '' }
    expect(collectAcpi(memoryHost({ files }))).toMatchObject({
      value: {
        tables: ['DMAR', 'SSDT12'],
        dmar: { value: { hostAddressWidth: 39, interruptRemapping: true, checksumOk: true } },
        ivrs: { state: 'known', value: null },
      },
    })
  })

  test('without privilege the table is known to be there, and its content is not', () => {
    const files: Record<string, Entry> = { [`${TABLES}/IVRS`]: { error: 'denied' } }
    expect(collectAcpi(memoryHost({ files, uid: 1000 }))).toMatchObject({
      value: { tables: ['IVRS'], dmar: { value: null }, ivrs: { state: 'unknown', reason: 'denied' } },
    })
  })

  test('a broken table', () => {
    const files = { [`${TABLES}/DMAR`]: 'DMAR and nothing more' }
    expect(collectAcpi(memoryHost({ files }))).toMatchObject({ value: { dmar: { reason: 'unreadable' } } })
  })

  test.each<[string, Readonly<Record<string, Entry>>, string]>([
    ['a machine with a device tree', { '/sys/firmware/devicetree/': '' }, 'known'],
    ['no sysfs', {}, 'unknown'],
  ])('%s', (_, files, state) => {
    const fact = collectAcpi(memoryHost({ files }))
    expect(fact.state).toBe(state)
    if (fact.state === 'known') expect(fact.value).toMatchObject({ tables: [], dmar: { value: null } })
  })
})
