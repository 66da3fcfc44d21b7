import { describe, expect, test } from 'vitest'
import type { PciFunction } from '../../src/model/pci.ts'
import { membership } from '../../src/diagnose/subjects.ts'
import { judgeDevice } from '../../src/diagnose/verdicts.ts'
import { bridge, endpoint, facts, fn, pciFacts } from '../support/facts.ts'

const disk = [{ kind: 'disk', name: 'nvme0n1', inUse: 'mounted at /', source: '/proc/self/mountinfo' }]

function judge(target: PciFunction, others: readonly PciFunction[] = []): string {
  const machine = facts(pciFacts([target, ...others]))
  const { verdict, bind } = judgeDevice(target, machine, [], membership(machine))
  return bind.length === 0 ? verdict : `${verdict}: ${bind.map((one) => one.address.slice(5)).join(' ')}`
}

describe('the verdict on a device', () => {
  test.each([
    ['on vfio-pci alone in its group', judge(endpoint({ address: '0000:01:00.0', driver: 'vfio-pci' })), 'ready'],
    ['on a host driver', judge(endpoint({ address: '0000:01:00.0' })), 'ready-after-binding: 01:00.0'],
    ['a bridge', judge(bridge({ address: '0000:01:00.0' })), 'not-assignable'],
    [
      'the disk of the host',
      judge(endpoint({ address: '0000:01:00.0', driver: 'nvme', uses: disk })),
      'in-use-by-host',
    ],
    ['without a group', judge(endpoint({ address: '0000:01:00.0', group: null })), 'blocked'],
    ['nothing known but the address', judge(fn({ address: '0000:01:00.0' })), 'cannot-tell'],
    [
      'a card goes with its other function',
      judge(endpoint({ address: '0000:01:00.0' }), [endpoint({ address: '0000:01:00.1', driver: 'snd_hda_intel' })]),
      'ready-after-binding: 01:00.0 01:00.1',
    ],
    [
      'beside a foreign endpoint of the host',
      judge(endpoint({ address: '0000:01:00.0' }), [endpoint({ address: '0000:02:00.0' })]),
      'blocked',
    ],
    [
      'the LPC bridge itself',
      judge(endpoint({ address: '0000:00:1f.0', class: 0x060100, driver: 'lpc_ich' })),
      'in-use-by-host',
    ],
    [
      'sound in the slot of the SMBus, which the host keeps',
      judge(endpoint({ address: '0000:00:1f.3', class: 0x040300 }), [
        endpoint({ address: '0000:00:1f.4', class: 0x0c0500, driver: 'i801_smbus' }),
      ]),
      'blocked',
    ],
  ])('%s', (_name, verdict, wanted) => expect(verdict).toBe(wanted))
})
