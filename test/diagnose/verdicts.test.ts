import { describe, expect, test } from 'vitest'
import type { PciFunction } from '../../src/model/pci.ts'
import { membership } from '../../src/diagnose/subjects.ts'
import { judgeDevice } from '../../src/diagnose/verdicts.ts'
import { bridge, endpoint, fact, facts, fn, guest, pciFacts, type FunctionPatch } from '../support/facts.ts'

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
    [
      'a graphics card with its USB-C controller, which is none of the chipset',
      judge(endpoint({ address: '0000:01:00.0', class: 0x030000, driver: 'nouveau', parent: '0000:00:01.0' }), [
        endpoint({ address: '0000:01:00.3', class: 0x0c8000, driver: 'nvidia-gpu', parent: '0000:00:01.0' }),
      ]),
      'ready-after-binding: 01:00.3 01:00.0',
    ],
    [
      'an accelerator in a slot that calls itself a system peripheral',
      judge(endpoint({ address: '0000:05:00.0', class: 0x088000, driver: 'apex', parent: '0000:00:1c.0' })),
      'ready-after-binding: 05:00.0',
    ],
    [
      'a virtual function that the driver of NVIDIA gives to VFIO itself',
      judge(endpoint({ address: '0000:41:00.4', class: 0x030200, driver: 'nvidia', vfioDev: true })),
      'ready',
    ],
    [
      'the controller of VMD, whose drives go when it does',
      judge(endpoint({ address: '0000:00:0e.0', class: 0x010400, driver: 'vmd' }), [
        endpoint({ address: '10000:e1:00.0', class: 0x010802, driver: 'nvme' }),
      ]),
      'ready-after-binding: 00:0e.0',
    ],
    [
      'the controller of VMD, with a drive that the host uses',
      judge(endpoint({ address: '0000:00:0e.0', class: 0x010400, driver: 'vmd', uses: disk }), [
        endpoint({ address: '10000:e1:00.0', class: 0x010802, driver: 'nvme', uses: disk }),
      ]),
      'in-use-by-host',
    ],
    [
      'an accelerator of the processor',
      judge(endpoint({ address: '0000:6a:01.0', class: 0x088000, driver: 'idxd' })),
      'ready-after-binding: 6a:01.0',
    ],
    [
      'memory behind CXL, which may be memory of the host',
      judge(endpoint({ address: '0000:38:00.0', class: 0x050210, driver: 'cxl_pci', parent: '0000:37:00.0' })),
      'in-use-by-host',
    ],
  ])('%s', (_name, verdict, wanted) => expect(verdict).toBe(wanted))

  test('a function that libvirt binds when the guest starts holds nothing up', () => {
    const card = endpoint({ address: '0000:01:00.0', driver: 'vfio-pci' })
    const machine = facts({
      ...pciFacts([card, endpoint({ address: '0000:01:00.1', driver: 'snd_hda_intel' })]),
      guests: guest('0000:01:00.0', '0000:01:00.1'),
    })
    const { verdict, bind } = judgeDevice(card, machine, [], membership(machine))
    expect([verdict, bind.map((one) => one.address)]).toEqual(['ready-after-binding', ['0000:01:00.1']])
  })

  test.each<[string, Omit<FunctionPatch, 'address'>, boolean, string | undefined]>([
    ['nobody', { msiIrqs: 0, enabled: false }, false, undefined],
    ['a guest that runs', {}, true, 'the guest guest'],
    ['somebody, by its interrupts', { msiIrqs: 3 }, false, 'a guest'],
    [
      'somebody, by its being awake',
      { msiIrqs: 0, enabled: true, powerState: 'D0', runtimeStatus: 'active' },
      false,
      'probably a guest',
    ],
    ['nothing that tells', {}, false, undefined],
  ])('who has it now: %s', (_name, patch, running, heldBy) => {
    const card = endpoint({ ...patch, address: '0000:01:00.0', driver: 'vfio-pci' })
    const mate = endpoint({ address: '0000:01:00.1', driver: 'vfio-pci', msiIrqs: 0 })
    const guests = guest('0000:01:00.0')
    const known = guests.state === 'known' ? guests.value.map((one) => ({ ...one, running })) : []
    const machine = facts({ ...pciFacts([card, mate]), guests: fact(known) })
    const judged = [card, mate].map((one) => judgeDevice(one, machine, [], membership(machine)))
    // A group goes to one guest alone.
    expect(judged.map((one) => [one.verdict, one.heldBy])).toEqual([
      ['ready', heldBy],
      ['ready', heldBy],
    ])
  })
})
