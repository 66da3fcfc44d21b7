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
  endpoint({ address: '0000:01:00.1', class: 0x040300, driver: 'snd_hda_intel', ...patch })
const usbC = (driver: string) => endpoint({ address: '0000:01:00.3', class: 0x0c8000, driver })

checkTable(check, [
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
