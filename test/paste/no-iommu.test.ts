import { describe, expect, it } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { machineFromPaste } from '../../src/paste/index.ts'
import { dedent } from './support.ts'

/** The causes of a post, as `code confidence`. */
function causesOf(post: string): readonly string[] {
  const machine = machineFromPaste({ text: dedent(post), truncated: false })
  const { causes } = diagnose(machine, CHECKS, { asked: [], version: '0.0.0' })
  return causes.filter((one) => one.severity !== 'info').map((one) => `${one.code} ${one.confidence}`)
}

/** What the post shows is all that differs: whose CPU, which searches came out empty, what the command line asks for. */
const POSTS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'Linux under Windows',
    `
    $ uname -r
    6.6.36.3-microsoft-standard-WSL2
    $ qemu-system-x86_64 -device vfio-pci,host=0001:00:00.0
    qemu-system-x86_64: -device vfio-pci,host=0001:00:00.0: vfio 0001:00:00.0: no iommu_group found: No such file or directory
    `,
    ['wsl-no-passthrough certain'],
  ],
  [
    'a virtual machine in which QEMU finds no group',
    `
    [    0.000000] DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-1 04/01/2014
    [    0.000000] Hypervisor detected: KVM
    qemu-system-x86_64: -device vfio-pci,host=0000:06:00.0: vfio 0000:06:00.0: no iommu_group found: No such file or directory
    `,
    ['iommu-absent-in-guest likely'],
  ],
  [
    'nothing found in the log, and no groups',
    `
    user@desk:~$ cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz-5.15.0-91-generic root=UUID=0a1b2c3d ro quiet splash
    user@desk:~$ dmesg | grep -e DMAR -e IOMMU
    user@desk:~$ find /sys/kernel/iommu_groups -type l
    user@desk:~$
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'the parameter echoed, and nothing else',
    `
    root@pve:~# cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz-5.15.102-1-pve root=/dev/mapper/pve-root ro quiet intel_iommu=on iommu=pt
    root@pve:~# dmesg | grep -e DMAR -e IOMMU
    [    0.047123] DMAR: IOMMU enabled
    root@pve:~# find /sys/kernel/iommu_groups/ -type l
    root@pve:~#
    No IOMMU detected, please activate it.See Documentation for further information.
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'the parameter echoed, and a module that says so on every machine',
    `
    root@box:~# cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz-5.10.0-20-amd64 root=UUID=0a1b2c3d ro intel_iommu=on quiet
    root@box:~# dmesg | grep -e DMAR -e IOMMU
    [    0.031702] DMAR: IOMMU enabled
    [    1.204117] AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.
    root@box:~# lspci -nn | grep VGA
    `,
    ['iommu-off-in-firmware possible'],
  ],
  [
    'the table, no groups, and a kernel of Proxmox that wants to be asked',
    `
    root@pve:~# dmesg | grep -e DMAR -e IOMMU
    [    0.010312] ACPI: DMAR 0x000000008C5B2000 0000A8 (v01 INTEL  EDK2     00000002      01000013)
    [    0.215711] DMAR: Host address width 39
    [    0.215712] DMAR: DRHD base: 0x000000fed90000 flags: 0x0
    root@pve:~# ls /sys/kernel/iommu_groups/
    root@pve:~# uname -r
    5.15.107-2-pve
    root@pve:~# cat /proc/cmdline
    initrd=\\EFI\\proxmox\\5.15.107-2-pve\\initrd.img-5.15.107-2-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs
    `,
    ['iommu-default-off certain'],
  ],
  [
    'the table, no groups, and a kernel of which nothing is known',
    `
    [    0.010312] ACPI: DMAR 0x000000008C5B2000 0000A8 (v01 INTEL  EDK2     00000002      01000013)
    me@box:~> cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz root=UUID=aa ro splash=silent quiet
    me@box:~> ls -l /sys/kernel/iommu_groups
    insgesamt 0
    me@box:~>
    `,
    ['iommu-off-in-kernel likely'],
  ],
  [
    'a German post, AMD, and the script whose pattern matched nothing',
    `
    Moin, seit dem Update geht nichts mehr.
    [max@arch ~]$ dmesg | grep -i -e AMD-Vi -e IVRS
    [max@arch ~]$ ./iommu.sh
    IOMMU Group * 00:00.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] Root Complex [1022:1480]
    00:01.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] PCIe Dummy Host Bridge [1022:1482]
    0a:00.0 VGA compatible controller [0300]: NVIDIA Corporation TU106 [10de:1f08] (rev a1)
    [max@arch ~]$
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'the script whose pattern was left out, behind a back-tick that is never closed on its line',
    `
    [max@arch ~]$ dmesg | grep -i -e AMD-Vi -e IVRS
    [max@arch ~]$ lscpu | grep Vendor
    Vendor ID:                       AuthenticAMD
    \`IOMMU Group .:
    0a:00.0 VGA compatible controller [0300]: NVIDIA Corporation TU106 [10de:1f08] (rev a1)\`
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'virt-host-validate without a table',
    `
      QEMU: Checking for hardware virtualization                                 : PASS
      QEMU: Checking for device assignment IOMMU support                         : WARN (No ACPI DMAR table found, IOMMU either disabled in BIOS or not supported by this hardware platform)
    `,
    ['validate-no-table likely'],
  ],
  [
    'virt-host-validate with a table and no groups',
    `
      QEMU: Checking for device assignment IOMMU support                         : PASS
      QEMU: Checking if IOMMU is enabled by kernel                               : WARN (IOMMU appears to be disabled in kernel. Add intel_iommu=on to kernel cmdline arguments)
    `,
    ['validate-no-groups likely'],
  ],
  [
    'QEMU without a group, on an Intel host that asks for nothing',
    `
    $ qemu-system-x86_64 -enable-kvm -m 8G -device vfio-pci,host=01:00.0
    qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: no iommu_group found: No such file or directory
    $ cat /proc/cmdline
    BOOT_IMAGE=/vmlinuz root=/dev/sda2 ro quiet
    $ lspci -nn -s 00:00.0
    00:00.0 Host bridge [0600]: Intel Corporation Xeon E3-1200 v5 Host Bridge [8086:191f] (rev 07)
    `,
    ['iommu-not-asked-for possible', 'iommu-off-in-firmware possible'],
  ],
  [
    'libvirt that names no reason',
    "error: unsupported configuration: host doesn't support passthrough of host PCI devices",
    ['guest-start-no-group likely'],
  ],
  [
    'a French post, asked for, and a count of none',
    `
    Bonjour, rien à faire, ma carte n'a pas de groupe.
    marc@debian:~$ sudo dmesg | grep -iE "dmar|iommu"
    [    0.398112] iommu: Default domain type: Translated
    [    0.398112] iommu: DMA domain TLB invalidation policy: lazy mode
    marc@debian:~$ ls /sys/kernel/iommu_groups | wc -l
    0
    marc@debian:~$ cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=UUID=2d7f ro quiet intel_iommu=on
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'a Chinese post with an old kernel',
    `
    [root@localhost ~]# uname -r
    3.10.0-1160.el7.x86_64
    [root@localhost ~]# dmesg | grep -e DMAR -e IOMMU
    [root@localhost ~]# ls -l /sys/kernel/iommu_groups/
    总用量 0
    [root@localhost ~]# cat /proc/cmdline
    BOOT_IMAGE=/vmlinuz-3.10.0-1160.el7.x86_64 root=/dev/mapper/centos-root ro rhgb quiet intel_iommu=on
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'a Portuguese post, AMD, and a parameter that does nothing',
    `
    root@pve:~# cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz-6.2.16-3-pve root=/dev/mapper/pve-root ro quiet amd_iommu=on iommu=pt
    root@pve:~# cat /proc/cpuinfo
    vendor_id       : AuthenticAMD
    model name      : AMD Ryzen 7 5800X 8-Core Processor
    root@pve:~# find /sys/kernel/iommu_groups/ -type l
    root@pve:~#
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'commands without their answers are no evidence',
    `
    I followed the wiki:

    $ sudo nano /etc/default/grub
    $ sudo reboot
    $ dmesg | grep -e DMAR -e IOMMU
    $ find /sys/kernel/iommu_groups -type l

    and what comes next?
    `,
    [],
  ],
  [
    'a sentence says that the search is empty',
    'TASK ERROR: cannot prepare PCI pass-through, IOMMU not present\n\n"dmesg | grep -e DMAR -e IOMMU" returns nothing.',
    ['iommu-off-in-firmware possible'],
  ],
  [
    'a log that may not be read, and the list of the tables',
    `
    user@box:~$ dmesg | grep -e DMAR -e IOMMU
    dmesg: read kernel buffer failed: Operation not permitted
    user@box:~$ ls /sys/firmware/acpi/tables
    APIC  BGRT  data  DSDT  dynamic  FACP  FACS  FPDT  HPET  MCFG  SSDT1  SSDT2  WSMT
    user@box:~$ find /sys/kernel/iommu_groups -type l
    user@box:~$ cat /proc/cpuinfo
    vendor_id       : GenuineIntel
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'no file of the table, and no units',
    `
    user@box:~$ ls /sys/class/iommu
    user@box:~$ ls /sys/firmware/acpi/tables/DMAR
    ls: cannot access '/sys/firmware/acpi/tables/DMAR': No such file or directory
    `,
    ['iommu-off-in-firmware possible'],
  ],
  [
    'a glob that the shell passed on, on a host that asks',
    `
    user@box:~$ ls /sys/kernel/iommu_groups/*
    ls: Zugriff auf '/sys/kernel/iommu_groups/*' nicht möglich: Datei oder Verzeichnis nicht gefunden
    user@box:~$ cat /proc/cmdline
    BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 intel_iommu=on
    user@box:~$ cat /proc/cpuinfo
    vendor_id       : GenuineIntel
    `,
    ['iommu-off-in-firmware likely'],
  ],
  [
    'a guest shows nothing either',
    `
    [    0.000000] Hypervisor detected: KVM
    user@vm:~$ dmesg | grep -e DMAR -e IOMMU
    user@vm:~$ find /sys/kernel/iommu_groups -type l
    user@vm:~$
    `,
    ['iommu-absent possible'],
  ],
  [
    'an empty search on a host with groups proves nothing: its log lost the beginning',
    `
    root@pve:~# dmesg | grep -e DMAR -e IOMMU
    root@pve:~# find /sys/kernel/iommu_groups -type l
    /sys/kernel/iommu_groups/0/devices/0000:00:00.0
    /sys/kernel/iommu_groups/1/devices/0000:00:01.0
    root@pve:~#
    `,
    [],
  ],
  [
    'a search that could not have found it proves nothing',
    `
    root@pve:~# dmesg | grep amd-vi
    root@pve:~# dmesg | grep DMAR | grep remapping
    root@pve:~# dmesg -l err | grep DMAR
    root@pve:~#
    `,
    [],
  ],
]

describe('a host without an IOMMU', () => {
  it.each(POSTS)('%s', (_name, post, expected) => {
    expect(causesOf(post)).toEqual(expected)
  })

  it.each(POSTS)('says the same in a quoted mail: %s', (_name, post, expected) => {
    expect(causesOf(dedent(post).replace(/^/gm, '> '))).toEqual(expected)
  })
})

describe('no unit of the IOMMU and nothing of whose CPU it is', () => {
  const EMPTY = 'I see an empty /sys/class/iommu/ here\n\n'
  it('with a table the kernel makes nothing of it', () => {
    const log =
      '[    0.215711] DMAR: Host address width 39\n[    0.215712] DMAR: DRHD base: 0x000000fed90000 flags: 0x0\n'
    expect(causesOf(EMPTY + log)).toEqual(['iommu-off-in-kernel possible'])
  })
  it('without one nothing tells why', () => {
    expect(causesOf(EMPTY)).toEqual(['iommu-absent possible'])
  })
})

describe('a directory that a sentence says to be empty', () => {
  const NONE = 'TASK ERROR: start failed\n\nIt is an Intel(R) Core(TM) i7-8700 CPU.\n\n'
  it.each([
    'VT-d is on, and `/sys/kernel/iommu_groups` is empty.',
    'The folder /sys/kernel/iommu_groups/ is empty',
    'There is nothing in /sys/kernel/iommu_groups',
    'I see an empty /sys/class/iommu/ here',
    'IOMMU does not work, /sys/kernel/iommu_groups/ is empty!',
    'Why is /sys/kernel/iommu_groups empty?',
    'Das Verzeichnis /sys/kernel/iommu_groups ist leer.',
    '/sys/kernel/iommu_groups 是空的',
  ])('counts: %s', (text) => {
    expect(causesOf(NONE + text).join()).toMatch(/^iommu-\S+ possible/)
  })

  it.each([
    'If /sys/kernel/iommu_groups is empty, the IOMMU is off.',
    'Check that /sys/kernel/iommu_groups is not empty.',
    "/sys/kernel/iommu_groups isn't empty",
    'Is /sys/kernel/iommu_groups empty?',
    '/sys/kernel/iommu_groups was empty before, now it works',
    '/sys/kernel/iommu_groups/7/devices is empty',
    '/sys/kernel/iommu_groups ist nicht leer',
    'I looked into /sys/kernel/iommu_groups. Nothing else was done.',
  ])('does not: %s', (text) => {
    expect(causesOf(NONE + text)).toEqual([])
  })
})

describe('a post that goes on in words below an answer', () => {
  const ASKED = `
    root@desk:~# cat /proc/cmdline
    BOOT_IMAGE=/vmlinuz-6.1.0-9-amd64 root=/dev/sda2 ro intel_iommu=on
    \`\`\`
    root@desk:~# dmesg | grep -e DMAR -e IOMMU
    [    0.000000] DMAR: IOMMU enabled
    \`\`\`
  `
  const found = (between: string): readonly string[] => causesOf(`${ASKED}\n${between}`)

  it('has shown all that the search of the log found', () => {
    expect(found('    So what now?\n    root@desk:~# uname -r\n    6.1.0-9-amd64')).toEqual([
      'iommu-off-in-firmware possible',
    ])
  })

  it('has not, where it says that lines were left out, or where lines of the log follow', () => {
    expect(found('    [...]\n    So what now?\n    root@desk:~# uname -r')).toEqual([])
    expect(found('    [    0.1] ACPI: DMAR 0x7B7E5000 0000A8 (v01 INTEL)\n    root@desk:~# uname -r')).toEqual([])
  })

  it.each(['It gives me no output.', 'returns nothing', 'which is empty'])('is told of no groups: %s', (text) => {
    expect(found(`    find /sys/kernel/iommu_groups/ -type l\n    \`\`\`\n    ${text}\n    root@desk:~# w`)).toEqual([
      'iommu-off-in-firmware likely',
    ])
  })

  it.each(['It gives me no output if I am not root.', 'Nothing else is known to me.'])('is not: %s', (text) => {
    expect(found(`    find /sys/kernel/iommu_groups/ -type l\n    \`\`\`\n    ${text}\n    root@desk:~# w`)).toEqual([
      'iommu-off-in-firmware possible',
    ])
  })
})
