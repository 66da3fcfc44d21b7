import { check } from '../../../checks/binding/boot-binding.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown, type Fact } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import {
  bridge,
  commandLine,
  endpoint,
  environment,
  fact,
  messages,
  modules,
  pciFacts,
  type FunctionPatch,
} from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const GPU = '0000:01:00.0'
const gpu = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({ address: GPU, vendorId: '10de', deviceId: '1b80', class: 0x030000, driver: 'nouveau', ...patch })
const ids = conf('options vfio-pci ids=10de:1b80')
const TWIN = '0000:02:00.0'
const [MONITOR, PRIMARY] = ['a monitor is connected to DP-1', 'it is the primary display']
/** A card with what the host uses it for. */
const shown = (address: string, inUse: string | null) =>
  gpu({
    address,
    bootVga: inUse === PRIMARY,
    uses: [{ kind: 'display', name: 'card0', inUse, source: '/sys/class/drm' }],
  })
const line = commandLine('quiet')
const loaded = modules({ loaded: ['vfio_pci', 'nouveau'] })
const managed: GuestDefinition = {
  name: 'win',
  manager: 'libvirt',
  machine: 'q35',
  firmware: 'uefi',
  memoryBytes: null,
  hostDevices: [{ address: GPU, managed: true, romFile: null, allFunctions: false, options: {}, text: '<hostdev>' }],
  running: false,
  source: 'win.xml',
}

const logged = (text: string, source = '/dev/kmsg') =>
  known({ lines: [{ text, time: 2, wall: null, level: 6, line: 1 }], fromBoot: true }, source)
const vgaarb = 'vfio-pci 0000:01:00.0: vgaarb: VGA decodes changed: olddecodes=io+mem,decodes=none:owns=none'

interface Clock {
  readonly booted: number
  readonly now: number | null
}
const BOOTED = 1_700_000_000
const written = conf('options vfio-pci ids=10de:1b80\nsoftdep nouveau pre: vfio-pci')
const made = (image: number, file: number, booted: Fact<Clock> = known({ booted: BOOTED, now: null }, '/proc/stat')) =>
  fact<InitramfsFacts>({
    tool: 'dracut',
    image: '/boot/initramfs.img',
    configuredModules: [],
    hooks: null,
    content: unknown('denied', '/boot/initramfs.img'),
    imageTime: known(image, '/boot/initramfs.img'),
    newestConfigTime: known({ path: PATH, time: file }, PATH),
    configTimes: [{ path: PATH, time: file }],
    clock: booted,
  })
const inKernel = modules({ builtin: ['vfio_pci'], loaded: ['nouveau'] })
const unloaded = modules({ loaded: ['nouveau'], loadable: ['vfio_pci'] })
const since = { modprobe: written, commandLine: line, modules: unloaded, ...pciFacts([gpu()]) }

checkTable(check, [
  {
    name: 'file and image are younger than this boot',
    facts: { ...since, initramfs: made(BOOTED + 6000, BOOTED + 5000) },
    expect: [`bind-too-late-not-loaded@${GPU}`, 'not-rebooted@host'],
    confidence: 'likely',
  },
  {
    name: 'so too where the guest manager binds it, which is no trouble then',
    facts: { ...since, initramfs: made(BOOTED + 6000, BOOTED + 5000), guests: known([managed], 'libvirt') },
    expect: ['bind-too-late-not-loaded', 'not-rebooted@host'],
    severity: 'info',
  },
  {
    name: 'the file is younger than this boot, and the image older',
    facts: { ...since, initramfs: made(BOOTED - 10, BOOTED + 5000) },
    expect: [`bind-too-late-not-loaded@${GPU}`],
    confidence: 'certain',
  },
  {
    name: 'file and image are older than this boot',
    facts: { ...since, initramfs: made(BOOTED - 10, BOOTED - 20) },
    expect: [`bind-too-late-not-loaded@${GPU}`],
    confidence: 'certain',
  },
  {
    name: 'when this boot began could not be read',
    facts: { ...since, initramfs: made(BOOTED + 6000, BOOTED + 5000, unknown('denied', '/proc/stat')) },
    expect: [`bind-too-late-not-loaded@${GPU}`],
    confidence: 'likely',
  },
  {
    name: 'vfio-pci had it at this boot, and the host took it back',
    facts: { modprobe: ids, commandLine: line, modules: loaded, kernelLog: logged(vgaarb), ...pciFacts([gpu()]) },
    expect: 'skip',
  },
  {
    name: 'the log shows that the host driver was first',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      kernelLog: logged('nouveau 0000:01:00.0: NVIDIA GP104 (134000a1)'),
      messages: messages([
        'nouveau 0000:01:00.0: NVIDIA GP104 (134000a1)',
        'vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000',
      ]),
      ...pciFacts([gpu()]),
    },
    expect: ['bind-too-late'],
    confidence: 'certain',
  },
  {
    name: 'a line of a post may be of another boot',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      kernelLog: logged(vgaarb, 'paste'),
      ...pciFacts([gpu()]),
    },
    expect: ['bind-too-late'],
  },
  {
    name: 'vfio-pci refused it, which another check tells, and the host driver has it',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      messages: messages(['vfio-pci 0000:01:00.0: probe with driver vfio-pci failed with error -22']),
      ...pciFacts([gpu()]),
    },
    expect: 'skip',
  },
  {
    name: 'the host driver was first',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      messages: messages(['vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000']),
      ...pciFacts([gpu()]),
    },
    expect: ['bind-too-late@0000:01:00.0'],
    severity: 'warn',
    confidence: 'likely',
  },
  {
    name: 'the host driver was first, and of the modules nothing is known',
    facts: { commandLine: commandLine('vfio-pci.ids=10de:1b80'), ...pciFacts([gpu()]) },
    expect: ['bind-too-late@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'libvirt rebinds it anyway',
    facts: { modprobe: ids, commandLine: line, modules: loaded, guests: fact([managed]), ...pciFacts([gpu()]) },
    expect: ['bind-too-late'],
    severity: 'info',
  },
  {
    name: 'the host driver is built in',
    facts: {
      modprobe: conf('options vfio-pci ids=1106:3483'),
      commandLine: line,
      modules: modules({ loaded: ['vfio_pci'], builtin: ['xhci_pci', 'xhci_hcd'] }),
      ...pciFacts([
        endpoint({ address: '0000:02:00.0', vendorId: '1106', deviceId: '3483', class: 0x0c0330, driver: 'xhci_hcd' }),
      ]),
    },
    expect: ['bind-too-late-builtin@0000:02:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a built-in driver of another name than its module',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: modules({ builtin: ['8250_pci'], loadable: ['vfio_pci'] }),
      ...pciFacts([gpu({ class: 0x070002, driver: 'serial' })]),
    },
    expect: ['bind-too-late-builtin@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a driver that has no module, whatever it is called',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: modules({ loadable: ['vfio_pci'] }),
      ...pciFacts([gpu({ class: 0x070002, driver: 'oddity', driverModule: null })]),
    },
    expect: ['bind-too-late-builtin@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a driver whose link to its module could not be read',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: modules({ loadable: ['vfio_pci'] }),
      ...pciFacts([gpu({ class: 0x070002, driver: 'oddity' })]),
    },
    expect: ['bind-too-late-not-loaded@0000:01:00.0'],
  },
  {
    name: 'nothing loaded vfio-pci',
    facts: { modprobe: ids, commandLine: line, modules: modules({ loadable: ['vfio_pci'] }), ...pciFacts([gpu()]) },
    expect: ['bind-too-late-not-loaded@0000:01:00.0'],
  },
  {
    name: 'a built-in vfio-pci does not read modprobe.d',
    facts: { modprobe: ids, commandLine: line, modules: modules({ builtin: ['vfio_pci'] }), ...pciFacts([gpu()]) },
    expect: ['ids-not-read-by-builtin@0000:01:00.0'],
  },
  {
    name: 'the same, where the command line is not shown',
    facts: { modprobe: ids, modules: modules({ builtin: ['vfio_pci'] }), ...pciFacts([gpu()]) },
    expect: ['ids-not-read-by-builtin@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a built-in vfio-pci had the id before the module came, and the log tells nothing',
    facts: { commandLine: commandLine('vfio_pci.ids=10de:1b80'), modules: inKernel, ...pciFacts([gpu()]) },
    expect: 'unknown',
  },
  {
    name: 'the same with a log that reaches back to the start',
    facts: {
      commandLine: commandLine('vfio_pci.ids=10de:1b80'),
      modules: inKernel,
      messages: messages(['vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000']),
      ...pciFacts([gpu()]),
    },
    expect: 'unknown',
  },
  {
    name: 'a built-in vfio-pci refuses what has no IOMMU group',
    facts: {
      commandLine: commandLine('vfio_pci.ids=10de:1b80'),
      modules: inKernel,
      ...pciFacts([gpu({ group: null })]),
    },
    expect: 'skip',
  },
  {
    name: 'a built-in vfio-pci was given another list after the one that has the id',
    facts: {
      commandLine: commandLine('vfio_pci.ids=10de:1b80 vfio-pci.ids=8086:1533'),
      modules: inKernel,
      ...pciFacts([gpu()]),
    },
    expect: 'skip',
  },
  {
    name: 'a built-in driver of graphics is started before a built-in vfio-pci',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      modules: modules({ builtin: ['vfio_pci', 'nouveau'] }),
      ...pciFacts([gpu()]),
    },
    expect: ['bind-too-late-builtin@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a built-in driver of USB is started after it, and has the device all the same',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      modules: modules({ builtin: ['vfio_pci', 'xhci_pci'] }),
      ...pciFacts([gpu({ class: 0x0c0330, driver: 'xhci_hcd' })]),
    },
    expect: 'unknown',
  },
  {
    name: 'one device is told, and another is not',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      modules: inKernel,
      ...pciFacts([gpu(), endpoint({ address: '0000:02:00.0', driver: 'e1000e', driverOverride: 'vfio-pci' })]),
    },
    expect: ['override-too-late@0000:02:00.0'],
  },
  {
    name: 'driver_override was written too late',
    facts: { modules: loaded, ...pciFacts([gpu({ driverOverride: 'vfio-pci' })]) },
    expect: ['override-too-late@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'the kernel has no vfio-pci, which is another matter',
    facts: { modprobe: ids, commandLine: line, modules: modules({}), ...pciFacts([gpu()]) },
    expect: 'skip',
  },
  {
    name: 'it is on vfio-pci',
    facts: { modprobe: ids, commandLine: line, modules: loaded, ...pciFacts([gpu({ driver: 'vfio-pci' })]) },
    expect: 'pass',
  },
  {
    name: 'a twin that vfio-pci did not get may be meant to stay',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      ...pciFacts([gpu({ driver: 'vfio-pci' }), gpu({ address: '0000:02:00.0' })]),
    },
    expect: 'pass',
  },
  ...(
    [
      ['the idle one of two cards is meant', [null, PRIMARY], [], [GPU]],
      ['the one that is not the primary display is meant', [MONITOR, PRIMARY], [], [GPU]],
      ['of two that are used alike neither is', [MONITOR, MONITOR], [], [GPU, TWIN]],
      ['of two idle ones neither is', [null, null], [], [GPU, TWIN]],
      ['the other one is asked for', [null, PRIMARY], [TWIN], [TWIN, GPU]],
    ] as const
  ).map(([name, [one, other], asked, late]) => ({
    name: `one id for two cards: ${name}`,
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      ...pciFacts([shown(GPU, one), shown(TWIN, other)]),
    },
    asked,
    expect: late.map((address) => `bind-too-late@${address}`),
  })),
  {
    name: 'what the host runs on is no late device, unless it is asked for',
    facts: {
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      ...pciFacts([gpu({ uses: [{ kind: 'disk', name: 'sda', inUse: 'mounted at /', source: '/proc/mounts' }] })]),
    },
    expect: 'skip',
  },
  {
    name: 'a bridge that is listed stays where it is',
    facts: {
      modprobe: conf('options vfio-pci ids=8086:1901'),
      commandLine: line,
      modules: loaded,
      ...pciFacts([bridge({ address: '0000:00:01.0' })]),
    },
    expect: 'skip',
  },
  {
    name: 'asked for, and not meant for the boot',
    facts: { modules: loaded, commandLine: line, ...pciFacts([gpu()]) },
    asked: [GPU],
    expect: 'skip',
  },
  {
    name: 'ids left over in the control domain of Xen, where pciback has the device',
    facts: {
      environment: environment({ hypervisor: 'xen', xenDom0: true }),
      modprobe: ids,
      commandLine: line,
      modules: loaded,
      ...pciFacts([gpu({ driver: 'pciback' })]),
    },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
