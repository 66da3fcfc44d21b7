import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { together, type Told } from '../../src/diagnose/together.ts'
import type { Action, Remedy } from '../../src/model/remedy.ts'
import { expand } from '../../src/remedy/index.ts'
import { builtin, facts, fn, ids, pci, PLATFORMS, runs } from '../remedy/support.ts'
import { known } from '../../src/model/fact.ts'
import * as support from '../support/facts.ts'

const GPU = '0000:01:00.0'
const SOUND = '0000:01:00.1'
const NIC = '0000:05:00.0'
const USB = '0000:06:00.0'

const bind = (addresses: string, of = ''): Action => ({ do: 'bind-at-boot', addresses, ids: of })
const set = (parameter: string, without?: string): Action => ({
  do: 'set-kernel-parameter',
  parameter,
  ...(without === undefined ? {} : { without }),
})
const part = (from: Told['from'], ...actions: readonly Action[]): Told => ({ from, actions })

interface Row {
  readonly name: string
  readonly parts: readonly Told[]
  readonly want: readonly (readonly Action[])[]
}

const card = bind(`${GPU} ${SOUND}`, '10de:2484 10de:228b')
const ROWS: readonly Row[] = [
  { name: 'one action stays what it is', parts: [part('cause', bind(GPU))], want: [[bind(GPU)]] },
  {
    name: 'two causes of one card bind all of it',
    parts: [part('cause', bind(GPU, '10de:2484')), part('cause', bind(SOUND, '10de:228b'))],
    want: [[card], [card]],
  },
  {
    name: 'a cause of one function binds what handing over its card binds',
    parts: [part('cause', bind(SOUND, '10de:228b')), part('device', card)],
    want: [[bind(`${SOUND} ${GPU}`, '10de:228b 10de:2484')], [bind(`${SOUND} ${GPU}`, '10de:228b 10de:2484')]],
  },
  {
    name: 'where one is bound by address, all are',
    parts: [part('cause', bind(GPU)), part('cause', bind(SOUND, '10de:228b'))],
    want: [[bind(`${GPU} ${SOUND}`)], [bind(`${GPU} ${SOUND}`)]],
  },
  {
    name: 'causes of two cards are mended in one go',
    parts: [part('cause', bind(GPU, '10de:2484')), part('cause', bind(NIC, '8086:1533'))],
    want: [[bind(`${GPU} ${NIC}`, '10de:2484 8086:1533')], [bind(`${GPU} ${NIC}`, '10de:2484 8086:1533')]],
  },
  {
    name: 'a card without a cause is not drawn into the first one, and keeps it when its turn comes',
    parts: [part('device', bind(GPU, '10de:2484')), part('device', bind(NIC, '8086:1533'))],
    want: [[bind(GPU, '10de:2484')], [bind(`${GPU} ${NIC}`, '10de:2484 8086:1533')]],
  },
  {
    name: 'a card that is handed over keeps what the causes bound',
    parts: [part('cause', bind(GPU, '10de:2484')), part('device', bind(NIC, '8086:1533'))],
    want: [[bind(GPU, '10de:2484')], [bind(`${GPU} ${NIC}`, '10de:2484 8086:1533')]],
  },
  {
    name: 'a note of another card, which may not be shown, adds nothing to the others',
    parts: [
      part('cause', bind(GPU, '10de:2484')),
      part('note', bind(NIC, '8086:1533')),
      part('device', bind(USB, '1b21:1242')),
    ],
    want: [
      [bind(GPU, '10de:2484')],
      [bind(`${GPU} ${NIC}`, '10de:2484 8086:1533')],
      [bind(`${GPU} ${USB}`, '10de:2484 1b21:1242')],
    ],
  },
  {
    name: 'what joins two cards joins all that speak of them',
    parts: [part('device', bind(GPU)), part('device', bind(NIC)), part('device', bind(`${SOUND} ${NIC}`))],
    want: [[bind(`${GPU} ${NIC} ${SOUND}`)], [bind(`${GPU} ${NIC} ${SOUND}`)], [bind(`${GPU} ${NIC} ${SOUND}`)]],
  },
  {
    name: 'other actions stay in their places',
    parts: [part('cause', { do: 'rebuild-initramfs' }, bind(GPU), { do: 'reboot' }), part('cause', bind(SOUND))],
    want: [[{ do: 'rebuild-initramfs' }, bind(`${GPU} ${SOUND}`), { do: 'reboot' }], [bind(`${GPU} ${SOUND}`)]],
  },
  {
    name: 'parameters of one cause are set in one go',
    parts: [part('cause', set('intel_iommu=on', 'intel_iommu=off'), set('iommu=pt'))],
    want: [[set('intel_iommu=on iommu=pt', 'intel_iommu=off')]],
  },
  {
    name: 'parameters of two causes are two changes',
    parts: [part('cause', set('intel_iommu=on')), part('cause', set('iommu=pt'))],
    want: [[set('intel_iommu=on')], [set('iommu=pt')]],
  },
  {
    name: 'a parameter with a quoted value stays by itself',
    parts: [part('cause', set('dyndbg="file drivers/pci/quirks.c +p"'), set('iommu=pt'))],
    want: [[set('dyndbg="file drivers/pci/quirks.c +p"'), set('iommu=pt')]],
  },
]

test.each(ROWS)('$name', ({ parts, want }) => {
  expect(together(parts)).toEqual(want)
})

describe('what is typed for two causes of one card', () => {
  const k = <T>(value: T): { state: 'known'; value: T; source: string } => known(value, 'test')
  const gpu = fn(GPU, { ...ids('10de', '2484'), class: k(0x030000), headerType: k(0), driver: k('nouveau') })
  const sound = fn(SOUND, { ...ids('10de', '228b'), class: k(0x040300), headerType: k(0), driver: k('snd_hda_intel') })
  const typed = (
    platform: string,
    more: Parameters<typeof facts>[0] = {},
    whole = true,
  ): readonly (readonly string[])[] => {
    const causes = [part('cause', bind(GPU, '10de:2484')), part('cause', bind(SOUND, '10de:228b'))]
    const on = facts({ pci: pci([gpu, sound], whole), ...more })
    return together(causes).map((actions) =>
      actions.map((one): Remedy => expand(one, PLATFORMS[platform]!, on)).flatMap((one) => runs(one)),
    )
  }

  test('ids in modprobe.d', () => {
    const [first, second] = typed('ubuntu')
    expect(first?.[0]).toContain("'options vfio-pci ids=10de:2484,10de:228b'")
    expect(first?.[0]).toContain("'softdep nouveau pre: vfio-pci' 'softdep snd_hda_intel pre: vfio-pci'")
    expect(second).toEqual(first)
  })

  test('ids on the kernel command line', () => {
    const [first, second] = typed('ubuntu', { modules: builtin(['vfio_pci']) })
    expect(first?.join('\n')).toContain('vfio-pci.ids=10de:2484,10de:228b')
    expect(first?.join('\n')).not.toMatch(/ids=10de:2484["/ ]/)
    expect(second).toEqual(first)
  })

  test('an install line by address', () => {
    const [first, second] = typed('ubuntu', {}, false)
    expect(first?.[0]).toContain(`install vfio-pci for a in ${GPU} ${SOUND}; do`)
    expect(second).toEqual(first)
  })

  test('rules of udev', () => {
    const [first, second] = typed('ubuntu', { modules: builtin(['vfio_pci']) }, false)
    expect(first?.join('\n')).toContain(`KERNEL=="${GPU}", ATTR`)
    expect(first?.join('\n')).toContain(`KERNEL=="${SOUND}", ATTR`)
    expect(second).toEqual(first)
  })
})

test('what nobody asked about is not bound with what was asked about', () => {
  const at = (address: string, group: number, of: string): Parameters<typeof support.endpoint>[0] => ({
    address,
    group,
    class: 0x030000,
    driver: 'nouveau',
    vendorId: '10de',
    deviceId: of,
  })
  const cards = [support.endpoint(at(GPU, 1, '2484')), support.endpoint(at(NIC, 2, '1b81'))]
  const listed = support.commandLine('vfio-pci.ids=10de:2484,10de:1b81')
  const taken = { at: null, source: 'live', privileged: true } as const
  const typed = (asked: readonly string[]): string => {
    const machine = { taken, facts: support.facts({ ...support.pciFacts(cards), commandLine: listed }) }
    const { causes, devices } = diagnose(machine, CHECKS, { asked, version: '0' })
    const remedies = [...causes.flatMap((one) => one.remedy), ...devices.flatMap((one) => one.steps)]
    return remedies
      .filter((one) => one.action === 'bind-at-boot')
      .map((one) => runs(one)[0] ?? '')
      .join('\n')
  }
  expect(typed([GPU])).toContain('ids=10de:2484')
  expect(typed([GPU])).not.toContain('10de:1b81')
  expect(typed([])).toContain('ids=10de:2484,10de:1b81')
})
