import { unknown, valueOf, type Unknown } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { ModuleFacts } from '../model/modules.ts'
import { foreign } from './architecture.ts'

export type ModuleState = 'builtin' | 'loaded' | 'loadable' | 'missing'

/**
 * A built-in module is in /sys/module only for a parameter or a version of its own (kernel/params.c: param_sysfs_builtin,
 * version_sysfs_builtin). Of those that are asked for, these have one.
 */
const SHOWN_WHEN_BUILTIN = new Set(['vfio', 'vfio_pci', 'vfio_iommu_type1', 'kvm', 'kvm_intel', 'kvm_amd'])

/**
 * How a module stands on the running kernel; undefined where it cannot be told. A module is missing only where the
 * lists that would name it were read: a kernel without loadable modules has none but the built-in ones.
 */
export function moduleState(facts: Pick<Facts, 'modules'>, name: string): ModuleState | undefined {
  const modules = valueOf(facts.modules)
  if (modules === undefined) return undefined
  const builtin = valueOf(modules.builtin)
  const loaded = valueOf(modules.loaded)
  const loadable = valueOf(modules.loadable)
  if (builtin?.includes(name) === true) return 'builtin'
  if (loaded?.includes(name) === true) return 'loaded'
  if (loadable?.includes(name) === true) return 'loadable'
  if (builtin === undefined || loaded === undefined || loadable === undefined) return undefined
  return modules.builtin.source === '/sys/module' && !SHOWN_WHEN_BUILTIN.has(name) ? undefined : 'missing'
}

/** Why it cannot be told how a module stands: the first of the three lists that was not read. */
export function whyUntold({ loaded, builtin, loadable }: ModuleFacts): Unknown {
  const list = [loadable, builtin, loaded].find((one) => one.state === 'unknown')
  return list?.state === 'unknown' ? list : unknown('incomplete', builtin.source, 'not every module shows there')
}

/** Whether a device reaches a guest by this module: VFIO with the drivers of vendors on top of it, iommufd, mdev, KVM. */
export function servesGuests(module: string): boolean {
  // insmod names a file.
  const name = module
    .slice(module.lastIndexOf('/') + 1)
    .replace(/\.ko(?:\.\w{1,4})?$/, '')
    .replaceAll('-', '_')
  return /^(?:vfio|vfio_\w{1,60}|iommufd|mdev|kvm|kvm_\w{1,60}|kvmgt)$|_vfio(?:_pci)?$/.test(name)
}

/** Present in the running kernel now. */
export function isActive(state: ModuleState | undefined): boolean | undefined {
  return state === undefined ? undefined : state === 'builtin' || state === 'loaded'
}

/**
 * Whether VFIO's back end is vfio_iommu_type1 here: a kernel may have iommufd stand in for it, and POWER has one of its own
 * (drivers/vfio/vfio_iommu_spapr_tce.c).
 */
export function wantsType1(facts: Pick<Facts, 'kernelConfig' | 'kernel' | 'cpu'>): boolean {
  return valueOf(facts.kernelConfig)?.['CONFIG_IOMMUFD_VFIO_CONTAINER'] !== 'y' && foreign(facts) !== 'power'
}
