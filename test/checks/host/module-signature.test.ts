import { check } from '../../../checks/host/module-signature.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact, messages, modules } from '../../support/facts.ts'

const secured = fact({ lockdown: 'integrity' as const, secureBoot: true }, '/sys/kernel/security/lockdown')

checkTable(check, [
  {
    name: 'a module of VFIO whose key is not known',
    facts: { messages: messages(["modprobe: ERROR: could not insert 'vfio_pci': Key was rejected by service"]) },
    expect: ['module-signature-refused@host'],
    severity: 'fail',
  },
  ...['nvidia', 'vendor_reset', 'kvmfr'].map((module) => ({
    name: `VFIO does without it: ${module}`,
    facts: { messages: messages([`modprobe: ERROR: could not insert '${module}': Key was rejected by service`]) },
    expect: ['other-module-refused@host'],
    severity: 'info' as const,
  })),
  {
    name: 'systemd could not load a module of VFIO',
    facts: {
      messages: messages([
        "systemd-modules-load[310]: Failed to insert module 'vfio_pci': Key was rejected by service",
      ]),
    },
    expect: ['module-signature-refused@host'],
    severity: 'fail',
  },
  {
    name: 'one of two is of KVM',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not insert 'nvidia': Required key not available",
        "modprobe: ERROR: could not insert 'kvm_amd': Required key not available",
      ]),
    },
    expect: ['other-module-refused@host', 'module-signature-refused@host'],
  },
  {
    name: 'a driver of the host, by an ordinary user',
    facts: { messages: messages(["modprobe: ERROR: could not insert 'nvidia': Operation not permitted"]) },
    expect: ['other-module-refused@host'],
    severity: 'info',
  },
  {
    name: 'vfio-pci, by an ordinary user',
    facts: { messages: messages(["modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted"]) },
    expect: ['module-load-denied@host'],
    severity: 'fail',
    advises: 'sudo modprobe vfio_pci',
  },
  {
    name: 'refused once, and loaded by now',
    facts: {
      messages: messages(["modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted"]),
      modules: modules({ loaded: ['vfio_pci'] }),
    },
    expect: ['module-load-denied@host'],
    severity: 'info',
  },
  {
    name: 'the kernel refused a module that it does not name',
    facts: { messages: messages(['Loading of unsigned module is rejected']), security: secured },
    expect: ['module-signature-refused@host'],
    severity: 'warn',
  },
  {
    name: 'the kernel refused one that it does not name, and VFIO and KVM are loaded',
    facts: {
      messages: messages(['Loading of unsigned module is rejected']),
      security: secured,
      modules: modules({ loaded: ['vfio_pci', 'kvm'] }),
    },
    expect: ['module-signature-refused@host'],
    severity: 'info',
  },
  {
    name: 'loading was not permitted, under Secure Boot',
    facts: {
      messages: messages(["modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted"]),
      security: secured,
    },
    expect: ['module-load-denied@host'],
    confidence: 'likely',
  },
  {
    name: 'loading was not permitted, and why is open',
    facts: { messages: messages(["modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted"]) },
    expect: ['module-load-denied@host'],
    confidence: 'possible',
  },
  {
    name: 'neither unloading nor loading was permitted: that is no matter of Secure Boot, not even where it is on',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not remove 'nouveau': Operation not permitted",
        "modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted",
      ]),
      security: secured,
    },
    expect: ['modules-need-root@host'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'unloading alone was not permitted',
    facts: { messages: messages(['rmmod: ERROR: could not remove module amdgpu: Operation not permitted']) },
    expect: ['modules-need-root@host'],
    severity: 'warn',
  },
  {
    name: 'neither was permitted, and vfio-pci is loaded by now',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not remove 'nouveau': Operation not permitted",
        "modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted",
      ]),
      modules: modules({ loaded: ['vfio_pci'] }),
    },
    expect: ['modules-need-root@host'],
    severity: 'info',
  },
  {
    name: 'unloading failed for another reason, and why loading was refused stays open',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not remove 'nouveau': Device or resource busy",
        "modprobe: ERROR: could not insert 'vfio_pci': Operation not permitted",
      ]),
    },
    expect: ['module-load-denied@host'],
    confidence: 'possible',
  },
  {
    name: 'a key was refused, and unloading was not permitted: two matters',
    facts: {
      messages: messages([
        "modprobe: ERROR: could not remove 'nouveau': Operation not permitted",
        "modprobe: ERROR: could not insert 'vfio_pci': Key was rejected by service",
      ]),
    },
    expect: ['modules-need-root@host', 'module-signature-refused@host'],
  },
  {
    name: 'lockdown, and no enforcement of its own, kept an unsigned module out',
    facts: {
      messages: messages(['Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7']),
      security: secured,
    },
    expect: ['module-signature-refused@host'],
    severity: 'warn',
  },
  {
    name: 'the kernel found at its start that it may not hibernate',
    facts: {
      messages: messages(['Lockdown: swapper/0: hibernation is restricted; see man kernel_lockdown.7']),
      security: secured,
    },
    expect: 'pass',
  },
  {
    name: 'lockdown kept a program from the registers',
    facts: {
      messages: messages(['Lockdown: setpci: direct PCI access is restricted; see man kernel_lockdown.7']),
    },
    expect: ['lockdown-denied@host'],
    severity: 'info',
  },
  { name: 'a whole log without a refusal', facts: { messages: messages([]), security: secured }, expect: 'pass' },
  { name: 'a log that was cut', facts: { messages: messages([], false) }, expect: 'unknown' },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
