import { unknown, type UnknownReason } from '../model/fact.ts'
import type { FactName, Facts } from '../model/machine.ts'

/** Every fact there is; a missing name does not compile. */
const NAMES: Readonly<Record<FactName, true>> = {
  os: true,
  kernel: true,
  kernelConfig: true,
  cpu: true,
  board: true,
  environment: true,
  identity: true,
  commandLine: true,
  boot: true,
  initramfs: true,
  kernelLog: true,
  messages: true,
  searches: true,
  modules: true,
  modprobe: true,
  keptOverrides: true,
  installAddresses: true,
  installGaps: true,
  udevRules: true,
  acpi: true,
  iommuUnits: true,
  groups: true,
  interruptRemapping: true,
  pci: true,
  nodes: true,
  limits: true,
  memory: true,
  security: true,
  guests: true,
  attempts: true,
}

/** A machine of which nothing is known: where a paste starts from, and what a test holds the checks against. */
export function blankFacts(source: string, reason: UnknownReason = 'not-collected'): Facts {
  const entries = Object.keys(NAMES).map((name) => [name, unknown(reason, source)])
  // The names are those of Facts, and an unknown fact has the same shape in each place.
  return Object.fromEntries(entries) as Facts
}
