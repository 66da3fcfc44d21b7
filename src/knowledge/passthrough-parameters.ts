/** Parameters of the kernel and of what runs early that matter to passthrough. */
const NAMES: ReadonlySet<string> = new Set([
  'intel_iommu',
  'amd_iommu',
  'iommu',
  'intremap',
  'pcie_acs_override',
  'pci',
  'pcie_port_pm',
  'hugepages',
  'hugepagesz',
  'default_hugepages',
  'default_hugepagesz',
  'video',
  'initcall_blacklist',
  'module_blacklist',
  'modprobe.blacklist',
  'rd.driver.blacklist',
  'rd.driver.pre',
  'xen-pciback.hide',
])

/** Modules whose options matter, by the beginning of their names. */
const MODULES = ['iommu', 'vfio', 'kvm'] as const

/** Of the rest a difference between what is written and what runs is nobody's business here. */
export function mattersToPassthrough(name: string): boolean {
  return NAMES.has(name) || (name.includes('.') && MODULES.some((module) => name.startsWith(module)))
}
