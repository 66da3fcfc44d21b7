import { valueOf, type Unknown } from '../model/fact.ts'
import type { Subject } from '../model/check.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import type { DeviceVerdict } from '../model/report.ts'
import { boundAtStart } from '../rules/bound-at-start.ts'
import { belongsTo, endpointsOf, goesWith, groupOf, toBind, viability } from '../rules/groups.ts'
import { holderOf } from '../rules/held-by-guest.ts'
import { inUse, isBridge, isPlatformPart, onHostDriver, onVfio, useHidden } from '../rules/pci.ts'
import type { Found } from './causes.ts'
import { covers, meets, type Membership } from './subjects.ts'

export interface Judged {
  readonly verdict: DeviceVerdict
  /** Codes of the findings that decide it, or of what could not be told. */
  readonly because: readonly string[]
  /** The functions to hand to vfio-pci, where the verdict is ready-after-binding. */
  readonly bind: readonly PciFunction[]
  /** Why it could not be told whether the host uses it or what goes along, where that alone is in doubt. */
  readonly doubt?: string
  /** Who has it, or what goes along with it, now: `the guest NAME`. */
  readonly heldBy?: string
}

/**
 * The verdict on one function. `ready` promises that a VMM can take it now; `ready-after-binding` that binding the
 * functions in `bind` makes it so; the lab holds both against a real kernel.
 */
export function judgeDevice(fn: PciFunction, facts: Facts, findings: readonly Found[], members: Membership): Judged {
  const plain = (verdict: DeviceVerdict, because: readonly string[] = []): Judged => ({ verdict, because, bind: [] })
  const bridge = isBridge(fn)
  if (bridge === true) {
    const of = findings.filter((one) => one.finding.family === 'bridge-in-group')
    return plain('not-assignable', codes(of.filter((one) => covers(one.finding.subject, fn.address, members))))
  }

  const blocking = findings.filter(
    (one) =>
      one.finding.severity === 'fail' &&
      (one.problem.bars === 'group' ? bearsOnGroupOf : covers)(one.finding.subject, fn.address, members) &&
      (one.problem.blocks ?? 'device') === 'device' &&
      !(one.finding.code === 'group-not-viable' && onlyHolder(fn, facts)),
  )
  if (blocking.length > 0) return plain('blocked', codes(blocking))
  if (bridge === undefined) return plain('cannot-tell', ['device-kind-unknown'])

  const hosted = onHostDriver(fn)
  const vfio = onVfio(fn)
  if (hosted === undefined || vfio === undefined) return plain('cannot-tell', ['driver-unknown'])
  const group = groupOf(fn, facts.groups)
  if (group === undefined) return plain('cannot-tell', ['group-unknown'])
  // A device without a group cannot be assigned; a finding says why, and only a listing cut short has none.
  if (group === null) return plain('blocked', ['device-no-group'])
  const pci = valueOf(facts.pci)
  if (pci === undefined) return plain('cannot-tell', ['group-unknown'])
  if (isPlatformPart(fn) && !vfio) return plain('in-use-by-host', ['platform-part'])
  if (hosted && inUse(fn)) return plain('in-use-by-host', ['device-in-use'])

  const state = viability(group, pci, facts.kernel)
  if (vfio) {
    if (state.viable === null) return plain('cannot-tell', ['group-unknown'])
    if (state.viable) return readyOrHeld(fn, endpointsOf(group, pci), facts)
    if (!state.held.every((one) => boundAtStart(one, fn, facts.guests))) return plain('blocked', ['group-not-viable'])
    if (state.held.some(inUse)) return plain('in-use-by-host', ['device-in-use'])
    const untold = doubted([fn, ...state.held])
    if (untold !== undefined) return untold
    return { verdict: 'ready-after-binding', because: ['device-on-host-driver'], bind: toBind(state.held) }
  }
  const foreign = state.held.filter(
    (one) => one !== fn && !belongsTo(one, fn) && !goesWith(one, fn) && !boundAtStart(one, fn, facts.guests),
  )
  if (foreign.length > 0) return plain('blocked', ['group-not-viable'])
  if (state.held.some((one) => one !== fn && inUse(one))) return plain('in-use-by-host', ['device-in-use'])
  if (group.partial === true || state.unknown.some((address) => address !== fn.address))
    return plain('cannot-tell', ['group-unknown'])
  const untold = doubted([fn, ...state.held])
  if (untold !== undefined) return untold
  const bind = endpointsOf(group, pci).filter((one) => one === fn || (state.held.includes(one) && !goesWith(one, fn)))
  return {
    verdict: 'ready-after-binding',
    because: hosted ? ['device-on-host-driver'] : ['device-unbound'],
    bind: toBind(bind),
  }
}

/** VFIO opens a group for one at a time (vfio_group_fops_open in drivers/vfio/group.c). */
function readyOrHeld(fn: PciFunction, group: readonly PciFunction[], facts: Facts): Judged {
  for (const one of [fn, ...group]) {
    const holder = holderOf(one, facts.guests)
    if (holder === undefined) continue
    const who = holder.guest === null ? `${holder.sure ? '' : 'probably '}a guest` : `the guest ${holder.guest}`
    return { verdict: 'ready', because: ['device-in-guest'], bind: [], heldBy: who }
  }
  return { verdict: 'ready', because: [], bind: [] }
}

/** The verdict where it could not be read whether the host uses what would go to the guest; the device itself first. */
function doubted(functions: readonly PciFunction[]): Judged | undefined {
  for (const [at, one] of functions.entries()) {
    const hidden = useHidden(one)
    if (hidden === undefined) continue
    const which = at === 0 ? 'it' : one.address
    const doubt = `whether this host uses ${which} is not known, because ${unreadWords(hidden)}`
    return { verdict: 'cannot-tell', because: ['device-use-unknown'], bind: [], doubt }
  }
  return undefined
}

function unreadWords({ source, reason, detail }: Unknown): string {
  if (reason === 'denied') return `${source} is not readable for this user`
  return reason === 'not-collected' && detail !== undefined ? detail : `${source} could not be read`
}

function bearsOnGroupOf(subject: Subject, address: Address, members: Membership): boolean {
  return meets(subject, { kind: 'device', address }, members)
}

/** Whether it is this function itself that keeps its group from being viable: then binding it is the cure. */
function onlyHolder(fn: PciFunction, facts: Facts): boolean {
  const pci = valueOf(facts.pci)
  const group = groupOf(fn, facts.groups)
  if (pci === undefined || group === undefined || group === null) return false
  const { held } = viability(group, pci, facts.kernel)
  return held.length > 0 && held.every((one) => one === fn)
}

function codes(found: readonly Found[]): readonly string[] {
  return [...new Set(found.map((one) => one.finding.code))]
}
