import type { Confidence, Evidence, Hit } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { EmptySearch } from '../model/log.ts'
import type { Action } from '../model/remedy.ts'
import { foreign } from './architecture.ts'
import { hintOf, searched, silenceOf } from './empty-search.ts'
import { START_TROUBLE } from './iommu-start.ts'
import { iommuDriverConfig, switchOnAgain } from './iommu-switch.ts'
import { messagesWith } from './messages.ts'
import { logEvidence } from './probe-errors.ts'
import { signsOfIommu, type IommuEvidence, type Signs } from './signs-of-iommu.ts'
import { viommuRemedy } from './virtual-iommu.ts'

export type NoIommu =
  | 'iommu-absent-in-guest'
  | 'iommu-off-in-firmware'
  | 'iommu-disabled-by-parameter'
  | 'iommu-driver-not-built'
  | 'iommu-default-off'
  | 'iommu-not-asked-for'
  | 'iommu-off-in-kernel'
  | 'iommu-absent'

type Found = NonEmpty<Hit<NoIommu>>

/** What QEMU, libvirt and Proxmox say where there is no IOMMU, or none for the device. */
const SAID_NONE = [
  'q-no-iommu-group',
  'pve-open-group',
  'pve-no-iommu',
  'pve-ui-no-iommu',
  'kimchi-no-groups',
  'hv-no-group',
  'l-nopass',
]

/** The reasons why no device has a group, the likeliest first, as far as the evidence goes. */
export function whyNoIommu(facts: IommuEvidence, none: Evidence): Found {
  const it = signsOfIommu(facts)
  const { intel, amd, table, tables, hypervisor, off, line } = it
  if (table === undefined && hypervisor !== null && facts.acpi.state === 'known') {
    const virtual = { source: facts.environment.source, saw: `a virtual machine: ${hypervisor}` }
    const remedy = viommuRemedy(hypervisor, foreign(facts))
    const sure = tables?.includes('IORT') === true ? ({ confidence: 'likely' } as const) : {}
    return [hit('iommu-absent-in-guest', [none, virtual], { values: { hypervisor }, remedy, ...sure })]
  }
  if (table === undefined && tables !== undefined && hypervisor === null && (intel || amd)) {
    const wanted = intel ? 'DMAR' : 'IVRS'
    const lacks = {
      source: facts.acpi.source,
      saw: `no ${wanted} table`,
      wanted: intel ? 'a DMAR table' : 'an IVRS table',
    }
    // Without the bare-metal side being known, it may be a guest whose hypervisor does not say so.
    const confidence = facts.environment.state === 'known' ? 'certain' : 'likely'
    return [firmware(it, 'The kernel was given no such table.', [lacks, none], confidence)]
  }
  const silent = table === undefined && hypervisor === null ? silenceOf(it, facts) : undefined
  if (silent !== undefined) return [firmware(it, hintOf(silent), [searched(silent), none], 'likely', silent)]
  if (off !== undefined) {
    // A table proves that the parameter is the reason; without one firmware may be off as well.
    const confidence = table === undefined ? 'likely' : 'certain'
    const evidence: NonEmpty<Evidence> = [none, { source: line.source, saw: off }]
    const again = line.state === 'known' ? { remedy: [switchOnAgain(line.value, off, facts)] } : {}
    // The tables are ACPI's.
    const hidden = off.startsWith('acpi=')
      ? 'Without ACPI it is not to be seen whether'
      : 'It could not be told whether'
    const offer = table === undefined ? `${hidden} firmware offers one.` : 'Firmware offers one.'
    return [hit('iommu-disabled-by-parameter', evidence, { values: { parameter: off, offer }, confidence, ...again })]
  }
  if (table !== undefined) return [inKernel(it, facts, table, none)]
  return hypervisor === null && (intel || amd) ? unlisted(it, none) : [absent(tables === undefined, none)]
}

/**
 * The same where no list of groups is shown: a search for the table came out empty, or a program that wanted a group
 * found none. Empty where neither is so, or where nothing tells whose IOMMU it would be.
 */
export function whyProbablyNone(facts: IommuEvidence): readonly Hit<NoIommu>[] {
  // Seen from somewhere on this host there are groups: what is empty elsewhere is hidden there.
  if (messagesWith(facts.messages, 'v-iommu-pass').length > 0) return []
  const it = signsOfIommu(facts)
  const unbuilt = it.hypervisor === null ? withoutDriver(it, facts) : undefined
  if (unbuilt !== undefined) return [unbuilt]
  const said = messagesWith(facts.messages, ...SAID_NONE)[0]
  const evidence: Evidence[] = said === undefined ? [] : [logEvidence(said)]
  const lacks = (valueOf(facts.searches) ?? []).find((one) => one.groups)
  if (lacks !== undefined) evidence.push(searched(lacks))
  if (valueOf(facts.iommuUnits)?.length === 0) evidence.push({ source: facts.iommuUnits.source, saw: 'no IOMMU unit' })
  const silent = it.table === undefined && it.hypervisor === null ? silenceOf(it, facts) : undefined
  if (silent !== undefined) {
    const sure = !silent.told && (it.intel || it.amd || said !== undefined)
    const found = firmware(it, hintOf(silent), [searched(silent), ...evidence], sure ? 'likely' : 'possible', silent)
    return [sure ? found : { ...found, severity: 'warn' }]
  }
  const [none] = evidence
  if (none === undefined) return []
  if (it.hypervisor !== null) {
    // A search of the log that came out empty may be of another machine than the guest that somebody shows.
    if (said === undefined || it.table !== undefined) return []
    const { hypervisor } = it
    const virtual = { source: facts.environment.source, saw: `a virtual machine: ${hypervisor}` }
    const remedy = viommuRemedy(hypervisor, foreign(facts))
    const rest = { values: { hypervisor }, remedy, confidence: 'likely' } as const
    return [hit('iommu-absent-in-guest', [none, virtual], rest)]
  }
  // Whatever the CPU: each IOMMU driver registers its units (iommu_device_sysfs_add in drivers/iommu/iommu-sysfs.c).
  if (!it.intel && !it.amd && it.table === undefined)
    return valueOf(facts.iommuUnits)?.length === 0 ? [absent(true, none)] : []
  return whyNoIommu(facts, none).map((one) => ({ ...one, confidence: 'possible' }))
}

function hit(code: NoIommu, evidence: NonEmpty<Evidence>, rest: Partial<Hit<NoIommu>> = {}): Hit<NoIommu> {
  return { code, subject: { kind: 'host' }, evidence, ...rest }
}

/** The configuration of the running kernel, where it leaves out the driver of this maker's IOMMU. */
function withoutDriver(it: Signs, facts: IommuEvidence): Hit<NoIommu> | undefined {
  const symbol = it.intel || it.amd ? iommuDriverConfig(facts.kernelConfig, it.amd ? 'IVRS' : 'DMAR') : undefined
  if (symbol === undefined) return undefined
  const unset = { source: facts.kernelConfig.source, saw: `${symbol} is not set` }
  return hit('iommu-driver-not-built', [unset], { values: { symbol }, confidence: 'likely' })
}

function firmware(
  it: Signs,
  hint: string,
  evidence: NonEmpty<Evidence>,
  confidence: Confidence,
  silent?: EmptySearch,
): Hit<NoIommu> {
  const both = !it.intel && !it.amd && silent?.tables.includes('IVRS') === true
  const [table, technology] = both ? ['DMAR or IVRS', 'VT-d or AMD-Vi'] : it.amd ? ['IVRS', 'AMD-Vi'] : ['DMAR', 'VT-d']
  const remedy: Action[] = [{ do: 'enable-firmware-setting', setting: it.amd ? 'amd-vi' : 'vt-d' }]
  if (both) remedy.push({ do: 'enable-firmware-setting', setting: 'amd-vi' })
  // Of a pair with iommu-not-asked-for the other says it; else it is the second switch.
  if (silent !== undefined && !it.amd && it.silentLine && it.byDefault !== 'on')
    remedy.push({
      do: 'advise',
      say: 'If no device has an IOMMU group after that, add intel_iommu=on to the kernel command line: nothing there asks for VT-d yet.',
    })
  return hit('iommu-off-in-firmware', evidence, { values: { table, technology, hint }, remedy, confidence })
}

/** Firmware offers it: what the kernel makes of it. */
function inKernel(it: Signs, facts: IommuEvidence, table: string, none: Evidence): Hit<NoIommu> {
  const listed = facts.acpi.source.startsWith('/')
  const source = listed ? `/sys/firmware/acpi/tables/${table}` : facts.acpi.source
  const there: Evidence = { source, saw: listed ? 'the table is there' : `firmware offers the table ${table}` }
  const unbuilt = iommuDriverConfig(facts.kernelConfig, table)
  if (unbuilt !== undefined) {
    const unset = { source: facts.kernelConfig.source, saw: `${unbuilt} is not set` }
    return hit('iommu-driver-not-built', [unset, there, none], { values: { symbol: unbuilt } })
  }
  if (table === 'DMAR' && it.byDefault === 'off' && it.silentLine) {
    const config = facts.kernelConfig
    const why: Evidence =
      config.state === 'known'
        ? { source: config.source, saw: 'CONFIG_INTEL_IOMMU_DEFAULT_ON is not set' }
        : { source: facts.kernel.source, saw: 'a kernel of Proxmox below 6.8' }
    const quiet = { source: it.line.source, saw: 'no intel_iommu=on', wanted: 'intel_iommu=on' }
    return hit('iommu-default-off', [quiet, why, there, none])
  }
  const untried = table === 'DMAR' && !it.asked
  const hint = !untried
    ? whatTheLogSays(facts)
    : it.line.state === 'unknown'
      ? 'Many kernels use it only where intel_iommu=on asks for it, and the command line could not be read.'
      : 'Nothing on the command line asks for it, and the default of this kernel could not be read: intel_iommu=on is worth trying.'
  const remedy: Action[] = [{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }]
  return hit('iommu-off-in-kernel', [there, none], {
    values: { table, hint },
    confidence: 'likely',
    ...(untried ? { remedy } : {}),
  })
}

function whatTheLogSays({ messages }: IommuEvidence): string {
  if (messagesWith(messages, ...Object.values(START_TROUBLE).flat()).length > 0)
    return 'The kernel log says why the driver gave up.'
  return valueOf(messages)?.fromBoot === true
    ? 'The kernel log was read from its start, and no line of it that is known here says why the driver gave up.'
    : 'Why the driver gave up would stand in the kernel log, of which too little was seen.'
}

/** Nothing tells what firmware offers: the command line and the kernel's default weigh the two switches. */
function unlisted(it: Signs, none: Evidence): Found {
  if (it.amd) {
    const hint = 'An AMD IOMMU needs no parameter: the kernel uses it wherever firmware offers it.'
    return [firmware(it, hint, [none], 'likely')]
  }
  const { line } = it
  if (line.state === 'unknown') return [absent(true, none)]
  if (it.asked) {
    const hint = 'The command line asks for VT-d, and no device has a group all the same.'
    const asks = { source: line.source, saw: 'intel_iommu=on' }
    return [firmware(it, hint, [asks, none], 'likely')]
  }
  const quiet = { source: line.source, saw: 'no intel_iommu=on', wanted: 'intel_iommu=on' }
  if (it.byDefault === 'on') {
    return [firmware(it, 'This kernel uses VT-d by itself wherever firmware offers it.', [none, quiet], 'likely')]
  }
  const hint =
    it.byDefault === 'off'
      ? 'This kernel is one of them.'
      : 'Whether this kernel is one of them stands in its configuration: CONFIG_INTEL_IOMMU_DEFAULT_ON.'
  const kernel = hit('iommu-not-asked-for', [quiet, none], {
    values: { hint },
    confidence: it.byDefault === 'off' ? 'likely' : 'possible',
  })
  return [kernel, firmware(it, 'It is the one to look at where intel_iommu=on changes nothing.', [none], 'possible')]
}

function absent(unlisted: boolean, none: Evidence): Hit<NoIommu> {
  return hit('iommu-absent', [none], { confidence: unlisted ? 'possible' : 'likely' })
}
