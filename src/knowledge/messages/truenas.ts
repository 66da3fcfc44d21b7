/** Messages of TrueNAS about virtual machines, each a MessageEntry (all.ts holds them to it). */
export const TRUENAS = {
  'tn-no-reset': {
    topic: 'no-reset-offered',
    file: 'truenas/webui: the form for devices of a virtual machine',
    text: 'PCI device does not have a reset mechanism defined',
    example:
      'PCI device does not have a reset mechanism defined and you may experience inconsistent/degraded behavior when starting/stopping the VM.',
    since: 'TrueNAS SCALE 22.12 on',
    severity: 'warn',
    family: 'reset-failure',
    meaning: 'The device has no reset attribute in sysfs: no kind of reset is on offer for it.',
  },
} as const
