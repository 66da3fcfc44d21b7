/** The texts of DMI that a virtual machine's firmware gives. */
export interface Dmi {
  readonly vendor: string
  readonly product: string
}

interface Hypervisor {
  readonly name: string
  /** How the text begins. */
  readonly vendor?: string
  readonly product?: string
  /** What else the product says. */
  readonly says?: RegExp
  /** Sold as bare metal under the same names too: they tell the kind of a virtual machine, not that it is one. */
  readonly metalToo?: true
}

/** DMI names of hypervisors and clouds, as systemd-detect-virt and virt-what know them; the first match counts. */
const HYPERVISORS: readonly Hypervisor[] = [
  { name: 'VMware', vendor: 'VMware' },
  { name: 'VirtualBox', product: 'VirtualBox' },
  { name: 'VirtualBox', vendor: 'innotek GmbH' },
  // Surface computers have the same vendor.
  { name: 'Hyper-V', vendor: 'Microsoft Corporation', product: 'Virtual Machine' },
  { name: 'Apple Virtualization', product: 'Apple Virtualization' },
  { name: 'Parallels', vendor: 'Parallels' },
  { name: 'bhyve', vendor: 'BHYVE' },
  { name: 'bhyve', vendor: 'bhyve' },
  { name: 'bhyve', product: 'BHYVE' },
  { name: 'bhyve', product: 'bhyve' },
  { name: 'KVM', vendor: 'Red Hat', says: /KVM|RHEV|OpenShift Virtualization/ },
  { name: 'KVM', product: 'KVM' },
  { name: 'KVM', product: 'OpenStack' },
  { name: 'KVM', product: 'oVirt' },
  { name: 'QEMU', vendor: 'QEMU' },
  { name: 'Xen', vendor: 'Xen' },
  { name: 'Amazon EC2', vendor: 'Amazon EC2', metalToo: true },
  // Chromebooks have the same vendor.
  { name: 'Google Compute Engine', product: 'Google Compute Engine', metalToo: true },
  { name: 'Alibaba Cloud', vendor: 'Alibaba Cloud', metalToo: true },
]

/** The hypervisor that these texts name; `guest` false where real hardware of the same seller has them too. */
export function hypervisorOf({ vendor, product }: Dmi): {
  readonly name: string
  readonly guest: boolean
  readonly by: 'sys_vendor' | 'product_name'
} | null {
  const found = HYPERVISORS.find(
    (one) =>
      vendor.startsWith(one.vendor ?? '') && product.startsWith(one.product ?? '') && (one.says?.test(product) ?? true),
  )
  if (found === undefined) return null
  return {
    name: found.name,
    guest: found.metalToo !== true,
    by: found.vendor === undefined ? 'product_name' : 'sys_vendor',
  }
}

/** Clocks that a guest kernel registers (arch/x86/kernel/kvmclock.c, drivers/clocksource/hyperv_timer.c, arch/x86/xen/time.c). */
export function hypervisorOfClocks(clocks: string): string | null {
  if (/\bkvm-clock\b/.test(clocks)) return 'KVM'
  if (/\bhyperv_/.test(clocks)) return 'Hyper-V'
  return /\bxen\b/.test(clocks) ? 'Xen' : null
}
