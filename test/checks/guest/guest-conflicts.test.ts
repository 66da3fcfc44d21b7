import { check } from '../../../checks/guest/guest-conflicts.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, environment, messages, pciFacts } from '../../support/facts.ts'

const NOT = (address: string): string =>
  `error: Requested operation is not valid: PCI device ${address} is not assignable`

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
    name: 'a device that is not assignable, and why is not told: mostly ACS, without Xen',
    facts: { messages: messages([NOT('0000:06:00.0')]) },
    expect: ['guest-switch-no-acs@0000:06:00.0'],
    confidence: 'possible',
  },
  {
    name: 'a device that is not assignable, and libvirt names ACS',
    facts: {
      messages: messages([
        'error: internal error: Device 0000:06:00.0 is behind a switch lacking ACS and cannot be assigned',
        NOT('0000:06:00.0'),
      ]),
      environment: environment({ xenDom0: true }),
    },
    expect: ['guest-switch-no-acs@0000:06:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a device on a root bus that is not 00',
    facts: {
      messages: messages([NOT('0000:80:14.0')]),
      ...pciFacts([endpoint({ address: '0000:80:14.0', parent: null })]),
    },
    expect: ['guest-parent-unfound@0000:80:14.0'],
    confidence: 'certain',
  },
  {
    name: 'a device below a port of another root bus, without Xen',
    facts: {
      messages: messages([NOT('0000:81:00.0')]),
      ...pciFacts([endpoint({ address: '0000:81:00.0', parent: '0000:80:01.0' })]),
    },
    expect: ['guest-switch-no-acs@0000:81:00.0'],
    confidence: 'possible',
  },
  {
    name: 'under Xen libvirt does not insist on ACS',
    facts: { messages: messages([NOT('0000:80:14.0')]), environment: environment({ xenDom0: true }) },
    expect: ['guest-parent-unfound@0000:80:14.0'],
    confidence: 'likely',
  },
  {
    name: 'the log of the driver for Xen is named behind it',
    facts: { messages: messages([`${NOT('0000:80:14.0')}, see /var/log/libvirt/libxl/libxl-driver.log for details`]) },
    expect: ['guest-parent-unfound@0000:80:14.0'],
    confidence: 'likely',
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
