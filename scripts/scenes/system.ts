import type { Entry } from '../../test/support/memory-host.ts'
import { bootFiles } from './boot.ts'
import { INSTALLED, BOOTED } from './times.ts'

/** What a scene says of its system; the rest is what such a system has. */
export interface SystemParts {
  readonly os: 'ubuntu' | 'debian' | 'fedora' | 'arch'
  readonly osVersion: string
  readonly osName: string
  readonly release: string
  readonly banner: string
  readonly cpu: CpuParts
  readonly commandLine: string
  readonly board: BoardParts | null
  readonly efi: boolean
  readonly memoryKb: number
  /** Kernel configuration symbols of those that the doctor asks for. */
  readonly config: Readonly<Record<string, string>>
  readonly loaded: readonly string[]
  readonly builtin: readonly string[]
  readonly loadable: readonly string[]
  /** `module.parameter` → value, in /sys/module. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Names of the interrupt chips in use. */
  readonly chips: readonly string[]
  readonly modprobe?: Readonly<Record<string, string>>
  /** Bytes that one process may lock. */
  readonly memlock?: string
}

export interface CpuParts {
  readonly vendor: string
  readonly family: number
  readonly model: number
  readonly name: string
  readonly flags: string
  /** The whole text of /proc/cpuinfo where it is not in x86's form. */
  readonly text?: string
}

export interface BoardParts {
  readonly vendor: string
  readonly product: string
  readonly boardVendor?: string
  readonly board?: string
  readonly biosVendor: string
  readonly biosVersion: string
  readonly biosDate: string
}

/** The files of a system outside its devices: procfs, modules, boot loader, users, firmware's words. */
export function systemFiles(parts: SystemParts): Record<string, Entry> {
  const { release, commandLine } = parts
  const version = Number(release.split('.')[0]) * 100 + Number(release.split('.')[1])
  return {
    '/etc/os-release': osRelease(parts),
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nme:x:1000:1000:Me:/home/me:/bin/bash\n',
    '/etc/group': 'root:x:0:\nkvm:x:106:\nlibvirt:x:120:me\nme:x:1000:\n',
    '/lib': { link: 'usr/lib' },
    '/proc/version': `${parts.banner}\n`,
    '/proc/sys/kernel/osrelease': `${release}\n`,
    ...(version >= 601 ? { '/proc/sys/kernel/arch': parts.banner.includes('aarch64') ? 'aarch64\n' : 'x86_64\n' } : {}),
    '/proc/cpuinfo': parts.cpu.text ?? cpuInfo(parts.cpu),
    '/proc/cmdline': `${commandLine}\n`,
    '/proc/stat': `cpu  1000 0 1000 100000 0 0 0 0 0 0\nbtime ${BOOTED}\n`,
    '/proc/meminfo': memInfo(parts.memoryKb),
    '/proc/self/limits': limits(parts.memlock ?? String(Math.floor(parts.memoryKb / 8) * 1024)),
    '/proc/self/mountinfo': '23 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n',
    '/proc/self/mounts': '/dev/nvme0n1p2 / ext4 rw,relatime 0 0\n',
    '/proc/swaps': 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    '/proc/iomem': '00000000-00000fff : Reserved\n00001000-0009efff : System RAM\n',
    '/proc/1/environ': 'HOME=/\0TERM=linux\0',
    '/proc/1/cgroup': '0::/init.scope\n',
    ...routes(),
    ...modules(parts),
    ...bootFiles(parts),
    ...firmware(parts),
    ...Object.fromEntries(parts.chips.map((chip, irq) => [`/sys/kernel/irq/${irq}/chip_name`, `${chip}\n`])),
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '0\n',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '0\n',
    '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
    '/sys/devices/system/clocksource/clocksource0/available_clocksource': 'tsc hpet acpi_pm \n',
    // Classes of which this system has no member.
    ...Object.fromEntries(
      ['block', 'dmi', 'drm', 'input', 'iommu', 'net', 'sound', 'vtconsole'].map((one) => [`/sys/class/${one}/`, '']),
    ),
    '/sys/bus/platform/devices/': '',
    '/etc/libvirt/qemu/': '',
    '/dev/null': { stat: { kind: 'character', mode: 0o666, uid: 0, gid: 0, modified: BOOTED } },
    '/dev/kvm': { stat: { kind: 'character', mode: 0o660, uid: 0, gid: 106, modified: BOOTED } },
    '/dev/vfio/vfio': { stat: { kind: 'character', mode: 0o666, uid: 0, gid: 0, modified: BOOTED } },
  }
}

function osRelease({ os, osVersion, osName }: SystemParts): string {
  const like = os === 'ubuntu' ? 'ID_LIKE=debian\n' : ''
  return `PRETTY_NAME="${osName}"\nNAME="${osName.split(' ')[0]}"\nID=${os}\n${like}${osVersion === '' ? '' : `VERSION_ID="${osVersion}"\n`}`
}

function cpuInfo({ vendor, family, model, name, flags }: CpuParts): string {
  const one = (processor: number): string =>
    [
      `processor\t: ${processor}`,
      `vendor_id\t: ${vendor}`,
      `cpu family\t: ${family}`,
      `model\t\t: ${model}`,
      `model name\t: ${name}`,
      'stepping\t: 2',
      `core id\t\t: ${processor}`,
      'cpu cores\t: 4',
      'apicid\t\t: 0',
      `flags\t\t: ${flags}`,
      'bogomips\t: 7000.00',
      'address sizes\t: 39 bits physical, 48 bits virtual',
      '',
    ].join('\n')
  return `${[0, 1, 2, 3].map(one).join('\n')}\n`
}

function memInfo(kilobytes: number): string {
  const line = (name: string, value: number, unit = ' kB'): string =>
    `${`${name}:`.padEnd(16)}${String(value).padStart(8)}${unit}`
  return `${[
    line('MemTotal', kilobytes),
    line('MemFree', Math.floor(kilobytes / 2)),
    line('MemAvailable', Math.floor(kilobytes * 0.8)),
    line('SwapTotal', 0),
    line('SwapFree', 0),
    line('HugePages_Total', 0, ''),
    line('HugePages_Free', 0, ''),
    line('HugePages_Rsvd', 0, ''),
    line('HugePages_Surp', 0, ''),
    line('Hugepagesize', 2048),
  ].join('\n')}\n`
}

function limits(memlock: string): string {
  const row = (name: string, soft: string, hard: string, unit: string): string =>
    `${name.padEnd(26)}${soft.padEnd(21)}${hard.padEnd(21)}${unit.padEnd(10)}\n`
  return (
    row('Limit', 'Soft Limit', 'Hard Limit', 'Units') +
    row('Max cpu time', 'unlimited', 'unlimited', 'seconds') +
    row('Max locked memory', memlock, memlock, 'bytes')
  )
}

/** 192.0.2.0/24 is set aside for documentation (RFC 5737). */
function routes(): Record<string, Entry> {
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
  return {
    '/proc/net/route': `${head}eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
    '/proc/net/ipv6_route': '',
  }
}

function modules(parts: SystemParts): Record<string, Entry> {
  const directory = `/usr/lib/modules/${parts.release}`
  const file = (name: string): string => `kernel/drivers/${name.replaceAll('_', '-')}.ko`
  const files: Record<string, Entry> = {
    '/proc/modules': parts.loaded.map((name) => `${name} 65536 1 - Live 0x0000000000000000\n`).join(''),
    [`${directory}/modules.builtin`]: parts.builtin.map((name) => `${file(name)}\n`).join(''),
    [`${directory}/modules.dep`]: [...parts.loadable, ...parts.loaded].map((name) => `${file(name)}:\n`).join(''),
    '/etc/modprobe.d/': '',
    '/etc/modules-load.d/': '',
  }
  for (const name of parts.loaded) files[`/sys/module/${name}/initstate`] = 'live\n'
  for (const [key, value] of Object.entries(parts.parameters ?? {})) {
    const [module = '', parameter = ''] = key.split('.')
    files[`/sys/module/${module}/parameters/${parameter}`] = `${value}\n`
  }
  for (const [name, text] of Object.entries(parts.modprobe ?? {}))
    files[`/etc/modprobe.d/${name}`] = { stat: { modified: INSTALLED - 86_400 }, text }
  return files
}

function firmware({ efi, board }: SystemParts): Record<string, Entry> {
  const texts: Record<string, string | undefined> =
    board === null
      ? {}
      : {
          sys_vendor: board.vendor,
          product_name: board.product,
          board_vendor: board.boardVendor ?? board.vendor,
          board_name: board.board ?? board.product,
          bios_vendor: board.biosVendor,
          bios_version: board.biosVersion,
          bios_date: board.biosDate,
        }
  return {
    '/sys/firmware/': '',
    ...(efi
      ? {
          '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': Uint8Array.of(6, 0, 0, 0, 0),
          '/sys/firmware/efi/efivars/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c': Uint8Array.of(7, 0, 0, 0, 0, 0),
        }
      : {}),
    ...Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) =>
        text === undefined ? [] : [[`/sys/class/dmi/id/${name}`, `${text}\n`]],
      ),
    ),
  }
}
