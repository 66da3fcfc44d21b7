import type { Family } from '../model/family.ts'
import type { Showable } from '../model/remedy.ts'

/** What to ask for, and whether it is about the device or its group alone, where that is known. */
export interface Question {
  readonly what: Showable
  readonly of?: 'device' | 'group'
}

const IOMMU: readonly Question[] = [
  { what: 'iommu-log' },
  { what: 'kernel-command-line' },
  { what: 'acpi-tables' },
  { what: 'iommu-groups' },
]
const DEVICE: readonly Question[] = [{ what: 'lspci', of: 'device' }]
const VERBOSE: Question = { what: 'lspci-verbose', of: 'device' }
const MEMBERS: readonly Question[] = [{ what: 'iommu-groups', of: 'group' }, { what: 'lspci' }]
const BINDING: readonly Question[] = [...DEVICE, { what: 'kernel-command-line' }, { what: 'modprobe-configuration' }]
const GUEST: readonly Question[] = [{ what: 'guest-definition' }]

/** What tells the causes of a family apart, or shows how far one goes; the most telling first. */
export const QUESTIONS: Readonly<Record<Family, readonly Question[]>> = {
  'cpu-virt-off': [{ what: 'cpu-flags' }, { what: 'kernel-log' }],
  'iommu-off-firmware': IOMMU,
  'iommu-off-kernel': IOMMU,
  'iommu-absent': IOMMU,
  'firmware-table-broken': [{ what: 'iommu-log' }, { what: 'kernel-version' }],
  'parameter-not-applied': [{ what: 'kernel-command-line' }, { what: 'iommu-log' }],
  'parameter-wrong': [{ what: 'kernel-command-line' }, { what: 'iommu-log' }],
  'interrupt-remapping-missing': [{ what: 'iommu-log' }, { what: 'kernel-command-line' }],
  rmrr: [{ what: 'iommu-log' }, ...DEVICE, { what: 'kernel-version' }],
  'reserved-region': [{ what: 'iommu-groups' }, ...DEVICE, { what: 'kernel-version' }],
  'iommu-address-width': [{ what: 'iommu-log' }, { what: 'cpu-flags' }, ...GUEST],
  'vfio-module-missing': [{ what: 'loaded-modules' }, { what: 'kernel-version' }, { what: 'modprobe-configuration' }],
  'bind-too-late': BINDING,
  'host-driver-bound': BINDING,
  'framebuffer-holds-device': [{ what: 'iomem' }, { what: 'kernel-command-line' }, ...DEVICE],
  'id-collision': [{ what: 'lspci' }, { what: 'kernel-command-line' }, { what: 'modprobe-configuration' }],
  'bridge-in-group': MEMBERS,
  'group-not-viable': MEMBERS,
  'acs-missing': [{ what: 'iommu-groups' }, { what: 'lspci-verbose' }],
  sriov: [VERBOSE, { what: 'kernel-log' }],
  'reset-failure': [VERBOSE, { what: 'kernel-log' }, { what: 'kernel-version' }],
  'power-state': [VERBOSE, { what: 'kernel-log' }],
  'device-unreachable': [VERBOSE, { what: 'kernel-log' }],
  'interrupt-line': [VERBOSE, { what: 'iommu-log' }],
  'rom-bad': [VERBOSE, ...GUEST],
  'bar-unassigned': [{ what: 'iomem' }, VERBOSE, { what: 'kernel-command-line' }],
  memlock: [{ what: 'memlock' }, ...GUEST],
  'dma-mapping-limit': [...GUEST, { what: 'kernel-version' }],
  'guest-memory': [...GUEST],
  permissions: [{ what: 'vfio-nodes' }, ...GUEST],
  'secure-boot': [{ what: 'kernel-log' }, { what: 'loaded-modules' }],
  'dma-fault': [...DEVICE, { what: 'kernel-log' }, { what: 'kernel-command-line' }],
  'guest-config': [...GUEST, ...DEVICE],
  'software-bug': [{ what: 'kernel-version' }, { what: 'kernel-log' }],
  'outside-host': [...GUEST, ...DEVICE],
  healthy: [],
}

/** In place of those of the family: -EINVAL tells a bridge from a device without a group. */
export const QUESTIONS_OF_CODE: Readonly<Record<string, readonly Question[]>> = {
  'probe-einval': [...DEVICE, { what: 'iommu-groups' }],
}

/** Where nothing was found: what most diagnoses begin with. */
export const FIRST_QUESTIONS: readonly Question[] = [{ what: 'lspci' }, { what: 'iommu-groups' }, { what: 'iommu-log' }]
