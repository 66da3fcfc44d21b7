import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { BootFacts, CommandLine, Loader, ParameterSource } from '../model/boot.ts'
import type { Facts } from '../model/machine.ts'
import type { CpuFacts, NodeFacts } from '../model/system.ts'
import type { BootLog } from '../parse/boot-log.ts'
import { parseCommandLine } from '../parse/command-line.ts'
import { parseCpuInfo } from '../parse/cpuinfo.ts'
import { addressesOfInstall } from '../parse/install-line.ts'
import { parseKernelVersion } from '../parse/kernel-version.ts'
import { parseOsRelease } from '../parse/os-release.ts'
import { installLines } from '../rules/install-line.ts'
import { loaderOfCommandLine } from './boot-loader.ts'
import { acpi, board, security, units } from './assemble-firmware.ts'
import { initramfs, loadedAtBoot } from './assemble-initramfs.ts'
import { emptyListing, searches } from './assemble-searches.ts'
import type { At, Gleaned, WrittenParameters } from './gleaned.ts'
import { flavourOfWords } from './flavour.ts'
import { idOfName } from './os-name.ts'
import { osOfRelease } from './os-of-release.ts'
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
  | 'initramfs'
  | 'modules'
  | 'modprobe'
  | 'installAddresses'
  | 'acpi'
  | 'iommuUnits'
  | 'searches'
  | 'interruptRemapping'
  | 'nodes'
  | 'limits'
  | 'security'
>

const missing: Fact<never> = unknown('not-in-paste', 'paste')

/** The facts about the machine itself that a post shows. `wholeLog`: the boot log has no gap. */
export function assembleSystem(found: Gleaned, boot: BootLog, wholeLog: boolean): System {
  const noUnits = emptyListing(found, 'units')
  return {
    os: os(found, boot),
    kernel: kernel(found, boot),
    kernelConfig:
      found.config.length === 0
        ? missing
        : known(Object.fromEntries(found.config.map((one) => one.value)), lineSource(found.config[0]?.line ?? 1)),
    cpu: cpu(found, boot),
    board: board(found, boot),
    environment: environment(found, boot),
    commandLine: commandLine(found, boot),
    boot: bootFacts(found, boot),
    modules: modules(found),
    modprobe:
      found.modprobe.length + loadedAtBoot(found).length === 0
        ? missing
        : known({ directives: found.modprobe, ignored: [], loadAtBoot: loadedAtBoot(found) }, 'paste'),
    // Of a script that the line names, a post would have to show the text.
    installAddresses: installAddresses(found),
    initramfs: initramfs(found),
    acpi: acpi(found, boot, wholeLog),
    iommuUnits: noUnits === undefined ? units(boot) : known([], noUnits),
    searches: searches(found),
    interruptRemapping: boot.remapping === undefined ? missing : known(true, lineSource(boot.remapping.line)),
    nodes: nodes(found),
    limits:
      found.memlock === undefined
        ? missing
        : known({ memlockSoft: found.memlock.value, memlockHard: found.memlock.value }, lineSource(found.memlock.line)),
    security: security(found, boot),
  }
}

/** A post need not show files in the order in which kmod reads them, and then any of several lines may be the one it obeys. */
function installAddresses(found: Gleaned): Facts['installAddresses'] {
  const lines = installLines(found.modprobe)
  const [first, ...rest] = lines
  if (first === undefined) return missing
  const obeyed = rest.every(
    (one) => one.command === first.command || (one.path === first.path && first.path.startsWith('/')),
  )
  const addresses = (obeyed ? [first] : lines.slice(0, 16)).flatMap(addressesOfInstall)
  return known(obeyed ? addresses : addresses.map((one) => ({ ...one, sure: false })), 'paste')
}

function os(found: Gleaned, boot: BootLog): Facts['os'] {
  const parsed = found.osRelease.length === 0 ? null : parseOsRelease(found.osRelease.join('\n'))
  const name = found.osName
  const release = releaseOf(found, boot)
  const built = release === undefined ? null : osOfRelease(release.value, boot.banner ?? '')
  const told = flavourOfWords([...found.osRelease, name?.value ?? ''])
  const ostree = valueOf(commandLine(found, boot))?.parameters.some((one) => one.name === 'ostree') === true
  const flavour = told ?? (ostree ? 'ostree' : (built?.flavour ?? 'plain'))
  if (parsed !== null) return known({ ...parsed, flavour }, 'paste')
  if (name !== undefined) {
    const id =
      flavour === 'proxmox' ? 'debian' : (idOfName(name.value) ?? name.value.split(/\s/)[0] ?? '').toLowerCase()
    const like = built !== null && built.id === id ? built.like : flavour === 'ostree' ? ['fedora'] : []
    return known({ id, like, name: name.value, version: null, flavour }, lineSource(name.line))
  }
  return built === null || release === undefined
    ? missing
    : known({ ...built, flavour }, `${lineSource(release.line)} (the kernel's name)`)
}

/** The running release; GRUB names the image that it started, and distributions name the image for its release. */
function releaseOf(found: Gleaned, boot: BootLog): At<string> | undefined {
  const stated = boot.release ?? found.release
  if (stated !== undefined) return stated
  const line = commandLine(found, boot)
  const image = valueOf(line)?.parameters.find((one) => one.name === 'BOOT_IMAGE')?.value ?? ''
  const value = /\/vmlinuz-(\d+\.\d+\.\d+[\w.+~-]*)$/.exec(image)?.[1]
  const running = found.parameters.find((one) => one.layer === 'running')
  return value === undefined ? undefined : { value, line: running?.line ?? boot.commandLine?.line ?? 1 }
}

function kernel(found: Gleaned, boot: BootLog): Facts['kernel'] {
  const at = releaseOf(found, boot)
  const version = at === undefined ? null : parseKernelVersion(at.value)
  if (at === undefined || version === null) return missing
  const named = /\b(?:aarch64|arm64|riscv64|ppc64le|s390x|x86_64)\b/.exec(at.value)?.[0].replace('arm64', 'aarch64')
  // Most hosts that people ask about are PCs; nothing rests on it but what is asked of the configuration of a kernel.
  const architecture = found.machine?.value ?? boot.architecture?.value ?? named ?? 'x86_64'
  return known({ release: at.value, version, architecture }, lineSource(at.line))
}

/** What /proc/cpuinfo or lscpu says, else the boot log, else a list of the machine's parts, where it names one maker. */
function cpu(found: Gleaned, boot: BootLog): Fact<CpuFacts> {
  const makers = new Set(found.cpus.map((one) => one.value.vendor))
  const [named] = makers.size === 1 ? found.cpus : []
  const listed = parseCpuInfo(found.cpuInfo.join('\n'))
  if (listed !== null) return known({ ...listed, model: listed.model ?? named?.value.model ?? null }, 'paste')
  const told = boot.cpu ?? (named === undefined ? undefined : { ...named.value, line: named.line })
  if (told === undefined) return missing
  const shown = parseCpuInfo(['processor : 0', ...found.cpuInfo].join('\n'))
  return known(
    { flags: [], physicalBits: null, ...shown, vendor: told.vendor, model: told.model },
    lineSource(told.line),
  )
}

/** Of the machine below: what the kernel said at its start, or what Xen shows in its files. */
function environment(found: Gleaned, boot: BootLog): Facts['environment'] {
  const { xenCapabilities: capabilities } = found
  const xen = found.hypervisor?.value === 'xen' ? { ...found.hypervisor, value: 'Xen' } : undefined
  const hypervisor = boot.hypervisor ?? xen ?? capabilities
  const release = releaseOf(found, boot)
  // So does the collector of a live host tell it.
  const wsl = release !== undefined && /microsoft/i.test(release.value)
  if (wsl) return known({ hypervisor: 'Hyper-V', container: null, xenDom0: false, wsl }, lineSource(release.line))
  if (hypervisor === undefined) return missing
  const xenDom0 = capabilities?.value.includes('control_d') === true
  const name = hypervisor === capabilities ? 'Xen' : hypervisor.value
  return known(
    { hypervisor: name, container: null, xenDom0, wsl: false },
    lineSource((capabilities ?? hypervisor).line),
  )
}

function commandLine(found: Gleaned, boot: BootLog): Fact<CommandLine> {
  const running = found.parameters.find((one) => one.layer === 'running')
  if (running !== undefined) return known(parseCommandLine(running.text), lineSource(running.line))
  if (boot.commandLine === undefined) return missing
  return known(parseCommandLine(boot.commandLine.value), lineSource(boot.commandLine.line))
}

function bootFacts(found: Gleaned, boot: BootLog): Fact<BootFacts> {
  const written = found.parameters.filter((one) => one.layer !== 'running')
  const loader = loaderOfCommandLine(commandLine(found, boot), valueOf(os(found, boot)))
  if (written.length === 0 && loader.state === 'unknown') return missing
  const sources = written.map((one): ParameterSource => ({
    path: `${one.where} (${lineSource(one.line)})`,
    loader: loaderOf(one, valueOf(loader)),
    layer: one.layer === 'generated' ? 'generated' : 'configured',
    parameters: parseCommandLine(one.text).parameters,
  }))
  return known({ efi: boot.efi !== undefined, loader, sources }, 'paste')
}

/**
 * GRUB and systemd-boot both read boot entries: an entry is taken for that of the loader that started the host. Only
 * GRUB puts in its own variables (`$tuned_params`, `$kernelopts`: grub-core/commands/blscfg.c of Fedora).
 */
function loaderOf(written: WrittenParameters, inUse: Loader | undefined): Loader {
  if (!written.where.startsWith('boot entry')) return 'grub'
  return inUse ?? (/(?:^|\s)\$\w/.test(written.text) ? 'grub-bls' : 'systemd-boot')
}

function modules(found: Gleaned): Facts['modules'] {
  if (found.loaded.length + found.moduleParameters.length + found.builtin.length === 0) return missing
  const names = [...new Set(found.loaded.map((one) => one.value))]
  const line = found.loaded[0]?.line ?? 1
  const part = found.filters.some((one) => one < line && line - one <= 3)
  const [built] = found.builtin
  const parameters: Record<string, Record<string, string>> = {}
  for (const { value } of found.moduleParameters) (parameters[value.module] ??= {})[value.name] = value.value
  return known(
    {
      loaded:
        names.length === 0
          ? missing
          : known(names, part ? `${lineSource(line)} (lsmod through a filter)` : lineSource(line)),
      builtin:
        built === undefined
          ? missing
          : known(
              found.builtin.map((one) => one.value),
              lineSource(built.line),
            ),
      // Of the built-in modules a part is shown, so that none is missing for not being among them.
      loadable: built === undefined ? backEnd(found, names) : missing,
      supported: names.length === 0 ? missing : known(true, 'paste'),
      locked: missing,
      parameters,
      directory: missing,
    },
    'paste',
  )
}

/**
 * Where vfio is a module, its back end is one too and comes with it (drivers/vfio/Kconfig selects VFIO_IOMMU_TYPE1), so
 * a list without it shows that it is there and not loaded. A kernel that has iommufd in its place, or the back end of
 * POWER, shows that.
 */
function backEnd(found: Gleaned, names: readonly string[]): Fact<readonly string[]> {
  const other = names.some((name) => name === 'iommufd' || name.startsWith('vfio_iommu_'))
  return found.vfioModulesShown && names.includes('vfio') && !other ? known(['vfio_iommu_type1'], 'paste') : missing
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
