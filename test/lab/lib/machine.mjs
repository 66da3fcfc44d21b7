// QEMU arguments in the field's words. `addr` is hexadecimal: device, dot, function.

export const Q35 = ['-machine', 'q35', '-m', '1024']
/** Emulated CPUs: the vendor decides which IOMMU the doctor has to ask about. */
export const INTEL = [...Q35, '-cpu', 'Nehalem']
export const AMD = [...Q35, '-cpu', 'EPYC,-svm']

/** QEMU's Arm machine. GICv3 has an ITS, which isolates interrupts; GICv2 has not. */
export const virt = ({ gic = 3, iommu = 'smmuv3' } = {}) => [
  '-machine',
  `virt,gic-version=${gic}${iommu === null ? '' : `,iommu=${iommu}`}`,
  '-m',
  '1024',
  '-cpu',
  'cortex-a72',
]
/** Arm firmware, so that the machine is described by ACPI and not by a device tree; it names itself like a server. */
export const SERVER_FIRMWARE = [
  '-bios',
  '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
  '-smbios',
  'type=1,manufacturer=Lab,product=Server',
]

/** The IOMMU comes before every PCI device: QEMU hands out DMA windows in the order of the command line. */
export const vtd = (options = 'intremap=on') => ['-device', `intel-iommu,${options}`]
export const amdVi = (options = 'intremap=on') => ['-device', `amd-iommu,${options}`]
export const VIRTIO_IOMMU = ['-device', 'virtio-iommu-pci,addr=1.0']

/** A root port: it has ACS. */
export const rootPort = (id, addr, more = '') => [
  '-device',
  `pcie-root-port,id=${id},bus=pcie.0,addr=${addr},chassis=${Number.parseInt(addr, 16) + 1}${more}`,
]
/** A switch without ACS: an upstream port and its downstream ports. */
export const switchPorts = (bus, ...ids) =>
  [
    ['-device', `x3130-upstream,id=${bus}up,bus=${bus}`],
    ...ids.map((id, slot) => [
      '-device',
      `xio3130-downstream,id=${id},bus=${bus}up,chassis=${100 + slot},slot=${slot},addr=${slot.toString(16)}.0`,
    ]),
  ].flat()
/** A PCIe-to-PCI bridge [1b36:000e]. */
export const pciBridge = (id, bus) => ['-device', `pcie-pci-bridge,id=${id},bus=${bus}`]
/** A conventional sound card [1274:5000], class 0401. */
export const audioCard = (bus, addr, id = 'a0') =>
  [
    ['-audiodev', `none,id=${id}`],
    ['-device', `ES1370,audiodev=${id},bus=${bus},addr=${addr}`],
  ].flat()
/** A conventional network card [8086:100e], driver e1000. */
export const pciNic = (bus, addr) => device('e1000', bus, addr)
/** A PCI Express network card [8086:10d3], driver e1000e. */
export const nic = (bus, addr = '0.0', more = '') => device('e1000e', bus, addr, more)
/** A function without a host driver [1234:11e8]. */
export const edu = (bus, addr = '0.0', more = '') => device('edu', bus, addr, more)

export function device(name, bus, addr, more = '') {
  const rom = name.startsWith('e1000') ? ',romfile=' : ''
  return ['-device', `${name},bus=${bus},addr=${addr}${rom}${more}`]
}
/** An NVMe controller with `vfs` virtual functions [1b36:0010]. */
export const nvme = (bus, vfs) =>
  [
    ['-device', 'nvme-subsys,id=subsystem'],
    ['-device', `nvme,serial=lab,subsys=subsystem,bus=${bus},sriov_max_vfs=${vfs},${NVME_FLEXIBLE}`],
  ].flat()
const NVME_FLEXIBLE = 'max_ioqpairs=10,msix_qsize=11,sriov_vq_flexible=8,sriov_vi_flexible=4'

/** vfio-pci's own -22: the shell is told so since 5.14, and before that it is ENODEV for each failed probe (dd.c). */
export const PROBE_REFUSED = ['bind EINVAL', 'bind ENODEV']
