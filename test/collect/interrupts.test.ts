import { expect, test } from 'vitest'
import { collectInterruptRemapping } from '../../src/collect/interrupts.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const chip = (irq: number): string => `/sys/kernel/irq/${irq}/chip_name`

test.each<[string, Record<string, Entry>, object]>([
  ['remapped', { [chip(0)]: 'IR-IO-APIC\n' }, { state: 'known', value: true }],
  ['not remapped', { [chip(0)]: 'IO-APIC\n', [chip(1)]: '\n' }, { state: 'known', value: false }],
  ['no such chips', { [chip(0)]: 'GICv3\n' }, { state: 'known', value: null }],
  ['Arm with an ITS', { [chip(0)]: 'GICv2m-PCI-MSIX-0000:00:01.0\n', [chip(1)]: 'ITS-MSI\n' }, { value: true }],
  ['Arm with a GICv2m alone', { [chip(0)]: '\n', [chip(1)]: 'GICv2m-PCI-MSIX-0000:01:00.0\n' }, { value: false }],
  [
    'one that is remapped beside one that is shut',
    { [chip(0)]: { error: 'denied' }, [chip(1)]: 'IR-PCI-MSI\n' },
    { value: true },
  ],
  [
    'names that could not be read',
    { [chip(0)]: { error: 'denied' }, [chip(1)]: '\n' },
    { state: 'unknown', reason: 'denied' },
  ],
])('%s', (_, files, wanted) => {
  expect(collectInterruptRemapping(memoryHost({ files }))).toMatchObject(wanted)
})
