import { check } from '../../../checks/isolation/device-group.ts'
import { known } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, messages, pciFacts } from '../../support/facts.ts'

const other = endpoint({ address: '0000:01:00.0', group: 1 })
const graphics = endpoint({ address: '0000:00:02.0', class: 0x030000, driver: 'i915', group: null })
const pci = pciFacts([other, graphics])
const asked = ['0000:00:02.0']

checkTable(check, [
  {
    name: 'the parameter leaves the integrated graphics out',
    facts: { ...pci, commandLine: commandLine('intel_iommu=on,igfx_off') },
    asked,
    expect: ['igpu-excluded@0000:00:02.0'],
    severity: 'fail',
    advises: '"parameter":"intel_iommu=on","without":"intel_iommu=on,igfx_off"',
  },
  {
    name: 'the log says that a parameter leaves it out, and the command line is not shown',
    facts: { ...pci, messages: messages(['DMAR: Disable GFX device mapping']) },
    asked,
    expect: ['igpu-excluded@0000:00:02.0'],
    advises: 'leave the other words',
  },
  {
    name: 'the kernel leaves it out by default',
    facts: {
      ...pci,
      commandLine: commandLine('quiet'),
      kernelConfig: known({ CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF: 'y' }, '/boot/config'),
    },
    asked,
    expect: ['igpu-excluded'],
  },
  {
    name: 'the log says that it is left out',
    facts: { ...pci, messages: messages(['DMAR: Disabling IOMMU for graphics on this chipset']) },
    asked,
    expect: ['igpu-excluded'],
    advises: 'No parameter changes that',
  },
  {
    name: 'one device without a group, for no reason shown',
    facts: pci,
    asked,
    expect: ['device-no-group@0000:00:02.0'],
  },
  {
    name: 'whether the device has a group could not be told',
    facts: pciFacts([other, endpoint({ address: '0000:02:00.0', group: undefined })]),
    asked: ['0000:02:00.0'],
    expect: 'unknown',
  },
  {
    name: 'a device behind VMD',
    facts: pciFacts([other, endpoint({ address: '10000:e1:00.0', group: null })]),
    asked: ['10000:e1:00.0'],
    expect: ['device-no-group@10000:e1:00.0'],
  },
  {
    name: 'a post that shows a device behind VMD',
    facts: pciFacts([other, endpoint({ address: '10000:e1:00.0', group: undefined })], false),
    expect: ['device-behind-vmd@10000:e1:00.0'],
    severity: 'info',
  },
  {
    name: 'a host that has one and keeps it',
    facts: pciFacts([other, endpoint({ address: '10000:e1:00.0', group: null })]),
    expect: 'skip',
  },
  { name: 'the device has a group', facts: pci, asked: ['0000:01:00.0'], expect: 'pass' },
  { name: 'nobody asked for the one without', facts: pci, expect: 'skip' },
  { name: 'nothing could be read', facts: {}, asked, expect: 'unknown' },
])
