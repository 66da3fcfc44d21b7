import { defineCheck, type AnyCheck } from '../../src/model/check.ts'

export const check: AnyCheck = defineCheck({
  id: 'xen-dom0',
  area: 'kernel',
  title: 'Linux itself rules the hardware, not Xen below it',
  needs: ['environment'],
  uses: [],
  problems: {
    'xen-rules-iommu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This is the control domain of Xen, where VFIO has nothing to work with',
      summary:
        'Xen keeps the IOMMU to itself and shows Linux none, so there are no IOMMU groups here, whatever the kernel command line says. Xen has its own way to give a device to a guest; advice about VFIO does not apply.',
      proof: 'The hypervisor is Xen, and this domain has the control capability.',
      ruledOut: 'No Xen under /sys/hypervisor, or a domain without control_d.',
      explains: [
        'iommu-absent',
        'iommu-absent-in-guest',
        'iommu-off-in-firmware',
        'iommu-off-in-kernel',
        'iommu-default-off',
        'iommu-told-off',
        'iommu-on-not-running',
        'device-no-group',
        'probe-einval-no-group',
        'probe-einval',
        'vfio-node-missing',
        'interrupt-remapping-missing',
      ],
      remedy: [
        {
          do: 'advise',
          say: 'Hide the device from this domain with xen-pciback and assign it with the tools of Xen (xl pci-assignable-add, or xe on XCP-ng). For KVM, boot the host without Xen.',
        },
      ],
      sources: [
        'Documentation/ABI/stable/sysfs-hypervisor-xen',
        'xl(1): pci-assignable-add',
        'drivers/xen/xen-pciback',
      ],
    },
  },
  judge(facts) {
    const { value, source } = facts.environment
    if (!value.xenDom0) return { kind: 'pass', evidence: [{ source, saw: 'not the control domain of Xen' }] }
    return {
      kind: 'hits',
      hits: [
        {
          code: 'xen-rules-iommu',
          subject: { kind: 'host' },
          evidence: [{ source, saw: 'the control domain of Xen (control_d)', wanted: 'Linux on the bare machine' }],
        },
      ],
    }
  },
})
