import { check } from '../../../checks/cpu/cpu-virtualization.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import type { DeviceNode } from '../../../src/model/system.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, environment, kernel, messages, modules } from '../../support/facts.ts'

const gone = unknown('not-collected', 'test')
function nodes(kvm: DeviceNode | null): Facts['nodes'] {
  return known({ kvm: known(kvm, '/dev/kvm'), vfio: gone, iommufd: gone, groups: gone }, '/dev')
}
const node = (accessible: boolean): DeviceNode => ({ path: '/dev/kvm', mode: 0o660, uid: 0, gid: 36, accessible })
const none = nodes(null)

checkTable(check, [
  { name: 'the node is there', facts: { cpu: cpu('intel', ['vmx']), nodes: nodes(node(true)) }, expect: 'pass' },
  {
    name: 'the node is there and an old line in the log',
    facts: { nodes: nodes(node(true)), messages: messages(['kvm: disabled by bios']) },
    expect: 'pass',
  },
  {
    name: 'not for this user',
    facts: { cpu: cpu('intel', ['vmx']), nodes: nodes(node(false)) },
    expect: ['kvm-node-denied'],
    confidence: 'likely',
  },
  {
    name: 'the log alone, of a post that shows no CPU',
    facts: { messages: messages(['kvm: disabled by bios'], false) },
    expect: ['cpu-virt-off-in-firmware'],
    severity: 'fail',
  },
  {
    name: 'the log of an AMD host',
    facts: {
      cpu: cpu('amd', ['svm']),
      nodes: none,
      messages: messages(['kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0']),
    },
    expect: ['cpu-virt-off-in-firmware'],
  },
  { name: 'no flag', facts: { cpu: cpu('intel', ['sse']), nodes: none }, expect: ['cpu-virt-missing'] },
  {
    name: 'a guest without nesting',
    facts: { cpu: cpu('intel', ['sse', 'hypervisor']), nodes: none },
    expect: ['cpu-virt-not-nested'],
  },
  {
    name: 'the module is not loaded',
    facts: { cpu: cpu('intel', ['vmx']), nodes: none, modules: modules({ loadable: ['kvm_intel'] }) },
    expect: ['kvm-module-not-loaded'],
    advises: 'load-module',
  },
  {
    name: 'the module is not on the host',
    facts: { cpu: cpu('intel', ['vmx']), nodes: none, modules: modules({ loadable: ['vfio_pci'] }) },
    expect: ['kvm-module-not-loaded'],
    advises: 'install-kernel-modules',
  },
  ...['aarch64', 'riscv64', 's390x', 'ppc64le', 'loongarch64'].map((name) => ({
    name: `${name} has KVM in one part`,
    facts: { kernel: kernel('6.12.9', name), nodes: none, modules: modules({ loaded: ['kvm'] }) },
    expect: 'unknown' as const,
  })),
  {
    name: 'a RISC-V guest with the one part of KVM',
    facts: {
      cpu: cpu('riscv', ['rv64imafdch']),
      nodes: none,
      modules: modules({ loaded: ['kvm'] }),
      environment: environment({ hypervisor: 'QEMU' }),
    },
    expect: ['cpu-virt-not-nested'],
    severity: 'warn',
  },
  {
    name: 'kvm-ok on Arm, which seeks the flags of x86',
    facts: {
      cpu: cpu('arm', ['asimd']),
      messages: messages(['INFO: Your CPU does not support KVM extensions'], false),
    },
    expect: 'unknown',
  },
  {
    name: 'no node, and no reason to be seen',
    facts: { cpu: cpu('intel', ['vmx']), nodes: none },
    expect: ['kvm-node-missing'],
  },
  {
    name: 'a container has nodes of its own',
    facts: { cpu: cpu('intel', ['vmx']), nodes: none, environment: environment({ container: 'lxc' }) },
    expect: 'skip',
  },
  {
    name: 'a container of a host whose firmware has it off',
    facts: {
      cpu: cpu('intel', ['vmx']),
      nodes: none,
      environment: environment({ container: 'lxc' }),
      messages: messages(['kvm: disabled by bios']),
    },
    expect: ['cpu-virt-off-in-firmware'],
  },
  {
    name: 'the control domain of Xen, which sees neither vmx nor svm',
    facts: {
      cpu: cpu('amd', ['sse', 'hypervisor']),
      nodes: none,
      environment: environment({ hypervisor: 'Xen', xenDom0: true }),
    },
    expect: 'skip',
  },
  {
    name: 'the control domain of Xen, in which KVM was tried',
    facts: {
      cpu: cpu('intel', ['sse', 'hypervisor']),
      nodes: none,
      modules: modules({ loaded: ['kvm', 'irqbypass'] }),
      messages: messages(['kvm: no hardware support', 'kvm: disabled by bios']),
      environment: environment({ hypervisor: 'Xen', xenDom0: true }),
    },
    expect: 'skip',
  },
  {
    name: 'a guest without nesting, in which something loaded the common part of KVM',
    facts: {
      cpu: cpu('intel', ['sse', 'hypervisor']),
      nodes: none,
      modules: modules({ loaded: ['kvm', 'irqbypass'] }),
    },
    expect: ['cpu-virt-not-nested'],
  },
  {
    name: 'a guest without nesting, as KVM says',
    facts: {
      cpu: cpu('intel', ['sse', 'hypervisor']),
      nodes: none,
      messages: messages(['kvm_intel: VMX not supported by CPU 0']),
    },
    expect: ['cpu-virt-not-nested'],
    severity: 'warn',
  },
  {
    name: 'the module of the other maker was tried',
    facts: {
      cpu: cpu('intel', ['vmx']),
      nodes: none,
      messages: messages(['kvm_amd: SVM not supported by CPU 0']),
      modules: modules({ loadable: ['kvm_intel'] }),
    },
    expect: ['kvm-module-not-loaded'],
  },
  {
    name: 'an Arm guest',
    facts: { cpu: cpu('arm', []), nodes: none, environment: environment({ hypervisor: 'QEMU' }) },
    expect: ['cpu-virt-not-nested'],
    severity: 'warn',
  },
  {
    name: 'an Arm host',
    facts: { cpu: cpu('arm', []), nodes: none, environment: environment() },
    expect: ['kvm-node-missing'],
  },
  {
    name: 'the CPU has none, as kvm-ok says',
    facts: { messages: messages(['INFO: Your CPU does not support KVM extensions'], false) },
    expect: ['cpu-virt-missing'],
    confidence: 'likely',
  },
  {
    name: 'firmware has it off, as kvm-ok says',
    facts: { messages: messages(['INFO: KVM (svm) is disabled by your BIOS'], false) },
    expect: ['cpu-virt-off-in-firmware'],
  },
  {
    name: 'the CPU has none, as KVM says',
    facts: { messages: messages(['kvm: no hardware support'], false) },
    expect: ['cpu-virt-missing'],
    confidence: 'likely',
  },
  {
    name: 'one core without',
    facts: { messages: messages(['kvm_intel: VMX not fully enabled on CPU 3.'], false) },
    expect: ['kvm-start-failed'],
  },
  {
    name: 'an encrypted guest',
    facts: { messages: messages(['kvm_amd: KVM is unsupported when running as an SEV guest'], false) },
    expect: ['kvm-in-encrypted-guest'],
  },
  {
    name: 'the common part of KVM alone',
    facts: { modules: modules({ loaded: ['kvm', 'irqbypass'] }) },
    expect: ['kvm-half-loaded'],
    confidence: 'likely',
  },
  {
    name: 'the common part of KVM alone, on a CPU that shows the flag',
    facts: { cpu: cpu('amd', ['svm']), nodes: none, modules: modules({ loaded: ['kvm', 'irqbypass'] }) },
    expect: ['kvm-half-loaded'],
    advises: 'kvm_amd',
  },
  {
    name: 'a part that is built in',
    facts: { cpu: cpu('intel', ['vmx']), modules: modules({ loaded: ['kvm'], builtin: ['kvm_intel'] }) },
    expect: 'unknown',
  },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
  { name: 'the CPU, and nobody looked for the node', facts: { cpu: cpu('intel', ['vmx']) }, expect: 'unknown' },
])
