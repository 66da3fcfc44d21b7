import { check } from '../../../checks/device/device-present.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { MessageList } from '../../../src/model/log.ts'
import { recognise } from '../../../src/parse/messages.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, config, endpoint, messages, pciFacts } from '../../support/facts.ts'
import { WHOLE } from '../../support/vocabulary.ts'

const card = (patch: Record<string, unknown>) =>
  endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci', ...patch })

const pasted = (line: string): Fact<MessageList> =>
  known(recognise([{ text: line, line: 1, time: null, wall: null }], 'paste', false, WHOLE), 'paste')

const broken =
  'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: hardware reports invalid configuration, MSIX PBA outside of specified BAR'

checkTable(check, [
  {
    name: 'libvirt reads a header type of all ones',
    facts: {
      messages: messages(["error: internal error: Unknown PCI header type '127' for device '0000:01:00.0'"]),
    },
    expect: ['device-config-dead@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'QEMU stops over an interrupt pin that there is not',
    facts: {
      messages: messages([
        "kvm: ../hw/pci/pci.c:1637: pci_irq_handler: Assertion `0 <= irq_num && irq_num < PCI_NUM_PINS' failed.",
      ]),
    },
    expect: ['device-config-dead@host'],
  },
  {
    name: 'lspci reads ff',
    facts: {
      messages: messages(['01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev ff) (prog-if ff)']),
    },
    expect: ['device-config-dead'],
    severity: 'fail',
  },
  {
    name: 'the configuration space reads ff',
    facts: pciFacts([card({ powerState: 'D0', config: config({ dead: true }) })]),
    expect: ['device-config-dead@0000:01:00.0'],
  },
  {
    name: 'a device without power reads ff too',
    facts: pciFacts([card({ powerState: 'D3cold', config: config({ dead: true }) })]),
    expect: 'skip',
  },
  {
    name: 'the link went down',
    facts: { messages: messages(['pcieport 0000:00:1c.0: pciehp: Slot(5): Link Down']) },
    expect: ['device-link-lost@0000:00:1c.0'],
  },
  {
    name: 'the link went down, and the device is back',
    facts: {
      ...pciFacts([bridge({ address: '0000:00:1c.0' }), card({ parent: '0000:00:1c.0' })]),
      messages: messages(['pcieport 0000:00:1c.0: pciehp: Slot(5): Link Down']),
    },
    expect: ['device-link-lost@0000:00:1c.0'],
    severity: 'info',
    advises: 'on the port again',
  },
  {
    name: 'an error that stops the guest',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_err_notifier_handler(0000:01:00.0) Unrecoverable error detected. Please collect any data possible and then kill the guest',
      ]),
    },
    expect: ['device-error-fatal@0000:01:00.0'],
  },
  {
    name: 'errors on the link',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)',
        'vfio-pci 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)',
      ]),
    },
    expect: ['device-errors@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'errors of a device that stays with the host',
    facts: {
      ...pciFacts([endpoint({ address: '0000:05:00.0', group: 5, driver: 'igb' })]),
      messages: messages(['igb 0000:05:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)']),
    },
    expect: 'skip',
  },
  {
    name: 'a device was pulled from under a guest',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: Device is currently in use, task "bash" (4242) blocked until device is released',
      ]),
    },
    expect: ['device-held-open@0000:01:00.0'],
    severity: 'info',
  },
  { name: 'a device that answers', facts: pciFacts([card({ config: config() })]), expect: 'pass' },
  {
    name: 'a device that did not answer once, and does now',
    facts: {
      ...pciFacts([card({ config: config(), revision: 0xa1 })]),
      messages: messages(['pci 0000:01:00.0: unknown header type 7f, ignoring device']),
    },
    expect: 'pass',
  },
  {
    name: 'a device that did not answer, and whether it does now cannot be read',
    facts: {
      ...pciFacts([card({})]),
      messages: messages(['pci 0000:01:00.0: unknown header type 7f, ignoring device']),
    },
    expect: ['device-config-dead@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'lspci reads revision ff',
    facts: pciFacts([card({ revision: 0xff })]),
    expect: ['device-config-dead@0000:01:00.0'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'the second card of a laptop sleeps',
    facts: pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'nvidia', revision: 0xff })]),
    expect: 'skip',
  },
  {
    name: 'a card that somebody shows in that state',
    facts: pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'nvidia', revision: 0xff })], false),
    expect: ['device-config-dead@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'a capability that QEMU does not accept',
    facts: { messages: messages([broken]) },
    expect: ['device-capability-broken@0000:01:00.0'],
  },
  {
    name: 'the same of a function without a device id',
    facts: { ...pciFacts([card({ deviceId: '0000' })]), messages: messages([broken]) },
    expect: ['device-function-dead@0000:01:00.0'],
  },
  ...[
    'nvme nvme2: Device not ready; aborting initialisation, CSTS=0x0',
    'nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0xffff',
    'nvme nvme2: Removing after probe failure status: -19',
  ].map((line) => ({
    name: `a drive that the host does not get back: ${line.slice(0, 36)}`,
    facts: { messages: pasted(line) },
    expect: ['drive-not-answering@host'],
    confidence: 'possible' as const,
  })),
  {
    name: 'a drive of a live host is not what it is about',
    facts: { messages: messages(['nvme nvme2: Device not ready; aborting initialisation, CSTS=0x2']) },
    expect: 'skip',
  },
  {
    name: 'a function with a device id and BARs is none that does nothing',
    facts: { ...pciFacts([card({ deviceId: '1234' })]), messages: messages([broken]) },
    expect: ['device-capability-broken@0000:01:00.0'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
