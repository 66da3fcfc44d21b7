import { check } from '../../../checks/device/interrupt-line.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, messages, pciFacts } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'the line is shared',
    facts: {
      messages: messages([
        'genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:01:00.0)) vs. 00000080 (ehci_hcd:usb1)',
      ]),
    },
    expect: ['intx-shared@0000:01:00.0'],
  },
  {
    name: 'the line was shared, and a guest has the device now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', msiIrqs: 1 })]),
      messages: messages([
        'genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:01:00.0)) vs. 00000080 (ehci_hcd:usb1)',
      ]),
    },
    expect: ['intx-shared@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the line was shared, and whether a guest has the device cannot be read',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci' })]),
      messages: messages([
        'genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:01:00.0)) vs. 00000080 (ehci_hcd:usb1)',
      ]),
    },
    expect: ['intx-shared@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'QEMU meets a busy line',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: Device or resource busy',
      ]),
    },
    expect: ['intx-shared@0000:01:00.0'],
  },
  {
    name: 'QEMU meets no line',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: No such device',
      ]),
    },
    expect: ['interrupt-none@0000:01:00.0'],
  },
  {
    name: 'the kernel found no line for it',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: PCI INT A: no GSI']) },
    expect: ['interrupt-none@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'nor for a device that the host keeps',
    facts: { messages: messages(['xhci_hcd 0000:00:14.0: PCI INT B: no GSI']) },
    expect: ['interrupt-none@0000:00:14.0'],
    severity: 'info',
  },
  {
    name: 'a port, and what is behind VMD, need none',
    facts: {
      messages: messages([
        'shpchp 0000:00:1c.0: PCI INT B: no GSI',
        'pcieport 10000:e0:06.0: PCI INT D: no GSI',
        'nvme 10000:e1:00.0: PCI INT A: no GSI',
      ]),
    },
    expect: 'pass',
  },
  {
    name: 'another interrupt is refused',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Failed to set up TRIGGER eventfd signaling for interrupt MSIX-0: VFIO_DEVICE_SET_IRQS failure: Invalid argument',
      ]),
    },
    expect: ['interrupt-refused@0000:01:00.0'],
  },
  {
    name: 'messages are refused',
    facts: { messages: messages(['qemu-system-x86_64: vfio: failed to enable MSI-X, -22']) },
    expect: ['msi-refused'],
  },
  {
    name: 'a line was switched off',
    facts: {
      messages: messages(['irq 16: nobody cared (try booting with the "irqpoll" option)', 'Disabling IRQ #16']),
    },
    expect: ['interrupt-stormed@host'],
  },
  {
    name: 'a broken line is hidden',
    facts: { messages: messages(['vfio-pci 0000:03:00.0: Masking broken INTx support']) },
    expect: ['intx-hidden@0000:03:00.0'],
    severity: 'info',
  },
  {
    name: 'two drivers of the host that quarrel are none of ours',
    facts: { messages: messages(['genirq: Flags mismatch irq 16. 00000000 (parport0) vs. 00000080 (ehci_hcd:usb1)']) },
    expect: 'pass',
  },
  {
    name: 'a log that was cut',
    facts: { messages: messages([], false) },
    expect: 'unknown',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
