import { describe, expect, test } from 'vitest'
import { unknown } from '../../src/model/fact.ts'
import { heldByBuiltIn, isModuleTold, moduleHolding } from '../../src/rules/driver-module.ts'
import { endpoint, facts, modules } from '../support/facts.ts'

const SOF = 'sof-audio-pci-intel-tgl'
const held = (driver: string | null, more: Readonly<Record<string, unknown>> = {}) =>
  endpoint({ address: '0000:04:00.0', driver, ...more })

describe('the module of a driver', () => {
  test.each([
    ['by the link', held('serial', { driverModule: '8250_pci' }), '8250_pci'],
    ['by the link, with underscores', held('x', { driverModule: 'snd-x' }), 'snd_x'],
    ['of a name of its own', held('xhci_hcd'), 'xhci_pci'],
    ['of the serial ports', held('serial'), '8250_pci'],
    ['of the same name', held('ehci-pci'), 'ehci_pci'],
    [
      'of Intel sound',
      held(SOF, { kernelModules: ['snd_hda_intel', 'snd_sof_pci_intel_tgl'] }),
      'snd_sof_pci_intel_tgl',
    ],
    ['built in, under the name it would have', held('ahci', { driverModule: null }), 'ahci'],
    ['of no driver', held(null), ''],
  ])('%s', (_, fn, module) => expect(moduleHolding(fn)).toBe(module))
})

const whole = facts({ modules: modules({ loaded: ['nvme'], builtin: ['8250_pci'], loadable: ['vfio_pci'] }) })
const blank = facts({ modules: unknown('denied', '/proc/modules') })

describe('whether the name is known', () => {
  test.each([
    ['the link', held('x', { driverModule: 'y' }), blank, true],
    ['its list of devices', held('igc', { kernelModules: ['igc'] }), blank, true],
    ['a module of that name', held('nvme'), whole, true],
    ['no module of that name', held('oddity'), whole, false],
    ['lists of devices of others alone', held(SOF, { kernelModules: ['snd_hda_intel'] }), blank, false],
    ['nothing read', held('oddity'), blank, undefined],
  ])('%s', (_, fn, on, told) => expect(isModuleTold(fn, on)).toBe(told))
})

describe('whether the driver is built in', () => {
  test.each([
    ['without a link', held('oddity', { driverModule: null }), blank, true],
    ['without a link, and a module of that name loaded', held('nvme', { driverModule: null }), whole, false],
    ['by the list', held('serial'), whole, true],
    ['by the link into /sys/module and the list', held('serial', { driverModule: '8250_pci' }), whole, true],
    ['a loaded module', held('nvme', { driverModule: 'nvme' }), whole, false],
    ['a name that no list has', held('oddity'), whole, undefined],
    ['nothing read', held('nvme'), blank, undefined],
    ['no driver', held(null, { driverModule: null }), whole, undefined],
  ])('%s', (_, fn, on, built) => expect(heldByBuiltIn(fn, on)).toBe(built))
})
