/** Messages by which an IOMMU driver says, as it starts, why it gives up or goes on in part; by what they prove. */
export const START_TROUBLE = {
  'dmar-table-broken': [
    'dmar-no-drhd',
    'dmar-no-devices',
    'dmar-parse-fail',
    'dmar-record-past-end',
    'dmar-haw-invalid',
    'dmar-ones',
    'dmar-map-register',
  ],
  'ivrs-table-broken': ['amd-ivrs-sum', 'amd-ivrs-err', 'amd-ivhd-type', 'amd-mmio-reserve', 'amd-bios-bug'],
  'iommu-init-failed': [
    'dmar-init-failed',
    'dmar-no-agaw',
    'dmar-no-width',
    'amd-hw-init-fail',
    'amd-cmpxchg',
    'smmu-none',
    'amd-dm-none',
    'smmu3-sfm',
    'iommu-multi-drivers',
  ],
  'iommu-off-by-quirk': ['amd-stoney', 'amd-sme'],
} as const
