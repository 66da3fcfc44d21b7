import type { Confidence } from '../model/check.ts'
import type { DeviceReport, DeviceVerdict, Finding, MachineVerdict, Report } from '../model/report.ts'

type Draft = Omit<Report, 'verdict' | 'headline'>

/**
 * The machine's verdict: of the devices asked for, else of the candidates, else of the findings alone. In a container
 * the findings are about its own files, so without a device they do not tell.
 */
export function machineVerdict(report: Draft, container: string | null): MachineVerdict {
  const asked = report.devices.filter((one) => one.asked)
  const about =
    asked.length > 0
      ? asked
      : report.devices.filter((one) => one.candidate !== null && one.verdict !== 'not-assignable')
  const verdicts = new Set(about.map((one) => one.verdict))
  const has = (severity: string): boolean => report.causes.some((one) => one.severity === severity)
  if (has('fail') || verdicts.has('blocked') || report.machine.iommu.inEffect === false) return 'blocked'
  if (verdicts.has('cannot-tell')) return 'cannot-tell'
  // A post that shows no device to give away is no proof that everything else is well.
  const untold = report.machine.iommu.inEffect === null || report.taken.source === 'paste' || container !== null
  if (about.length === 0 && untold) return 'cannot-tell'
  const attention: readonly DeviceVerdict[] = ['ready-after-binding', 'in-use-by-host', 'not-assignable']
  if (has('warn') || attention.some((one) => verdicts.has(one))) return 'attention'
  return 'ready'
}

/** Before the title of what is in the way, as far as it is known to be. */
const BLOCKED: Readonly<Record<Confidence, readonly [answer: string, reason: string]>> = {
  certain: ['Passthrough will not work yet', ': '],
  likely: ['Passthrough will probably not work yet', '. Likely: '],
  possible: ['Passthrough may not work yet', '. Possibly: '],
}
const HEDGES: Readonly<Record<Confidence, string>> = { certain: '', likely: 'likely, ', possible: 'possibly, ' }

function hedged(cause: Pick<Finding, 'title' | 'confidence'>): string {
  return `${HEDGES[cause.confidence]}${lowerFirst(cause.title)}`
}

/** The first line a person reads: the answer to what they asked. */
export function headline(report: Draft, verdict: MachineVerdict, container: string | null): string {
  const asked = report.devices.filter((one) => one.asked)
  const [only] = asked
  if (asked.length === 1 && only !== undefined) return deviceLine(only, report)
  const cause =
    report.causes.find((one) => one.severity === 'fail') ?? report.causes.find((one) => one.severity === 'warn')
  if (verdict === 'blocked') {
    const none = report.machine.iommu.inEffect === false
    if (none && cause?.severity !== 'fail') return 'Passthrough will not work: no IOMMU is in effect'
    if (cause === undefined) return 'Something stands in the way'
    // That there is no IOMMU can be certain where the reason is not.
    const answer = BLOCKED[none ? 'certain' : cause.confidence][0]
    return `${answer}${BLOCKED[cause.confidence][1]}${lowerFirst(cause.title)}`
  }
  const all = report.devices.filter((one) => one.candidate !== null && one.verdict === 'ready')
  const ready = all.filter((one) => one.heldBy === undefined).length
  const held = all.filter((one) => one.heldBy !== undefined)
  const binding = report.devices.filter((one) => one.candidate !== null && one.verdict === 'ready-after-binding').length
  if (verdict === 'cannot-tell') {
    const doubted = report.devices.find((one) => one.doubt !== undefined && (one.asked || one.candidate !== null))
    if (cause === undefined && doubted !== undefined)
      return `Could not tell whether ${doubted.address} can be passed through: ${doubted.doubt}`
    // A note that accounts for an error is the answer to whoever asked about that error.
    const told = cause ?? report.causes.find((one) => one.explains.length > 0)
    if (told === undefined && container !== null)
      return `Could not tell whether passthrough works here: this container (${container}) shows a part of its host alone, so run vfio-doctor on the host`
    if (told === undefined && report.machine.pciFunctions === 0)
      return 'There is no PCI function here, so there is none to pass through'
    if (told === undefined) return 'Could not tell whether passthrough works here: see what is missing below'
    const first = cause === undefined ? 'First of all' : 'Worth a look'
    return `${first}: ${hedged(told)}. Whether passthrough works otherwise could not be told`
  }
  const parts = [
    ...(ready > 0 ? [`${count(ready, 'device')} can be passed through now`] : []),
    ...(held.length > 0 ? [`${heldWords(held)} now`] : []),
    ...(binding > 0 ? [`${count(binding, 'device')} can be handed over once bound to vfio-pci`] : []),
  ]
  const look = verdict === 'attention' && cause !== undefined ? `; worth a look: ${hedged(cause)}` : ''
  if (parts.length > 0) return `${parts.join('; ')}${look}`
  if (look !== '') return `Passthrough can work here${look}`
  return 'This host is ready for passthrough; name a device to see what it takes to hand it over'
}

function deviceLine(device: DeviceReport, report: Draft): string {
  const what = `${device.address} ${device.class ?? device.name ?? 'device'}${device.id === null ? '' : ` [${device.id}]`}`
  const cause = reasonOf(device, report.causes)
  const why = cause === undefined ? '' : `: ${hedged(cause)}`
  switch (device.verdict) {
    case 'ready':
      return device.heldBy === undefined
        ? `${what} can be passed through now`
        : `${what} can be passed through, and ${device.heldBy} has it now`
    case 'ready-after-binding':
      return `${what} can be passed through once it is bound to vfio-pci`
    case 'in-use-by-host':
      return `${what} is in use by this host${why.replace(`${device.address} is in use by this host: `, '')}`
    case 'not-assignable':
      return `${what} cannot be assigned, and need not be: it is a bridge`
    case 'blocked':
      return `${what} cannot be passed through yet${why}`
    case 'cannot-tell':
      return `Could not tell whether ${what} can be passed through${device.doubt === undefined ? '' : `: ${device.doubt}`}`
    default:
      return device.verdict satisfies never
  }
}

/** The cause that decides the verdict, or the one behind the finding that does. */
function reasonOf(device: DeviceReport, causes: Draft['causes']): Draft['causes'][number] | undefined {
  const decides = (code: string | undefined): boolean => code !== undefined && device.because.includes(code)
  return (
    causes.find((one) => decides(one.code)) ??
    causes.find((one) => one.explains.some((key) => decides(key.split('@', 1)[0])))
  )
}

function heldWords(held: readonly DeviceReport[]): string {
  const [first] = held
  const same = held.every((one) => one.heldBy === first?.heldBy)
  return `${count(held.length, 'device')} ${held.length === 1 ? 'is' : 'are'} ${same ? inWords(first?.heldBy) : 'in guests'}`
}

function inWords(who: string = 'a guest'): string {
  return who.startsWith('probably ') ? who.replace('probably ', 'probably in ') : `in ${who}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

const NAMES = /^(?:AppArmor|Linux|Proxmox|Secure Boot|Windows|Xen)\b/

function lowerFirst(text: string): string {
  // An acronym keeps its capitals (VT-d, IOMMU, PCI), and so does a name.
  return /^(?:[A-Z][a-z]|A )/.test(text) && !NAMES.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
