import { describe, expect, it } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { renderText } from '../../reports/text.ts'
import type { Report } from '../../src/model/report.ts'
import { machineFromPaste } from '../../src/paste/index.ts'
import { dedent } from './support.ts'

function reportOf(post: string): Report {
  return diagnose(machineFromPaste({ text: dedent(post), truncated: false }), CHECKS, { asked: [], version: '0.0.0' })
}

const PLAIN = { width: 80, color: false, unicode: true, verbose: false, quiet: false }

const asked = (post: string): readonly (string | undefined)[] =>
  reportOf(post).ask.flatMap((one) => one.steps.map((step) => step.run))

const GROUP = `
  qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio 0000:01:00.0: group 7 is not viable
  Please ensure all devices within the iommu_group are bound to their vfio bus driver.`

describe('what is asked for is about the trouble', () => {
  it.each([
    ['a group that is not viable', GROUP, ['find /sys/kernel/iommu_groups/7/devices -type l', 'lspci -Dnnk']],
    [
      'a probe that was refused',
      '[    3.1] vfio-pci: probe of 0000:01:00.0 failed with error -22',
      ['lspci -Dnnk -s 0000:01:00.0', 'ls /sys/class/iommu; find /sys/kernel/iommu_groups -type l'],
    ],
    [
      'no IOMMU',
      "error: unsupported configuration: host doesn't support passthrough of host PCI devices",
      ['sudo dmesg | grep -i -e DMAR -e IVRS -e AMD-Vi -e IOMMU', 'cat /proc/cmdline', 'ls /sys/firmware/acpi/tables'],
    ],
    [
      'a reset',
      '[  120.5] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up',
      ['sudo lspci -Dnnvvv -s 0000:0a:00.0', 'sudo dmesg', 'uname -a; cat /etc/os-release'],
    ],
    [
      'a BAR',
      "[   55.1] vfio-pci 0000:01:00.0: BAR 1: can't reserve [mem 0xe0000000-0xefffffff 64bit pref]",
      ['sudo cat /proc/iomem', 'cat /proc/cmdline', 'lspci -Dnnk -s 0000:01:00.0'],
    ],
    [
      'nothing at all',
      'Hello, my guest is slow.',
      [
        'lspci -Dnnk',
        'ls /sys/class/iommu; find /sys/kernel/iommu_groups -type l',
        'sudo dmesg | grep -i -e DMAR -e IVRS -e AMD-Vi -e IOMMU',
      ],
    ],
  ])('%s', (_name, post, runs) => {
    expect(asked(post)).toEqual(runs)
  })

  it('and what the post shows is not asked for again', () => {
    const shown = `a@b:~$ cat /proc/cmdline
      BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 quiet
      a@b:~$ ls /sys/firmware/acpi/tables
      APIC  BGRT  DMAR  DSDT  FACP  FACS  HPET  MCFG  SSDT1`
    const runs = asked(
      `error: unsupported configuration: host doesn't support passthrough of host PCI devices\n${shown}`,
    )
    expect(runs).not.toContain('cat /proc/cmdline')
    expect(runs).not.toContain('ls /sys/firmware/acpi/tables')
  })

  it('a check that might explain what was found says so', () => {
    const { checks } = reportOf(GROUP)
    const bearing = checks.filter((one) => one.mightExplain !== undefined)
    expect(bearing.length).toBeGreaterThan(0)
    expect(bearing.length).toBeLessThan(10)
    expect(bearing.every((one) => one.missing.length > 0)).toBe(true)
    expect(checks.filter((one) => one.missing.length > 0).length).toBeGreaterThan(bearing.length)
  })
})

describe('a title is no more certain than its finding', () => {
  it.each([
    ['certain', GROUP, /^Passthrough will not work yet: the group/],
    [
      'likely',
      "error: unsupported configuration: host doesn't support passthrough of host PCI devices",
      /^Passthrough will probably not work yet\. Likely: the VMM found no IOMMU group/,
    ],
    [
      'possible',
      'TASK ERROR: cannot prepare PCI pass-through, IOMMU not present\n"dmesg | grep -e DMAR" returns nothing.',
      /^Passthrough may not work yet\. Possibly: the IOMMU \(VT-d\) is switched off in firmware/,
    ],
  ])('%s', (confidence, post, words) => {
    const { headline, causes } = reportOf(post)
    expect(causes[0]?.confidence).toBe(confidence)
    expect(headline).toMatch(words)
  })
})

describe('the first line', () => {
  it('names what was found where the rest could not be told', () => {
    const post =
      'libvirtError: internal error Unable to reset PCI device 0000:83:00.0: internal error Active 0000:83:00.1 devices on bus with 0000:83:00.0, not doing bus reset'
    expect(reportOf(post).headline).toMatch(
      /^Worth a look: 0000:83:00\.0 can be reset only together .* could not be told$/,
    )
  })

  it('gives the note that accounts for an error where nothing worse was found', () => {
    const post = `
      [   12.3] vfio-pci: probe of 0000:07:00.0 failed with error -22
      $ lspci -nn -s 07:00.0
      07:00.0 PCI bridge [0604]: Pericom Semiconductor Device [12d8:e111] (rev 02)`
    expect(reportOf(post).headline).toBe(
      'First of all: leave the bridge 0000:07:00.0 alone. Whether passthrough works otherwise could not be told',
    )
  })

  it('begins with a capital where no device is named, and keeps that of a name', () => {
    expect(reportOf('vfio: Unable to power on device, stuck in D3').causes[0]?.title).toBe('A device does not wake up')
    const xen = 'libxl: error: libxl__device_pci_add: PCI device 0000:00:19.0 cannot be assigned - no IOMMU?'
    expect(reportOf(xen).headline).toContain('Xen has no IOMMU')
  })

  it('is certain of an IOMMU that is off, whatever the reason', () => {
    const { headline } = reportOf(`
      a@b:~$ dmesg | grep -e DMAR -e IOMMU
      a@b:~$ find /sys/kernel/iommu_groups -type l
      a@b:~$`)
    expect(headline).toMatch(/^Passthrough will not work yet\. Likely: the IOMMU/)
  })

  it('where the reason could not be told, nothing says that all is well', () => {
    const report = reportOf(`
      Linux pve 6.1.0 #1 SMP aarch64 GNU/Linux
      [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
      [    0.000000] Hypervisor detected: Xen
      a@b:~$ find /sys/kernel/iommu_groups -type l
      a@b:~$`)
    const bare = { ...report, causes: [], verdict: 'blocked' as const }
    expect(renderText(bare, PLAIN)).not.toContain('Nothing was found')
    expect(renderText(bare, PLAIN)).toContain('What the reason is could not be told.')
  })
})

it('a line without a device is about the one that others name', () => {
  const named = "[   51.4] vfio-pci 0000:01:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]"
  const bare = 'qemu-system-x86_64: vfio_bar_write(,0xd2ea, 0x0, 1) failed: Device or resource busy'
  for (const post of [`${named}\n${bare}`, `${bare}\n${named}`]) {
    const found = reportOf(post).causes.filter((one) => one.code === 'framebuffer-holds-bar')
    expect(found.map((one) => [one.subject, one.evidence.length])).toEqual([
      [{ kind: 'device', address: '0000:01:00.0' }, 2],
    ])
  }
  const other = named.replace('01:00.0', '02:00.0')
  const three = reportOf(`${named}\n${other}\n${bare}`).causes.filter((one) => one.code === 'framebuffer-holds-bar')
  expect(three).toHaveLength(3)
})

describe('how grave a failed reset is does not hang on what else is listed', () => {
  const line = '[  120.5] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up'
  const nic = '05:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)\n'
  const card = '0a:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b80] (rev a1)\n'
  const rest = Array.from(
    { length: 12 },
    (_, at) =>
      `00:${at.toString(16).padStart(2, '0')}.0 ${at === 0 ? 'Host bridge [0600]' : 'USB controller [0c03]'}: Intel Corporation [8086:a1${at.toString(16).padStart(2, '0')}]\n`,
  ).join('')

  it.each([
    ['nothing', ''],
    ['another card', nic],
    ['another card on vfio-pci', `${nic}\tKernel driver in use: vfio-pci\n`],
    ['another card in a guest', 'a@b:~$ qm config 100\nhostpci0: 0000:05:00.0,pcie=1\n'],
    ['all cards', `${rest}${nic}${card}`],
    ['all cards, the other on vfio-pci', `${rest}${nic}\tKernel driver in use: vfio-pci\n${card}`],
  ])('%s', (_name, listing) => {
    for (const post of [`${line}\n\n${listing}`, `${listing}\n${line}\n`]) {
      const found = reportOf(post).causes.filter((one) => one.code === 'reset-not-returned')
      expect(found.map((one) => one.severity)).toEqual(['fail'])
    }
  })
})
