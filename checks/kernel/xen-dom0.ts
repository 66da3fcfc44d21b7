import { defineCheck, missingFrom, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { listedIds } from '../../src/rules/candidates.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { raise } from '../../src/rules/raise.ts'
import { inDom0 } from '../../src/rules/xen.ts'

const CODES = {
  'xen-table-refused': ['xen-ivmd-page'],
  'xen-no-iommu': ['xen-no-iommu', 'xen-iommu-disabled', 'xen-amd-failed'],
} as const

type Code = keyof typeof CODES | 'xen-rules-iommu' | 'ids-under-xen'

export const check: AnyCheck = defineCheck({
  id: 'xen-dom0',
  area: 'kernel',
  title: 'Linux itself rules the hardware, not Xen below it',
  needs: [],
  uses: ['environment', 'messages', 'commandLine', 'modprobe', 'cpu'],
  problems: {
    'xen-table-refused': {
      severity: 'fail',
      family: 'firmware-table-broken',
      title: 'Xen rejects the IVRS table of this firmware',
      summary:
        'The table reserves memory for a device (IVMD), and the memory map of the same firmware has something else there. Xen then leaves the AMD IOMMU off and assigns no device. Newer firmware is the cure.',
      proof: 'Xen saying that a page of an IVMD cannot be converted.',
      ruledOut: 'hvm_directio among virt_caps of `xl info`.',
      explains: ['xen-no-iommu', 'guest-start-failed'],
      remedy: [{ do: 'update-firmware' }],
      sources: [
        'xen/drivers/passthrough/x86/iommu.c: iommu_unity_region_ok',
        'xen/drivers/passthrough/amd/iommu_acpi.c: parse_ivmd_block',
      ],
    },
    'xen-no-iommu': {
      severity: 'fail',
      family: 'iommu-off-firmware',
      title: 'Xen has no IOMMU in operation, so it assigns no device',
      summary:
        'Xen looks for the IOMMU itself at its start and found none that it can use: VT-d or AMD-Vi is off in firmware, or firmware describes it in a way that Xen rejects. `xl info` shows hvm_directio where it works, and `xl dmesg` what Xen said.',
      proof:
        'The tools of Xen refusing a device for want of an IOMMU, or Xen saying that I/O virtualisation is disabled.',
      ruledOut: 'hvm_directio among virt_caps of `xl info`.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'vt-d' }, { do: 'update-firmware' }],
      sources: [
        'tools/libs/light/libxl_pci.c: libxl__device_pci_add',
        'xen/drivers/passthrough/iommu.c: iommu_setup',
        'xen/drivers/passthrough/amd/pci_amd_iommu.c: iov_detect',
      ],
    },
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
        'iommu-on-past-first-line',
        'iommu-on-overwritten',
        'iommu-on-no-assignment',
        'device-no-group',
        'probe-einval-no-group',
        'probe-einval',
        'vfio-node-missing',
        'vfio-not-built',
        'vfio-modules-absent',
        'vfio-type1-not-loaded',
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
    'ids-under-xen': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'The ids that are listed for vfio-pci have no use in the control domain of Xen',
      summary:
        'Under Xen a guest gets a device from xen-pciback, which takes it by `xl pci-assignable-add`, or from the start by xen-pciback.hide on the kernel command line. vfio-pci refuses every device here, for there are no IOMMU groups.',
      proof: 'The control domain of Xen, and ids for vfio-pci on the command line or in modprobe.d.',
      ruledOut: 'No such ids, or a host that boots without Xen.',
      explains: ['vfio-pci-not-loaded'],
      remedy: [{ do: 'nothing', why: 'The ids do no harm. Take them out if this host is to keep Xen.' }],
      sources: ['drivers/xen/xen-pciback/pci_stub.c', 'drivers/vfio/group.c: vfio_group_find_or_alloc'],
    },
  },
  judge(facts) {
    const refused = raise<keyof typeof CODES>(facts.messages, CODES)
    const vendor = valueOf(facts.cpu)?.vendor
    const amd: readonly Action[] = [{ do: 'enable-firmware-setting', setting: 'amd-vi' }, { do: 'update-firmware' }]
    const amdSaid = messagesWith(facts.messages, 'xen-amd-failed').length > 0
    const remedy = amdSaid || vendor === 'amd' || vendor === 'hygon' ? { remedy: amd } : {}
    const hits: Hit<Code>[] = refused.map((hit) =>
      hit.code === 'xen-no-iommu' ? { ...hit, confidence: 'likely', ...remedy } : hit,
    )
    const { environment } = facts
    if (inDom0(facts)) {
      const saw = 'the control domain of Xen (control_d)'
      const evidence = [{ source: environment.source, saw, wanted: 'Linux on the bare machine' }] as const
      hits.push({ code: 'xen-rules-iommu', subject: { kind: 'host' }, evidence })
      const [listed, ...more] = listedIds(facts).map((one) => ({ source: one.source, saw: `ids lists ${one.text}` }))
      if (listed !== undefined)
        hits.push({ code: 'ids-under-xen', subject: { kind: 'host' }, evidence: [listed, ...more] })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (environment.state === 'unknown')
      return { kind: 'unknown', missing: [missingFrom('whether Xen is below', environment)] }
    return { kind: 'pass', evidence: [{ source: environment.source, saw: 'not the control domain of Xen' }] }
  },
})
