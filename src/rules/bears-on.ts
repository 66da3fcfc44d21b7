import type { Parameter } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import { matching } from './candidates.ts'
import { moduleHolding } from './driver-module.ts'
import { parseIds, sameName } from './parameters.ts'

/** Which devices a finding about the host bears on; undefined: any, as far as can be told. */
export interface Bearing {
  readonly devices?: readonly Address[]
}

/** The devices that one of these modules has, or could have (modules.alias). */
export function bearsOnModules({ pci }: Pick<Facts, 'pci'>, named: (module: string) => boolean): Bearing {
  return those(pci, (fn) => {
    const others = (valueOf(fn.kernelModules) ?? []).map((one) => one.replaceAll('-', '_'))
    return [moduleHolding(fn), ...others].some((module) => module !== '' && named(module))
  })
}

/** The devices that a list of ids for vfio-pci names. */
export function bearsOnIds({ pci }: Pick<Facts, 'pci'>, list: string): Bearing {
  const listed = parseIds(list, '')
  return those(pci, (fn) => listed.some((one) => matching([fn], one).length > 0))
}

function those(pci: Facts['pci'], wanted: (fn: PciFunction) => boolean): Bearing {
  const functions = valueOf(pci)?.functions
  return functions === undefined ? {} : { devices: functions.filter(wanted).map((fn) => fn.address) }
}

/** What both bear on, one or the other. */
export function bearsOnEither(each: readonly Bearing[]): Bearing {
  if (each.some((one) => one.devices === undefined)) return {}
  return { devices: [...new Set(each.flatMap((one) => one.devices ?? []))] }
}

/** Of the parameters that decide on drivers, the devices that they name; vfio-pci loaded early is for any of them. */
export function bearsOnParameters(facts: Pick<Facts, 'pci'>, parameters: readonly Parameter[]): Bearing {
  return bearsOnEither(
    parameters.map(({ name, value }) => {
      if (sameName(name, 'vfio-pci.ids')) return bearsOnIds(facts, value ?? '')
      if (name === 'rd.driver.pre') return {}
      if (!name.endsWith('blacklist') || name === 'initcall_blacklist') return { devices: [] }
      const modules = (value ?? '').split(',').map((one) => one.replaceAll('-', '_'))
      return bearsOnModules(facts, (module) => modules.includes(module))
    }),
  )
}
