import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { CpuFacts } from '../model/system.ts'
import { findFunction } from './pci.ts'

/** Makers of processors as the root of their PCI says (PCI ids), and as lspci names them where no ids are shown. */
const ROOTS: readonly (readonly [string, RegExp, CpuFacts['vendor']])[] = [
  ['8086', /^Intel Corporation\b/, 'intel'],
  ['1022', /^(?:Advanced Micro Devices, Inc\. )?\[?AMD\]?\b/, 'amd'],
  ['1d94', /\bHygon\b/, 'hygon'],
  ['1d17', /^Zhaoxin\b/, 'zhaoxin'],
]

/** Roots that hypervisors emulate on any CPU: QEMU's 440FX and Q35, VMware's 440BX, that of Hyper-V. */
const EMULATED: readonly string[] = ['1237', '29c0', '7190', '7192']

/** The CPU's own vendor string, else the maker of the root of its PCI: a memory controller in the CPU for long. */
export function cpuVendor(facts: Pick<Facts, 'cpu' | 'pci'>): CpuFacts['vendor'] | undefined {
  const own = valueOf(facts.cpu)?.vendor
  if (own !== undefined) return own
  const pci = valueOf(facts.pci)
  const root = pci === undefined ? undefined : findFunction(pci, '0000:00:00.0')
  if (root === undefined || EMULATED.includes(valueOf(root.deviceId) ?? '')) return undefined
  const id = valueOf(root.vendorId)
  const name = valueOf(root.name) ?? ''
  return ROOTS.find(([vendor, words]) => (id === undefined ? words.test(name) : id === vendor))?.[2]
}
