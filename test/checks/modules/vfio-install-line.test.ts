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
  { name: 'no install line', facts: { modprobe: conf('options vfio-pci ids=10de:1b80') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
