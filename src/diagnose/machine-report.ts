import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { GroupReport, MachineReport } from '../model/report.ts'
import type { EnvironmentFacts } from '../model/system.ts'
import { viability } from '../rules/groups.ts'
import { iommuInEffect } from '../rules/iommu.ts'

/** The facts that a report's head shows; null is "could not tell". */
export function machineReport(facts: Facts): MachineReport {
  const board = valueOf(facts.board)
  const units = valueOf(facts.iommuUnits)
  const pci = valueOf(facts.pci)
  const groups = valueOf(facts.groups)
  const environment = valueOf(facts.environment)
  return {
    os: valueOf(facts.os)?.name ?? null,
    kernel: valueOf(facts.kernel)?.release ?? null,
    architecture: valueOf(facts.kernel)?.architecture ?? null,
    cpu: valueOf(facts.cpu)?.model ?? valueOf(facts.cpu)?.vendor ?? null,
    board: board === undefined ? null : words(board.system, board.board),
    bios: board === undefined ? null : words(board.biosVendor, board.biosVersion, board.biosDate),
    bootLoader: valueOf(facts.boot) === undefined ? null : (valueOf(valueOf(facts.boot)!.loader) ?? null),
    iommu: {
      inEffect: valueOf(iommuInEffect(facts)) ?? null,
      kind: units?.[0]?.kind ?? null,
      units: units?.length ?? null,
    },
    environment: environment === undefined ? null : environmentWords(environment),
    pciFunctions: pci?.complete === true ? pci.functions.length : null,
    groups: groups?.complete === true ? groups.groups.length : null,
  }
}

function words(...parts: readonly (string | null)[]): string | null {
  const there = parts.filter((one) => one !== null)
  return there.length === 0 ? null : there.join(' ')
}

function environmentWords(environment: EnvironmentFacts): string {
  if (environment.wsl) return 'Windows Subsystem for Linux'
  if (environment.xenDom0) return 'Xen dom0'
  const inside = environment.hypervisor === null ? 'bare metal' : `virtual machine (${environment.hypervisor})`
  return environment.container === null ? inside : `container (${environment.container}), ${inside}`
}

/** Every group with its members and whether VFIO would take it now. */
export function groupReports(facts: Facts): readonly GroupReport[] {
  const pci = valueOf(facts.pci)
  return (valueOf(facts.groups)?.groups ?? []).map((group) => {
    const devices = group.members
    if (pci === undefined) return { id: group.id, devices, viable: null, why: 'the devices could not be read' }
    const state = viability(group, pci, facts.kernel)
    const held = state.held.map((one) => `${one.address} on ${valueOf(one.driver) ?? 'a driver'}`)
    const why =
      state.viable === true
        ? 'no member is on a host driver'
        : state.viable === false
          ? `held by the host: ${held.join(', ')}`
          : state.unknown.length > 0
            ? `could not tell the driver of ${state.unknown.join(', ')}`
            : 'no list of its members is shown'
    return { id: group.id, devices, viable: state.viable, why }
  })
}
