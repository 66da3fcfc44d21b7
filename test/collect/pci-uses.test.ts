import { describe, expect, test } from 'vitest'
import { usesOf } from '../../src/collect/pci-uses.ts'
import { known, unknown, type Fact } from '../../src/model/fact.ts'
import type { DeviceUse } from '../../src/model/pci.ts'
import { parseResource } from '../../src/parse/pci-resource.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const CARD = '0000:01:00.0'
const ABOVE = '../../devices/pci0000:00/0000:00:01.0'
type Files = Readonly<Record<string, Entry>>

interface Subject {
  readonly files: Files
  readonly address?: string
  readonly classCode?: number
  readonly driver?: string | null
  readonly bootVga?: boolean | null
  readonly resource?: string
}

/** Every class is there and empty, so that nothing is unknown but what a test hides. */
const BASE: Files = Object.fromEntries(
  ['block', 'net', 'drm', 'input', 'sound', 'vtconsole'].map((name) => [`/sys/class/${name}/`, '']),
)

function uses(subject: Subject): unknown {
  const fact = found(subject)
  return fact.state === 'known'
    ? fact.value.map((one) => `${one.kind} ${one.name}: ${one.inUse ?? 'idle'}`)
    : `? ${fact.reason} ${fact.source}`
}

function seats(subject: Subject): unknown {
  const fact = found(subject)
  return fact.state === 'known' ? fact.value.map((one) => one.seat) : fact
}

function found(subject: Subject): Fact<readonly DeviceUse[]> {
  const { files, address = CARD, classCode = 0x030000, driver = 'some', bootVga = null } = subject
  const resource = subject.resource ?? '0x00000000e0000000 0x00000000efffffff 0x000000000014220c'
  const host = memoryHost({
    files: {
      ...BASE,
      '/sys/bus/platform/devices/': '',
      '/proc/self/mountinfo': '',
      '/proc/swaps': 'Filename Type Size Used Priority\n',
      '/proc/net/route': 'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n',
      '/proc/net/ipv6_route': '',
      ...files,
    },
  })
  const fn = {
    address,
    class: known(classCode, 'class'),
    driver: known(driver, 'driver'),
    bootVga: known(bootVga, 'boot_vga'),
    resources: known(parseResource(resource) ?? [], 'resource'),
  }
  return usesOf(host, [fn])(fn)
}

const link = (target: string): Entry => ({ link: target })
const mount = (device: string, at: string, type: string, source: string): string =>
  `36 35 ${device} / ${at} rw,noatime shared:1 - ${type} ${source} rw\n`

describe('disks', () => {
  const disk: Files = {
    '/sys/class/block/sda': link(`${ABOVE}/${CARD}/ata1/host0/target0:0:0/0:0:0:0/block/sda`),
    '/sys/class/block/sda1': link(`${ABOVE}/${CARD}/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1`),
    '/sys/class/block/dm-0': link('../../devices/virtual/block/dm-0'),
    '/sys/class/block/md127': link('../../devices/virtual/block/md127'),
    '/sys/dev/block/8:1': link(`${ABOVE}/${CARD}/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1`),
    '/sys/dev/block/253:0': link('../../devices/virtual/block/dm-0'),
    '/dev/mapper/root': link('../dm-0'),
  }
  // The links above point at directories that are not there: what stands below them is put where they lead.
  const at = (name: string): string =>
    `/sys/devices/pci0000:00/0000:00:01.0/${CARD}/ata1/host0/target0:0:0/0:0:0:0/${name}`
  const held: Files = {
    [`${at('block/sda/sda1')}/holders/md127`]: link('../../md127'),
    '/sys/devices/virtual/block/md127/holders/dm-0': link('../../dm-0'),
    '/sys/devices/virtual/block/dm-0/dm/name': 'root\n',
  }

  test.each<[string, Files, unknown]>([
    ['nothing on it', {}, ['disk sda: idle']],
    [
      'a partition mounted',
      { '/proc/self/mountinfo': mount('8:1', '/srv/a\\040b', 'ext4', '/dev/sda1') },
      ['disk sda: mounted at /srv/a b'],
    ],
    [
      'several mounts, the root first',
      {
        '/proc/self/mountinfo':
          mount('8:1', '/var', 'ext4', '/dev/sda1') +
          mount('8:1', '/', 'ext4', '/dev/sda1') +
          mount('8:1', '/srv/one', 'ext4', '/dev/sda1') +
          mount('8:1', '/srv/three', 'ext4', '/dev/sda1'),
      },
      ['disk sda: mounted at /, mounted at /var, mounted at /srv/one and 1 more'],
    ],
    ['in a container idle may only seem so', { '/run/systemd/container': 'lxc\n' }, '? not-collected /sys/class'],
    [
      'in a container what is mounted is in use all the same',
      { '/run/systemd/container': 'lxc\n', '/proc/self/mountinfo': mount('8:1', '/data', 'ext4', '/dev/sda1') },
      ['disk sda: mounted at /data'],
    ],
    ['swap', { '/proc/swaps': 'Filename Type\n/dev/sda1 partition 1 0 -2\n' }, ['disk sda: swap']],
    [
      'RAID under device mapper under a mount',
      { ...held, '/proc/self/mountinfo': mount('253:0', '/', 'xfs', '/dev/mapper/root') },
      ['disk sda: mounted at /'],
    ],
    [
      'btrfs through a link of udev',
      { ...held, '/proc/self/mountinfo': mount('0:31', '/', 'btrfs', '/dev/mapper/root') },
      ['disk sda: mounted at /'],
    ],
    [
      'a second device of a mounted btrfs',
      { '/sys/fs/btrfs/features/': '', '/sys/fs/btrfs/f0e1/devices/sda1': link('../../../../x/sda1') },
      ['disk sda: part of a mounted btrfs'],
    ],
    ['a volume that is open and not mounted', held, ['disk sda: part of dm-0 (root)']],
    ['hidden mounts', { '/proc/self/mountinfo': { error: 'denied' } }, '? denied /proc/self/mountinfo'],
    [
      'hidden mounts, but swap',
      { '/proc/self/mountinfo': { error: 'denied' }, '/proc/swaps': 'Filename\n/dev/sda1 partition\n' },
      ['disk sda: swap'],
    ],
  ])('%s', (_, more, wanted) => {
    expect(uses({ files: { ...disk, ...more }, classCode: 0x010601 })).toEqual(wanted)
  })

  const zfs: Files = {
    '/proc/spl/kstat/zfs/rpool/state': 'ONLINE\n',
    '/proc/spl/kstat/zfs/arcstats': '',
    [`${at('block/sda')}/dev`]: '8:0\n',
    [`${at('block/sda/sda1')}/dev`]: '8:1\n',
    '/run/udev/data/b8:0': 'E:ID_PART_TABLE_TYPE=gpt\n',
  }
  test.each<[string, Files, unknown]>([
    [
      'a member of an imported pool',
      { ...zfs, '/run/udev/data/b8:1': 'E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=rpool\n' },
      ['disk sda: a member of the ZFS pool rpool'],
    ],
    [
      'a member of a pool that is not imported',
      { ...zfs, '/run/udev/data/b8:1': 'E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=old\n' },
      ['disk sda: idle'],
    ],
    ['no member', { ...zfs, '/run/udev/data/b8:1': 'E:ID_FS_TYPE=ext4\n' }, ['disk sda: idle']],
    ['no record of udev, so it cannot be told', zfs, '? absent /run/udev/data/b8:1'],
    ['no pool imported', { '/proc/spl/kstat/zfs/arcstats': '' }, ['disk sda: idle']],
  ])('ZFS: %s', (_, more, wanted) => {
    expect(uses({ files: { ...disk, ...more }, classCode: 0x010601 })).toEqual(wanted)
  })

  test('NVMe with multipath: the path is hidden, the disk is virtual', () => {
    const files = {
      '/sys/class/block/nvme0c1n1': link(`${ABOVE}/${CARD}/nvme/nvme1/nvme0c1n1`),
      '/sys/class/block/nvme0n1': link('../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1'),
      '/sys/dev/block/259:0': link('../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1'),
      '/proc/self/mountinfo': mount('259:0', '/', 'ext4', '/dev/nvme0n1'),
    }
    expect(uses({ files, classCode: 0x010802 })).toEqual(['disk nvme0n1: mounted at /'])
  })

  test('a disk behind VMD is lost with VMD too', () => {
    const path = '../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1'
    const files = { '/sys/class/block/nvme0n1': link(path) }
    expect(uses({ files, address: '0000:00:0e.0' })).toEqual(['disk nvme0n1: idle'])
    expect(uses({ files, address: '10000:e1:00.0' })).toEqual(['disk nvme0n1: idle'])
    expect(uses({ files, address: '10000:e0:06.0' })).toEqual([])
  })
})

describe('network', () => {
  const nic: Files = { '/sys/class/net/enp1s0': link(`${ABOVE}/${CARD}/net/enp1s0`) }
  const at = `/sys/devices/pci0000:00/0000:00:01.0/${CARD}/net/enp1s0`
  const second: Files = { '/sys/class/net/enp2s0': link(`${ABOVE}/0000:02:00.0/net/enp2s0`) }
  const route = (name: string): string =>
    `Iface\tDestination\n${name}\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`
  const zeros = '0'.repeat(32)
  const route6 = (name: string): string =>
    `${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003 ${name.padStart(8)}\n`

  test.each<[string, Files, unknown]>([
    ['down', {}, ['network enp1s0: idle']],
    [
      'the only one, up',
      { [`${at}/operstate`]: 'up\n' },
      ['network enp1s0: its link is up, and it is the only network interface'],
    ],
    [
      'the only one on PCI, beside one on a platform bus',
      {
        '/sys/class/net/eth0': link('../../devices/platform/soc/1c30000.ethernet/net/eth0'),
        '/sys/class/net/vmbr0': link('../../devices/virtual/net/vmbr0'),
        [`${at}/operstate`]: 'up\n',
      },
      ['network enp1s0: its link is up'],
    ],
    ['one of two, up', { ...second, [`${at}/operstate`]: 'up\n' }, ['network enp1s0: its link is up']],
    [
      'a driver that reports no state, with a carrier',
      { ...second, [`${at}/operstate`]: 'unknown\n', [`${at}/carrier`]: '1\n' },
      ['network enp1s0: its link is up'],
    ],
    [
      'the default route',
      { ...second, '/proc/net/route': route('enp1s0') },
      ['network enp1s0: it carries the default route'],
    ],
    [
      'the default route of IPv6',
      { ...second, '/proc/net/ipv6_route': route6('lo') + route6('enp1s0') },
      ['network enp1s0: it carries the default route'],
    ],
    [
      'the default route of a bridge over a bond',
      {
        ...second,
        [`${at}/upper_bond0`]: link('../../bond0'),
        '/sys/class/net/bond0/upper_vmbr0': link('../vmbr0'),
        '/sys/class/net/vmbr0/upper_bond0': link('../bond0'),
        '/proc/net/route': route('vmbr0'),
      },
      ['network enp1s0: it carries the default route of vmbr0'],
    ],
    ['hidden routes', { '/proc/net/route': { error: 'denied' } }, '? denied /proc/net/route'],
  ])('%s', (_, more, wanted) => {
    expect(uses({ files: { ...nic, ...more }, classCode: 0x020000 })).toEqual(wanted)
  })
})

describe('displays', () => {
  const drm: Files = {
    '/sys/class/drm/card0': link(`${ABOVE}/${CARD}/drm/card0`),
    '/sys/class/drm/renderD128': link(`${ABOVE}/${CARD}/drm/renderD128`),
    '/sys/class/drm/card0-DP-1/status': 'disconnected\n',
    '/sys/class/drm/card0-HDMI-A-1/status': 'connected\n',
  }
  test('a monitor, the primary display, and neither', () => {
    expect(uses({ files: drm })).toEqual(['display card0: a monitor is connected to HDMI-A-1'])
    expect(uses({ files: { '/sys/class/drm/card0': link(`${ABOVE}/${CARD}/drm/card0`) }, bootVga: true })).toEqual([
      'display card0: it is the primary display',
    ])
    expect(uses({ files: { '/sys/class/drm/card0': link(`${ABOVE}/${CARD}/drm/card0`) } })).toEqual([
      'display card0: idle',
    ])
  })

  test('programs that have the card open', () => {
    const row = (command: string): string => `${command.padStart(20)}  1410 128   n    n  1000          0\n`
    const card = { '/sys/class/drm/card0': link(`${ABOVE}/${CARD}/drm/card0`) }
    const clients = (...names: readonly string[]): Files => ({
      ...card,
      '/sys/kernel/debug/dri/0/clients': `${'command'.padStart(20)}  tgid dev master a   uid      magic\n${names.map(row).join('')}`,
    })
    expect(uses({ files: clients() })).toEqual(['display card0: idle'])
    expect(uses({ files: clients('gnome-shell') })).toEqual(['display card0: gnome-shell has it open'])
    expect(uses({ files: clients('Xorg', 'kwin_x11', 'a', 'b') })).toEqual([
      'display card0: Xorg, kwin_x11, a and 1 more have it open',
    ])
    expect(uses({ files: { ...card, '/sys/kernel/debug/dri/0/clients': { error: 'denied' } } })).toEqual([
      'display card0: idle',
    ])
  })

  test('the VGA text console stands on the primary display alone', () => {
    const files: Files = {
      '/sys/class/vtconsole/vtcon0/name': '(S) VGA+\n',
      '/sys/class/vtconsole/vtcon0/bind': '1\n',
    }
    expect(uses({ files, bootVga: true, driver: null })).toEqual([
      'display VGA console: the text console is drawn on it',
    ])
    expect(uses({ files, bootVga: false, driver: null })).toEqual([])
    expect(uses({ files: { ...files, '/sys/class/vtconsole/vtcon0/bind': '0\n' }, bootVga: true })).toEqual([])
  })
})

describe('the framebuffer of firmware', () => {
  const platform = (target: string): Files => ({ '/sys/bus/platform/devices/simple-framebuffer.0': link(target) })
  const old = platform('../../../devices/platform/simple-framebuffer.0')
  const iomem = (name: string, start: string): string =>
    `e0000000-efffffff : 0000:01:00.0\n  ${start}-e02fffff : ${name}\n`

  test.each<[string, Files, unknown]>([
    ['none', {}, []],
    [
      'below the card (6.9 and later)',
      platform(`../../../devices/pci0000:00/0000:00:01.0/${CARD}/simple-framebuffer.0`),
      ['framebuffer simple-framebuffer.0: the framebuffer of the firmware (simple-framebuffer.0) lies in its memory'],
    ],
    ...['BOOTFB', 'efifb', 'simplefb'].map((name): [string, Files, unknown] => [
      `in a BAR, as ${name}`,
      { ...old, '/proc/iomem': iomem(name, 'e0000000') },
      [`framebuffer ${name}: the framebuffer of the firmware (${name}) lies in its memory`],
    ]),
    ['in other memory', { ...old, '/proc/iomem': iomem('BOOTFB', 'd0000000') }, []],
    [
      'addresses hidden',
      { ...old, '/proc/iomem': '00000000-00000000 : 0000:01:00.0\n  00000000-00000000 : BOOTFB\n' },
      '? denied /proc/iomem',
    ],
    ['addresses hidden, but no framebuffer', { '/proc/iomem': '00000000-00000000 : x\n' }, []],
  ])('%s', (_, files, wanted) => {
    expect(uses({ files, driver: null })).toEqual(wanted)
  })

  test('what is hidden is no question for a disk', () => {
    const files = { ...old, '/proc/iomem': '00000000-00000000 : x\n' }
    expect(uses({ files, classCode: 0x010802 })).toEqual([])
  })
})

describe('sound and input', () => {
  test('a card that plays, and one that does not', () => {
    const files: Files = {
      '/sys/class/sound/card0': link(`${ABOVE}/${CARD}/sound/card0`),
      '/sys/class/sound/controlC0': link(`${ABOVE}/${CARD}/sound/card0/controlC0`),
      '/proc/asound/card0/pcm0p/sub0/status': 'closed\n',
    }
    expect(uses({ files })).toEqual(['sound card0: idle'])
    const playing = { ...files, '/proc/asound/card0/pcm3p/sub0/status': 'state: RUNNING\nowner_pid : 1\n' }
    expect(uses({ files: playing })).toEqual(['sound card0: it plays or records now'])
  })

  const usb = (uevent: string): Files => {
    const path = `pci0000:00/0000:00:01.0/${CARD}/usb1/1-2/1-2:1.0/0003:046D:C31C.0001/input/input3`
    return { '/sys/class/input/input3': link(`../../devices/${path}`), [`/sys/devices/${path}/uevent`]: uevent }
  }
  test.each([
    [
      'a keyboard',
      'NAME="A Keyboard"\nEV=120013\nKEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n',
      ['input input3: a keyboard of the host is plugged in: A Keyboard'],
    ],
    [
      'a mouse',
      'NAME="A Mouse"\nEV=17\nKEY=ff0000 0 0 0 0\nREL=1943\n',
      ['input input3: a mouse of the host is plugged in: A Mouse'],
    ],
    ['buttons of a headset', 'NAME="Headset"\nEV=13\nKEY=c000000000000 0\n', []],
    ['nothing that we can read', 'hm\n', []],
  ])('%s', (_, uevent, wanted) => {
    expect(uses({ files: usb(uevent), classCode: 0x0c0330 })).toEqual(wanted)
  })

  test('a keyboard and a picture are what a person works by, a mouse or a card that is merely open are not', () => {
    const keyboard = 'KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n'
    const card = { '/sys/class/drm/card0': link(`${ABOVE}/${CARD}/drm/card0`) }
    const clients = 'command tgid dev master a uid magic\nXorg 1 0 y y 0 0\n'
    expect(seats({ files: usb(keyboard), classCode: 0x0c0330 })).toEqual(['keyboard'])
    expect(seats({ files: usb('KEY=ff0000 0 0 0 0\nREL=1943\n'), classCode: 0x0c0330 })).toEqual([undefined])
    const laptop = {
      '/sys/class/input/input0': link('../../devices/platform/i8042/serio0/input/input0'),
      '/sys/class/input/input0/uevent': keyboard,
    }
    expect(seats({ files: { ...usb(keyboard), ...laptop }, classCode: 0x0c0330 })).toEqual([undefined])
    expect(seats({ files: card, bootVga: true })).toEqual(['picture'])
    expect(seats({ files: { ...card, '/sys/kernel/debug/dri/0/clients': clients } })).toEqual([undefined])
  })
})

describe('what could not be seen', () => {
  const hidden: Files = { '/sys/class/net': { error: 'denied' } }
  const without = Object.fromEntries(Object.entries(BASE).filter(([name]) => name !== '/sys/class/net/'))
  const host = memoryHost({
    files: {
      ...without,
      ...hidden,
      '/sys/class/block/sda': link(`${ABOVE}/${CARD}/block/sda`),
      '/sys/bus/platform/devices/': '',
      '/proc/self/mountinfo': '',
    },
  })
  const fn = (driver: string | null) => ({
    address: '0000:05:00.0',
    class: known(0x020000, 'class'),
    driver: known(driver, 'driver'),
    bootVga: known(null, 'boot_vga'),
    resources: known([], 'resource'),
  })

  test('a function with a driver is not called idle', () => {
    expect(usesOf(host, [fn('igb')])(fn('igb'))).toMatchObject({ state: 'unknown', source: '/sys/class/net' })
  })

  test.each([
    ['a disk controller has no network card on it', 0x010802, true],
    ['nor has a display', 0x030000, true],
    ['a USB controller may have one', 0x0c0330, false],
    ['an accelerator may be anything', 0x120000, false],
  ])('%s', (_name, code, idle) => {
    const one = { ...fn('x'), class: known(code, 'class') }
    expect(usesOf(host, [one])(one).state).toBe(idle ? 'known' : 'unknown')
  })

  test('a class that could not be read rules nothing out', () => {
    const one = { ...fn('x'), class: unknown('denied', 'class') }
    expect(usesOf(host, [one])(one).state).toBe('unknown')
  })

  test('on a function without a driver nothing of the host can stand', () => {
    expect(usesOf(host, [fn(null)])(fn(null))).toMatchObject({ state: 'known', value: [] })
  })
})
