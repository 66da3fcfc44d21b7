import { expect, test } from 'vitest'
import { collectKeptOverrides } from '../../src/collect/kept-overrides.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const collect = (files: Record<string, Entry>) => collectKeptOverrides(memoryHost({ files }))

test.each<[string, Record<string, Entry>, object]>([
  ['no driverctl', {}, { state: 'known', value: [] }],
  [
    'a function, a network device of s390 and a stray file',
    {
      '/etc/driverctl.d/pci-0000:03:00.0': 'vfio-pci\n',
      '/etc/driverctl.d/ccw-0.0.0001': 'vfio_ccw\n',
      '/etc/driverctl.d/README': 'x',
    },
    { value: [{ path: '/etc/driverctl.d/pci-0000:03:00.0', address: '0000:03:00.0', driver: 'vfio-pci' }] },
  ],
  [
    'no permission',
    { '/etc/driverctl.d/pci-0000:03:00.0': { error: 'denied' } },
    { state: 'unknown', reason: 'denied' },
  ],
])('%s', (_, files, wanted) => {
  expect(collect(files)).toMatchObject(wanted)
})
