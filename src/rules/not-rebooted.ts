import type { Evidence, Hit } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { PciFunction } from '../model/pci.ts'
import type { Awaiting } from './awaits-restart.ts'
import { sysfs } from './pci.ts'

/** A function that the next boot gives to vfio-pci as it is written now. */
export interface Waiting {
  readonly fn: PciFunction
  readonly managed: boolean
  readonly awaiting: Awaiting
}

/** A hit for each file. Times do not tell which line was changed: so it is likely, not certain. */
export function notRebooted(waiting: readonly Waiting[]): readonly Hit<'not-rebooted'>[] {
  return [...new Set(waiting.map(({ awaiting }) => awaiting.path))].flatMap((path): readonly Hit<'not-rebooted'>[] => {
    const about = waiting.filter(({ awaiting }) => awaiting.path === path)
    const [first] = about
    if (first === undefined) return []
    const devices = about.map(({ fn }) => fn.address)
    const drivers = [...new Set(about.map(({ fn }) => valueOf(fn.driver) ?? ''))].join(', ')
    const values = { path, addresses: devices.join(', '), drivers, reason: first.awaiting.reason }
    const links = about.map(({ fn }): Evidence => ({
      source: sysfs(fn.address, 'driver'),
      saw: valueOf(fn.driver) ?? '',
    }))
    const evidence: NonEmpty<Evidence> = [...first.awaiting.evidence, ...links]
    const base = { code: 'not-rebooted', subject: { kind: 'host' }, values, evidence, devices } as const
    return [{ ...base, confidence: 'likely', ...(about.every((one) => one.managed) ? { severity: 'info' } : {}) }]
  })
}
