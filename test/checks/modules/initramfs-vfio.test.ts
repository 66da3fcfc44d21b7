import { check } from '../../../checks/modules/initramfs-vfio.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { OsFacts } from '../../../src/model/system.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, environment, fact, modules, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = fact(
  { directives: parseModprobe('options vfio-pci ids=10de:1b80', PATH), ignored: [], loadAtBoot: [] },
  '/etc/modprobe.d',
)
const initramfs = (patch: Partial<InitramfsFacts> = {}) =>
  fact<InitramfsFacts>({
    tool: 'initramfs-tools',
    image: '/boot/initrd.img-6.8.0',
    configuredModules: [],
    hooks: null,
    content: unknown('denied', '/boot/initrd.img-6.8.0'),
    imageTime: known(1_700_000_000, '/boot/initrd.img-6.8.0'),
    newestConfigTime: known({ path: PATH, time: 1_600_000_000 }, PATH),
    ...patch,
  })
const listing = (...paths: readonly string[]) => known(paths, 'lsinitramfs')
const gpu = (driver: string) =>
  pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80', class: 0x030000, driver })])
const late = { modprobe: conf, ...gpu('nouveau'), modules: modules({ loaded: ['vfio_pci', 'nouveau'] }) }
const MODULE = 'usr/lib/modules/6.8.0/kernel/drivers'
const os = (flavour: OsFacts['flavour']) =>
  fact<OsFacts>({ id: 'fedora', like: [], name: 'test', version: null, flavour })

checkTable(check, [
  {
    name: 'an image that is older than the configuration',
    facts: { ...late, initramfs: initramfs({ newestConfigTime: known({ path: PATH, time: 1_700_000_001 }, PATH) }) },
    expect: ['initramfs-stale@host'],
    severity: 'warn',
    confidence: 'likely',
  },
  {
    name: 'the image has no part in it, and the files were changed since the boot: its age does not matter',
    facts: {
      ...late,
      modprobe: fact({
        directives: parseModprobe('options vfio-pci ids=10de:1b80\nsoftdep nouveau pre: vfio-pci', PATH),
        ignored: [],
        loadAtBoot: [],
      }),
      initramfs: initramfs({
        content: listing('usr/bin/init'),
        newestConfigTime: known({ path: PATH, time: 1_700_009_000 }, PATH),
        configTimes: [{ path: PATH, time: 1_700_009_000 }],
        clock: known({ booted: 1_700_000_500, now: null }, '/proc/stat'),
      }),
    },
    expect: 'skip',
  },
  {
    name: 'a listing without drivers tells nothing of who has the device',
    facts: {
      modprobe: conf,
      ...pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80', driver: undefined })]),
      initramfs: initramfs({ content: listing('etc/modprobe.d/vfio.conf') }),
    },
    expect: 'unknown',
  },
  {
    name: 'no device has a listed id',
    facts: { modprobe: conf, ...pciFacts([endpoint({ address: '0000:01:00.0' })]), initramfs: initramfs() },
    expect: 'skip',
  },
  {
    name: 'an older image, and the device on vfio-pci all the same',
    facts: {
      modprobe: conf,
      ...gpu('vfio-pci'),
      initramfs: initramfs({ newestConfigTime: known({ path: PATH, time: 1_700_000_001 }, PATH) }),
    },
    expect: 'pass',
  },
  {
    name: 'an image with the host driver and without vfio-pci',
    facts: {
      ...late,
      initramfs: initramfs({
        content: listing(`${MODULE}/gpu/drm/nouveau/nouveau.ko.zst`, 'etc/modprobe.d/vfio.conf'),
      }),
    },
    expect: ['initramfs-without-vfio@host'],
  },
  {
    name: 'an image with vfio-pci and without its ids',
    facts: { ...late, initramfs: initramfs({ content: listing(`${MODULE}/vfio/pci/vfio-pci.ko.zst`) }) },
    expect: ['initramfs-without-options@host'],
  },
  {
    name: 'the ids on the command line reach any image',
    facts: {
      ...late,
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      initramfs: initramfs({ content: listing(`${MODULE}/vfio/pci/vfio-pci.ko.zst`) }),
    },
    expect: 'pass',
  },
  {
    name: 'an image with both',
    facts: {
      ...late,
      initramfs: initramfs({ content: listing(`${MODULE}/vfio/pci/vfio-pci.ko.zst`, 'etc/modprobe.d/vfio.conf') }),
    },
    expect: 'pass',
  },
  {
    name: 'modprobe.d of an ostree system',
    facts: { ...late, os: os('ostree'), commandLine: commandLine('quiet'), initramfs: initramfs() },
    expect: ['initramfs-ostree@host'],
  },
  {
    name: 'modules in the settings of another tool',
    facts: {
      ...late,
      initramfs: initramfs({
        tool: 'dracut',
        configuredModules: [{ module: 'vfio_pci', source: '/etc/initramfs-tools/modules' }],
      }),
    },
    expect: ['initramfs-other-tool@host'],
  },
  {
    name: 'the image was not listed, and nothing else is amiss',
    facts: { ...late, initramfs: initramfs() },
    expect: 'unknown',
  },
  { name: 'nothing is to be bound early', facts: { initramfs: initramfs(), ...gpu('nouveau') }, expect: 'skip' },
  {
    name: 'the control domain of Xen',
    facts: {
      ...late,
      environment: environment({ hypervisor: 'xen', xenDom0: true }),
      initramfs: initramfs({ newestConfigTime: known({ path: PATH, time: 1_700_000_001 }, PATH) }),
    },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
