import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciList } from '../model/pci.ts'
import { listedIds, matching } from './candidates.ts'
import { probeErrors } from './probe-errors.ts'
import { isBridge, isVfioDriver, sysfs } from './pci.ts'

/** Signs that somebody tried to hand a bridge to vfio-pci, by the bridge's address. */
export function bridgeAttempts(
  facts: Pick<Facts, 'messages' | 'commandLine' | 'modprobe' | 'attempts'>,
  pci: PciList,
): ReadonlyMap<Address, readonly Evidence[]> {
  const bridges = pci.functions.filter((fn) => isBridge(fn) === true)
  const found = new Map<Address, Evidence[]>()
  const add = (address: Address, evidence: Evidence): void => {
    found.set(address, [...(found.get(address) ?? []), evidence])
  }
  for (const error of probeErrors(facts.messages)) {
    if (isVfioDriver(error.driver) && bridges.some((one) => one.address === error.address))
      add(error.address, error.evidence)
  }
  for (const bridge of bridges) {
    const override = valueOf(bridge.driverOverride)
    if (typeof override === 'string' && isVfioDriver(override)) {
      add(bridge.address, { source: sysfs(bridge.address, 'driver_override'), saw: override, wanted: 'none' })
    }
  }
  for (const listed of listedIds(facts)) {
    for (const bridge of matching(bridges, listed))
      add(bridge.address, { source: listed.source, saw: `ids lists ${listed.text}` })
  }
  for (const attempt of valueOf(facts.attempts) ?? []) {
    const about = bridges.filter((one) => {
      if (attempt.address !== null) return one.address === attempt.address
      return attempt.deviceId !== null && `${valueOf(one.vendorId)}:${valueOf(one.deviceId)}` === attempt.deviceId
    })
    if (attempt.kind !== 'new-id' && attempt.kind !== 'bind' && attempt.kind !== 'override') continue
    for (const bridge of about) {
      const answer = attempt.error === null ? '' : `: ${attempt.error}`
      add(bridge.address, {
        source: `${facts.attempts.source}, line ${attempt.line}`,
        saw: `${attempt.command}${answer}`,
      })
    }
  }
  return found
}
