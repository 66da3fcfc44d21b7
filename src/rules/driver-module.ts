import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
import { moduleState } from './modules.ts'
import { isVfioDriver } from './pci.ts'

/** PCI drivers whose module is not called like the driver (drivers/usb/host/xhci-pci.c, drivers/tty/serial/8250/8250_pci.c). */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['xhci_hcd', 'xhci_pci'],
  ['serial', '8250_pci'],
])

/**
 * The module of the driver that has a function, with underscores: by the driver's own link, else by its name, which
 * most drivers share with their module. Empty where no driver has it.
 */
export function moduleHolding(fn: PciFunction): string {
  const told = valueOf(fn.driverModule)
  if (typeof told === 'string') return underscored(told)
  const driver = valueOf(fn.driver) ?? ''
  const own = MODULES.get(driver) ?? underscored(driver)
  // sound/soc/sof/intel/pci-tgl.c and its kin: the driver is sof-audio-pci-intel-tgl, the module snd-sof-pci-intel-tgl.
  const sound = own.replace(/^sof_audio_pci_/, 'snd_sof_pci_')
  return claims(fn).includes(sound) ? sound : own
}

/**
 * Whether the name that moduleHolding gives is known to be the module's: by the link, by the module's own list of
 * devices, or as a module that this kernel has. undefined where the lists were not read.
 */
export function isModuleTold(fn: PciFunction, facts: Pick<Facts, 'modules'>): boolean | undefined {
  const module = moduleHolding(fn)
  if (typeof valueOf(fn.driverModule) === 'string' || claims(fn).includes(module)) return true
  const state = moduleState(facts, module)
  if (state !== undefined) return state !== 'missing'
  return claims(fn).length > 0 ? false : undefined
}

/**
 * Whether the driver that has a function is built into the kernel. Each PCI driver names its module as it registers
 * (include/linux/pci.h: pci_register_driver), THIS_MODULE is null in the kernel itself, and then there is no link, or
 * one to the place in /sys/module that its parameters have (drivers/base/module.c: module_add_driver).
 */
export function heldByBuiltIn(fn: PciFunction, facts: Pick<Facts, 'modules'>): boolean | undefined {
  const driver = valueOf(fn.driver)
  if (typeof driver !== 'string') return undefined
  const state = moduleState(facts, moduleHolding(fn))
  if (valueOf(fn.driverModule) === null) return state !== 'loaded'
  return state === undefined || state === 'missing' ? undefined : state === 'builtin'
}

function claims(fn: PciFunction): readonly string[] {
  return (valueOf(fn.kernelModules) ?? []).filter((name) => !isVfioDriver(name)).map(underscored)
}

function underscored(name: string): string {
  return name.replaceAll('-', '_')
}
