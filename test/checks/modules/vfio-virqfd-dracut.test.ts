import { check } from '../../../checks/modules/vfio-virqfd.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { parseDracut } from '../../../src/parse/initramfs-conf.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, kernel, messages, modules, pciFacts } from '../../support/facts.ts'

const MISSING = "dracut-install: Failed to find module 'vfio_virqfd'"
const failed = (names: string): string =>
  `dracut[E]: FAILED:  /usr/lib/dracut/dracut-install -D /var/tmp/dracut.1/initramfs --kerneldir /lib/modules/6.8.0 -m ${names}`

const MODULE = 'usr/lib/modules/6.8.0/kernel/drivers'
const unlisted = unknown('denied', '/boot/initramfs-6.8.0.img')
const without = known([`${MODULE}/gpu/drm/nouveau/nouveau.ko.zst`], 'lsinitrd')
const withIt = known([`${MODULE}/vfio/pci/vfio-pci.ko.zst`], 'lsinitrd')
const dracut = (text: string, content: InitramfsFacts['content'] = unlisted) =>
  fact<InitramfsFacts>({
    tool: 'dracut',
    image: '/boot/initramfs-6.8.0.img',
    configuredModules: parseDracut([{ path: '/etc/dracut.conf.d/vfio.conf', text }]),
    hooks: null,
    content,
    imageTime: unlisted,
    newestConfigTime: unlisted,
  })

const CUT = 'force_drivers+=" vfio vfio_virqfd vfio-pci "'
const PATH = '/etc/modprobe.d/vfio.conf'
const directives = parseModprobe('options vfio-pci ids=10de:1b80', PATH)
const gpu = (driver: string) => ({
  kernel: kernel('6.8.0'),
  modprobe: fact({ directives, ignored: [], loadAtBoot: [] }, '/etc/modprobe.d'),
  ...pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80', class: 0x030000, driver })]),
})

checkTable(check, [
  {
    name: 'dracut fails on a list with vfio-pci behind the name',
    facts: { messages: messages([MISSING, failed('vfio vfio_virqfd vfio_iommu_type1 vfio-pci')]) },
    expect: ['vfio-virqfd-cuts-list@host'],
    severity: 'warn',
    confidence: 'certain',
    advises: '"tool":"dracut"',
  },
  {
    name: 'vfio-pci before the name is in the image',
    facts: { messages: messages([MISSING, failed('vfio_pci vfio_virqfd vfio_iommu_type1')]) },
    expect: ['vfio-virqfd-gone'],
    severity: 'info',
  },
  {
    name: 'dracut does not find it, and its list is not shown',
    facts: { messages: messages([MISSING]) },
    expect: ['vfio-virqfd-gone'],
    advises: '"tool":"dracut"',
  },
  {
    name: 'a list failed, and nothing says on which name',
    facts: { messages: messages([failed('vfio_virqfd vfio_pci')]), kernel: kernel('6.8.0') },
    expect: 'skip',
  },
  {
    name: 'what dracut failed on is built into the kernel',
    facts: {
      messages: messages([MISSING, failed('vfio_virqfd vfio_pci')]),
      modules: modules({ builtin: ['vfio_pci'] }),
    },
    expect: ['vfio-virqfd-gone'],
  },
  {
    name: 'the image holds vfio-pci after all',
    facts: { messages: messages([MISSING, failed('vfio_virqfd vfio_pci')]), initramfs: dracut('', withIt) },
    expect: ['vfio-virqfd-gone'],
  },
  {
    name: 'the list is cut short, and the image lacks vfio-pci',
    facts: { kernel: kernel('6.8.0'), initramfs: dracut(CUT, without) },
    expect: ['vfio-virqfd-cuts-list@host'],
    confidence: 'certain',
  },
  {
    name: 'the list is cut short, and nobody can see into the image: the device is on its host driver',
    facts: { ...gpu('nouveau'), initramfs: dracut(CUT) },
    expect: ['vfio-virqfd-cuts-list'],
    confidence: 'likely',
  },
  {
    name: 'the same with the device on vfio-pci: no harm was done',
    facts: { ...gpu('vfio-pci'), initramfs: dracut(CUT) },
    expect: ['vfio-virqfd-gone'],
    severity: 'info',
  },
  {
    name: 'another list puts vfio-pci in',
    facts: { ...gpu('nouveau'), initramfs: dracut(`${CUT}\nadd_drivers+=" vfio-pci "`) },
    expect: ['vfio-virqfd-gone'],
  },
  {
    name: 'a list that dracut goes through to its end',
    facts: { ...gpu('nouveau'), initramfs: dracut('drivers+=" vfio_virqfd vfio-pci "') },
    expect: ['vfio-virqfd-gone'],
  },
  {
    name: 'a kernel that has the module',
    facts: { ...gpu('nouveau'), kernel: kernel('6.1.0'), initramfs: dracut(CUT, without) },
    expect: 'skip',
  },
])
