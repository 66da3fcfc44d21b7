import { expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { Report } from '../../src/model/report.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { plan } from '../../reports/plan.ts'
import { shareCauses } from '../../reports/select.ts'
import { commandLine, endpoint, fact, facts, modules, pciFacts } from '../support/facts.ts'

const [GPU, DISK] = ['0000:01:00.0', '0000:02:00.0']
const root = [{ kind: 'disk', name: 'nvme0n1', inUse: 'mounted at /', source: '/proc/self/mountinfo' }]

function report(patch: {
  readonly ids: string
  readonly gpu?: string
  readonly asked?: readonly string[]
  readonly more?: Partial<Facts>
}): Report {
  const { ids, gpu = 'nouveau', asked = [GPU], more = {} } = patch
  const card = { vendorId: '10de', deviceId: '1b80', class: 0x030000, group: 1 }
  const disk = { vendorId: '144d', deviceId: 'a808', class: 0x010802, group: 2, driver: 'nvme', uses: root }
  const onboard = { address: '0000:00:02.0', class: 0x030000, group: 0, driver: 'i915' }
  const directives = parseModprobe(`options vfio-pci ids=${ids}`, '/etc/modprobe.d/vfio.conf')
  const machine = facts({
    ...pciFacts([
      endpoint({ ...card, address: GPU, driver: gpu }),
      endpoint({ ...disk, address: DISK }),
      endpoint(onboard),
    ]),
    commandLine: commandLine('quiet'),
    modules: modules({
      loaded: [gpu.replace('-', '_')],
      loadable: ['vfio', 'vfio_pci', 'vfio_iommu_type1', 'nouveau'],
    }),
    modprobe: fact({ directives, ignored: [], loadAtBoot: [] }),
    keptOverrides: fact([]),
    ...more,
  })
  const taken = { at: null, source: 'live', privileged: true } as const
  return diagnose({ taken, facts: machine }, CHECKS, { asked, version: '0' })
}
const codes = (one: Report): readonly string[] => one.causes.map(({ code }) => code)
const steps = (one: Report): readonly string[] =>
  plan(one, shareCauses(one.causes), false).flatMap((part) => part.steps.map(({ say }) => say))
const both = '10de:1b80,144d:a808'

test('who is told to restart is told of the disk of the host in the list, and before all else', () => {
  const one = report({ ids: both })
  expect(codes(one).slice(0, 2)).toEqual(['bind-too-late-not-loaded', 'ids-take-host-device'])
  expect(one.causes[1]?.severity).toBe('warn')
  expect(steps(one)[0]).toContain('Before anything restarts, take 144d:a808 out')
  expect(one.checks.find(({ id }) => id === 'vfio-ids')?.findings).toHaveLength(1)
  // It bears on the steps, not on the card.
  expect(one.devices.map(({ address, verdict }) => [address, verdict])).toEqual([[GPU, 'ready-after-binding']])
})

test('the same where nothing but the steps of the device restarts', () => {
  const one = report({ ids: '144d:a808' })
  expect(codes(one)[1]).toBe('ids-take-host-device')
  expect(steps(one)[0]).toContain('Before anything restarts')
})

test('whoever is told of no restart is told of no other device', () => {
  expect(codes(report({ ids: both, gpu: 'vfio-pci' }))).not.toContain('ids-take-host-device')
})

test('nothing of the host is in the list', () => {
  expect(codes(report({ ids: '10de:1b80' }))).not.toContain('ids-take-host-device')
})

test('who asks about no device in particular is told as of any other', () => {
  const one = report({ ids: both, asked: [] })
  expect(codes(one).filter((code) => code === 'ids-take-host-device')).toHaveLength(1)
})

test('an override that driverctl keeps for the disk of the host is forgotten first', () => {
  const override = { path: `/etc/driverctl.d/pci-${DISK}`, address: DISK, driver: 'vfio-pci' }
  const one = report({ ids: '10de:1b80', more: { keptOverrides: fact([override]) } })
  expect(codes(one)[1]).toBe('kept-override-takes-host-device')
  expect(steps(one)[0]).toContain(`forget the override of ${DISK}`)
})
