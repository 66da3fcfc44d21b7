import { check } from '../../../checks/device/device-reset.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { config, endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const at = '0000:01:00.0'
const gone = 'vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up'
const card = (patch: Record<string, unknown> = {}) =>
  endpoint({ address: at, group: 1, driver: 'vfio-pci', resettable: true, resetMethods: ['flr', 'bus'], ...patch })
const sound = endpoint({ address: '0000:01:00.1', group: 1, class: 0x040300, driver: null })
const quiet = messages([])
const pushed: Attempt = {
  kind: 'reset',
  command: 'echo 1 > /sys/bus/pci/devices/0000:01:00.0/reset',
  address: at,
  deviceId: null,
  driver: null,
  error: 'Inappropriate ioctl for device',
  line: 1,
}

checkTable(check, [
  {
    name: 'a device did not come back',
    facts: { messages: messages([gone]) },
    expect: ['reset-not-returned@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'a line that it still waits is no line that it came back',
    facts: { messages: messages([gone, 'vfio-pci 0000:01:00.0: not ready 4095ms after bus reset; waiting']) },
    expect: ['reset-not-returned'],
    severity: 'fail',
  },
  {
    name: 'the log ends while the kernel waits',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: not ready 1023ms after FLR; waiting',
        'vfio-pci 0000:01:00.0: ready 2047ms after FLR',
        'vfio-pci 0000:01:00.0: not ready 1023ms after bus reset; waiting',
      ]),
    },
    expect: ['reset-end-unseen@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'it waited, and the device came back',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: not ready 1023ms after bus reset; waiting',
        'vfio-pci 0000:01:00.0: not ready 2047ms after bus reset; waiting',
        'vfio-pci 0000:01:00.0: ready 4095ms after bus reset',
      ]),
    },
    expect: 'pass',
  },
  {
    name: 'it waits for a device to wake up, which is no reset',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting']) },
    expect: 'pass',
  },
  {
    name: 'libvirt could not reset the device, for a reason of its own',
    facts: {
      messages: messages([
        'error: internal error: Unable to reset PCI device 0000:02:00.0: internal error: Device 0000:02:00.0 has no parent bus',
      ]),
    },
    expect: ['reset-failed@0000:02:00.0'],
    severity: 'warn',
  },
  {
    name: 'the same as a window of another program repeats it',
    facts: {
      messages: messages([
        'Domain has failed to start: internal error: unable to reset PCI device 0000:02:00.0: no way',
      ]),
    },
    expect: ['reset-failed@0000:02:00.0'],
  },
  {
    name: 'vendor-reset gave up',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: AMD_POLARIS11: reset result = -110']) },
    expect: ['reset-failed@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'vendor-reset succeeded',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: AMD_POLARIS11: reset result = 0']) },
    expect: 'pass',
  },
  {
    name: 'a device that did not wake up was not reset',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: not ready 65535ms after resume; giving up']) },
    expect: 'pass',
  },
  {
    name: 'vendor-reset did not get through to the chip',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: AMD_NAVI14: failed to reset device']) },
    expect: ['reset-failed@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'it came back later on',
    facts: { messages: messages([gone, 'vfio-pci 0000:01:00.0: ready 4095ms after bus reset']) },
    expect: ['reset-not-returned'],
    severity: 'warn',
  },
  {
    name: 'it answers now',
    facts: { ...pciFacts([card({ config: config() })]), messages: messages([gone]) },
    expect: ['reset-not-returned'],
    severity: 'warn',
    advises: 'upgrade',
  },
  {
    name: 'a device of the host, which nobody wants to give away',
    facts: {
      ...pciFacts([endpoint({ address: at, group: 1, driver: 'nvme' })]),
      messages: messages([gone.replace('vfio-pci', 'nvme')]),
    },
    expect: ['reset-not-returned'],
    severity: 'info',
  },
  {
    name: 'no reset at all',
    facts: {
      messages: messages(['qemu-system-x86_64: vfio: Cannot reset device 0000:01:00.0, no available reset mechanism.']),
    },
    expect: ['reset-none@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'no reset attribute',
    facts: { ...pciFacts([card({ resettable: false })]), messages: quiet },
    expect: ['reset-none@0000:01:00.0'],
  },
  {
    name: 'no reset attribute, on a bus that VFIO can reset whole',
    facts: { ...pciFacts([card({ resettable: false, resetMethods: [] }), sound]), messages: quiet },
    expect: 'pass',
  },
  {
    name: 'a reset failed',
    facts: { messages: messages(["TASK ERROR: can't reset PCI device '0000:01:00.0'"]) },
    expect: ['reset-failed@0000:01:00.0'],
  },
  {
    name: 'a reset would reach others',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio: Cannot reset device 0000:01:00.0, depends on group 15 which is not owned.',
      ]),
    },
    expect: ['reset-needs-siblings@0000:01:00.0'],
  },
  {
    name: 'somebody emptied the methods',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: All device reset methods disabled by user']) },
    expect: ['reset-methods-emptied@0000:01:00.0'],
  },
  {
    name: 'a reset of a busy device',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: timed out waiting for pending transaction; performing function level reset anyway',
      ]),
    },
    expect: ['reset-was-slow@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a controller that hangs in its reset',
    facts: { ...pciFacts([card({ vendorId: '1022', deviceId: '149c' })]), messages: quiet },
    expect: ['reset-flr-defect@0000:01:00.0'],
  },
  {
    name: 'the same on a kernel that knows',
    facts: { ...pciFacts([card({ vendorId: '1022', deviceId: '149c', resetMethods: ['pm'] })]), messages: quiet },
    expect: 'pass',
  },
  {
    name: 'a graphics chip that is not reset well',
    facts: {
      ...pciFacts([card({ vendorId: '1002', deviceId: '67df', class: 0x030000, resetMethods: ['bus'] })]),
      messages: quiet,
    },
    expect: ['gpu-reset-defect@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the same with vendor-reset',
    facts: {
      ...pciFacts([
        card({ vendorId: '1002', deviceId: '67df', class: 0x030000, resetMethods: ['device_specific', 'bus'] }),
      ]),
      messages: quiet,
    },
    expect: 'pass',
  },
  {
    name: 'a bus with another card on it',
    facts: {
      ...pciFacts([card({ resetMethods: ['bus'] }), { ...sound, address: '0000:01:01.0' }]),
      messages: quiet,
    },
    expect: ['reset-bus-shared@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a bus with the other function of the same card',
    facts: { ...pciFacts([card({ resetMethods: ['bus'] }), sound]), messages: quiet },
    expect: 'pass',
  },
  {
    name: 'a card reader of the host did not come back',
    facts: { messages: messages(['sdhci-pci 0000:2f:00.0: not ready 65535ms after bus reset; giving up']) },
    expect: ['reset-not-returned@0000:2f:00.0'],
    severity: 'info',
  },
  { name: 'a log that was cut', facts: { messages: messages([], false) }, expect: 'unknown' },
  {
    name: 'Proxmox could not write to reset',
    facts: {
      messages: messages([
        "error writing '1' to '/sys/bus/pci/devices/0000:01:00.0/reset': Inappropriate ioctl for device",
      ]),
    },
    expect: ['reset-failed@0000:01:00.0'],
  },
  {
    name: 'Proxmox could not write to another file',
    facts: {
      messages: messages(["error writing '0000:01:00.0' to '/sys/bus/pci/drivers/nvme/unbind': No such device"]),
    },
    expect: 'pass',
  },
  {
    name: 'a device forgot its addresses',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: vfio_bar_restore: reset recovery - restoring BARs']) },
    expect: ['reset-lost-state@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a reset by hand that the bus cannot do for one function',
    facts: {
      ...pciFacts([card({ resetMethods: ['bus'] }), sound]),
      attempts: fact([pushed]),
    },
    expect: ['reset-needs-siblings@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a reset by hand that no method took',
    facts: { ...pciFacts([card({ resetMethods: ['flr'] }), sound]), attempts: fact([pushed]) },
    expect: ['reset-failed@0000:01:00.0'],
  },
  {
    name: 'a reset by hand of a device that the post does not show',
    facts: { attempts: fact([pushed]) },
    expect: ['reset-failed@0000:01:00.0'],
  },
  {
    name: 'a reset by hand without an answer, and one by an ordinary user',
    facts: {
      attempts: fact([
        { ...pushed, error: null },
        { ...pushed, error: 'Permission denied' },
      ]),
    },
    expect: 'unknown',
  },
  {
    name: 'a device that is known to hang in the reset that the kernel tried',
    facts: {
      ...pciFacts([card({ vendorId: '1022', deviceId: '149c', class: 0x0c0330, resetMethods: undefined })]),
      messages: messages([gone]),
    },
    expect: ['reset-not-returned@0000:01:00.0', 'reset-flr-defect@0000:01:00.0'],
  },
  {
    name: 'TrueNAS finds no reset',
    facts: {
      messages: messages(['PCI device does not have a reset mechanism defined and you may experience trouble.']),
    },
    expect: ['reset-none@host'],
  },
  {
    name: 'libxl finds no reset',
    facts: {
      messages: messages([
        "libxl: error: libxl_pci.c:1489:libxl__device_pci_reset: The kernel doesn't support reset from sysfs for PCI device 0000:0a:00.0",
      ]),
    },
    expect: ['reset-none@0000:0a:00.0'],
    severity: 'warn',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
