import { describe, expect, test } from 'vitest'
import { collectBoard } from '../../src/collect/board.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const files = (texts: Readonly<Record<string, string>>): Readonly<Record<string, Entry>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [`/sys/class/dmi/id/${name}`, `${text}\n`]))

const NONE = { system: null, board: null, biosVendor: null, biosVersion: null, biosDate: null }
const BIOS = { bios_vendor: 'AMI', bios_version: 'P1.50', bios_date: '01/02/2023' }

describe('board', () => {
  test.each<[string, Readonly<Record<string, Entry>>, Readonly<Record<string, string>> | undefined, object]>([
    [
      'the plain files',
      files({
        sys_vendor: 'Dell Inc.',
        product_name: 'XPS 9320',
        board_vendor: 'Dell Inc.',
        board_name: '0KNXGD',
        ...BIOS,
      }),
      undefined,
      {
        system: 'Dell Inc. XPS 9320',
        board: 'Dell Inc. 0KNXGD',
        biosVendor: 'AMI',
        biosVersion: 'P1.50',
        biosDate: '01/02/2023',
      },
    ],
    [
      'forms that nobody filled in',
      files({
        sys_vendor: 'To Be Filled By O.E.M.',
        product_name: 'System Product Name',
        board_vendor: 'ASRock',
        board_name: 'X299 Taichi XE',
      }),
      undefined,
      { ...NONE, board: 'ASRock X299 Taichi XE' },
    ],
    [
      'a product that begins with its vendor',
      files({ sys_vendor: 'HP', product_name: 'HP Spectre x360' }),
      undefined,
      { ...NONE, system: 'HP Spectre x360' },
    ],
    [
      "the host's own means, where the kernel shows no DMI; what says nothing is left out there too",
      {},
      { sys_vendor: 'HP', product_name: 'Z2', board_name: ' Default string ', bios_vendor: '-', bios_version: '1.2' },
      { ...NONE, system: 'HP Z2', biosVersion: '1.2' },
    ],
    [
      'the files of the kernel alone, where there are some',
      files({ sys_vendor: 'HP' }),
      { sys_vendor: 'other', product_name: 'Z2' },
      { ...NONE, system: 'HP' },
    ],
    ['control characters', files({ sys_vendor: 'a\u001b[31m\u0000b' }), undefined, { ...NONE, system: 'ab' }],
    [
      'a device tree',
      { '/proc/device-tree/model': 'Raspberry Pi 5\0' },
      undefined,
      { ...NONE, system: 'Raspberry Pi 5' },
    ],
    ['nothing at all', {}, undefined, NONE],
  ])('%s', async (_, entries, dmi, value) => {
    const host = memoryHost({ files: entries, ...(dmi === undefined ? {} : { dmi }) })
    expect(await collectBoard(host)).toMatchObject({ state: 'known', value })
  })

  test('a directory that may not be read', async () => {
    const host = memoryHost({ files: { '/sys/class/dmi/id': { error: 'denied' } } })
    expect(await collectBoard(host)).toMatchObject({ state: 'unknown', reason: 'denied' })
  })
})
