import type { Facts } from '../model/machine.ts'
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
