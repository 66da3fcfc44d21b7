import type { Area, Confidence, Evidence, Severity, Subject } from './check.ts'
import type { NonEmpty, UnknownReason } from './fact.ts'
import type { Family } from './family.ts'
import type { Taken } from './machine.ts'
import type { Address } from './pci.ts'
import type { Remedy } from './remedy.ts'

export type MachineVerdict = 'ready' | 'attention' | 'blocked' | 'cannot-tell'
export type DeviceVerdict =
  | 'ready'
  | 'ready-after-binding'
  | 'blocked'
  | 'in-use-by-host'
  | 'not-assignable'
  | 'cannot-tell'

export interface MissingReport {
  readonly what: string
  readonly reason: UnknownReason
  readonly source: string
  readonly detail?: string
  readonly settle: readonly Remedy[]
}

/** A problem met on this machine, in words. */
export interface Finding {
  readonly code: string
  readonly family: Family
  readonly severity: Severity
  readonly confidence: Confidence
  readonly title: string
  readonly summary: string
  readonly subject: Subject
  readonly evidence: NonEmpty<Evidence>
}

export interface Cause extends Finding {
  /** `code@address`, `code@group:N` or `code@host`. */
  readonly explains: readonly string[]
  readonly remedy: readonly Remedy[]
}

export interface DeviceReport {
  readonly address: Address
  readonly id: string | null
  readonly class: string | null
  readonly name: string | null
  /** null: known to have none. The key is left out where it cannot be told. */
  readonly driver?: string | null
  readonly group?: number | null
  readonly verdict: DeviceVerdict
  readonly because: readonly string[]
  /** What could not be told, and why, where that decides the verdict: `whether …`. */
  readonly doubt?: string
  /** Who has it now, where it is ready and a guest has it or a member of its group: `the guest NAME`. */
  readonly heldBy?: string
  /** Asked for by the user, or a candidate with this reason. */
  readonly asked: boolean
  readonly candidate: string | null
  /** How to hand it over (ready after binding), and how to assign it. */
  readonly steps: readonly Remedy[]
}

export interface GroupReport {
  readonly id: number
  readonly devices: readonly Address[]
  readonly viable: boolean | null
  readonly why: string
}

export type CheckReport = {
  readonly id: string
  readonly area: Area
  readonly title: string
  readonly missing: readonly MissingReport[]
  /** Findings (`code@subject`) that this check might explain with what is missing. */
  readonly mightExplain?: readonly string[]
} & (
  | { readonly status: 'pass'; readonly evidence: NonEmpty<Evidence>; readonly findings: readonly [] }
  | { readonly status: 'info' | 'warn' | 'fail'; readonly findings: NonEmpty<Finding> }
  | { readonly status: 'unknown'; readonly findings: readonly [] }
  | { readonly status: 'skip'; readonly because: string; readonly findings: readonly [] }
  | { readonly status: 'crash'; readonly message: string; readonly findings: readonly [] }
)

export type Status = CheckReport['status']

export interface MachineReport {
  readonly os: string | null
  readonly kernel: string | null
  readonly architecture: string | null
  readonly cpu: string | null
  readonly board: string | null
  readonly bios: string | null
  readonly bootLoader: string | null
  readonly iommu: { readonly inEffect: boolean | null; readonly kind: string | null; readonly units: number | null }
  readonly environment: string | null
  readonly pciFunctions: number | null
  readonly groups: number | null
}

export interface Report {
  readonly schema: 'vfio-doctor/report@1'
  readonly tool: { readonly name: 'vfio-doctor'; readonly version: string }
  readonly taken: Taken
  readonly machine: MachineReport
  readonly verdict: MachineVerdict
  /** The first line a person should read. */
  readonly headline: string
  readonly causes: readonly Cause[]
  readonly devices: readonly DeviceReport[]
  readonly groups: readonly GroupReport[]
  readonly checks: readonly CheckReport[]
  /** What to ask for next: commands whose output would settle what could not be told. */
  readonly ask: readonly Remedy[]
}
