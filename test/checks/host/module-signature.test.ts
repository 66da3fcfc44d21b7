import { check } from '../../../checks/host/module-signature.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact, messages } from '../../support/facts.ts'

const secured = fact({ lockdown: 'integrity' as const, secureBoot: true }, '/sys/kernel/security/lockdown')

checkTable(check, [
  {
    name: 'a module whose key is not known',
    facts: { messages: messages(["modprobe: ERROR: could not insert 'vendor_reset': Key was rejected by service"]) },
    expect: ['module-signature-refused@host'],
    severity: 'fail',
  },
  {
    name: 'the kernel refused a module that it does not name',
    facts: { messages: messages(['Loading of unsigned module is rejected']), security: secured },
    expect: ['module-signature-refused@host'],
    severity: 'warn',
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
