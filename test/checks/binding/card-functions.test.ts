import { check } from '../../../checks/binding/card-functions.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, pciFacts, type FunctionPatch } from '../../support/facts.ts'

const card = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({
    address: '0000:01:00.0',
    vendorId: '10de',
    deviceId: '1e84',
    class: 0x030000,
    driver: 'vfio-pci',
    ...patch,
  })
const sound = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({ address: '0000:01:00.1', vendorId: '10de', class: 0x040300, driver: 'snd_hda_intel', ...patch })
const usbC = (driver: string) => endpoint({ address: '0000:01:00.3', vendorId: '10de', class: 0x0c8000, driver })

/** The part of a Ryzen processor that has graphics. */
const processor = (graphics: string, usb: string) =>
  pciFacts([
    card({ address: '0000:0d:00.0', vendorId: '1002', deviceId: '164e', driver: graphics, group: 20 }),
    endpoint({ address: '0000:0d:00.1', vendorId: '1002', class: 0x040300, driver: null, group: 21 }),
    endpoint({ address: '0000:0d:00.2', vendorId: '1022', class: 0x108000, driver: 'ccp', group: 22 }),
    endpoint({ address: '0000:0d:00.3', vendorId: '1022', class: 0x0c0330, driver: usb, group: 23 }),
    endpoint({ address: '0000:0d:00.4', vendorId: '1022', class: 0x0c0330, driver: 'xhci_hcd', group: 24 }),
  ])
const integrated = (patch: Partial<FunctionPatch>) =>
  card({ address: '0000:00:02.0', vendorId: '8086', deviceId: '46d1', ...patch })

const named = (address: string, code: number, driver: string, name: string) =>
  card({ address, vendorId: undefined, deviceId: undefined, class: code, driver, name })

checkTable(check, [
  {
    name: 'a guest has a USB controller of the processor, in a listing without ids',
    facts: pciFacts([
      named('0000:0d:00.0', 0x030000, 'amdgpu', 'Advanced Micro Devices, Inc. [AMD/ATI] Raphael'),
      named('0000:0d:00.3', 0x0c0330, 'vfio-pci', 'Advanced Micro Devices, Inc. [AMD] Raphael USB 3.1 xHCI'),
    ]),
    expect: 'skip',
  },
  {
    name: 'a guest has a USB controller of the processor, and the host its graphics',
    facts: processor('amdgpu', 'vfio-pci'),
    expect: 'skip',
  },
  {
    name: 'a guest has the graphics of the processor, and the host its USB controllers',
    facts: processor('vfio-pci', 'xhci_hcd'),
    expect: 'pass',
  },
  {
    name: 'a guest has a virtual function of the graphics, and the host the physical one',
    facts: pciFacts([
      integrated({ driver: 'i915', group: 2 }),
      integrated({ address: '0000:00:02.1', group: 3, physicalFunction: '0000:00:02.0' }),
    ]),
    expect: 'pass',
  },
  {
    name: 'the sound function stayed, in a group of its own',
    facts: pciFacts([card(), sound({ group: 2 })]),
    expect: ['card-partly-bound@0000:01:00.0'],
    severity: 'info',
  },
  { name: 'in the same group another check says it', facts: pciFacts([card(), sound()]), expect: 'pass' },
  {
    name: 'all functions are on vfio-pci',
    facts: pciFacts([card(), sound({ group: 2, driver: 'vfio-pci' })]),
    expect: 'pass',
  },
  {
    name: 'the USB-C controller is on its host driver',
    facts: pciFacts([card(), usbC('nvidia-gpu')]),
    expect: ['card-usb-c-driver@0000:01:00.0'],
    severity: 'warn',
  },
  { name: 'the USB-C controller is on vfio-pci', facts: pciFacts([card(), usbC('vfio-pci')]), expect: 'pass' },
  {
    name: 'the groups are unknown',
    facts: pciFacts([card({ group: undefined }), sound()]),
    expect: ['card-partly-bound@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'vfio-pci has the sound, and the host the graphics',
    facts: pciFacts([card({ driver: 'amdgpu' }), sound({ driver: 'vfio-pci' })]),
    expect: ['card-graphics-kept@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'the sound went along with that of another card',
    facts: pciFacts([
      card({ driver: 'amdgpu' }),
      sound({ driver: 'vfio-pci' }),
      card({ address: '0000:02:00.0', deviceId: '2204' }),
      sound({ address: '0000:02:00.1', driver: 'vfio-pci' }),
    ]),
    expect: 'pass',
  },
  { name: 'no card is wanted', facts: pciFacts([card({ driver: 'nouveau' }), sound()]), expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
