import { check } from '../../../checks/modules/display-blacklist.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, fact, modules, pciFacts, type FunctionPatch } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/graphics.conf'
const conf = (text: string, path = PATH) =>
  fact({ directives: parseModprobe(text, path), ignored: [], loadAtBoot: [] }, path)
const [IGPU, CARD] = ['0000:00:02.0', '0000:01:00.0']
const igpu = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({
    address: IGPU,
    class: 0x030000,
    driver: 'i915',
    bootVga: true,
    kernelModules: ['i915'],
    vendorId: '8086',
    deviceId: '4680',
    ...patch,
  })
const card = (driver: string | null) =>
  endpoint({
    address: CARD,
    vendorId: '10de',
    deviceId: '2484',
    class: 0x030000,
    driver,
    bootVga: false,
    kernelModules: ['nvidiafb', 'nouveau'],
  })

const BOOTED = 1_700_000_000
/** The file and the image, in seconds after this boot began. */
const times = (file: number, image: number, early: readonly string[] = []) =>
  fact<InitramfsFacts>({
    tool: 'initramfs-tools',
    image: '/boot/initrd.img',
    configuredModules: early.map((module) => ({ module, source: '/etc/initramfs-tools/modules' })),
    hooks: null,
    content: unknown('denied', '/boot/initrd.img'),
    imageTime: known(BOOTED + image, '/boot/initrd.img'),
    newestConfigTime: known({ path: PATH, time: BOOTED + file }, PATH),
    configTimes: [{ path: PATH, time: BOOTED + file }],
    clock: known({ booted: BOOTED, now: null }, '/proc/stat'),
  })
const younger = times(5000, -9000)
const only = pciFacts([igpu()])
const barred = { modprobe: conf('blacklist i915'), initramfs: younger }

checkTable(check, [
  {
    name: 'the only display runs on it, and the line is younger than this boot',
    facts: { ...barred, ...only },
    expect: ['blacklist-of-display-driver@0000:00:02.0'],
    severity: 'warn',
    confidence: 'possible',
    advises: `"path":"${PATH}","remove":"blacklist i915"`,
  },
  {
    name: 'two files have the line, of which one is older than this boot',
    facts: {
      ...only,
      initramfs: younger,
      modprobe: fact(
        {
          directives: [PATH, '/etc/modprobe.d/old.conf'].flatMap((path) => parseModprobe('blacklist i915', path)),
          ignored: [],
          loadAtBoot: [],
        },
        PATH,
      ),
    },
    expect: ['blacklist-of-display-driver'],
    severity: 'info',
  },
  {
    name: 'the line is older than this boot, and the initramfs older still',
    facts: { ...barred, ...only, initramfs: times(-5000, -9000) },
    expect: ['blacklist-of-display-driver'],
    severity: 'warn',
  },
  {
    name: 'this boot had the line, and its initramfs too',
    facts: { ...barred, ...only, initramfs: times(-9000, -5000) },
    expect: ['blacklist-of-display-driver'],
    severity: 'info',
  },
  {
    name: 'no times were read',
    facts: { modprobe: barred.modprobe, ...only },
    expect: ['blacklist-of-display-driver'],
    severity: 'info',
  },
  {
    name: 'the other card is to go to a guest',
    facts: { ...barred, ...pciFacts([igpu(), card('nouveau')]) },
    asked: [CARD],
    expect: ['blacklist-of-display-driver@0000:00:02.0'],
  },
  {
    name: 'the other card is listed by its id',
    facts: {
      ...barred,
      ...pciFacts([igpu(), card('nouveau')]),
      commandLine: commandLine('vfio-pci.ids=10de:2484'),
    },
    expect: ['blacklist-of-display-driver@0000:00:02.0'],
  },
  {
    name: 'the other card has no driver',
    facts: { ...barred, ...pciFacts([igpu(), card(null)]) },
    expect: ['blacklist-of-display-driver'],
  },
  {
    name: 'the driver of the other card is barred too',
    facts: {
      initramfs: younger,
      modprobe: conf('blacklist i915\nblacklist nouveau'),
      ...pciFacts([igpu(), card('nouveau')]),
    },
    expect: ['blacklist-of-display-driver@0000:00:02.0'],
  },
  {
    name: 'a framebuffer driver of that card is no other driver for it',
    facts: {
      modprobe: conf('blacklist nouveau'),
      initramfs: younger,
      ...pciFacts([igpu({ driver: 'nouveau', kernelModules: ['nvidiafb', 'nouveau'] })]),
    },
    expect: ['blacklist-of-display-driver'],
  },
  {
    name: 'another card stays with the host',
    facts: { ...barred, ...pciFacts([igpu(), card('nouveau')]) },
    expect: 'skip',
  },
  { name: 'the display is to go to a guest', facts: { ...barred, ...only }, asked: [IGPU], expect: 'skip' },
  {
    name: 'the display is reserved for vfio-pci',
    facts: { ...barred, ...pciFacts([igpu({ driverOverride: 'vfio-pci' })]) },
    expect: 'skip',
  },
  {
    name: 'another driver may take that card',
    facts: { ...barred, ...pciFacts([igpu({ kernelModules: ['i915', 'xe'] })]) },
    expect: 'skip',
  },
  {
    name: 'which modules may take the card is unknown',
    facts: { ...barred, ...pciFacts([igpu({ kernelModules: undefined })]) },
    expect: 'skip',
  },
  {
    name: 'the driver is built in',
    facts: { ...barred, ...only, modules: modules({ builtin: ['i915'] }) },
    expect: 'skip',
  },
  {
    name: 'the initramfs loads it by its name',
    facts: { ...barred, ...only, initramfs: times(5000, -9000, ['i915']) },
    expect: 'skip',
  },
  {
    name: 'the line is of the distribution',
    facts: { ...only, initramfs: younger, modprobe: conf('blacklist i915', '/usr/lib/modprobe.d/blacklist.conf') },
    expect: 'skip',
  },
  { name: 'another module is barred', facts: { ...only, modprobe: conf('blacklist pcspkr') }, expect: 'pass' },
  {
    name: 'not every device is shown',
    facts: { ...barred, ...pciFacts([igpu()], false) },
    expect: 'skip',
  },
  {
    name: 'the class of a device could not be read',
    facts: { ...barred, ...pciFacts([igpu(), endpoint({ address: CARD, class: undefined })]) },
    expect: 'skip',
  },
  { name: 'an Arm board', facts: { ...barred, ...only, cpu: cpu('arm') }, expect: 'skip' },
  {
    name: 'the display of the host lost its driver',
    facts: { modprobe: conf('blacklist i915'), ...pciFacts([igpu({ driver: null })]) },
    expect: ['blacklist-takes-host-display@0000:00:02.0'],
    severity: 'info',
  },
  {
    name: 'a display without a driver is to go to a guest',
    facts: { modprobe: conf('blacklist i915'), ...pciFacts([igpu({ driver: null })]) },
    asked: [IGPU],
    expect: 'skip',
  },
  { name: 'nothing is blacklisted', facts: only, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
