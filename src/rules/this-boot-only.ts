import type { CommandLine, Loader, Parameter, ParameterSource } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import { foreign } from './architecture.ts'
import { iommuMaker } from './iommu-maker.ts'
import { unheededIommuWords } from './iommu-words.ts'
import { asksForIommu } from './intel-iommu-list.ts'
import { has, leaving, matters } from './parameter-layers.ts'
import { idsInModprobe, parseIds, sameName } from './parameters.ts'
import { misspeltDrivers, misspeltVfioParameters } from './vfio-parameters.ts'

/** What this boot was given and the next one will not be. */
export interface Passing {
  readonly parameters: readonly Parameter[]
  /** What the loader reads, and that lacks them. */
  readonly places: readonly ParameterSource[]
}

type Used = Pick<
  Facts,
  | 'acpi'
  | 'boot'
  | 'commandLine'
  | 'cpu'
  | 'environment'
  | 'groups'
  | 'iommuUnits'
  | 'kernel'
  | 'kernelConfig'
  | 'modprobe'
  | 'os'
  | 'pci'
>

/**
 * Loaders that take the whole line from an entry that is read here. proxmox-boot-tool keeps its entries on a partition
 * that is not mounted, ostree may have a deployment staged for the next boot, a unified image may have profiles or be
 * handed its line by the firmware, and the others have includes or a line of their own making.
 */
const FROM_ENTRIES: ReadonlySet<Loader> = new Set(['grub', 'grub-bls', 'systemd-boot', 'kernelstub'])

/** Systems whose next root, with its configuration, is another one than this. */
const NEXT_ROOT: ReadonlySet<string> = new Set(['ostree', 'transactional', 'talos', 'unraid'])

/**
 * Words of a live image or of a start over the network, whose list of parameters is elsewhere (live-boot(7), casper(7),
 * dracut.cmdline(7), mkinitcpio-archiso, Documentation/admin-guide/nfs/nfsroot.rst, pxelinux), and of a bootconfig in
 * the initramfs, from which the kernel makes parameters (init/main.c: setup_boot_config).
 */
const ELSEWHERE = ['BOOTIF', 'nfsroot', 'netroot', 'netboot', 'findiso', 'iso-scan/filename', 'fetch', 'bootconfig']
const ELSEWHERE_BEGINS = ['rd.live.', 'archiso', 'root=live:', 'root=/dev/nfs', 'root=nfs', 'boot=live', 'boot=casper']
const ELSEWHERE_IMAGE = ['(tftp', '(http', '(pxe', '(loop', '(cd', '(memdisk']

/**
 * Parameters of the running line that no file of a boot loader has: typed at the menu for this boot, or taken out of the
 * configuration since. undefined where there is none, and where something else may hold one.
 */
export function onlyThisBoot(facts: Used): Passing | undefined {
  const boot = valueOf(facts.boot)
  const line = valueOf(facts.commandLine)
  const loader = boot === undefined ? undefined : (valueOf(boot.loader) ?? undefined)
  const unwritten = boot?.unwritten ?? []
  if (boot === undefined || line === undefined || loader === undefined || unwritten.length === 0) return undefined
  if (!FROM_ENTRIES.has(loader) || !ownMachine(facts, loader) || startedFromElsewhere(line)) return undefined
  const image = line.parameters.some((one) => one.name === 'BOOT_IMAGE')
  // GRUB always says what it started (grub-core/loader/i386/linux.c); firmware that reads grub.cfg itself does not.
  if (loader.startsWith('grub') && !image) return undefined
  const maker = iommuMaker(facts)
  const unheeded = [
    ...unheededIommuWords(line, maker).map((one) => one.parameter),
    ...[...misspeltVfioParameters(line), ...misspeltDrivers(line)].map((one) => one.parameter.text),
  ]
  const found = line.parameters.flatMap((parameter) => {
    if (!unwritten.includes(parameter.name) || !matters(parameter, maker) || hinders(parameter)) return []
    if (unheeded.includes(parameter.text)) return []
    if (byKernel(parameter, facts.kernelConfig)) return []
    const out = leaving(parameter, boot)
    return out?.stage === 'gone' && out.places.some((one) => startedBy(one, line)) ? [{ parameter, out }] : []
  })
  const [first] = found
  if (first === undefined) return undefined
  return { parameters: found.map((one) => one.parameter), places: first.out.places }
}

/** Whether the files seen here are those of this kernel's own machine, and nothing else adds to its line. */
function ownMachine(facts: Used, loader: Loader): boolean {
  const around = valueOf(facts.environment)
  const flavour = valueOf(facts.os)?.flavour
  if (around === undefined || around.container !== null || around.wsl || around.xenDom0) return false
  // Firmware, a mainframe's loader or a device tree may add words of their own.
  if (foreign(facts) !== undefined || (flavour !== undefined && NEXT_ROOT.has(flavour))) return false
  // A hypervisor may add some by an SMBIOS string (systemd-boot(7): io.systemd.boot.kernel-cmdline-extra).
  return around.hypervisor === null || loader.startsWith('grub')
}

function startedFromElsewhere(line: CommandLine): boolean {
  return line.parameters.some(({ name, value, text }) => {
    if (ELSEWHERE.includes(name) || ELSEWHERE_BEGINS.some((one) => text.startsWith(one))) return true
    return name === 'BOOT_IMAGE' && ELSEWHERE_IMAGE.some((one) => value?.startsWith(one) === true)
  })
}

/** The whole entry is on the running line, with its root: so that it is this entry, to which something was added. */
function startedBy({ parameters }: ParameterSource, line: CommandLine): boolean {
  return parameters.some((one) => one.name === 'root') && parameters.every((one) => has(line.parameters, one))
}

/**
 * Whether the kernel may have it from its own configuration (CONFIG_CMDLINE, which setup_arch puts before the loader's
 * line, or a bootconfig inside it); so too where that was not seen.
 */
function byKernel({ name }: Parameter, config: Facts['kernelConfig']): boolean {
  if (config.state === 'unknown') return true
  const { CONFIG_CMDLINE: own = '', CONFIG_BOOT_CONFIG_FORCE: force, CONFIG_BOOT_CONFIG_EMBED: embed } = config.value
  // Of a long text only the beginning is kept (src/parse/kernel-config.ts).
  return (
    force === 'y' || embed === 'y' || own.length > 500 || own.replaceAll('-', '_').includes(name.replaceAll('-', '_'))
  )
}

/** Takes something from passthrough, or from the safety of the host: nobody is to miss that afterwards. */
function hinders({ name, value }: Parameter): boolean {
  if (name.includes('unsafe')) return true
  const words = (value ?? '').split(',')
  if (name.endsWith('blacklist')) return words.some((word) => /^(?:vfio|kvm|iommu)/.test(word))
  return ['intel_iommu', 'amd_iommu', 'iommu', 'intremap'].includes(name) && words.some((word) => /^no|off/.test(word))
}

/** Whether passthrough as it is now rests on it, as far as can be told. */
export function restsOn(parameter: Parameter, facts: Used, effect: boolean | undefined): boolean {
  const { name, value } = parameter
  if (name === 'pcie_acs_override') return true
  if (asksForIommu(parameter))
    return effect === true && valueOf(facts.kernelConfig)?.['CONFIG_INTEL_IOMMU_DEFAULT_ON'] !== 'y'
  if (!sameName(name, 'vfio-pci.ids') || facts.modprobe.state === 'unknown') return false
  const listed = idsInModprobe(facts.modprobe.value.directives)
  return parseIds(value ?? '', '').some(({ id }) => listed.every((one) => one.id !== id))
}
