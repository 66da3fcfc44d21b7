import { check } from '../../../checks/guest/guest-start.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, fact, kernel, messages, modules } from '../../support/facts.ts'

const start: Attempt = {
  kind: 'start-guest',
  command: 'virsh start win10',
  address: null,
  deviceId: null,
  driver: null,
  error: "error: Failed to start domain 'win10'",
  line: 3,
}

checkTable(check, [
  {
    name: 'there is no KVM',
    facts: { messages: messages(['Could not access KVM kernel module: No such file or directory']) },
    expect: ['guest-start-no-kvm@host'],
    confidence: 'likely',
    advises: 'kvm_intel or kvm_amd',
  },
  {
    name: 'there is no KVM on a host with a CPU of AMD',
    facts: { cpu: cpu('amd'), messages: messages(['Could not access KVM kernel module: No such file or directory']) },
    expect: ['guest-start-no-kvm'],
    advises: 'kvm_amd',
  },
  {
    name: 'there is no KVM on Arm, where no module and no firmware menu brings it',
    facts: {
      kernel: kernel('6.12.9', 'aarch64'),
      messages: messages(['Could not access KVM kernel module: No such file or directory']),
    },
    expect: ['guest-start-no-kvm'],
    advises: 'kernel-log',
  },
  {
    name: 'there is no KVM where QEMU ran, on a host that has it',
    facts: {
      messages: messages(['Could not access KVM kernel module: No such file or directory']),
      modules: modules({ loaded: ['kvm', 'kvm_intel'] }),
    },
    expect: ['kvm-node-elsewhere@host'],
    severity: 'warn',
    confidence: 'likely',
  },
  {
    name: 'there is no KVM, and the module is built in, which tells nothing',
    facts: {
      messages: messages(['Could not access KVM kernel module: No such file or directory']),
      modules: modules({ builtin: ['kvm', 'kvm_intel'] }),
    },
    expect: ['guest-start-no-kvm@host'],
  },
  {
    name: 'there is no KVM, with the common part of it alone',
    facts: {
      messages: messages(['Could not access KVM kernel module: No such file or directory']),
      modules: modules({ loaded: ['kvm'] }),
    },
    expect: ['guest-start-no-kvm@host'],
  },
  {
    name: 'KVM is closed, beside its module',
    facts: {
      messages: messages(['Could not access KVM kernel module: Permission denied']),
      modules: modules({ loaded: ['kvm', 'kvm_amd'] }),
    },
    expect: ['kvm-denied@host'],
  },
  {
    name: 'KVM is closed',
    facts: { messages: messages(['Could not access KVM kernel module: Permission denied']) },
    expect: ['kvm-denied@host'],
    confidence: 'certain',
  },
  {
    name: 'another hypervisor has the CPU',
    facts: { messages: messages(['ioctl(KVM_CREATE_VM) failed: Device or resource busy']) },
    expect: ['kvm-taken@host'],
  },
  {
    name: 'a start that failed, and nothing says why',
    facts: { attempts: fact([start]) },
    expect: ['guest-start-failed@host'],
    confidence: 'possible',
  },
  {
    name: 'a wrapper whose reason was cut off',
    facts: { messages: messages(['qemu-system-x86_64: vfio 0000:01:00.0: failed to setup container for group 1:']) },
    expect: ['guest-start-failed'],
    confidence: 'possible',
  },
  {
    name: 'a start that failed for a reason that is shown elsewhere',
    facts: {
      attempts: fact([start]),
      messages: messages(['qemu-system-x86_64: vfio 0000:01:00.0: group 1 is not viable']),
    },
    expect: 'skip',
  },
  { name: 'a start that worked', facts: { attempts: fact([{ ...start, error: null }]) }, expect: 'skip' },
  {
    name: 'Proxmox finds no KVM',
    facts: {
      messages: messages([
        'TASK ERROR: KVM virtualisation configured, but not available. Either disable in VM configuration or enable in BIOS.',
      ]),
    },
    expect: ['guest-start-no-kvm@host'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
