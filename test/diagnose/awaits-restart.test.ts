import { expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { InitramfsFacts } from '../../src/model/boot.ts'
import { known, unknown } from '../../src/model/fact.ts'
import type { Report } from '../../src/model/report.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { commandLine, endpoint, fact, facts, modules, pciFacts } from '../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const GPU = '0000:01:00.0'
const BOOTED = 1_700_000_000
const CONF = `options vfio-pci ids=10de:1b80
softdep nouveau pre: vfio-pci
blacklist nouveau`

function report(file: number, image: number): Report {
  const gpu = endpoint({ address: GPU, vendorId: '10de', deviceId: '1b80', class: 0x030000, driver: 'nouveau' })
  const machine = facts({
    ...pciFacts([gpu]),
    commandLine: commandLine('quiet'),
    modules: modules({
      loaded: ['nouveau'],
      loadable: ['vfio', 'vfio_pci', 'vfio_pci_core', 'vfio_iommu_type1', 'nouveau'],
    }),
    modprobe: fact({ directives: parseModprobe(CONF, PATH), ignored: [], loadAtBoot: [] }, PATH),
    initramfs: fact<InitramfsFacts>({
      tool: 'initramfs-tools',
      image: '/boot/initrd.img',
      configuredModules: [],
      hooks: null,
      content: unknown('denied', '/boot/initrd.img'),
      imageTime: known(image, '/boot/initrd.img'),
      newestConfigTime: known({ path: PATH, time: file }, PATH),
      configTimes: [{ path: PATH, time: file }],
      clock: known({ booted: BOOTED, now: null }, '/proc/stat'),
    }),
  })
  const taken = { at: null, source: 'live', privileged: true } as const
  return diagnose({ taken, facts: machine }, CHECKS, { asked: [GPU], version: '0' })
}
const about = (one: Report) => one.causes.filter((cause) => cause.family !== 'permissions').map((cause) => cause.code)
const actions = (one: Report) => one.devices.flatMap((device) => device.steps.map((step) => step.action))

test('what is written takes effect at the next boot: a restart alone is advised', () => {
  const one = report(BOOTED + 5000, BOOTED + 6000)
  const cause = one.causes.find(({ code }) => code === 'not-rebooted')
  expect(cause?.remedy.map(({ action }) => action)).toEqual(['reboot'])
  expect(cause?.explains).toEqual(
    expect.arrayContaining([`bind-too-late-not-loaded@${GPU}`, `blacklist-not-heeded@${GPU}`]),
  )
  for (const code of ['bind-too-late-not-loaded', 'blacklist-not-heeded']) expect(about(one)).not.toContain(code)
  expect(actions(one)).not.toContain('bind-at-boot')
  expect(actions(one)).not.toContain('bind-now')
})

test('an image older than the files is rebuilt first', () => {
  const one = report(BOOTED + 5000, BOOTED - 5000)
  expect(about(one)).toContain('initramfs-stale')
  expect(about(one)).not.toContain('not-rebooted')
  expect(actions(one)).toContain('bind-at-boot')
})
