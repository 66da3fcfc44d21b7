import type { BootFacts, CommandLine, InitramfsFacts } from './boot.ts'
import type { Fact, Known } from './fact.ts'
import type { Attempt, GuestDefinition } from './guests.ts'
import type { AcpiFacts, GroupList, IommuUnit } from './iommu.ts'
import type { EmptySearch, KernelLog, MessageList } from './log.ts'
import type { KeptOverride, ModprobeFacts, ModuleFacts, RunGap, WrittenAddress } from './modules.ts'
import type { Address, PciList } from './pci.ts'
import type {
  BoardFacts,
  CpuFacts,
  EnvironmentFacts,
  Identity,
  KernelFacts,
  LimitFacts,
  MemoryFacts,
  NodeFacts,
  OsFacts,
  SecurityFacts,
} from './system.ts'

/** Everything that may be known of a machine, by subject. */
export interface Facts {
  readonly os: Fact<OsFacts>
  readonly kernel: Fact<KernelFacts>
  /** CONFIG_… → y, m, n or text, of the running kernel. A symbol that the whole file lacks is not set. */
  readonly kernelConfig: Fact<Readonly<Record<string, string>>>
  readonly cpu: Fact<CpuFacts>
  readonly board: Fact<BoardFacts>
  readonly environment: Fact<EnvironmentFacts>
  readonly identity: Fact<Identity>
  readonly commandLine: Fact<CommandLine>
  readonly boot: Fact<BootFacts>
  readonly initramfs: Fact<InitramfsFacts>
  readonly kernelLog: Fact<KernelLog>
  /** Known messages met in the kernel log, in program output and in a paste. */
  readonly messages: Fact<MessageList>
  /** Searches for an IOMMU that printed nothing; only a paste shows them. */
  readonly searches: Fact<readonly EmptySearch[]>
  readonly modules: Fact<ModuleFacts>
  readonly modprobe: Fact<ModprobeFacts>
  /** Of driverctl. */
  readonly keptOverrides: Fact<readonly KeptOverride[]>
  /** Handed to vfio-pci by its install line and by the scripts that this names. */
  readonly installAddresses: Fact<readonly WrittenAddress[]>
  /** What the install line for vfio-pci runs and is not there, or may not be executed. */
  readonly installGaps: Fact<readonly RunGap[]>
  /** Handed to VFIO drivers by the rules of /etc/udev/rules.d. */
  readonly udevRules: Fact<readonly WrittenAddress[]>
  readonly acpi: Fact<AcpiFacts>
  readonly iommuUnits: Fact<readonly IommuUnit[]>
  readonly groups: Fact<GroupList>
  /** Whether interrupts are remapped (x86) or isolated by an ITS (Arm) now; null where no interrupt chip tells. */
  readonly interruptRemapping: Fact<boolean | null>
  readonly pci: Fact<PciList>
  readonly nodes: Fact<NodeFacts>
  readonly limits: Fact<LimitFacts>
  readonly memory: Fact<MemoryFacts>
  readonly security: Fact<SecurityFacts>
  readonly guests: Fact<readonly GuestDefinition[]>
  readonly attempts: Fact<readonly Attempt[]>
}

export type FactName = keyof Facts

export interface Taken {
  /** ISO 8601; the clock of the machine that was examined. */
  readonly at: string | null
  readonly source: 'live' | 'capture' | 'paste'
  readonly privileged: boolean | null
}

export interface Machine {
  readonly taken: Taken
  readonly facts: Facts
}

/** The known form of each needed fact: `value` and the `source` for evidence. */
export type Needed<N extends FactName> = {
  readonly [K in N]: Known<Extract<Facts[K], { state: 'known' }>['value']>
}
/** The optional facts, which may be unknown. */
export type Used<U extends FactName> = { readonly [K in U]: Facts[K] }

/** Which devices the run is about. */
export interface Scope {
  /** Addresses that the user asked for. */
  readonly asked: readonly Address[]
  /**
   * Addresses that somebody wants to give away: asked for, bound to vfio, overridden, listed by id, or named by a
   * guest definition; each with the reason.
   */
  readonly candidates: ReadonlyMap<Address, string>
}
