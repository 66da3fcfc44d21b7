import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import { messagesWith } from './messages.ts'
import { isActive, moduleState } from './modules.ts'
import { parametersNamed, switchValue } from './parameters.ts'

/** The two ways to the IOMMU; each has an allow_unsafe_interrupts of its own. */
export const DMA_MODULES = ['vfio_iommu_type1', 'iommufd'] as const
export type DmaModule = (typeof DMA_MODULES)[number]

export const UNSAFE = 'allow_unsafe_interrupts'

/**
 * The option that lets VFIO go on without interrupt remapping, as it is in force; before the module is loaded, as it is
 * written. kmod puts the command line behind modprobe.d, so it has the last word (kmod_module_get_options).
 */
export function unsafeInterrupts(
  facts: Pick<Facts, 'modules' | 'commandLine' | 'modprobe'>,
  module: DmaModule,
): Evidence | undefined {
  const loaded = valueOf(facts.modules)?.parameters[module]?.[UNSAFE]
  if (loaded !== undefined) {
    const source = `/sys/module/${module}/parameters/${UNSAFE}`
    return loaded.trim() === 'Y' ? { source, saw: 'Y' } : undefined
  }
  const line = facts.commandLine
  const written = line.state === 'known' ? parametersNamed(line.value, `${module}.${UNSAFE}`).at(-1) : undefined
  if (written !== undefined)
    return switchValue(written.value) === true ? { source: line.source, saw: written.text } : undefined
  // A module that is loaded, or built in, does not read modprobe.d any more.
  if (moduleState(facts, module) !== 'loadable') return undefined
  const options = (valueOf(facts.modprobe)?.directives ?? []).flatMap((one) =>
    one.kind === 'options' && one.module === module
      ? one.options.flatMap(([name, value]) => (name === UNSAFE ? [{ value, source: `${one.path}:${one.line}` }] : []))
      : [],
  )
  const last = options.at(-1)
  return last !== undefined && switchValue(last.value === '' ? null : last.value) === true
    ? { source: last.source, saw: `${UNSAFE}=${last.value}` }
    : undefined
}

/**
 * Which of the two guests use here; null where it is not known, or both. With IOMMUFD_VFIO_CONTAINER iommufd stands behind
 * /dev/vfio/vfio too (drivers/iommu/iommufd/Kconfig, main.c); else a guest asks for it, and QEMU does not by itself.
 */
function waysToIommu(facts: Pick<Facts, 'guests' | 'kernelConfig' | 'messages'>): {
  readonly only: DmaModule | null
  /** By how the kernel is built, and not only by the guests that are known. */
  readonly sure: boolean
  /** Guests that ask for iommufd. */
  readonly named: readonly string[]
} {
  const guests = (valueOf(facts.guests) ?? []).filter((one) => one.hostDevices.length > 0)
  const named = guests.filter((one) => one.hostDevices.some(({ options }) => usesIommufd(options['iommufd'])))
  const compat =
    valueOf(facts.kernelConfig)?.['CONFIG_IOMMUFD_VFIO_CONTAINER'] === 'y' ||
    messagesWith(facts.messages, 'iommufd-compat').length > 0
  const only =
    compat || (named.length > 0 && named.length === guests.length)
      ? 'iommufd'
      : guests.length > 0 && named.length === 0
        ? 'vfio_iommu_type1'
        : null
  return { only, sure: compat, named: named.map((one) => one.name) }
}

/** libvirt writes yes or no, QEMU the id of an object. */
function usesIommufd(value: string | undefined): boolean {
  return value !== undefined && value !== 'no'
}

export interface Way {
  /** Whose option lets guests have devices all the same; null: none that they go through. */
  readonly module: DmaModule | null
  /** Whose option it would take. */
  readonly wanted: DmaModule
  /** What the other of the two means for whom, as a sentence with a blank behind it. */
  readonly apart: string
  readonly severity?: 'warn'
}

/** vfio_iommu_type1 and iommufd each heed their own option alone; which counts is a matter of what the guests use. */
export function allowedWay(
  facts: Pick<Facts, 'guests' | 'kernelConfig' | 'messages' | 'modules'>,
  type1: boolean,
  iommufd: boolean,
): Way {
  const { only, sure, named } = waysToIommu(facts)
  if (only !== null) {
    const set = only === 'iommufd' ? iommufd : type1
    const idle = !set && (only === 'iommufd' ? type1 : iommufd)
    const other = only === 'iommufd' ? 'vfio_iommu_type1' : 'iommufd'
    const apart = idle
      ? `That ${UNSAFE} of ${other} is set does not help: ${sure ? 'guests' : 'the guests known'} here go through ${only}. `
      : ''
    // Whoever set it may start a guest that nothing here shows.
    const doubt = idle && !sure ? ({ severity: 'warn' } as const) : {}
    return { module: set ? only : null, wanted: only, apart, ...doubt }
  }
  const wanted = 'vfio_iommu_type1'
  if (type1 === iommufd) return { module: type1 ? wanted : null, wanted, apart: '' }
  const who = named.length > 0 ? `as ${named.join(', ')} does` : 'which QEMU does only where it is told to'
  if (type1) {
    const there = named.length > 0 || isActive(moduleState(facts, 'iommufd')) === true
    const apart = there ? `It is not set for iommufd: a guest that goes through that, ${who}, is refused. ` : ''
    return { module: wanted, wanted, apart }
  }
  // The kernel says that a guest got a device this way.
  if (messagesWith(facts.messages, 'iommufd-no-intr-remap').length > 0) {
    const apart = 'It is not set for vfio_iommu_type1: a guest that goes through that is refused. '
    return { module: 'iommufd', wanted, apart }
  }
  const apart = `${UNSAFE} is set for iommufd alone: a guest that goes through that, ${who}, gets its device, and others do not. `
  return { module: null, wanted, apart, severity: 'warn' }
}
