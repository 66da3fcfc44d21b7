import { PCI_CLASSES } from '../knowledge/pci-classes.ts'
import { valueOf, type Unknown } from '../model/fact.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'

const indexes = new WeakMap<PciList, ReadonlyMap<Address, PciFunction>>()

/** Found by address; the index is made once a list, since a host can have thousands of functions. */
export function findFunction(pci: PciList, address: Address): PciFunction | undefined {
  let index = indexes.get(pci)
  if (index === undefined) {
    index = new Map(pci.functions.map((one) => [one.address, one]))
    indexes.set(pci, index)
  }
  return index.get(address)
}

/**
 * Whether vfio-pci would refuse it for its header: type 1 or 2 (vfio_pci_core_register_device in
 * drivers/vfio/pci/vfio_pci_core.c). Host and ISA bridges have header type 0 and are no bridges in this sense.
 */
export function isBridge(fn: PciFunction): boolean | undefined {
  const header = valueOf(fn.headerType)
  if (header !== undefined) return header !== 0
  const code = valueOf(fn.class)
  if (code === undefined) return undefined
  return isBridgeClass(code)
}

/** PCI-to-PCI and CardBus bridge classes, with every programming interface; 0609 is the semi-transparent bridge. */
export function isBridgeClass(code: number): boolean {
  const sub = code >> 8
  return sub === 0x0604 || sub === 0x0607 || sub === 0x0609
}

/** vfio-pci itself or a variant driver (mlx5_vfio_pci, nvgrace_gpu_vfio_pci …); they have a vfio-dev directory. */
export function isVfioDriver(name: string): boolean {
  return name.includes('vfio') && /(^|[-_])vfio([-_]|$)/.test(name)
}

export function onVfio(fn: PciFunction): boolean | undefined {
  if (valueOf(fn.vfioDev) === true) return true
  const driver = valueOf(fn.driver)
  return driver === undefined ? undefined : driver !== null && isVfioDriver(driver)
}

/**
 * On a driver of the host's own: neither free, nor vfio, nor a driver that leaves DMA alone. The driver of NVIDIA gives
 * its virtual functions to VFIO itself, under its own name (nvidia/nv-pci.c: driver_managed_dma).
 */
export function onHostDriver(fn: PciFunction): boolean | undefined {
  if (valueOf(fn.vfioDev) === true) return false
  const driver = valueOf(fn.driver)
  if (driver === undefined) return undefined
  return driver !== null && !isVfioDriver(driver) && driver !== 'pci-stub' && driver !== 'pcieport'
}

/**
 * Parts of the platform that a host cannot run without and no guest can use: host and ISA bridges (header type 0, so
 * vfio-pci would take them), memory controllers, interrupt and system peripherals, IOMMUs, SMBus and the controller of
 * the firmware's flash (PCI Code and ID Assignment: base classes 05, 06, 08, and 0c05, 0c80). Cards use most of these
 * classes for their own things: the USB-C controller of a graphics card (0c80), an Edge TPU (0880), an FPGA (0580), an
 * NVSwitch (0680). They hang below a port, and the chipset does not.
 */
export function isPlatformPart(fn: PciFunction): boolean {
  const code = valueOf(fn.class)
  if (code === undefined) return false
  const [base, sub] = [code >> 16, code >> 8]
  // CXL memory can be memory of the host wherever it hangs.
  if ((base === 0x06 && sub !== 0x0680) || sub === 0x0502) return true
  // 0805 is an SD host controller, a device like others.
  const shared =
    base === 0x05 || sub === 0x0680 || (base === 0x08 && sub !== 0x0805) || sub === 0x0c05 || sub === 0x0c80
  return shared && onRootBus(fn) && !isDmaEngine(fn)
}

/** By the link, else by the number that the first root bus has. */
export function onRootBus(fn: PciFunction): boolean {
  const parent = valueOf(fn.parent)
  return parent === undefined ? fn.address.split(':')[1] === '00' : parent === null
}

/** The DMA engines of Intel's server processors (I/OAT, DSA, IAA) are there for programs and guests, too. */
function isDmaEngine(fn: PciFunction): boolean {
  const drivers = [valueOf(fn.driver), ...(valueOf(fn.kernelModules) ?? [])]
  return drivers.includes('ioatdma') || drivers.includes('idxd')
}

/** Whether the host would lose something it uses now. */
export function inUse(fn: PciFunction): boolean {
  return (valueOf(fn.uses) ?? []).some((one) => one.inUse !== null)
}

/** Why it cannot be told whether the host uses it. A post hardly ever shows what would tell, and its reader knows. */
export function useHidden(fn: PciFunction): Unknown | undefined {
  const hidden = onHostDriver(fn) === true && fn.uses.state === 'unknown' && fn.uses.reason !== 'not-in-paste'
  return hidden && fn.uses.state === 'unknown' ? fn.uses : undefined
}

export function isDisplay(fn: PciFunction): boolean {
  const code = valueOf(fn.class)
  return code !== undefined && code >> 16 === 0x03
}

/** A 3D controller (0302) has no output: a card for computing, or the second one of a laptop, which draws by the first. */
export function hasPicture(fn: PciFunction): boolean {
  return isDisplay(fn) && (valueOf(fn.class) ?? 0) >> 8 !== 0x0302
}

/**
 * lspci reads the registers themselves; a revision of ff there is that of no device: a read that nobody answers gives all
 * ones (PCI Express base specification 2.3.2).
 */
export function readsNothing(fn: PciFunction): boolean {
  return valueOf(fn.revision) === 0xff
}

/** `vvvv:dddd`, or null where it is not known. */
export function idOf(fn: PciFunction): string | null {
  const vendor = valueOf(fn.vendorId)
  const device = valueOf(fn.deviceId)
  return vendor === undefined || device === undefined ? null : `${vendor}:${device}`
}

export function className(fn: PciFunction): string | null {
  const code = valueOf(fn.class)
  if (code === undefined) return null
  return PCI_CLASSES[code >> 8] ?? `class ${(code >> 8).toString(16).padStart(4, '0')}`
}

/** A few words for a person: the class and the ids. */
export function describe(fn: PciFunction): string {
  const id = idOf(fn)
  return `${className(fn) ?? 'device'}${id === null ? '' : ` [${id}]`}`
}

/** Up to four of them, and how many more there are. */
export function describeFew(functions: readonly PciFunction[]): string {
  const named = functions.slice(0, 4).map((one) => `${one.address} (${describe(one)})`)
  return named.join(', ') + (functions.length > 4 ? ` and ${functions.length - 4} more` : '')
}

/** The sysfs directory of a function, for evidence. */
export function sysfs(address: Address, attribute?: string): string {
  const directory = `/sys/bus/pci/devices/${address}`
  return attribute === undefined ? directory : `${directory}/${attribute}`
}
