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

checkTable(check, [
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
