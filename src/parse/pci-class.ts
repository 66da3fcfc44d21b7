import { PCI_CLASSES } from '../knowledge/pci-classes.ts'

let byName: Map<string, number> | undefined

/** The upper 16 bits of a class code by the name that lspci prints (pci.ids); undefined for no class name. */
export function classByName(label: string): number | undefined {
  byName ??= new Map(Object.entries(PCI_CLASSES).map(([code, name]) => [name.toLowerCase(), Number(code)]))
  return byName.get(label.trim().toLowerCase())
}
