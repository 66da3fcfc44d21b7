import type { MachineReport, Report } from '../src/model/report.ts'
import { plural, when } from './wording.ts'

const UNITS: Readonly<Record<string, string>> = {
  intel: 'VT-d',
  amd: 'AMD-Vi',
  smmu: 'SMMU',
  virtio: 'virtio-iommu',
}

/** What was examined, in the few words of a head line; what could not be told says so. */
export function headWords(report: Report): readonly string[] {
  const { machine } = report
  const counts = [
    ...(machine.pciFunctions === null ? [] : [plural(machine.pciFunctions, 'PCI function')]),
    ...(machine.groups === null ? [] : [plural(machine.groups, 'group')]),
  ]
  return [
    machine.os ?? 'OS not known',
    machine.kernel === null ? 'kernel not known' : `Linux ${machine.kernel}`,
    ...(machine.cpu === null ? [] : [cpuWords(machine.cpu)]),
    iommuWords(machine),
    ...(counts.length === 0 ? [] : [counts.join(', ')]),
    ...(machine.environment === null || machine.environment === 'bare metal' ? [] : [machine.environment]),
    ...takenWords(report),
  ]
}

function iommuWords({ iommu, environment }: MachineReport): string {
  const name = UNITS[iommu.kind ?? ''] ?? 'IOMMU'
  if (iommu.inEffect === null) return 'IOMMU: could not tell'
  if (iommu.inEffect) return `${name} on`
  // Xen drives the unit, if there is one, and shows its control domain none.
  return environment === 'Xen dom0' ? 'IOMMU left to Xen' : 'IOMMU off'
}

/** Where the facts come from, unless they are of this host and now. */
export function takenWords(report: Report): readonly string[] {
  const at = report.taken.at === null ? '' : ` of ${when(report.taken.at)}`
  switch (report.taken.source) {
    case 'live':
      return report.taken.privileged === false ? ['not run as root'] : []
    case 'capture':
      return [`a capture${at}`, ...(report.taken.privileged === false ? ['not taken as root'] : [])]
    case 'paste':
      return ['pasted text']
    default:
      return report.taken.source satisfies never
  }
}

/** `Intel(R) Core(TM) i7-4790 CPU @ 3.60GHz` without the trade marks and the clock. */
function cpuWords(model: string): string {
  const short = model
    .replace(/\((?:R|TM)\)/gi, '')
    .replace(/ @ .*$/, '')
    .replace(/ CPU$/, '')
    .replace(/ \d+-Core Processor$/, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  return short === '' ? model : short
}

/** All that is known of the machine, for --verbose and for a post; null where it could not be told. */
export function machineRows(report: Report): readonly (readonly [string, string | null])[] {
  const { machine } = report
  const units = machine.iommu.units === null ? '' : ` (${plural(machine.iommu.units, 'unit')})`
  return [
    ['OS', machine.os],
    ['Kernel', machine.kernel === null ? null : [machine.kernel, machine.architecture].filter(Boolean).join(' ')],
    ['CPU', machine.cpu],
    ['Board', machine.board],
    ['Firmware', machine.bios],
    ['Boot loader', machine.bootLoader],
    ['IOMMU', machine.iommu.inEffect === null ? null : `${iommuWords(machine)}${units}`],
    ['Environment', machine.environment],
    ['PCI functions', machine.pciFunctions === null ? null : String(machine.pciFunctions)],
    ['IOMMU groups', machine.groups === null ? null : String(machine.groups)],
    [
      'Examined',
      [report.taken.source, report.taken.at === null ? '' : when(report.taken.at)].filter(Boolean).join(', '),
    ],
  ]
}
