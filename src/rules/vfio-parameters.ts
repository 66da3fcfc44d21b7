import type { CommandLine, Parameter } from '../model/boot.ts'

/** Parameters of the VFIO modules (module_param in drivers/vfio, of every release since 4.0). */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  vfio: ['enable_unsafe_noiommu_mode'],
  vfio_pci: ['ids', 'nointxmask', 'disable_vga', 'disable_idle_d3', 'enable_sriov', 'disable_denylist'],
  vfio_pci_core: ['nointxmask', 'disable_vga', 'disable_idle_d3'],
  vfio_iommu_type1: ['allow_unsafe_interrupts', 'disable_hugepages', 'dma_entry_limit'],
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
    const wanted = /ids?$/.test(name) ? 'vfio-pci.ids=…' : home === undefined ? 'no such word' : `${home}.${option}`
    return [{ parameter, wanted }]
  })
}

/** Ids that a blank tore off the list: on the command line a word of its own, which nobody reads. */
export function strayIds(line: CommandLine): readonly string[] {
  return line.parameters.map((one) => one.text).filter((text) => /^[0-9a-f]{4}:[0-9a-f]{4}(?:,|$)/i.test(text))
}
