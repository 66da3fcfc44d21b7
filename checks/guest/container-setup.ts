import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code =
  | 'set-container-eperm'
  | 'set-container-einval'
  | 'set-iommu-eperm'
  | 'set-iommu-eperm-remapped'
  | 'set-iommu-einval'
  | 'qemu-no-iommu-models'
  | 'iommufd-missing'
  | 'container-refused'

const SOURCES = ['drivers/vfio/container.c', 'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group'] as const

export const check: AnyCheck = defineCheck({
  id: 'container-setup',
  area: 'guest',
  title: 'The kernel let the VMM put the group under its own IOMMU domain',
  needs: ['messages'],
  uses: ['kernel', 'cpu', 'interruptRemapping'],
  problems: {
    'set-container-eperm': {
      severity: 'fail',
      family: 'group-not-viable',
      title: 'The kernel kept the group of {who}: a host driver still uses it',
      summary:
        'The answer "Operation not permitted" here has nothing to do with the user. Since 5.19 the kernel gives a group away only when no driver of the host does DMA through it, and one member still has such a driver.',
      proof: 'VFIO_GROUP_SET_CONTAINER (or the bind to iommufd) failed with EPERM.',
      ruledOut: 'Every endpoint of the group on a VFIO driver or without one.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'iommu-groups' },
        { do: 'show', what: 'lspci' },
      ],
      sources: [
        'drivers/iommu/iommu.c: iommu_group_claim_dma_owner',
        'drivers/vfio/container.c: vfio_container_attach_group',
      ],
    },
    'set-container-einval': {
      severity: 'fail',
      family: 'rmrr',
      title: 'The kernel refused to take the group of {who} from the host (invalid argument)',
      summary:
        'Taking a group means to block its memory accesses for a moment. The kernel refuses that with this error where firmware demands a fixed mapping for a device of the group (an RMRR); it then logs that firmware has requested a 1:1 mapping.',
      proof: 'VFIO_GROUP_SET_CONTAINER (or attaching to iommufd) failed with EINVAL.',
      ruledOut: 'No region of type "direct" among the reserved regions of the group.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: ['drivers/iommu/iommu.c: __iommu_device_set_domain (require_direct)'],
    },
    'set-iommu-eperm': {
      severity: 'fail',
      family: 'interrupt-remapping-missing',
      title: 'The kernel refused the IOMMU for {who}: interrupts are not isolated',
      summary:
        'The answer "Operation not permitted" at this step mostly means that interrupts are not remapped, so a guest could forge them; the kernel log then says "No interrupt remapping support". {other}',
      proof: 'VFIO_SET_IOMMU (or the bind to iommufd) failed with EPERM.',
      ruledOut: 'Interrupt chips named IR-…, and no firmware mapping (RMRR) of the device.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'enable-firmware-setting', setting: 'interrupt-remapping' },
      ],
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group',
        'drivers/iommu/iommufd/device.c: iommufd_device_bind',
        'drivers/iommu/iommu.c: iommu_device_claim_dma_owner',
      ],
    },
    'set-iommu-eperm-remapped': {
      severity: 'fail',
      family: 'rmrr',
      title: 'The kernel refused the IOMMU for {who}, and not for want of interrupt remapping',
      summary:
        'Interrupts are remapped here. The other reason for the answer "Operation not permitted" at this step, on Intel and kernels before 6.6, is a memory region that firmware keeps for the device (RMRR); the kernel log then says "ineligible for IOMMU domain attach", and the reserved regions of the group have a line of type direct.',
      proof: 'VFIO_SET_IOMMU failed with EPERM, and interrupts are remapped.',
      ruledOut: 'No region of type direct for the group.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: [
        'drivers/iommu/intel/iommu.c: intel_iommu_attach_device (up to 6.5)',
        'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group',
      ],
    },
    'set-iommu-einval': {
      severity: 'fail',
      family: 'reserved-region',
      title: 'The kernel refused the IOMMU for {who} (invalid argument)',
      summary:
        'The addresses that the device may not use, or the width of the IOMMU, do not fit what this guest has mapped already. It is met when a second device joins a running set, or on platforms with unusual reserved regions.',
      proof: 'VFIO_SET_IOMMU failed with EINVAL.',
      ruledOut: 'Reserved regions of the group that lie outside the memory of the guest.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'iommu-groups' },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_iommu_resv_conflict, vfio_iommu_aper_conflict'],
    },
    'qemu-no-iommu-models': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'VFIO has no IOMMU back end: {module} is not loaded',
      summary:
        'QEMU or DPDK asked the container which IOMMU models it has, and there was none. Nothing loads {module} on demand when vfio itself was loaded without modprobe, as an initramfs may do.',
      proof: 'QEMU said "No available IOMMU models", or DPDK that it found no supported IOMMU extensions.',
      ruledOut: 'vfio_iommu_type1 (on POWER vfio_iommu_spapr_tce) loaded or built in.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'load-module', modules: '{module}' }],
      sources: [
        'QEMU hw/vfio/container-legacy.c: vfio_get_iommu_class',
        'DPDK lib/eal/linux/eal_vfio.c: vfio_has_supported_extensions',
        'drivers/vfio/vfio_main.c: MODULE_SOFTDEP',
        'drivers/vfio/vfio_iommu_spapr_tce.c',
        ...SOURCES,
      ],
    },
    'iommufd-missing': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'The guest is to use iommufd, which this kernel does not offer',
      summary:
        'Whoever starts the guest asks for /dev/iommu or for the device nodes of VFIO (/dev/vfio/devices), and they are not there. It takes a kernel with IOMMUFD and VFIO_DEVICE_CDEV, and the device on a VFIO driver. The group interface (/dev/vfio/NUMBER) serves as well: QEMU uses it where it is given no iommufd object.',
      proof: 'QEMU or a container runtime could not open /dev/iommu or found no device node of VFIO.',
      ruledOut: '/dev/iommu and /dev/vfio/devices.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'load-module', modules: 'iommufd' }],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/iommufd.c', 'drivers/vfio/Kconfig: VFIO_DEVICE_CDEV'],
    },
    'container-refused': {
      severity: 'fail',
      family: 'software-bug',
      title: 'The kernel refused to set up VFIO for {who}: {error}',
      summary:
        'The step failed with an error that has no common cause. The kernel log at that moment mostly says more.',
      proof: 'The message of QEMU with that error.',
      ruledOut: 'A later start that worked.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'show', what: 'kernel-log' }],
      blocks: 'machine',
      sources: SOURCES,
    },
  },
  judge(facts) {
    const newer = atLeast(facts.kernel, 5, 19)
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const values = {
        error: 'an unknown error',
        module: foreign(facts) === 'power' ? 'vfio_iommu_spapr_tce' : 'vfio_iommu_type1',
        ...hit.values,
        other:
          atLeast(facts.kernel, 6, 8) === true
            ? 'It happens with no-IOMMU groups too.'
            : 'On kernels before 6.8 a firmware mapping (RMRR) of the device gives the same answer.',
      }
      // iommufd asks for the group in the same step, and a driver of the host in it gives the same answer.
      const claimed = hit.code === 'set-iommu-eperm' && /iommufd/.test(hit.values?.['line'] ?? '')
      if (claimed && valueOf(facts.interruptRemapping) === true)
        return { ...hit, code: 'set-container-eperm', values, confidence: 'likely' }
      if (claimed) {
        const other = 'It is also the answer where a driver of the host, or another guest, has a member of the group.'
        return { ...hit, values: { ...values, other }, confidence: 'possible' }
      }
      const doubt = hit.code === 'set-container-einval' || hit.code === 'set-iommu-einval' || newer === false
      if (hit.code === 'set-iommu-eperm' && valueOf(facts.interruptRemapping) === true)
        return { ...hit, code: 'set-iommu-eperm-remapped', values, confidence: 'possible' }
      return { ...hit, values, confidence: doubt || hit.code === 'container-refused' ? 'possible' : 'likely' }
    })
    return concludeOutput(hits, 'no output of QEMU says that the kernel refused the container')
  },
})

function pick(hit: MessageHit): Code | undefined {
  const error = hit.values['error']
  switch (hit.id) {
    case 'q-no-iommu-models':
    case 'rv-type1':
    case 'dpdk-no-extensions':
    case 'dpdk-no-extensions-old':
      return 'qemu-no-iommu-models'
    case 'q-iommufd-open':
    case 'rv-iommufd-open':
    case 'q-iommufd-dev-load':
    case 'q-iommufd-ioas':
    case 'sh-no-vfio-cdev':
      return 'iommufd-missing'
    case 'dpdk-group-container':
    case 'q-set-group-container':
    case 'q-set-group-container-old':
      return error === 'EPERM'
        ? 'set-container-eperm'
        : error === 'EINVAL'
          ? 'set-container-einval'
          : 'container-refused'
    case 'q-set-iommu-eperm':
    case 'q-set-iommu-old':
    case 'rv-set-iommu':
    case 'rv-set-iommu-debug':
    case 'rv-iommufd-bind':
    case 'q-iommufd-bind':
      return error === 'EPERM' ? 'set-iommu-eperm' : error === 'EINVAL' ? 'set-iommu-einval' : 'container-refused'
    case 'q-iommufd-attach':
      return error === 'EINVAL' || error === 'EPERM' ? 'set-container-einval' : 'container-refused'
    case 'dpdk-iommu-type':
    case 'rv-set-container':
    case 'q-iommu-info':
    case 'q-api-version':
    case 'q-group-status':
    case 'q-group-status-old':
      return 'container-refused'
    default:
      return undefined
  }
}
