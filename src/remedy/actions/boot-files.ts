import type { Step } from '../../model/remedy.ts'
import type { Target } from '../devices.ts'
import { loadEarly } from '../initramfs.ts'
import { reboot, type Ground } from '../steps.ts'

/** What the initramfs must hold for a device to be bound in it, in the order of loading. */
export const MODULES: readonly string[] = ['vfio_pci', 'vfio', 'vfio_iommu_type1']

/** Named after the first function's slot, so that two devices do not share a file. */
export function fileName(all: readonly Target[]): string {
  const at = all[0]?.address ?? 'ADDRESS'
  return `vfio-${at.replace(/\.[0-7]$/, '').replaceAll(':', '-')}`
}

/** What follows once modprobe.d names the devices. */
export function finish(first: readonly Step[], on: Ground, files: readonly string[] = []): readonly Step[] {
  return [
    ...first,
    ...loadEarly(MODULES, on, files),
    reboot(on, 'Restart the host. Afterwards `lspci -nnk` shows vfio-pci as the driver in use.'),
  ]
}
