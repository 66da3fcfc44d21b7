import { check } from '../../../checks/modules/vfio-install-line.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const image = (paths: readonly string[]) =>
  fact<InitramfsFacts>({
    tool: 'mkinitcpio',
    image: '/boot/initramfs-linux.img',
    configuredModules: [],
    hooks: null,
    content: known(paths, 'lsinitcpio'),
    imageTime: known(1, 'image'),
    newestConfigTime: known(null, 'modprobe.d'),
  })
const script = conf('install vfio-pci /usr/local/bin/vfio-override.sh')
const BUSYBOX = conf('install vfio-pci /bin/busybox modprobe -i vfio-pci')
const inline = conf(
  'install vfio-pci for a in 0000:03:00.0; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe -i vfio-pci',
)
const disk = (inUse: string | null) =>
  endpoint({
    address: '0000:03:00.0',
    class: 0x010802,
    driver: 'nvme',
    uses: [{ kind: 'disk', name: 'nvme0n1p2', inUse, source: '/sys/class/block/nvme0n1p2' }],
  })

checkTable(check, [
  {
    name: 'the script is missing from the image',
    facts: { modprobe: script, initramfs: image(['etc/modprobe.d/vfio.conf', 'usr/bin/busybox']) },
    expect: ['install-script-not-in-image@host'],
    severity: 'warn',
  },
  {
    name: 'the script is in the image',
    facts: { modprobe: script, initramfs: image(['etc/modprobe.d/vfio.conf', 'usr/local/bin/vfio-override.sh']) },
    expect: 'pass',
  },
  {
    name: 'the image has no modprobe.d',
    facts: { modprobe: script, initramfs: image(['usr/bin/busybox']) },
    expect: 'pass',
  },
  { name: 'the image was not listed', facts: { modprobe: script }, expect: 'unknown' },
  ...['modprobe -i vfio-pci', 'true'].map((rest) => ({
    name: `busybox is no script: ${rest}`,
    facts: { modprobe: conf(`install vfio-pci /bin/busybox ${rest}`) },
    expect: 'skip' as const,
  })),
  {
    name: 'a script that busybox is to run, and the image was not listed',
    facts: { modprobe: conf('install vfio-pci /bin/busybox sh /usr/local/bin/vfio-override.sh') },
    expect: 'unknown',
  },
  {
    name: 'busybox is in the image',
    facts: { modprobe: BUSYBOX, initramfs: image(['etc/modprobe.d/vfio.conf', 'usr/bin/busybox']) },
    expect: 'pass',
  },
  {
    name: 'busybox is not in the image',
    facts: { modprobe: BUSYBOX, initramfs: image(['etc/modprobe.d/vfio.conf']) },
    expect: ['install-script-not-in-image@host'],
  },
  { name: 'a line that names nothing', facts: { modprobe: conf('install vfio-pci /bin/false') }, expect: 'skip' },
  {
    name: 'the script is missing from the image, and the device is bound all the same',
    facts: {
      modprobe: script,
      initramfs: image(['etc/modprobe.d/vfio.conf']),
      ...pciFacts([endpoint({ address: '0000:03:00.0', driver: 'vfio-pci' })]),
    },
    expect: ['install-script-not-in-image@host'],
    severity: 'info',
  },
  {
    name: 'an address where nothing is',
    facts: { modprobe: inline, ...pciFacts([endpoint({ address: '0000:04:00.0' })]) },
    expect: ['install-names-absent-device@host'],
  },
  {
    name: 'an address where a device is',
    facts: { modprobe: inline, ...pciFacts([endpoint({ address: '0000:03:00.0', uses: [] })]) },
    expect: 'pass',
  },
  {
    name: 'an address where the disk of the host is now',
    facts: { modprobe: inline, ...pciFacts([disk('it holds /')]) },
    expect: ['install-names-host-device@0000:03:00.0'],
    severity: 'warn',
  },
  { name: 'a disk that nothing uses', facts: { modprobe: inline, ...pciFacts([disk(null)]) }, expect: 'pass' },
  {
    name: 'a disk that somebody asks for',
    facts: { modprobe: inline, ...pciFacts([disk('it holds /')]) },
    asked: ['0000:03:00.0'],
    expect: 'pass',
  },
  {
    name: 'what of the host stands on the device could not be read',
    facts: {
      modprobe: inline,
      ...pciFacts([endpoint({ address: '0000:03:00.0', driver: 'nvme', uses: undefined })]),
    },
    expect: 'unknown',
  },
  {
    name: 'a list of devices that is not whole',
    facts: { modprobe: inline, ...pciFacts([endpoint({ address: '0000:04:00.0' })], false) },
    expect: 'unknown',
  },
  { name: 'no install line', facts: { modprobe: conf('options vfio-pci ids=10de:1b80') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
