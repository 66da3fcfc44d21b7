import { missingFrom, type Missing } from '../model/check.ts'
import { unknown, valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
import { matching } from './candidates.ts'
import { logGap } from './conclude.ts'
import { heldByBuiltIn } from './driver-module.ts'
import { lastParameter, parseIds } from './parameters.ts'

type Used = Pick<Facts, 'commandLine' | 'modules' | 'messages'>

/**
 * How a function came to a host driver, of which a vfio-pci that is built in was given the id on the command line.
 * `refused`: without an IOMMU group its probe fails (drivers/vfio/vfio_main.c: vfio_register_group_dev), which is told of
 * the IOMMU. `hidden`: another list came after, which is told of the lists.
 */
export type BuiltInCourse = 'refused' | 'hidden' | 'built-in-before' | 'untold'

/**
 * Drivers in the kernel start in the order of drivers/Makefile (module_init is device_initcall there): gpu, scsi, nvme,
 * ata and net before vfio, usb after it, and sound after all of drivers. Modules come later than each of them.
 */
export function builtInCourse(fn: PciFunction, facts: Used): BuiltInCourse {
  const line = valueOf(facts.commandLine)
  // A string parameter is set anew by each occurrence (kernel/params.c: param_set_copystring).
  const ids = line === undefined ? undefined : lastParameter(line, 'vfio-pci.ids')
  if (!parseIds(ids?.value ?? '', '').some((one) => matching([fn], one).length > 0)) return 'hidden'
  if (valueOf(fn.group) === null) return 'refused'
  return heldByBuiltIn(fn, facts) === true && startsBeforeVfio(fn) ? 'built-in-before' : 'untold'
}

/** Whether a driver of such devices, built in like vfio-pci, is started before it: of disks, networks and displays. */
export function startsBeforeVfio(fn: PciFunction): boolean {
  const base = (valueOf(fn.class) ?? 0) >> 16
  return base === 0x01 || base === 0x02 || base === 0x03
}

/** vfio-pci had the id first, so it refused the function, which the log would say, or gave it back since. */
export function whyGivenBack(fn: PciFunction, { messages }: Used): Missing {
  const what = `why ${valueOf(fn.driver)} has ${fn.address}, whose id the built-in vfio-pci had before any module was loaded`
  if (messages.state === 'unknown') return { ...missingFrom(what, messages), settle: SHOW_LOG }
  if (!messages.value.fromBoot) return logGap(messages, what)
  const detail = 'the log has no line of a refusal, and nothing records who handed a device back'
  return missingFrom(what, unknown('absent', messages.source, detail))
}

const SHOW_LOG = [{ do: 'show', what: 'kernel-log' }] as const
