import { check } from '../../../checks/kernel/noiommu-mode.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, messages, modules, pciFacts } from '../../support/facts.ts'

const gone = unknown('not-collected', 'test')
const nodes = (path: string): Facts['nodes'] =>
  known(
    {
      kvm: gone,
      vfio: gone,
      iommufd: gone,
      groups: known([{ path, mode: 0o600, uid: 0, gid: 0, accessible: true }], '/dev/vfio'),
    },
    '/dev',
  )

checkTable(check, [
  {
    name: 'a node of such a group',
    facts: { nodes: nodes('/dev/vfio/noiommu-0') },
    expect: ['noiommu-mode-used@host'],
  },
  {
    name: 'the kernel took a device so',
    facts: {
      messages: messages(['vfio-pci 0000:01:00.0: Adding kernel taint for vfio-noiommu group on device']),
    },
    expect: ['noiommu-mode-used@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'a node beside a working IOMMU',
    facts: { ...pciFacts([endpoint({ address: '0000:01:00.0' })]), nodes: nodes('/dev/vfio/noiommu-0') },
    expect: ['noiommu-mode-used'],
    severity: 'warn',
  },
  {
    name: 'the option is on and nothing uses it',
    facts: { modules: modules({ parameters: { vfio: { enable_unsafe_noiommu_mode: 'Y' } } }) },
    expect: ['noiommu-mode-on'],
    severity: 'warn',
  },
  {
    name: 'the option is on, and QEMU looks for the node of a group by its number',
    facts: {
      modules: modules({ parameters: { vfio: { enable_unsafe_noiommu_mode: 'Y' } } }),
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/0: No such file or directory',
      ]),
    },
    expect: ['noiommu-mode-used@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the same where an IOMMU is in effect',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: 1 }), endpoint({ address: '0000:02:00.0', group: 2 })]),
      modules: modules({ parameters: { vfio: { enable_unsafe_noiommu_mode: 'Y' } } }),
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/1: No such file or directory',
      ]),
    },
    expect: ['noiommu-mode-on@host'],
  },
  {
    name: 'the option on the command line',
    facts: { commandLine: commandLine('vfio.enable_unsafe_noiommu_mode=1') },
    expect: ['noiommu-mode-on'],
    advises: 'remove-kernel-parameter',
  },
  {
    name: 'in force is what counts',
    facts: {
      commandLine: commandLine('vfio.enable_unsafe_noiommu_mode=1'),
      modules: modules({ parameters: { vfio: { enable_unsafe_noiommu_mode: 'N' } } }),
    },
    expect: 'pass',
  },
  {
    name: 'ordinary groups',
    facts: { nodes: nodes('/dev/vfio/12'), commandLine: commandLine(''), modules: modules({}) },
    expect: 'pass',
  },
  { name: 'nothing is shown', facts: {}, expect: 'skip' },
])
