import { expect, test } from 'vitest'
import { check } from '../../../checks/modules/vfio-install-line.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { endpoint, fact, facts, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => files([PATH, text])
const files = (...all: readonly (readonly [path: string, text: string])[]) => {
  const directives = all.flatMap(([path, text]) => parseModprobe(text, path))
  return fact({ directives, ignored: [], loadAtBoot: [] }, PATH)
}
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
    name: 'sbin is merged into bin',
    facts: {
      modprobe: conf('install vfio-pci /sbin/vfio-override.sh'),
      initramfs: image(['etc/modprobe.d/vfio.conf', 'usr/bin/vfio-override.sh']),
    },
    expect: 'pass',
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
    name: 'the script of a second line, which kmod does not obey',
    facts: {
      modprobe: conf('install vfio-pci /sbin/modprobe -i vfio-pci\ninstall vfio-pci /usr/local/bin/vfio-override.sh'),
      initramfs: image(['etc/modprobe.d/vfio.conf']),
    },
    expect: 'skip',
  },
  {
    name: 'the script of the first line, with another that would do without',
    facts: {
      modprobe: conf('install vfio_pci /opt/vfio.sh\ninstall vfio-pci /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf']),
    },
    expect: ['install-script-not-in-image@host'],
  },
  {
    name: 'a pattern comes first',
    facts: {
      modprobe: conf('install vfio* /opt/vfio.sh\ninstall vfio-pci /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf']),
    },
    expect: ['install-script-not-in-image@host'],
  },
  {
    name: 'the file of the first line is not in the image, and that of the second is',
    facts: {
      modprobe: files(
        ['/etc/modprobe.d/a.conf', 'install vfio-pci /sbin/modprobe -i vfio-pci'],
        ['/usr/lib/modprobe.d/b.conf', 'install vfio-pci /opt/vfio.sh'],
      ),
      initramfs: image(['usr/lib/modprobe.d/b.conf']),
    },
    expect: ['install-script-not-in-image@host'],
  },
  {
    name: 'a script that a shell is to run is missing',
    facts: {
      modprobe: conf('install vfio-pci /bin/sh /opt/vfio.sh; /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf', 'bin/sh']),
    },
    expect: ['install-script-not-in-image@host'],
  },
  {
    name: 'a script that is missing is run on a condition',
    facts: {
      modprobe: conf('install vfio-pci [ -x /opt/vfio.sh ] && /opt/vfio.sh; /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf']),
    },
    expect: 'unknown',
  },
  {
    name: 'a script that is there is run on a condition',
    facts: {
      modprobe: conf('install vfio-pci [ -x /opt/vfio.sh ] && /opt/vfio.sh; /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf', 'opt/vfio.sh']),
    },
    expect: 'pass',
  },
  {
    name: 'what any image has is no script',
    facts: {
      modprobe: conf('install vfio-pci /usr/bin/logger hello; /bin/sleep 1; /sbin/modprobe -i vfio-pci'),
      initramfs: image(['etc/modprobe.d/vfio.conf']),
    },
    expect: 'skip',
  },
  { name: 'no install line', facts: { modprobe: conf('options vfio-pci ids=10de:1b80') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])

test('the lines that kmod passes over are told of as such', () => {
  const machine = facts({
    modprobe: conf('install vfio-pci /opt/vfio.sh\ninstall vfio-pci /sbin/modprobe -i vfio-pci'),
    initramfs: image(['etc/modprobe.d/vfio.conf']),
  })
  const outcome = runCheck(check, machine, { asked: [], candidates: new Map() })
  expect(outcome.kind === 'hits' ? outcome.hits[0].evidence : null).toEqual([
    { source: `${PATH}:1`, saw: 'install vfio-pci /opt/vfio.sh' },
    { source: 'lsinitcpio', saw: 'no /opt/vfio.sh' },
    { source: `${PATH}:2`, saw: 'install vfio-pci /sbin/modprobe -i vfio-pci (not obeyed there)' },
  ])
})
