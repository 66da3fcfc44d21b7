import { check } from '../../../checks/modules/modprobe-errors.ts'
import { checkTable } from '../../support/check-table.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { cpu, fact, kernel, messages, modules } from '../../support/facts.ts'

const insmod: Attempt = {
  kind: 'insmod',
  command: 'insmod vfio-pci',
  address: null,
  deviceId: null,
  driver: 'vfio-pci',
  error: null,
  line: 3,
}

checkTable(check, [
  {
    name: 'vfio-pci is not there',
    facts: { messages: messages(['modprobe: FATAL: Module vfio-pci not found in directory /lib/modules/6.12.107']) },
    expect: ['module-not-found@host'],
    severity: 'fail',
  },
  {
    name: 'vfio-pci is there by now',
    facts: {
      messages: messages(['modprobe: FATAL: Module vfio-pci not found in directory /lib/modules/6.12.107']),
      modules: modules({ loaded: ['vfio_pci'] }),
    },
    expect: ['module-not-found'],
    severity: 'info',
  },
  ...[
    { name: 'Arm', facts: { kernel: kernel('6.12.9', 'aarch64') } },
    { name: 'POWER', facts: { cpu: cpu('power') } },
    { name: 'AMD', facts: { cpu: cpu('amd') } },
  ].map((one) => ({
    name: `kvm_intel is not there, on ${one.name}`,
    facts: {
      ...one.facts,
      messages: messages(['modprobe: FATAL: Module kvm_intel not found in directory /lib/modules/6.12.107']),
    },
    expect: ['kvm-part-of-other-cpu'],
    severity: 'info' as const,
  })),
  ...[{}, { cpu: cpu('intel') }].map((facts) => ({
    name: `kvm_intel is not there, on ${'cpu' in facts ? 'Intel' : 'a CPU that is not shown'}`,
    facts: {
      ...facts,
      messages: messages(['modprobe: FATAL: Module kvm_intel not found in directory /lib/modules/6.12.107']),
    },
    expect: ['module-not-found'],
    severity: 'fail' as const,
  })),
  {
    name: 'a module for split devices alone',
    facts: { messages: messages(['modprobe: FATAL: Module vfio_mdev not found in directory /lib/modules/6.12.107']) },
    expect: ['module-not-vital@host'],
    severity: 'info',
  },
  {
    name: 'a name that no kernel has',
    facts: { messages: messages(['modprobe: FATAL: Module vfio-pcie not found in directory /lib/modules/6.12.107']) },
    expect: ['module-name-unknown'],
    severity: 'warn',
  },
  {
    name: 'vfio_virqfd is told elsewhere, and a stranger is nobody’s business',
    facts: {
      messages: messages([
        'modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/6.12.107',
        'modprobe: FATAL: Module zram not found in directory /lib/modules/6.12.107',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'a module of another build',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not insert 'vfio_pci': Unknown symbol in module, or unknown parameter (see dmesg)",
      ]),
    },
    expect: ['module-unfit'],
    severity: 'fail',
  },
  {
    name: 'a file of another build',
    facts: { messages: messages(['insmod: ERROR: could not insert module ./vfio-pci.ko: Unknown symbol in module']) },
    expect: ['module-unfit'],
    severity: 'fail',
  },
  {
    name: 'a driver of the host of another build, which VFIO does without',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not insert 'nvidia': Unknown symbol in module, or unknown parameter (see dmesg)",
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'in use',
    facts: { messages: messages(['modprobe: FATAL: Module nvidia is in use.']) },
    expect: ['module-held'],
  },
  {
    name: 'in use, as the kernel says it',
    facts: {
      messages: messages(['rmmod: ERROR: could not remove module nouveau: Resource temporarily unavailable']),
    },
    expect: ['module-held'],
  },
  {
    name: 'not removed for another reason',
    facts: { messages: messages(['rmmod: ERROR: could not remove module nouveau: Operation not permitted']) },
    expect: 'skip',
  },
  {
    name: 'built in',
    facts: { messages: messages(['modprobe: FATAL: Module vfio_pci is builtin.']) },
    expect: ['module-built-in'],
    severity: 'info',
  },
  {
    name: 'an install line that failed',
    facts: { messages: messages(['modprobe: FATAL: Error running install command for vfio_pci']) },
    expect: ['install-line-failed'],
  },
  {
    name: 'an install line that failed, as newer ones say it',
    facts: {
      messages: messages([
        "modprobe: ERROR: Error running install command '/bin/false' for module vfio_pci: retcode 1",
      ]),
    },
    expect: ['install-line-failed'],
  },
  {
    name: 'an install line that bars a module for another purpose, as hardened hosts have it',
    facts: {
      messages: messages(["modprobe: ERROR: Error running install command '/bin/false' for module dccp: retcode 1"]),
    },
    expect: 'skip',
  },
  {
    name: 'a unit without modprobe in its PATH',
    facts: { messages: messages(['/usr/local/bin/start-guest: line 5: modprobe: command not found']) },
    expect: ['modprobe-not-in-path@host'],
  },
  {
    name: 'insmod was given a name',
    facts: {
      messages: messages(['insmod: ERROR: could not load module vfio-pci: No such file or directory']),
      attempts: fact([insmod], 'paste'),
    },
    expect: ['insmod-by-name@host'],
    severity: 'warn',
    confidence: 'certain',
  },
  {
    name: 'the command alone, and nothing of what came of it',
    facts: { attempts: fact([insmod], 'paste') },
    expect: ['insmod-by-name'],
    confidence: 'likely',
  },
  {
    name: 'the module is there all the same',
    facts: { attempts: fact([insmod], 'paste'), modules: modules({ loaded: ['vfio_pci'] }) },
    expect: ['insmod-by-name'],
    severity: 'info',
  },
  {
    name: 'insmod was given a file, or a module that is not our business',
    facts: {
      messages: messages(['insmod: ERROR: could not load module ./vfio-pci.ko: No such file or directory']),
      attempts: fact([{ ...insmod, command: 'insmod wl', driver: 'wl' }], 'paste'),
    },
    expect: 'skip',
  },
  {
    name: 'no complaint',
    facts: { messages: messages(['vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000']) },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
