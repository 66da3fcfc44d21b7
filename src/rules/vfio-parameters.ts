import type { CommandLine, Parameter } from '../model/boot.ts'
import { oneLetterApart } from './one-letter-apart.ts'

/** Parameters of the VFIO modules (module_param in drivers/vfio, of every release since 4.0). */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  vfio: ['enable_unsafe_noiommu_mode'],
  vfio_pci: ['ids', 'nointxmask', 'disable_vga', 'disable_idle_d3', 'enable_sriov', 'disable_denylist'],
  vfio_pci_core: ['nointxmask', 'disable_vga', 'disable_idle_d3'],
  vfio_iommu_type1: ['allow_unsafe_interrupts', 'disable_hugepages', 'dma_entry_limit'],
}

/**
 * What an option that a VFIO module lacks was meant to be: one of that module, or of another (`module.option`).
 * undefined: the module has it, or it is like none; then only the kernel tells.
 */
export function optionMeant(module: string, option: string): string | undefined {
  const own = KNOWN[module]
  if (own === undefined || own.includes(option)) return undefined
  if (module === 'vfio_pci' && /^(?:(?:pci|dev|device)_?)?ids?$/.test(option)) return 'ids'
  const near = own.find((one) => oneLetterApart(one, option))
  const home = Object.keys(KNOWN).find((one) => KNOWN[one]?.includes(option) === true)
  return near ?? (home === undefined ? undefined : `${home}.${option}`)
}

export interface OddVfioParameter {
  readonly parameter: Parameter
  readonly wanted: string
}

/** Words that begin with vfio and that no VFIO module reads. */
export function misspeltVfioParameters(line: CommandLine): readonly OddVfioParameter[] {
  return line.parameters.flatMap((parameter): OddVfioParameter[] => {
    const name = parameter.name.replaceAll('-', '_')
    if (!name.startsWith('vfio')) return []
    const [module = '', option] = name.split('.', 2)
    // Other modules of the family (vfio_ap, vfio_fsl_mc …) keep what options they have; dyndbg is everybody's.
    if (option !== undefined && (KNOWN[module] === undefined || option === 'dyndbg')) return []
    if (option !== undefined && KNOWN[module]?.includes(option) === true) return []
    const home = Object.keys(KNOWN).find((one) => KNOWN[one]?.includes(option ?? '') === true)
    const wanted = /ids?$/.test(name)
      ? `vfio-pci.ids=${parameter.value ?? '…'}`
      : home === undefined
        ? 'no such word'
        : `${home}.${option}`
    return [{ parameter, wanted }]
  })
}

/** Options that guides to passthrough and SR-IOV have one write, with the drivers that read them. */
const OFTEN: Readonly<Record<string, readonly string[]>> = {
  kvm: ['ignore_msrs', 'report_ignored_msrs'],
  kvm_intel: ['nested', 'ept'],
  kvm_amd: ['nested', 'npt', 'avic', 'sev'],
  i915: ['enable_guc', 'enable_gvt', 'max_vfs', 'force_probe', 'modeset'],
  xe: ['max_vfs', 'force_probe'],
  nvidia_drm: ['modeset', 'fbdev'],
  nouveau: ['modeset'],
}

/**
 * Words that would be an option of a driver but for one letter or the strokes of its name: `915.enable_guc`,
 * `vfiopci.ids`. The kernel tells of no word with a dot (init/main.c: unknown_bootoption).
 */
export function misspeltDrivers(line: CommandLine): readonly OddVfioParameter[] {
  return line.parameters.flatMap((parameter): OddVfioParameter[] => {
    const [module = '', option = ''] = parameter.name.replaceAll('-', '_').split('.', 2)
    if (option === '' || KNOWN[module] !== undefined) return []
    const readers = [KNOWN, OFTEN].flatMap((some) => Object.keys(some).filter((one) => some[one]?.includes(option)))
    const meant = readers.find((one) => oneLetterApart(one, module) || bare(one) === bare(module))
    if (readers.includes(module) || meant === undefined) return []
    const value = parameter.value === null ? '' : `=${parameter.value}`
    return [{ parameter, wanted: `${meant === 'vfio_pci' ? 'vfio-pci' : meant}.${option}${value}` }]
  })
}

function bare(name: string): string {
  return name.replaceAll('_', '')
}

/** Ids that a blank tore off the list: on the command line a word of its own, which nobody reads. */
export function strayIds(line: CommandLine): readonly string[] {
  return line.parameters.map((one) => one.text).filter((text) => /^[0-9a-f]{4}:[0-9a-f]{4}(?:,|$)/i.test(text))
}
