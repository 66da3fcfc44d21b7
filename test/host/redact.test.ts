import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/host/redact.ts'

describe('what is masked', () => {
  test.each([
    ['a MAC address', 'e1000e: eth0: 68:05:CA:12:34:56', 'e1000e: eth0: 00:00:5e:00:53:01'],
    ['behind and before a colon', 'mac:68:05:ca:12:34:56: up', 'mac:00:00:5e:00:53:01: up'],
    ['with dashes', 'address 68-05-ca-12-34-56', 'address 00-00-5e-00-53-01'],
    ['an interface named after it', 'enx6805ca123456: renamed', 'enx00005e005301: renamed'],
    [
      'an Ethernet header of netfilter, both addresses',
      'MAC=68:05:ca:12:34:56:00:1b:21:aa:bb:cc:08:00 SRC=10.1.2.3 DST=10.1.2.4',
      'MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=192.0.2.1 DST=192.0.2.2',
    ],
    [
      'the serial of a PCI device',
      'Device Serial Number 68-05-ca-ff-ff-12-34-56',
      'Device Serial Number 00-00-5e-00-53-01-00-00',
    ],
    ['the serial in vital product data', '[SN] Serial number: 4C7', '[SN] Serial number: serial-1'],
    [
      'names of units',
      'dev-disk-by\\x2duuid-2B82\\x2dA4DC.device by-uuid/2B82-A4DC dev-disk-by\\x2did-ata\\x2dWDC_WD\\x2dW7\\x2dpart2.swap',
      'dev-disk-by\\x2duuid-volume\\x2d1.device by-uuid/volume-1 dev-disk-by\\x2did-id\\x2d1\\x2dpart2.swap',
    ],
    [
      'a UUID in the name of a unit',
      'systemd-cryptsetup@luks\\x2da1b2c3d4\\x2d0001\\x2d4abc\\x2d8def\\x2d0123456789ab.service',
      'systemd-cryptsetup@luks\\x2d00000000\\x2d0000\\x2d4000\\x2d8000\\x2d000000000001.service',
    ],
    ['an IPv4 address and its network', 'ip=10.1.2.3::10.1.2.1:255.255.255.0', 'ip=192.0.2.1::192.0.2.2:255.255.255.0'],
    ['a range', '10.1.2.3-10.1.2.9', '192.0.2.1-192.0.2.2'],
    ['an IPv6 address', 'from fe80::1c2:3%eth0, [2a01:4f8::2]:443', 'from 2001:db8::1%eth0, [2001:db8::2]:443'],
    ['all eight groups, and a colon behind', '2a01:4f8:0:1:2:3:4:5: no route', '2001:db8::1: no route'],
    [
      'a UUID, whatever the case',
      'root=UUID=A1B2C3D4-0001-4abc-8def-0123456789ab rd.luks.uuid=luks-a1b2c3d4-0001-4abc-8def-0123456789ab',
      'root=UUID=00000000-0000-4000-8000-000000000001 rd.luks.uuid=luks-00000000-0000-4000-8000-000000000001',
    ],
    [
      'a machine-id, which is the UUID without dashes',
      '/boot/a1b2c3d400014abc8def0123456789ab-6.8.conf a1b2c3d4-0001-4abc-8def-0123456789ab',
      '/boot/00000000000040008000000000000001-6.8.conf 00000000-0000-4000-8000-000000000001',
    ],
    ['the id of a FAT volume', 'UUID=1A2B-3C4D /boot/efi', 'UUID=volume-1 /boot/efi'],
    ['a partition', 'root=PARTUUID=1a2b3c4d-02 ro', 'root=PARTUUID=volume-1 ro'],
    [
      'what GRUB searches for',
      'search --no-floppy --fs-uuid --set=root 1A2B-3C4D',
      'search --no-floppy --fs-uuid --set=root volume-1',
    ],
    [
      'a disk by its id',
      'scsi1: /dev/disk/by-id/ata-WDC_WD40-68N32N0_WD-WCC7K1-part3,size=4T',
      'scsi1: /dev/disk/by-id/id-1-part3,size=4T',
    ],
    ['a serial of USB', 'usb 1-1: SerialNumber: AB 12', 'usb 1-1: SerialNumber: serial-1'],
    ['a serial in libvirt XML', '<serial>S3Z9NB0K</serial>', '<serial>serial-1</serial>'],
    [
      'a password',
      "<graphics type='vnc' passwd='hunter2'/> rd.iscsi.password=x",
      "<graphics type='vnc' passwd='masked'/> rd.iscsi.password=masked",
    ],
    ['a user in a path', 'rom=/home/alice/vbios.rom, /home/alice.', 'rom=/home/user-1/vbios.rom, /home/user-1.'],
    ['a host in a log', 'Feb 23 19:46:46 tupac kernel: [ 1.0] x', 'Feb 23 19:46:46 host-1 kernel: [ 1.0] x'],
    ['what systemd prints', 'systemd[1]: Hostname set to <tupac.lan>.', 'systemd[1]: Hostname set to <host-1>.'],
    ['uname', 'Linux tupac 3.13.0-45-generic #74 SMP', 'Linux host-1 3.13.0-45-generic #74 SMP'],
    ['a prompt', 'alice@tupac:~$ lspci', 'user-1@host-1:~$ lspci'],
    ['a node of a Proxmox cluster', '/etc/pve/nodes/tupac/qemu-server', '/etc/pve/nodes/host-1/qemu-server'],
  ])('%s', (_name, text, expected) => {
    expect(createRedactor()(text)).toBe(expected)
  })

  test('a name that says nothing stays, its domain does not', () => {
    const redact = createRedactor({ hosts: ['pve.example.org'] })
    expect(redact('pve.example.org: /etc/pve, 6.8.4-2-pve')).toBe('pve: /etc/pve, 6.8.4-2-pve')
  })

  test('what is known beforehand, wherever it stands', () => {
    const redact = createRedactor({ hosts: ['tupac.lan'], users: ['alice'], serials: ['PF1ABC23'] })
    expect(redact('root=/dev/mapper/fedora_tupac-root TUPAC.lan tupac2')).toBe(
      'root=/dev/mapper/fedora_host-1-root host-1 tupac2',
    )
    expect(redact('(alice@tupac) /mnt/alice/rom malice')).toBe('(user-1@host-1) /mnt/user-1/rom malice')
    expect(redact('S/N PF1ABC23.')).toBe('S/N serial-1.')
  })
})

/** Lines that a parser must still be able to read. */
const KEPT = [
  'pci 0000:01:00.0: [10de:1b80] type 00 class 0x030000',
  'vfio-pci.ids=10de:1b80,10de:10f0,2646:5008 vfio-pci.ids=2001:1234',
  '10000:e1:00.0 Non-Volatile memory controller [0108]: Intel [8086:2522]',
  '2001:00:1f.0 ISA bridge',
  '00: 86 80 00 10 06 04 10 00 02 00 00 06 00 00 00 00',
  'ACPI: raw 12:34:56:78:9a:bc:de:f0:11:22:33:44:55:66:77:88',
  '0x00000000d0000000 0x00000000dfffffff 0x000000000014220c',
  '00000000-00000fff : Reserved',
  'pci_bus 0000:00: resource 4 [io  0x0000-0x0cf7 window]',
  'pci:v000010DEd00001B80sv00001458sd00003702bc03sc00i00',
  'Linux version 5.15.0-91-generic (buildd@lcy02) (gcc version 11.4.0)',
  'Linux version 2.6.32.71-el6',
  'NVRM: loading NVIDIA UNIX x86_64 Kernel Module version 1.2.3.4',
  'vmxnet3 driver - version 1.7.0.0-k',
  'DMI: Gigabyte Z390 M/Z390 M-CF, BIOS 1.2.3.4 09/09/2019',
  'DMAR: DRHD base: 0x000000fed91000 flags: 0x1',
  'DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e',
  '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
  'New USB device strings: Mfr=1, Product=2, SerialNumber=3',
  'Serial: 8250/16550 driver, 32 ports, IRQ sharing enabled',
  'hub 3-3.4.2.2:1.0: 4 ports detected, usb3/3-3/3-3.4/3-3.4.2/3-3.4.2.2/3-3.4.2.2.3, usb@5:2.1.4.1',
  'Capabilities: [100 v1] Device Serial Number ff-ff-ff-ff-ff-ff-ff-ff',
  'drive=NVME%d,serial=%s_%d /home/swapfile',
  'getty@tty1.service user@1000.service',
  'std::string 12:34:56 ::1 127.0.0.1 0.0.0.0 255.255.255.0 00:00:00:00:00:00 ff:ff:ff:ff:ff:ff',
  '/root/vbios.rom /home/%u /home',
  'DMAR:[DMA Read] Request device [01:00.0] fault addr fffff000 [fault reason 06] PTE Read access is not set',
]

test.each(KEPT)('is let be: %s', (line) => {
  expect(
    createRedactor({ hosts: ['pve', 'nvidia', 'abc'], users: ['root'], serials: ['0', 'Default string'] })(line),
  ).toBe(line)
})

const hex = fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, '0'))
const mac = fc.array(hex, { minLength: 6, maxLength: 6 }).map((bytes) => bytes.join(':'))
const name = fc.stringMatching(/^[g-z][g-z0-9-]{3,10}[g-z]$/)
const address = fc
  .tuple(
    fc.integer({ min: 0, max: 0x1ffff }),
    fc.integer({ min: 0, max: 255 }),
    fc.integer({ min: 0, max: 31 }),
    fc.integer({ min: 0, max: 7 }),
  )
  .map(([domain, bus, device, fn]) => {
    const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0')
    return `${digits(domain, 4)}:${digits(bus, 2)}:${digits(device, 2)}.${fn}`
  })
const between = fc.constantFrom(' ', ', ', '\n', ' [', '] ', "'", '"', '=', ' (', ') ', ': ')
const piece = fc.oneof(
  mac,
  address,
  fc.ipV4(),
  fc.ipV6(),
  fc.uuid(),
  name.map((user) => `/home/${user}/x`),
  name.map((host) => `Feb 23 19:46:46 ${host} kernel: x`),
  name.map((host) => `Hostname set to <${host}>`),
  name.map((value) => `password=${value}`),
  name.map((value) => `SerialNumber: ${value}`),
  name.map((value) => `/dev/disk/by-id/ata-${value}-part1`),
  name.map((value) => `UUID=${value}`),
  fc.constantFrom(...KEPT),
  fc.string({ maxLength: 12 }),
)
const text = fc.array(fc.tuple(piece, between), { maxLength: 8 }).map((all) => all.flat().join(''))

describe('properties', () => {
  test('it never throws, and masked text stays as it is, for the same redactor and for another', () => {
    const known = { hosts: ['tupac', 'zeus.lan'], users: ['alice'], serials: ['PF1ABC23'] }
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 60 })), (before) => {
        const redact = createRedactor(known)
        const after = redact(before)
        expect(redact(after)).toBe(after)
        expect(createRedactor(known)(after)).toBe(after)
      }),
      { numRuns: 500 },
    )
  })

  test('addresses of PCI functions survive', () => {
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 5 }), between, (addresses, separator) => {
        const line = `pci ${addresses.join(separator)} x`
        expect(createRedactor({ hosts: ['tupac'] })(line)).toBe(line)
      }),
    )
  })

  test('no secret is left, and the same one gets the same mask', () => {
    const secrets = fc.record({ mac, host: name, user: name, uuid: fc.uuid(), ipv4: fc.ipV4() })
    fc.assert(
      fc.property(secrets, between, ({ mac, host, user, uuid, ipv4 }, separator) => {
        fc.pre(!/^(0|127|255|2\.6|192\.0\.2|198\.51\.100|203\.0\.113)\./.test(ipv4))
        fc.pre(!/^(00:00:5e:00:53|00:00:00|ff:ff:ff)/.test(mac) && host !== user && !'mac root home x'.includes(host))
        const line = ['x', mac, host, `/home/${user}/x`, uuid, ipv4, 'x'].join(separator)
        const after = createRedactor({ hosts: [host] })(`${line}\n${line}`)
        for (const secret of [mac, uuid, ipv4]) expect(after).not.toContain(secret)
        expect(after).not.toMatch(new RegExp(`(?<![0-9a-z])${host}(?![0-9a-z])`))
        expect(after).not.toContain(`/home/${user}/`)
        const [first, second] = [after.slice(0, after.length / 2), after.slice(after.length / 2 + 1)]
        expect(second).toBe(first)
      }),
    )
  })

  test.each([
    ['colons', 'aa:'.repeat(300_000)],
    ['dashes', 'aa-'.repeat(300_000)],
    ['groups', '2001:'.repeat(200_000)],
    ['numbers', '1.'.repeat(400_000)],
    ['letters', 'a'.repeat(1_000_000)],
    ['disks', '/by-id/'.repeat(100_000)],
    ['parts', `/by-id/${'-part1'.repeat(100_000)}`],
    ['passwords', 'passwd '.repeat(100_000)],
    ['searches', '--fs-uuid '.repeat(100_000)],
    ['units', 'by\\x2did-'.repeat(100_000)],
    ['prompts', `${'a@a: '.repeat(10)}\n`.repeat(20_000)],
  ])('a long text of %s takes no more than linear time', (_name, long) => {
    const start = performance.now()
    createRedactor({ hosts: ['tupac'], users: ['alice'] })(long)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
