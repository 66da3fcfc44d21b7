import { assert, array, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBootLog } from '../../src/parse/boot-log.ts'
import { addressesOf, addressIn, groupHead, groupPath } from '../../src/parse/iommu-listing.ts'
import { parseLongLine } from '../../src/parse/ls-long.ts'
import { classByName } from '../../src/parse/pci-class.ts'
import { errorWords, inEnglish, shellError } from '../../src/parse/shell-error.ts'
import { parseAttempt, shellLine } from '../../src/parse/shell-session.ts'

describe('heads of groups', () => {
  it.each([
    ['IOMMU Group 1:', 1, ''],
    ['IOMMU group 0', 0, ''],
    ['### Group 12 ###', 12, ''],
    ['Group: 7', 7, ''],
    ['IOMMU_GROUP 3', 3, ''],
    ['==== IOMMU Group #4 ====', 4, ''],
    ['Gruppe 15:', 15, ''],
    ['Группа 2:', 2, ''],
    ['组 9：', 9, ''],
    ['IOMMU Group 13 00:1f.0 ISA bridge [0601]: X', 13, '00:1f.0 ISA bridge [0601]: X'],
    ['Group 2   [RESET] 01:00.0', 2, '[RESET] 01:00.0'],
  ])('%s', (text, id, rest) => {
    const found = groupHead(text)
    expect(found?.id).toBe(id)
    expect(found?.rest.replace('：', '')).toBe(rest)
  })

  it.each([
    'group 1 is not viable, please ensure all devices are bound',
    'Group 15 has the devices that I want, 01:00.0 among others',
    'vfio: failed to get group 37',
    'IOMMU groups are fine',
  ])('a sentence is none: %s', (text) => {
    expect(groupHead(text)).toBeNull()
  })
})

describe('paths of groups', () => {
  it.each([
    ['/sys/kernel/iommu_groups/1/devices/0000:00:01.0', { id: 1, address: '0000:00:01.0' }],
    ['./14/devices/10000:e1:00.0', { id: 14, address: '10000:e1:00.0' }],
    ['2/devices/fe050000.display', { id: 2, address: null, name: 'fe050000.display' }],
  ])('%s', (text, wanted) => {
    expect(groupPath(text)).toMatchObject(wanted)
  })
})

describe('addresses in a text', () => {
  it.each([
    ['host=0000:01:00.0,id=x', '0000:01:00.0'],
    ['Requested [09:00.1] fault', '0000:09:00.1'],
    ['nvidia-smi says 00000000:0A:00.0', '0000:0a:00.0'],
  ])('%s', (text, address) => {
    expect(addressIn(text)?.address).toBe(address)
  })

  it.each(['at 12:45.3 seconds', 'MAC 00:11:22:33:44:55.6', 'version 10:20:30.1', '1:00.0', 'IPv6 fe80::1:00.0', ''])(
    'none in: %s',
    (text) => {
      expect(addressIn(text)).toBeNull()
    },
  )

  it('are found in their order, as many as asked for', () => {
    const text = '01:00.0 and 01:00.1, then 02:00.0'
    expect(addressesOf(text).map((one) => one.address)).toEqual(['0000:01:00.0', '0000:01:00.1', '0000:02:00.0'])
    expect(addressesOf(text, 1)).toHaveLength(1)
  })
})

describe('lines of ls -l', () => {
  it.each([
    [
      'lrwxrwxrwx 1 root root    0 Feb 24 13:07 0000:04:00.0 -> ../../../../devices/pci0000:00/0000:04:00.0',
      { kind: 'link', name: '0000:04:00.0', target: '../../../../devices/pci0000:00/0000:04:00.0' },
    ],
    ['crw------- 1 root root 241,   0 Jan  3 10:00 12', { kind: 'character', mode: 0o600, name: '12' }],
    ['crw-rw-rw-. 1 root root 10, 196 2024-03-01 10:00 vfio', { kind: 'character', mode: 0o666, name: 'vfio' }],
    ['crw-rw----+ 1 root kvm 10, 232 11. Dez 09:12 kvm', { kind: 'character', mode: 0o660, group: 'kvm', name: 'kvm' }],
    [
      'lrwxrwxrwx 1 root root 0  3月  4 21:03 driver -> ../../../bus/pci/drivers/nvidia',
      { kind: 'link', name: 'driver' },
    ],
    ['drwxr-xr-x 2 root root 60 мар 12 10:01 by-path', { kind: 'directory', mode: 0o755 }],
    ['--w------- 1 root root 4096 Feb 24 13:05 bind', { kind: 'file', mode: 0o200 }],
    ["lrwxrwxrwx 1 root root 0 Feb 24 13:07 '0000:04:00.0' -> ../x", { name: '0000:04:00.0' }],
  ])('%s', (text, wanted) => {
    expect(parseLongLine(text)).toMatchObject(wanted)
  })

  it.each(['total 0', 'ls: cannot access x', '-rw-r--r--', ''])('none is: %s', (text) => {
    expect(parseLongLine(text)).toBeNull()
  })
})

describe('prompts', () => {
  it.each([
    ['root@pve:~# lspci -nnk', 'lspci -nnk', '~'],
    ['user@host:/sys/bus/pci$ ls', 'ls', '/sys/bus/pci'],
    ['[root@node1 31]# cat type', 'cat type', '31'],
    ['(base) me@pc:~$ dmesg', 'dmesg', '~'],
    ['me@tumble:~> uname -r', 'uname -r', '~'],
    ['ada /sys/bus # uname -r', 'uname -r', '/sys/bus'],
    [
      '/sys/bus/pci/devices/0000:12:14.1# echo 0 > sriov_numvfs',
      'echo 0 > sriov_numvfs',
      '/sys/bus/pci/devices/0000:12:14.1',
    ],
    ['└─# lsmod', 'lsmod', null],
    ['virsh # start win10', 'start win10', null],
    ['bash-5.1$ id', 'id', null],
    ['➜  ~ lspci', 'lspci', '~'],
    ['$ cat /proc/cmdline', 'cat /proc/cmdline', null],
    ['09:41 (3s) me@host:31$ cat reserved_regions', 'cat reserved_regions', '31'],
  ])('%s', (text, command, directory) => {
    expect(shellLine(text)).toEqual({ command, prompted: true, directory })
  })

  it.each(['lspci -nnk | grep -A3 VGA', 'cat /proc/cmdline', 'sudo dmesg | grep -i iommu', 'ls -l /dev/vfio'])(
    'known without one: %s',
    (text) => {
      expect(shellLine(text)).toEqual({ command: text, prompted: true, directory: null })
    },
  )

  it('a program that puts such a sign before its own messages typed nothing', () => {
    for (const text of ['❯ ERROR: qemu-system-x86_64: vfio 0000:01:00.0: failed', '$ error: Failed to start domain'])
      expect(shellLine(text)).toEqual({ command: text, prompted: false, directory: null })
  })

  it.each(['find the output below', 'cat and dog', 'I ran lspci and it hung', 'echo', 'head of the list'])(
    'prose is none: %s',
    (text) => {
      expect(shellLine(text).prompted).toBe(false)
    },
  )
})

describe('attempts', () => {
  it.each([
    [
      '# echo "1102 0012" > /sys/bus/pci/drivers/vfio-pci/new_id',
      { kind: 'new-id', deviceId: '1102:0012', driver: 'vfio-pci' },
    ],
    ['# echo "0x1af4  0x1041" >  /sys/bus/pci/drivers/vfio-pci/new_id', { kind: 'new-id', deviceId: '1af4:1041' }],
    ['$ echo 10de 1b80 | sudo tee /sys/bus/pci/drivers/vfio-pci/new_id', { kind: 'new-id', deviceId: '10de:1b80' }],
    [
      '# echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/bind',
      { kind: 'bind', address: '0000:01:00.0', driver: 'vfio-pci' },
    ],
    [
      '# printf "0000:01:00.0" > /sys/bus/pci/devices/0000\\:01\\:00.0/driver/unbind',
      { kind: 'unbind', address: '0000:01:00.0' },
    ],
    [
      'sudo sh -c "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override"',
      { kind: 'override', address: '0000:01:00.0', driver: 'vfio-pci' },
    ],
    ['# echo 0000:01:00.0 > /sys/bus/pci/drivers_probe', { kind: 'drivers-probe', address: '0000:01:00.0' }],
    ['/sys/bus/pci/devices/0000:12:14.1# echo 1 > sriov_numvfs', { kind: 'sriov-numvfs', address: '0000:12:14.1' }],
    ['# echo 1 > /sys/bus/pci/devices/0000:01:00.0/reset', { kind: 'reset', address: '0000:01:00.0' }],
    [
      '# echo 1-2 > /sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4/create',
      { kind: 'mdev-create', address: '0000:00:02.0' },
    ],
    ['# modprobe -r nouveau', { kind: 'modprobe', driver: 'nouveau' }],
    ['$ sudo insmod vfio-pci', { kind: 'insmod', driver: 'vfio-pci' }],
    ['# virsh start win10', { kind: 'start-guest' }],
    ['virsh # start win10', { kind: 'start-guest' }],
    ['# qm start 100', { kind: 'start-guest' }],
    [
      '# driverctl set-override 0000:01:00.0 vfio-pci',
      { kind: 'override', address: '0000:01:00.0', driver: 'vfio-pci' },
    ],
    ['# dpdk-devbind.py -b vfio-pci 5e:00.3', { kind: 'bind', address: '0000:5e:00.3', driver: 'vfio-pci' }],
    ['# virsh nodedev-detach pci_0000_01_00_0', { kind: 'bind', address: '0000:01:00.0', driver: 'vfio-pci' }],
  ])('%s', (text, wanted) => {
    expect(parseAttempt(text, 3)).toMatchObject({ ...wanted, error: null, line: 3 })
  })

  it.each([
    'echo hello > /tmp/x',
    '# echo 1 > /proc/sys/vm/drop_caches',
    'modprobe did not help me at all, and I have tried it in every way that the wiki names',
    'start it',
    '$ sudo insmod ./vfio-pci.ko',
    'insmod vfio-pci is what I did',
  ])('none is: %s', (text) => {
    expect(parseAttempt(text, 1)).toBeNull()
  })
})

describe('answers of a shell', () => {
  it.each([
    ['bash: echo: write error: No such device', 'No such device', null],
    ['-bash: line 3: echo: write error: Invalid argument', 'Invalid argument', null],
    [
      'tee: /sys/bus/pci/drivers/vfio-pci/bind: Device or resource busy',
      'Device or resource busy',
      '/sys/bus/pci/drivers/vfio-pci/bind',
    ],
    [
      'write /sys/bus/pci/drivers/vfio-pci/bind: invalid argument',
      'Invalid argument',
      '/sys/bus/pci/drivers/vfio-pci/bind',
    ],
    [
      "error writing '1' to '/sys/bus/pci/devices/0000:2e:00.0/reset': Inappropriate ioctl for device",
      'Inappropriate ioctl for device',
      '/sys/bus/pci/devices/0000:2e:00.0/reset',
    ],
    ['bash: echo: Schreibfehler: Das Argument ist ungültig', 'Invalid argument', null],
    ["bash: echo: erreur d'écriture : Aucun périphérique de ce type", 'No such device', null],
    ['bash: echo: 写错误: 设备或资源忙', 'Device or resource busy', null],
    [
      'tee: /sys/bus/pci/drivers/vfio-pci/new_id: Файл существует',
      'File exists',
      '/sys/bus/pci/drivers/vfio-pci/new_id',
    ],
    ['/bin/sh: line 0: echo: write error: No space left on device', 'No space left on device', null],
    [
      '-bash: /sys/bus/pci/devices/0000:00:02.0/x: No file or directory',
      'No such file or directory',
      '/sys/bus/pci/devices/0000:00:02.0/x',
    ],
    [
      'zsh: permission denied: /sys/bus/pci/drivers/vfio-pci/bind',
      'Permission denied',
      '/sys/bus/pci/drivers/vfio-pci/bind',
    ],
    [
      'modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/6.5.0',
      'modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/6.5.0',
      null,
    ],
  ])('%s', (text, error, path) => {
    expect(shellError(text)).toMatchObject({ error, path })
  })

  it.each(['no such device was found by me', 'bash is a shell: it works', '# cat /sys/bus/pci/devices', ''])(
    'none is: %s',
    (text) => {
      expect(shellError(text)).toBeNull()
    },
  )

  it.each([
    ['bash: /sys/class/net/eth0/device/sriov_numvfs: No such file or directory', true],
    ['zsh: permission denied: /sys/bus/pci/drivers/vfio-pci/bind', true],
    ['-bash: echo: write error: No such file or directory', false],
    ['tee: /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs: No such file or directory', false],
    ['write /sys/bus/pci/drivers/vfio-pci/bind: no such device', false],
  ])('tell a file that was not opened: %s', (text, opening) => {
    expect(shellError(text)?.opening).toBe(opening)
  })

  it('take the last of two errors, and the longer of two that begin alike', () => {
    expect(errorWords('open: Permission denied; then: No such device or address')).toBe('No such device or address')
  })

  it('are put into English where they end a line', () => {
    expect(inEnglish('kvm: vfio_dma_map(0x1, 0x2) = -22 (Das Argument ist ungültig)')).toBe(
      'kvm: vfio_dma_map(0x1, 0x2) = -22 (Invalid argument)',
    )
    expect(inEnglish('VFIO_MAP_DMA : -28')).toBe('VFIO_MAP_DMA: -28')
    expect(inEnglish('nothing: to translate')).toBe('nothing: to translate')
  })
})

describe('a boot log', () => {
  const read = (...texts: string[]) =>
    readBootLog(texts.map((text, at) => ({ text, time: null, wall: null, level: null, line: at + 1 })))

  it('tells kernel, command line, board, processor, tables and units', () => {
    const log = read(
      'Linux version 6.8.12-4-pve (build@proxmox) (gcc …) #1 SMP',
      'Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 intel_iommu=on',
      'DMI: Vendor Box/Board-1, BIOS 1.2.3 01/02/2024',
      'DMI: Memory slots populated: 2/4',
      'ACPI: RSDP 0x00000000000F05B0 000024 (v02 ALASKA)',
      'ACPI: DMAR 0x000000007B7C4000 0000A8 (v01 INTEL  EDK2)',
      'smpboot: CPU0: 12th Gen Intel(R) Core(TM) i5-12450H (family: 0x6, model: 0x9a, stepping: 0x3)',
      'DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c40660462 ecap f050da',
      'DMAR-IR: Enabled IRQ remapping in x2apic mode',
      'DMAR: Intel(R) Virtualization Technology for Directed I/O',
      'platform idma64.0: Adding to iommu group 17',
    )
    expect(log).toMatchObject({
      release: { value: '6.8.12-4-pve', line: 1 },
      board: { value: 'Vendor Box/Board-1, BIOS 1.2.3 01/02/2024' },
      cpu: { vendor: 'intel', model: '12th Gen Intel(R) Core(TM) i5-12450H' },
      tables: ['DMAR'],
      units: [{ name: 'dmar0', cap: 'd2008c40660462', ecap: 'f050da' }],
      unitsOn: 10,
      remapping: { value: true, line: 9 },
      otherMembers: [{ id: 17, name: 'idma64.0' }],
    })
  })

  it('keeps the kind of a function that no longer answers as it comes back', () => {
    const first = 'pci 0000:0b:00.0: [1002:687f] type 00 class 0x030000'
    const dead = 'pci 0000:0b:00.0: [1002:687f] type 7f class 0xffffff'
    const kind = { vendorId: '1002', deviceId: '687f', headerType: 0, class: 0x030000 }
    expect(read(first, dead).functions.get('0000:0b:00.0')).toMatchObject(kind)
    expect(read(dead).functions.get('0000:0b:00.0')).toEqual({
      address: '0000:0b:00.0',
      line: 1,
      vendorId: '1002',
      deviceId: '687f',
    })
  })

  it('tells the functions, and forgets a group that was left', () => {
    const { functions } = read(
      'pci 0000:00:01.0: [8086:1901] type 01 class 0x060400 PCIe Root Port',
      'pci 0000:00:01.0: PCI bridge to [bus 01-02]',
      'pci 0000:01:00.0: [10de:1b80] type 00 class 0x030000',
      'pci 0000:01:00.0: Adding to iommu group 14',
      'pci 0000:01:00.0: vgaarb: setting as boot VGA device',
      'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)',
      'pci 0000:a1:00.2: Adding to iommu group 61',
      'pci 0000:a1:00.2: Removing from iommu group 61',
      'iommu: Adding device 0000:02:00.0 to group 15',
    )
    expect(functions.get('0000:00:01.0')).toMatchObject({
      headerType: 1,
      class: 0x060400,
      buses: { secondary: 1, subordinate: 2 },
    })
    expect(functions.get('0000:01:00.0')).toMatchObject({
      vendorId: '10de',
      group: 14,
      bootVga: true,
      driver: 'vfio-pci',
    })
    expect(functions.get('0000:a1:00.2')?.group).toBeUndefined()
    expect(functions.get('0000:02:00.0')?.group).toBe(15)
  })

  it.each(['Machine model: ', 'OF: fdt: Machine model: '])('tells the model of a device tree: %s', (words) => {
    expect(read(`${words}Raspberry Pi 4 Model B Rev 1.5`).board?.value).toBe('Raspberry Pi 4 Model B Rev 1.5')
  })

  it('tells the kernel and the machine from a trace', () => {
    expect(
      read(
        'CPU: 12 PID: 4711 Comm: kvm Tainted: P           O       6.8.8-2-pve #1',
        'Hardware name: Vendor Server/Z9, BIOS 4.2 12/15/2023',
      ),
    ).toMatchObject({ release: { value: '6.8.8-2-pve' }, board: { value: 'Vendor Server/Z9, BIOS 4.2 12/15/2023' } })
  })
})

it('a class has the number of its name', () => {
  expect(classByName('VGA compatible controller')).toBe(0x0300)
  expect(classByName(' pci BRIDGE ')).toBe(0x0604)
  expect(classByName('toString')).toBeUndefined()
})

describe('on any text', () => {
  const word = constantFrom(
    'echo',
    '>',
    '/sys/',
    'bind',
    '01:00.0',
    'group',
    '1',
    ':',
    '#',
    '$',
    'root@x',
    ' ',
    '-',
    '"',
    'é',
  )
  const text = oneof(
    string(),
    string({ unit: 'grapheme' }),
    array(word, { maxLength: 60 }).map((all) => all.join('')),
  )

  it('nothing throws', () => {
    assert(
      property(text, (any) => {
        groupHead(any)
        groupPath(any)
        parseLongLine(any)
        shellLine(any)
        parseAttempt(any, 1)
        shellError(any)
        inEnglish(any)
        readBootLog([{ text: any, time: null, wall: null, level: null, line: 1 }])
        for (const { address } of addressesOf(any)) expect(address).toMatch(/^[0-9a-f]{4,8}:/)
      }),
    )
  })

  it.each([
    ['blanks', ' '.repeat(4000)],
    ['colons', ': '.repeat(2000)],
    ['addresses', '0000:00:00.0:'.repeat(300)],
    ['quotes', '"\''.repeat(2000)],
    ['an echo without end', `echo ${'a'.repeat(4000)}`],
    ['prompts', 'root@x:~# '.repeat(400)],
    ['a path without end', `tee: /sys/${'a/'.repeat(2000)}`],
  ])('%s are read in linear time', (_, long) => {
    const start = performance.now()
    for (let i = 0; i < 20; i++) {
      groupHead(long)
      parseLongLine(long)
      shellLine(long)
      parseAttempt(long, 1)
      shellError(long)
      addressIn(long)
    }
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
