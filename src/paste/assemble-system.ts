import { known, unknown, type Fact } from '../model/fact.ts'
import type { BootFacts, CommandLine, ParameterSource } from '../model/boot.ts'
import type { AcpiFacts } from '../model/iommu.ts'
import type { Facts } from '../model/machine.ts'
import type { CpuFacts, NodeFacts } from '../model/system.ts'
import type { BootLog } from '../parse/boot-log.ts'
import { parseCommandLine } from '../parse/command-line.ts'
import { parseCpuInfo } from '../parse/cpuinfo.ts'
import { parseKernelVersion } from '../parse/kernel-version.ts'
import { parseOsRelease } from '../parse/os-release.ts'
import type { Gleaned } from './gleaned.ts'
import { lineSource } from './source.ts'

type System = Pick<
  Facts,
  | 'os'
  | 'kernel'
  | 'kernelConfig'
  | 'cpu'
  | 'board'
  | 'environment'
  | 'commandLine'
  | 'boot'
  | 'modules'
  | 'modprobe'
  | 'acpi'
  | 'nodes'
  | 'limits'
  | 'security'
>

const missing: Fact<never> = unknown('not-in-paste', 'paste')

/** The facts about the machine itself that a post shows. */
export function assembleSystem(found: Gleaned, boot: BootLog): System {
  return {
    os: os(found),
    kernel: kernel(found, boot),
    kernelConfig:
      found.config.length === 0
        ? missing
        : known(Object.fromEntries(found.config.map((one) => one.value)), lineSource(found.config[0]?.line ?? 1)),
    cpu: cpu(found, boot),
    board: boot.board === undefined ? missing : known(boardOf(boot.board.value), lineSource(boot.board.line)),
    environment:
      boot.hypervisor === undefined
        ? missing
        : known(
            { hypervisor: boot.hypervisor.value, container: null, xenDom0: false, wsl: false },
            lineSource(boot.hypervisor.line),
          ),
    commandLine: commandLine(found, boot),
    boot: bootFacts(found),
    modules: modules(found),
    modprobe:
      found.modprobe.length + found.loadAtBoot.length === 0
        ? missing
        : known({ directives: found.modprobe, ignored: [], loadAtBoot: found.loadAtBoot }, 'paste'),
    acpi: acpi(boot),
    nodes: nodes(found),
    limits:
      found.memlock === undefined
        ? missing
        : known({ memlockSoft: found.memlock.value, memlockHard: found.memlock.value }, lineSource(found.memlock.line)),
    security:
      boot.secureBoot === undefined
        ? missing
        : known({ secureBoot: boot.secureBoot.value, lockdown: null }, lineSource(boot.secureBoot.line)),
  }
}

function os(found: Gleaned): Facts['os'] {
  const parsed = found.osRelease.length === 0 ? null : parseOsRelease(found.osRelease.join('\n'))
  const name = found.osName
  const flavour = /proxmox/i.test(name?.value ?? '') ? 'proxmox' : 'plain'
  if (parsed !== null) return known({ ...parsed, flavour }, 'paste')
  if (name === undefined) return missing
  const id = (name.value.split(/\s/)[0] ?? '').toLowerCase()
  return known(
    { id: flavour === 'proxmox' ? 'debian' : id, like: [], name: name.value, version: null, flavour },
    lineSource(name.line),
  )
}

function kernel(found: Gleaned, boot: BootLog): Facts['kernel'] {
  const at = boot.release ?? found.release
  const version = at === undefined ? null : parseKernelVersion(at.value)
  if (at === undefined || version === null) return missing
  const architecture = /aarch64|arm64/.test(at.value) ? 'aarch64' : 'x86_64'
  return known({ release: at.value, version, architecture }, lineSource(at.line))
}

function cpu(found: Gleaned, boot: BootLog): Fact<CpuFacts> {
  const listed = found.cpuInfo.length === 0 ? null : parseCpuInfo(lscpuToCpuinfo(found.cpuInfo))
  if (listed !== null) return known(listed, 'paste')
  if (boot.cpu === undefined) return missing
  const { model, vendor, line } = boot.cpu
  return known({ vendor, model, flags: [], physicalBits: null }, lineSource(line))
}

/** lscpu writes the labels in its own way. */
function lscpuToCpuinfo(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .replace(/^Vendor ID:/, 'vendor_id :')
        .replace(/^Model name:/, 'model name :')
        .replace(/^Flags:/, 'flags :'),
    )
    .join('\n')
}

function boardOf(text: string): NonNullable<Extract<Facts['board'], { state: 'known' }>>['value'] {
  // DMI: SYSTEM/BOARD, BIOS VERSION DATE (drivers/firmware/dmi_scan.c: dmi_format_ids)
  const [left = '', bios] = text.split(', BIOS ')
  const slash = left.lastIndexOf('/')
  const date = /(\d{2}\/\d{2}\/\d{4})\s*$/.exec(bios ?? '')?.[1] ?? null
  return {
    system: slash < 0 ? left : left.slice(0, slash),
    board: slash < 0 ? null : left.slice(slash + 1),
    biosVendor: null,
    biosVersion: bios === undefined ? null : bios.replace(/\s*\d{2}\/\d{2}\/\d{4}\s*$/, ''),
    biosDate: date,
  }
}

function commandLine(found: Gleaned, boot: BootLog): Fact<CommandLine> {
  const running = found.parameters.find((one) => one.layer === 'running')
  if (running !== undefined) return known(parseCommandLine(running.text), lineSource(running.line))
  if (boot.commandLine === undefined) return missing
  return known(parseCommandLine(boot.commandLine.value), lineSource(boot.commandLine.line))
}

function bootFacts(found: Gleaned): Fact<BootFacts> {
  const written = found.parameters.filter((one) => one.layer !== 'running')
  if (written.length === 0) return missing
  const sources = written.map((one): ParameterSource => ({
    path: `${one.where} (${lineSource(one.line)})`,
    loader: one.where.startsWith('GRUB') ? 'grub' : 'systemd-boot',
    layer: one.layer === 'generated' ? 'generated' : 'configured',
    parameters: parseCommandLine(one.text).parameters,
  }))
  return known({ efi: false, loader: missing, sources }, 'paste')
}

function modules(found: Gleaned): Facts['modules'] {
  if (found.loaded.length === 0) return missing
  const names = [...new Set(found.loaded.map((one) => one.value))]
  return known(
    {
      loaded: known(names, lineSource(found.loaded[0]?.line ?? 1)),
      builtin: missing,
      loadable: missing,
      supported: known(true, 'paste'),
      parameters: {},
      directory: missing,
    },
    'paste',
  )
}

function acpi(boot: BootLog): Fact<AcpiFacts> {
  return boot.tables === undefined
    ? missing
    : known({ tables: boot.tables, dmar: missing, ivrs: missing }, 'paste, kernel log')
}

function nodes(found: Gleaned): Fact<NodeFacts> {
  if (!found.nodesShown) return missing
  const groups = found.nodes.filter((one) => /\/vfio\/(?:\d+|noiommu-\d+)$/.test(one.path))
  const vfio = found.nodes.find((one) => one.path === '/dev/vfio/vfio')
  const kvm = found.nodes.find((one) => one.path === '/dev/kvm')
  return known(
    {
      kvm: kvm === undefined ? missing : known(kvm, 'paste'),
      vfio: vfio === undefined ? missing : known(vfio, 'paste'),
      iommufd: missing,
      groups: groups.length === 0 ? missing : known(groups, 'paste'),
    },
    'paste',
  )
}
