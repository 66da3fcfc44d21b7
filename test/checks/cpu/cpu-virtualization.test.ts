import { check } from '../../../checks/cpu/cpu-virtualization.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { DeviceNode, NodeFacts } from '../../../src/model/system.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, messages, modules } from '../../support/facts.ts'

const node = (accessible: boolean): DeviceNode => ({ path: '/dev/kvm', mode: 0o660, uid: 0, gid: 104, accessible })
const nodes = (kvm: DeviceNode | null) => {
  const open = unknown('not-collected', 'test')
  return known<NodeFacts>({ kvm: known(kvm, '/dev/kvm'), vfio: open, iommufd: open, groups: open }, '/dev')
}
const noKvm = nodes(null)

checkTable(check, [
  { name: 'the node is there for us', facts: { cpu: cpu('intel', ['vmx']), nodes: nodes(node(true)) }, expect: 'pass' },
  {
    name: 'the node is there for others',
    facts: { cpu: cpu('intel', ['vmx']), nodes: nodes(node(false)) },
    expect: ['kvm-node-denied'],
    severity: 'info',
  },
  {
    name: 'firmware locked it',
    facts: { cpu: cpu('intel'), nodes: noKvm, messages: messages(['x86/cpu: VMX (outside TXT) disabled by BIOS']) },
    expect: ['cpu-virt-off-in-firmware'],
  },
  {
    name: 'the log alone says so',
    facts: { cpu: cpu('amd', ['svm']), messages: messages(['kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 2']) },
    expect: ['cpu-virt-off-in-firmware'],
  },
  { name: 'no flag on bare metal', facts: { cpu: cpu('intel', ['sse']), nodes: noKvm }, expect: ['cpu-virt-missing'] },
  {
    name: 'no flag in a guest',
    facts: { cpu: cpu('intel', ['sse', 'hypervisor']), nodes: noKvm },
    expect: ['cpu-virt-not-nested'],
    severity: 'warn',
  },
  {
    name: 'the module is not loaded',
    facts: { cpu: cpu('amd', ['svm']), nodes: noKvm, modules: modules({ loadable: ['kvm_amd'] }) },
    expect: ['kvm-module-not-loaded'],
  },
  { name: 'no reason shown', facts: { cpu: cpu('arm', ['fp']), nodes: noKvm }, expect: ['kvm-node-missing'] },
  { name: '/dev could not be read', facts: { cpu: cpu('intel', ['vmx']) }, expect: 'unknown' },
  { name: 'the CPU could not be read', facts: {}, expect: 'unknown' },
])
