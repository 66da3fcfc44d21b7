import { check } from '../../../checks/device/framebuffer.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, kernel, messages, pciFacts } from '../../support/facts.ts'

const reserve = "vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]"
const console = { kind: 'framebuffer', name: 'fb0', inUse: null, source: '/sys/class/graphics/fb0' }
const card = (patch: Record<string, unknown>) =>
  endpoint({ address: '0000:01:00.0', group: 1, class: 0x030000, driver: 'vfio-pci', uses: undefined, ...patch })

checkTable(check, [
  {
    name: 'vfio-pci cannot reserve a BAR',
    facts: { messages: messages([reserve]) },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the same on a graphics card that is known',
    facts: { ...pciFacts([card({})]), messages: messages([reserve]), kernel: kernel('5.15.0') },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'it was freed since, as far as the host shows',
    facts: { ...pciFacts([card({ uses: [] })]), messages: messages([reserve]), kernel: kernel('5.15.0') },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    severity: 'warn',
    confidence: 'possible',
  },
  {
    name: 'a framebuffer began in that memory',
    facts: {
      ...pciFacts([card({})]),
      messages: messages(['efifb: framebuffer at 0xe0000000, using 8100k, total 8100k', reserve]),
    },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: '/proc/iomem shows one in it, and nothing tells the class',
    facts: { messages: messages([reserve, '    e0000000-e07e8fff : BOOTFB']) },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the framebuffer is elsewhere, and this kernel frees that of a VGA card',
    facts: {
      ...pciFacts([card({})]),
      messages: messages([reserve, '    c0000000-c07e8fff : BOOTFB']),
      kernel: kernel('6.8.0'),
    },
    expect: ['bar-held-by-host@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a display that is no VGA card keeps its framebuffer on every kernel',
    facts: { ...pciFacts([card({ class: 0x038000 })]), messages: messages([reserve]), kernel: kernel('6.8.0') },
    expect: ['framebuffer-holds-bar@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a network card has no framebuffer',
    facts: { ...pciFacts([card({ class: 0x020000, driver: 'igb' })]), messages: messages([reserve]) },
    expect: ['bar-held-by-host@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'another driver could not reserve a BAR',
    facts: { messages: messages([reserve.replace('vfio-pci', 'nvme')]) },
    expect: 'skip',
  },
  {
    name: 'QEMU reaches a BAR slowly',
    facts: { messages: messages(['qemu-system-x86_64: Failed to mmap 0000:01:00.0 BAR 0. Performance may be slow']) },
    expect: ['bar-access-slow@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'a console on a card to be taken by an old kernel',
    facts: {
      ...pciFacts([card({ driver: null, driverOverride: 'vfio-pci', uses: [console] })]),
      kernel: kernel('5.15.0'),
    },
    expect: ['framebuffer-on-device@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'the same on a kernel that frees it',
    facts: {
      ...pciFacts([card({ driver: null, driverOverride: 'vfio-pci', uses: [console] })]),
      kernel: kernel('6.8.0'),
    },
    expect: 'skip',
  },
  {
    name: 'no console on the card',
    facts: { ...pciFacts([card({ uses: [] })]), kernel: kernel('5.15.0') },
    expect: 'pass',
  },
  {
    name: 'the memory of a device that is gone',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_region_write(0000:01:00.0:region1+0x48, 0x0,4) failed: No such device',
      ]),
    },
    expect: 'skip',
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
