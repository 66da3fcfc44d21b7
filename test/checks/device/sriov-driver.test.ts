import { check } from '../../../checks/device/sriov-driver.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const at = '0000:17:00.0'
const wish: Attempt = {
  kind: 'sriov-numvfs',
  command: 'echo 4 > sriov_numvfs',
  address: at,
  deviceId: null,
  driver: null,
  error: 'No space left on device',
  line: 1,
}

const SILENT = 'pci 0000:17:01.2: unknown header type 7f, ignoring device'
const FAILED = 'mlx5_core 0000:17:00.0: mlx5_sriov_enable:195:(pid 30662): pci_enable_sriov failed : -5'
const eio: Attempt = { ...wish, error: 'Input/output error' }

checkTable(check, [
  {
    name: 'virtual functions that do not answer, and the driver says so',
    facts: { messages: messages([SILENT, FAILED]) },
    expect: ['sriov-functions-silent@host', 'sriov-driver-refused@0000:17:00.0'],
    severity: 'fail',
    confidence: 'likely',
    advises: 'Switch ARI on',
  },
  {
    name: 'the same in answer to a write, and in the words of other drivers',
    facts: { messages: messages([SILENT]), attempts: fact([eio]) },
    expect: ['sriov-functions-silent@host', 'sriov-driver-refused@0000:17:00.0'],
  },
  ...['ice 0000:17:00.0: Failed to enable SR-IOV: -5', 'xe 0000:17:00.0: [drm] PF: Failed to enable 1 VF (-EIO)'].map(
    (line) => ({
      name: `another driver: ${line}`,
      facts: { messages: messages([SILENT, line]) },
      expect: ['sriov-functions-silent@host', 'sriov-driver-refused@0000:17:00.0'],
    }),
  ),
  {
    name: 'the driver of AMD, which names no device',
    facts: {
      messages: messages([SILENT, 'gim error:(enable_sriov:311) Fail to enable sriov, status = fffffffb']),
    },
    expect: ['sriov-functions-silent@host', 'sriov-driver-refused@host'],
  },
  {
    name: 'the log of a whole host that nobody asked about',
    facts: { ...pciFacts([endpoint({ address: at, group: 1 })]), messages: messages([SILENT, FAILED]) },
    expect: ['sriov-functions-silent', 'sriov-driver-refused'],
    severity: 'warn',
  },
  {
    name: 'a card that does not answer, and no virtual function was asked for',
    facts: { messages: messages([SILENT]) },
    expect: 'skip',
  },
  {
    name: 'the physical function itself does not answer',
    facts: { messages: messages(['pci 0000:17:00.0: unknown header type 7f, ignoring device', FAILED]) },
    expect: ['sriov-driver-refused@0000:17:00.0'],
  },
  {
    name: 'a card of another domain',
    facts: { messages: messages(['pci 10000:17:01.2: unknown header type 7f, ignoring device', FAILED]) },
    expect: ['sriov-driver-refused@0000:17:00.0'],
  },
  {
    name: 'the driver gave up for another reason',
    facts: { messages: messages([SILENT, 'ixgbe 0000:17:00.0: Failed to enable PCI sriov: -52']) },
    expect: ['sriov-driver-refused@0000:17:00.0'],
  },
  {
    name: 'no interrupts are left on the card',
    facts: {
      messages: messages([
        'ice 0000:17:00.0: Only 0 MSI-X interrupts available for SR-IOV. Not enough to support minimum of 2 MSI-X interrupts per VF for 4 VFs',
      ]),
    },
    expect: ['sriov-card-exhausted@0000:17:00.0'],
    severity: 'fail',
  },
  {
    name: 'no queues are left on the card',
    facts: {
      messages: messages(['ice 0000:17:00.0: Not enough queues to support minimum of 1 queue pairs per VF for 64 VFs']),
    },
    expect: ['sriov-card-exhausted@0000:17:00.0'],
  },
  ...[
    'ixgbe 0000:17:00.0: Failed to enable PCI sriov: -12',
    'i40e 0000:17:00.0: Failed to enable SR-IOV, error -12.',
    'mlx5_core 0000:17:00.0: mlx5_sriov_enable:170:(pid 4242): pci_enable_sriov failed : -12',
    'xe 0000:17:00.0: [drm] PF: Failed to enable 1 VF (-ENOSPC)',
    'ice 0000:17:00.0: SR-IOV cannot be configured - Device is in Safe Mode',
  ].map((line) => ({
    name: `a driver says so: ${line}`,
    facts: { messages: messages([line]) },
    expect: ['sriov-driver-refused@0000:17:00.0'],
  })),
  {
    name: 'the interface of a card is down',
    facts: { messages: messages(['bnxt_en 0000:3b:00.0 eno1np0: Reject SRIOV config request since if is down!']) },
    expect: ['sriov-driver-refused'],
  },
  {
    name: 'the driver answers with an error, twice',
    facts: { attempts: fact([wish, { ...wish, line: 3 }]) },
    expect: ['sriov-driver-refused@0000:17:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a write that was denied',
    facts: { attempts: fact([{ ...wish, error: 'Permission denied' }]) },
    expect: ['sriov-not-writable@0000:17:00.0'],
    severity: 'warn',
  },
  {
    name: 'a write that was denied, and no device is named',
    facts: { attempts: fact([{ ...wish, address: null, error: 'Permission denied' }]) },
    expect: ['sriov-not-writable@host'],
  },
  {
    name: 'a device that offers none has another reason',
    facts: {
      ...pciFacts([endpoint({ address: at, group: 1, driver: 'ice', sriovTotalVfs: null })]),
      attempts: fact([wish]),
    },
    expect: 'skip',
  },
  {
    name: 'an answer of the PCI core has codes of its own',
    facts: { attempts: fact([{ ...wish, error: 'Device or resource busy' }]) },
    expect: 'skip',
  },
  { name: 'a write without an answer', facts: { attempts: fact([{ ...wish, error: null }]) }, expect: 'skip' },
  {
    name: 'a log without such lines',
    facts: { messages: messages(['ice 0000:17:00.0: VF 0 enabled']) },
    expect: 'skip',
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
