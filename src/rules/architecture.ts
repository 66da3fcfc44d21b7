import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'

export type Foreign = 'arm' | 'riscv' | 'power' | 's390' | 'loongarch' | 'other'

const X86: readonly string[] = ['x86_64', 'amd64', 'i386', 'i486', 'i586', 'i686', 'x86']

const NAMES: readonly (readonly [string, Foreign])[] = [
  ['aarch64', 'arm'],
  ['arm', 'arm'],
  ['riscv', 'riscv'],
  ['ppc', 'power'],
  ['powerpc', 'power'],
  ['s390', 's390'],
  ['loongarch', 'loongarch'],
]

/** The architecture where it is known and not x86: there VT-d, AMD-Vi and their parameters mean nothing. */
export function foreign(facts: Pick<Facts, 'kernel' | 'cpu'>): Foreign | undefined {
  const vendor = valueOf(facts.cpu)?.vendor
  if (vendor === 'arm' || vendor === 'riscv' || vendor === 'power' || vendor === 's390') return vendor
  const name = valueOf(facts.kernel)?.architecture ?? ''
  if (name === '' || X86.includes(name)) return undefined
  return NAMES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'other'
}

/** Whether the processor or the architecture is known to be that of a PC: a post may tell of two machines. */
export function saysPc(facts: Pick<Facts, 'kernel' | 'cpu'>): boolean {
  if (foreign(facts) !== undefined) return false
  return valueOf(facts.cpu) !== undefined || (valueOf(facts.kernel)?.architecture ?? '') !== ''
}
