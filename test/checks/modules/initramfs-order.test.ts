import { check } from '../../../checks/modules/initramfs-order.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, environment, fact, modules, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string = '') =>
  fact({
    directives: parseModprobe(`options vfio-pci ids=10de:1b80\n${text}`, PATH),
    ignored: [],
    loadAtBoot: [],
  })
const initramfs = (patch: Partial<InitramfsFacts>) =>
  fact<InitramfsFacts>({
    tool: 'mkinitcpio',
    image: '/boot/initramfs-linux.img',
    configuredModules: [],
    hooks: ['base', 'udev', 'modconf', 'block', 'filesystems'],
    content: unknown('no-tool', 'image'),
    imageTime: known(2, 'image'),
    newestConfigTime: known(null, 'modprobe.d'),
    ...patch,
  })
const list = (source: string, ...names: readonly string[]) => names.map((module) => ({ module, source }))
const MODULES = '/etc/mkinitcpio.conf: MODULES'
const gpu = (driver: string) =>
  pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80', class: 0x030000, driver })])
const base = {
  ...gpu('nouveau'),
  commandLine: commandLine('quiet'),
  modules: modules({ loaded: ['vfio_pci', 'nouveau'] }),
}

checkTable(check, [
  {
    name: 'HOOKS without modconf',
    facts: { ...base, modprobe: conf(), initramfs: initramfs({ hooks: ['base', 'udev', 'block'] }) },
    expect: ['mkinitcpio-without-modconf@host'],
    confidence: 'likely',
  },
  {
    name: 'HOOKS without modconf, and an image without the file',
    facts: {
      ...base,
      modprobe: conf(),
      initramfs: initramfs({ hooks: ['base', 'udev', 'block'], content: known(['init'], 'lsinitcpio') }),
    },
    expect: ['mkinitcpio-without-modconf@host'],
    confidence: 'certain',
  },
  {
    name: 'HOOKS without modconf, and FILES brought the file in',
    facts: {
      ...base,
      modprobe: conf(),
      initramfs: initramfs({
        hooks: ['base', 'udev', 'block'],
        content: known(['etc/modprobe.d/vfio.conf'], 'lsinitcpio'),
      }),
    },
    expect: 'skip',
  },
  {
    name: 'HOOKS without modconf, and the command line is not shown',
    facts: {
      ...base,
      commandLine: unknown('not-in-paste', 'paste'),
      modprobe: conf(),
      initramfs: initramfs({ hooks: ['base', 'udev', 'block'] }),
    },
    expect: ['mkinitcpio-without-modconf@host'],
    confidence: 'likely',
  },
  {
    name: 'HOOKS without modconf, and the ids on the command line',
    facts: {
      ...base,
      modprobe: conf(),
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      initramfs: initramfs({ hooks: ['base', 'udev', 'block'] }),
    },
    expect: 'skip',
  },
  {
    name: 'the graphics driver stands first',
    facts: {
      ...base,
      modprobe: conf(),
      initramfs: initramfs({ configuredModules: list(MODULES, 'nouveau', 'vfio_pci', 'vfio') }),
    },
    expect: ['initramfs-vfio-after-graphics@host'],
  },
  {
    name: 'the graphics driver stands first, and a softdep draws vfio-pci before it',
    facts: {
      ...base,
      modprobe: conf('softdep nouveau pre: vfio-pci'),
      initramfs: initramfs({ configuredModules: list(MODULES, 'nouveau', 'vfio_pci') }),
    },
    expect: 'pass',
  },
  {
    name: 'vfio-pci stands first',
    facts: {
      ...base,
      modprobe: conf(),
      initramfs: initramfs({ configuredModules: list(MODULES, 'vfio_pci', 'vfio', 'nouveau') }),
    },
    expect: 'pass',
  },
  {
    name: 'the kms hook alone',
    facts: { ...base, modprobe: conf(), initramfs: initramfs({ hooks: ['base', 'udev', 'modconf', 'kms', 'block'] }) },
    expect: ['mkinitcpio-kms-first@host'],
    confidence: 'likely',
  },
  {
    name: 'dracut copies the module',
    facts: {
      ...base,
      modprobe: conf(),
      initramfs: initramfs({
        tool: 'dracut',
        hooks: null,
        configuredModules: list('/etc/dracut.conf.d/vfio.conf: add_drivers', 'vfio_pci', 'vfio'),
      }),
    },
    expect: ['dracut-adds-without-loading@host'],
  },
  {
    name: 'dracut copies the module, and rd.driver.pre has it loaded',
    facts: {
      ...base,
      modprobe: conf(),
      commandLine: commandLine('rd.driver.pre=vfio-pci'),
      initramfs: initramfs({
        tool: 'dracut',
        hooks: null,
        configuredModules: list('/etc/dracut.conf.d/vfio.conf: add_drivers', 'vfio_pci'),
      }),
    },
    expect: 'pass',
  },
  {
    name: 'the device is on vfio-pci, whatever the order',
    facts: { ...base, ...gpu('vfio-pci'), modprobe: conf(), initramfs: initramfs({ hooks: ['base', 'kms'] }) },
    expect: 'skip',
  },
  {
    name: 'the control domain of Xen',
    facts: {
      ...base,
      environment: environment({ hypervisor: 'xen', xenDom0: true }),
      modprobe: conf(),
      initramfs: initramfs({ hooks: ['base', 'udev', 'block'] }),
    },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
