import { check } from '../../../checks/guest/guest-conflicts.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'another guest has the device',
    facts: {
      messages: messages([
        'error: Requested operation is not valid: PCI device 0000:01:00.0 is in use by driver QEMU, domain win10',
      ]),
    },
    expect: ['guest-device-taken@0000:01:00.0'],
  },
  {
    name: 'another Proxmox guest has the device',
    facts: { messages: messages(["PCI device '0000:01:00.0' already in use by VMID '101'"]) },
    expect: ['guest-device-taken@0000:01:00.0'],
  },
  {
    name: 'the device is given twice',
    facts: { messages: messages(["device '0000:01:00.0' assigned more than once"]) },
    expect: ['guest-device-twice@0000:01:00.0'],
  },
  {
    name: 'a bridge is given',
    facts: { messages: messages(['error: internal error: Non-endpoint PCI devices cannot be assigned to guests']) },
    expect: ['guest-bridge-refused@host'],
  },
  {
    name: 'an unmanaged device is on its driver',
    facts: {
      messages: messages([
        'error: Requested operation is not valid: Unmanaged PCI device 0000:01:00.0 must be manually detached from the host',
      ]),
    },
    expect: ['guest-unmanaged@0000:01:00.0'],
  },
  {
    name: 'the device is below a switch without ACS',
    facts: {
      messages: messages([
        'error: internal error: Device 0000:06:00.0 is behind a switch lacking ACS and cannot be assigned',
      ]),
    },
    expect: ['guest-switch-no-acs@0000:06:00.0'],
  },
  {
    name: 'a mapping does not fit',
    facts: { messages: messages(["PCI device mapping not found for 'gpu'"]) },
    expect: ['guest-mapping-stale@host'],
  },
  {
    name: 'a group is split in the guest',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 13 used in multiple address spaces',
      ]),
    },
    expect: ['guest-group-split@0000:01:00.0'],
  },
  {
    name: 'a leftover reservation is no conflict',
    facts: { messages: messages(['leftover PCI reservation found for 0000:01:00.0, lets take it...']) },
    expect: 'skip',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
