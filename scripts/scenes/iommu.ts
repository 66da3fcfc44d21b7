import type { Entry } from '../../test/support/memory-host.ts'

/** A VT-d unit; registers as the kernel prints them, in hexadecimal (Documentation/ABI/testing/sysfs-class-iommu-intel-iommu). */
export function intelUnit(name: string, cap: string, ecap: string): Record<string, Entry> {
  const directory = `/sys/devices/virtual/iommu/${name}`
  return {
    ...unit(name),
    [`${directory}/intel-iommu/version`]: '1:0\n',
    [`${directory}/intel-iommu/cap`]: `${cap}\n`,
    [`${directory}/intel-iommu/ecap`]: `${ecap}\n`,
  }
}

/** An AMD unit (Documentation/ABI/testing/sysfs-class-iommu-amd-iommu). */
export function amdUnit(name: string, features: string): Record<string, Entry> {
  const directory = `/sys/devices/virtual/iommu/${name}`
  return { ...unit(name), [`${directory}/amd-iommu/cap`]: 'b\n', [`${directory}/amd-iommu/features`]: `${features}\n` }
}

/** A unit without attributes of its own, as SMMUs are. */
export function unit(name: string): Record<string, Entry> {
  return {
    [`/sys/class/iommu/${name}`]: { link: `../../devices/virtual/iommu/${name}` },
    [`/sys/devices/virtual/iommu/${name}/devices/`]: '',
  }
}
