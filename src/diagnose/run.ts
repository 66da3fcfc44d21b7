import { missingFrom, type AnyCheck, type Hit, type Judgement, type Missing } from '../model/check.ts'
import type { Facts, Scope } from '../model/machine.ts'
import { sanitize } from './sanitize.ts'

/** What a check came to: its judgement, or that it threw, which is a fault of ours. */
export type Outcome = {
  readonly check: AnyCheck
  /** Hits that rest on talk about a message: they explain nothing that the machine itself shows. */
  readonly hearsay?: readonly Hit[]
} & (Judgement | { readonly kind: 'crash'; readonly message: string })

/** Runs one check over the facts that it declared. A throw is kept as a crash, so that the others go on. */
export function runCheck(check: AnyCheck, facts: Facts, scope: Scope): Outcome {
  const missing: Missing[] = check.needs.flatMap((name) => {
    const fact = facts[name]
    return fact.state === 'unknown' ? [missingFrom(FACT_WORDS[name], fact)] : []
  })
  const [first, ...rest] = missing
  if (first !== undefined) return { check, kind: 'unknown', missing: [first, ...rest] }
  try {
    // The one cast of the erased registry. All facts, of which the types (and a test) let a check see what it declared: an
    // object of its own for each would cost more than many a judgement.
    return { check, ...check.judge(facts as never, scope) }
  } catch (error) {
    return { check, kind: 'crash', message: sanitize(error instanceof Error ? error.message : String(error)) }
  }
}

/** The hits of an outcome, if it has any. */
export function hitsOf(outcome: Outcome): readonly Hit[] {
  return outcome.kind === 'hits' ? outcome.hits : []
}

/** What a fact is called when it could not be told. */
export const FACT_WORDS: Readonly<Record<keyof Facts, string>> = {
  os: 'the operating system',
  kernel: 'the kernel version',
  kernelConfig: "the kernel's configuration",
  cpu: 'the CPU',
  board: 'the board',
  environment: 'whether this is a virtual machine or a container',
  identity: 'the user',
  commandLine: 'the kernel command line',
  boot: 'the boot loader',
  initramfs: 'the initramfs',
  kernelLog: 'the kernel log',
  messages: 'the kernel log',
  searches: 'what was searched for',
  modules: 'the loaded modules',
  modprobe: 'the modprobe configuration',
  keptOverrides: 'the overrides that driverctl keeps',
  installAddresses: 'what the install line for vfio-pci runs',
  installGaps: 'whether what the install line for vfio-pci runs is there',
  udevRules: 'the rules of udev',
  acpi: 'the ACPI tables',
  iommuUnits: 'the IOMMU units',
  groups: 'the IOMMU groups',
  interruptRemapping: 'interrupt remapping',
  pci: 'the PCI devices',
  nodes: 'the device nodes',
  limits: 'the resource limits',
  memory: 'the memory',
  security: 'Secure Boot and lockdown',
  guests: 'the virtual machines',
  attempts: 'what was tried by hand',
}
