import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { CpuFacts } from '../model/system.ts'
import { foreign } from './architecture.ts'
import { cpuVendor } from './cpu-vendor.ts'

/** KVM is in two modules on x86 alone (arch/x86/kvm/Makefile); elsewhere it is built in, or in kvm and kvm_hv. */
export type KvmPart = 'kvm_intel' | 'kvm_amd'

/** The part of KVM that this CPU needs; null: none, for it is not x86; undefined: could not be told. */
export function kvmPart(facts: Pick<Facts, 'cpu' | 'kernel' | 'pci'>): KvmPart | null | undefined {
  if (foreign(facts) !== undefined) return null
  const vendor = cpuVendor(facts)
  if (vendor === 'intel' || vendor === 'zhaoxin') return 'kvm_intel'
  return vendor === 'amd' || vendor === 'hygon' ? 'kvm_amd' : undefined
}

/** Whether the common module is loaded, and neither of the parts for a CPU of x86 is there. */
export function commonPartAlone(facts: Pick<Facts, 'modules'>): boolean {
  const modules = valueOf(facts.modules)
  if (modules === undefined) return false
  const loaded = valueOf(modules.loaded) ?? []
  const all = [...loaded, ...(valueOf(modules.builtin) ?? [])]
  return loaded.includes('kvm') && !all.some((name) => name === 'kvm_intel' || name === 'kvm_amd')
}

/** What the makers call virtualisation, by the CPU, or else by what a line of the log speaks of. */
export function virtualizationName(cpu: CpuFacts | undefined, text: string): string {
  if (cpu !== undefined) return cpu.vendor === 'amd' || cpu.vendor === 'hygon' ? 'SVM' : 'VT-x'
  return /SVM|kvm_amd/i.test(text) ? 'SVM' : /VMX|kvm_intel/i.test(text) ? 'VT-x' : 'VT-x or SVM'
}

/** The messages by which KVM or the CPU code says that firmware locked virtualisation off. */
export const OFF_IN_FIRMWARE = [
  'kvm-bios-old',
  'kvm-bios-mid',
  'kvm-vmx-bios',
  'kvm-svm-cpu-bios',
  'kvm-svm-65',
  'feat-vmx-bios',
  'kvm-ok-bios-off',
] as const
