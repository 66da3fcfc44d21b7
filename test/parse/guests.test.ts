import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostAddress, keyValues, parseDeviceArgument } from '../../src/parse/host-device.ts'
import { parseLibvirtDomain } from '../../src/parse/libvirt-domain.ts'
import { parseProxmoxConfig } from '../../src/parse/proxmox-config.ts'
import { parseQemuCommand } from '../../src/parse/qemu-command.ts'
import { scanXml } from '../../src/parse/xml-scan.ts'

describe('hostAddress', () => {
  test.each<[string, string | null, boolean]>([
    ['01:00.0', '0000:01:00.0', false],
    ['0000:01:00.1', '0000:01:00.1', false],
    ['10000:E1:00.0', '10000:e1:00.0', false],
    ['1:0.0', '0000:01:00.0', false],
    ['0000:01:00', '0000:01:00.0', true],
    ['01:00', '0000:01:00.0', true],
    ['01:20.0', null, false],
    ['01:00.8', null, false],
    ['all-gpus', null, false],
  ])('%s', (text, address, allFunctions) => {
    expect(hostAddress(text)).toEqual(address === null ? null : { address, allFunctions })
  })
})

test('keyValues: QEMU’s commas', () => {
  expect(keyValues('vfio-pci,host=1,,2,x-vga,a=b=c,', 'driver')).toEqual([
    ['driver', 'vfio-pci'],
    ['host', '1,2'],
    ['x-vga', 'on'],
    ['a', 'b=c'],
  ])
})

describe('parseDeviceArgument', () => {
  test.each<[string, string | null]>([
    ['vfio-pci,host=01:00.0,x-vga=on', '0000:01:00.0'],
    ['vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0', '0000:01:00.0'],
    ['vfio-pci,sysfsdev=/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/', '0000:01:00.0'],
    ['vfio-pci,sysfsdev=/sys/devices/pci0000:00/0000:00:02.0/6b3e4ae2-0000-4000-8000-000000000000', null],
    ['{"driver":"vfio-pci","host":"0000:01:00.0","id":"hostdev0"}', '0000:01:00.0'],
    ['{driver:vfio-pci,host:0000:01:00.0,id:hostdev0}', '0000:01:00.0'],
    ['pci-assign,host=03:00.0', '0000:03:00.0'],
  ])('%s', (text, address) => {
    expect(parseDeviceArgument(text)).toMatchObject({ address, text: `-device ${text}`, managed: null })
  })

  test.each(['virtio-net-pci,host=01:00.0', '', '{', '{}', 'vfio-ap,sysfsdev=/x'])('%j is another device', (text) => {
    expect(parseDeviceArgument(text)).toBe(null)
  })

  test('its options', () => {
    expect(parseDeviceArgument('vfio-pci,host=01:00.0,romfile=/a,,b.rom,multifunction=on')).toMatchObject({
      romFile: '/a,b.rom',
      options: { driver: 'vfio-pci', host: '01:00.0', multifunction: 'on' },
    })
  })
})

describe('parseQemuCommand', () => {
  test('as a script has it', () => {
    const text = `# start
sudo /usr/bin/qemu-system-x86_64 -enable-kvm \\
  -name guest=win10,debug-threads=on -machine type=q35,accel=kvm -m 8G \\
  -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd \\
  -device vfio-pci,host=01:00.0,x-vga=on -device "vfio-pci,host=01:00.1" -device ich9-ahci \\
  -device '{"driver":"vfio-pci","host":"0000:02:00.0"}'`
    expect(parseQemuCommand(text)).toMatchObject({
      name: 'win10',
      manager: 'qemu',
      machine: 'q35',
      firmware: 'uefi',
      memoryBytes: 8 * 2 ** 30,
      running: null,
      hostDevices: [{ address: '0000:01:00.0' }, { address: '0000:01:00.1' }, { address: '0000:02:00.0' }],
    })
  })

  test.each<[string, object]>([
    ['qemu-system-x86_64 -m 4096', { memoryBytes: 4096 * 2 ** 20, firmware: 'bios', machine: null, name: 'qemu' }],
    ['qemu-kvm -m size=8388608k,slots=4 -M pc', { memoryBytes: 8 * 2 ** 30, machine: 'pc' }],
    ['qemu-system-x86_64 -m 1.5G -bios /x/OVMF.fd', { memoryBytes: 1.5 * 2 ** 30, firmware: 'uefi' }],
    ['qemu-system-aarch64 -m $RAM -machine accel=kvm', { memoryBytes: null, firmware: null, machine: null }],
    ['qemu-system-x86_64 -machine q35,pflash0=code', { firmware: 'uefi' }],
    ['-device vfio-pci,host=01:00.0', { name: 'qemu', firmware: null, hostDevices: [{ address: '0000:01:00.0' }] }],
  ])('%s', (text, wanted) => {
    expect(parseQemuCommand(text)).toMatchObject(wanted)
  })

  test.each(['', 'ls -l', '-device e1000', 'echo qemu', 'kvm: -device vfio-pci,host=01:00.0: vfio: error'])(
    '%j is none',
    (text) => {
      expect(parseQemuCommand(text)).toBe(null)
    },
  )
})

describe('parseProxmoxConfig', () => {
  const text = `#a comment
agent: 1
args: -cpu host -device vfio-pci,host=05:00.0
bios: ovmf
hostpci0: 0000:01:00,pcie=1,x-vga=1
hostpci1: host=02:00.0;02:00.1,romfile=a.rom
hostpci2: mapping=gpu,mdev=nvidia-1
machine: pc-q35-8.1,viommu=intel
memory: 16384
name: win11

[snap]
hostpci3: 09:00.0
name: old
`
  test('a whole file', () => {
    expect(parseProxmoxConfig(text, '/etc/pve/qemu-server/100.conf', true)).toMatchObject({
      name: 'win11',
      manager: 'proxmox',
      machine: 'pc-q35-8.1',
      firmware: 'uefi',
      memoryBytes: 16 * 2 ** 30,
      hostDevices: [
        { address: '0000:01:00.0', allFunctions: true, managed: true, options: { pcie: '1', 'x-vga': '1' } },
        { address: '0000:02:00.0', allFunctions: false, romFile: 'a.rom' },
        { address: '0000:02:00.1', text: 'hostpci1: host=02:00.0;02:00.1,romfile=a.rom' },
        { address: null, options: { mapping: 'gpu', mdev: 'nvidia-1' } },
        { address: '0000:05:00.0', managed: null },
      ],
    })
  })

  test('what is missing has a default in the file, and is unknown in a piece of it', () => {
    expect(parseProxmoxConfig('cores: 4', '/etc/pve/qemu-server/100.conf', true)).toMatchObject({
      name: 'VM 100',
      machine: 'pc',
      firmware: 'bios',
      memoryBytes: 512 * 2 ** 20,
    })
    expect(parseProxmoxConfig('hostpci0: 01:00.0', 'line 3')).toMatchObject({
      name: 'guest',
      machine: null,
      firmware: null,
      memoryBytes: null,
    })
  })

  test('the commands that write it', () => {
    const commands = '# qm set 100 -hostpci0 01:00,pcie=1\nqm set 100 --hostpci1 "02:00.0" --memory 1024\n'
    expect(parseProxmoxConfig(commands, 'line 1')).toMatchObject({
      name: 'VM 100',
      memoryBytes: 2 ** 30,
      hostDevices: [
        { address: '0000:01:00.0', allFunctions: true },
        { address: '0000:02:00.0', text: 'hostpci1: 02:00.0' },
      ],
    })
  })

  test('memory with its name', () => {
    expect(parseProxmoxConfig('memory: current=2048', 'x')?.memoryBytes).toBe(2 ** 31)
  })

  test.each(['', 'hello', 'Subject: help', 'name: somebody'])('%j is none', (other) => {
    expect(parseProxmoxConfig(other, 'x')).toBe(null)
  })
})

describe('parseLibvirtDomain', () => {
  const xml = `<?xml version="1.0"?>
<!-- <hostdev type='pci'/> -->
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>win &amp; 10</name>
  <memory unit='GiB'>8</memory>
  <os><type arch='x86_64' machine='pc-q35-6.2'>hvm</type><loader readonly='yes' type='pflash'>/x.fd</loader></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <driver name='vfio'/>
      <source><address domain='0x0000' bus='0x0a' slot='0x00' function='0x1'/></source>
      <rom bar='off' file='/a.rom'/>
      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>
    </hostdev>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/></source></hostdev>
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='u-1'/></source></hostdev>
    <interface type='hostdev' managed='no'><source><address type='pci' bus="10" slot='017'/></source></interface>
    <interface type='network'><source network='default'/></interface>
  </devices>
  <qemu:commandline><qemu:arg value='-device'/><qemu:arg value='vfio-pci,host=07:00.0'/></qemu:commandline>
</domain>`

  test('a whole domain', () => {
    const guest = parseLibvirtDomain(xml, 'x')
    expect(guest).toMatchObject({
      name: 'win & 10',
      manager: 'libvirt',
      machine: 'pc-q35-6.2',
      firmware: 'uefi',
      memoryBytes: 8 * 2 ** 30,
      running: null,
      source: 'x',
      hostDevices: [
        {
          address: '0000:0a:00.1',
          managed: true,
          romFile: '/a.rom',
          options: { type: 'pci', driver: 'vfio', 'rom-bar': 'off' },
        },
        { address: null, managed: null, options: { type: 'mdev', model: 'vfio-pci', uuid: 'u-1' } },
        { address: '0000:0a:0f.0', managed: false },
        { address: '0000:07:00.0', managed: null },
      ],
    })
    expect(guest?.hostDevices[2]?.text).toBe(
      `<interface type='hostdev' managed='no'><source><address type='pci' bus="10" slot='017'/></source></interface>`,
    )
  })

  test.each<[string, object]>([
    ["<domain><os firmware='efi'/></domain>", { firmware: 'uefi', name: 'guest' }],
    ["<domain><os><type arch='x86_64'>hvm</type></os></domain>", { firmware: 'bios' }],
    ["<domain><os><type arch='aarch64'>hvm</type></os></domain>", { firmware: null }],
    ['<domain><os><loader>/x/OVMF_CODE.fd</loader></os></domain>', { firmware: 'uefi' }],
    ['<domain><memory>1024</memory></domain>', { memoryBytes: 2 ** 20, firmware: null }],
    ["<domain><memory unit='MB'>3</memory></domain>", { memoryBytes: 3_000_000 }],
    ["<domain><memory unit='bytes'>7</memory></domain>", { memoryBytes: 7 }],
    ["<domstatus state='running'><domain><name>a</name></domain></domstatus>", { running: true, name: 'a' }],
  ])('%s', (text, wanted) => {
    expect(parseLibvirtDomain(text, 'x')).toMatchObject(wanted)
  })

  test('a piece, cut off in the middle', () => {
    const text = "<hostdev mode='subsystem' type='pci'>\n<source>\n<address bus='1' slot='0' function='0'/>\n</source>"
    expect(parseLibvirtDomain(text, 'x')?.hostDevices).toMatchObject([
      { address: '0000:01:00.0', managed: false, text },
    ])
  })

  test.each(['', 'text', '<network/>', "<hostdev type='usb'/>", '<'])('%j is none', (text) => {
    expect(parseLibvirtDomain(text, 'x')).toBe(null)
  })

  test('an address out of range is none', () => {
    const text = "<hostdev type='pci'><source><address bus='0x1ff' slot='0' function='0'/></source></hostdev>"
    expect(parseLibvirtDomain(text, 'x')?.hostDevices).toMatchObject([{ address: null }])
  })
})

describe('hostile texts', () => {
  const unit = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    'a',
    'domain',
    'hostdev',
    ' ',
    "='",
    '"',
    '&',
    '<!--',
    ',',
    ':',
    '{',
  )

  test('nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string()), (text) => {
        expect(() => [
          parseLibvirtDomain(text, 'x'),
          parseProxmoxConfig(text, 'x'),
          parseProxmoxConfig(`hostpci0: ${text}`, 'x'),
          parseQemuCommand(`-device ${text}`),
          parseDeviceArgument(`vfio-pci,${text}`),
        ]).not.toThrow()
      }),
    )
  })

  test('every element stands inside its parent', () => {
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const inside = (elements: ReturnType<typeof scanXml>, start: number, end: number): void => {
          for (const one of elements) {
            expect(one.start).toBeGreaterThanOrEqual(start)
            expect(one.end).toBeLessThanOrEqual(end)
            expect(text.startsWith(`<${one.name}`, one.start)).toBe(true)
            inside(one.children, one.start, one.end)
          }
        }
        inside(scanXml(text), 0, text.length)
      }),
    )
  })

  test('depth has an end', () => {
    const depth = (elements: ReturnType<typeof scanXml>): number =>
      elements.length === 0 ? 0 : 1 + Math.max(...elements.map((one) => depth(one.children)))
    expect(depth(scanXml('<a>'.repeat(1000)))).toBe(64)
  })
})
