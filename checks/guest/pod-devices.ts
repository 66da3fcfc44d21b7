import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'pod-device-not-permitted' | 'pod-feature-gate-off' | 'pod-device-not-offered' | 'pod-runtime-port-unset'

export const check: AnyCheck = defineCheck({
  id: 'pod-devices',
  area: 'guest',
  title: 'Kubernetes and KubeVirt let the guest have the devices that it asks for',
  needs: ['messages'],
  uses: [],
  problems: {
    'pod-device-not-permitted': {
      severity: 'fail',
      family: 'guest-config',
      title: 'KubeVirt does not permit {name}',
      summary:
        'A guest names a resource, and KubeVirt hands out those alone that its own configuration lists, each with the vendor and device id that it stands for. This one is not listed, or is spelt in another way. On the node the device must be on vfio-pci besides.',
      proof: 'The message of KubeVirt.',
      ruledOut: 'The resource in permittedHostDevices, and in the allocatable resources of a node.',
      explains: ['guest-start-failed', 'pod-device-not-offered'],
      remedy: [
        {
          do: 'advise',
          say: 'Add the device to spec.configuration.permittedHostDevices.pciHostDevices of the KubeVirt resource: its id as pciVendorSelector (VVVV:DDDD), and as resourceName exactly the name that the guest uses; externalResourceProvider where another device plugin offers it.',
        },
        { do: 'show', what: 'lspci' },
      ],
      blocks: 'machine',
      sources: ['KubeVirt pkg/virt-controller/services/renderresources.go: validatePermittedHostDevices'],
    },
    'pod-feature-gate-off': {
      severity: 'fail',
      family: 'guest-config',
      title: 'KubeVirt has its feature gate for passed devices switched off',
      summary:
        'The versions of KubeVirt that print this let guests have devices of the host only behind a feature gate: GPU or HostDevices.',
      proof: 'The message of KubeVirt.',
      ruledOut: 'The gate among developerConfiguration.featureGates, or a version without it.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Add HostDevices (for GPUs in old versions: GPU) to spec.configuration.developerConfiguration.featureGates of the KubeVirt resource.',
        },
      ],
      blocks: 'machine',
      sources: ['KubeVirt pkg/virt-api/webhooks/validating-webhook/admitters/vmi-create-admitter.go'],
    },
    'pod-device-not-offered': {
      severity: 'warn',
      family: 'guest-config',
      title: 'No node offers enough of {resource}',
      summary:
        'A device plugin offers a device of a node under this name, as often as there are free ones. It offers none while the device is on a driver of the host, while another guest has it, or while the plugin does not run or knows the device under another name.',
      proof: 'The message of the scheduler.',
      ruledOut: 'The resource among the allocatable resources of a node, with a number above what is in use.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Look at the allocatable resources of the node (kubectl describe node), at the log of the device plugin, and on the node at the driver of the device: it must be vfio-pci.',
        },
        { do: 'show', what: 'lspci' },
      ],
      blocks: 'machine',
      sources: [
        'Kubernetes pkg/scheduler/framework/plugins/noderesources/fit.go',
        'KubeVirt pkg/virt-handler/device-manager',
      ],
    },
    'pod-runtime-port-unset': {
      severity: 'fail',
      family: 'guest-config',
      title: 'Kata Containers was not told where to plug {who} in',
      summary:
        'The runtime puts passed devices behind a port of its virtual machine, a root port or a switch port, and takes none while the file that it really reads sets none. Each hypervisor has a file of its own, and a drop-in or another path named at the start overrides the usual one.',
      proof: 'The message of the runtime.',
      ruledOut: 'cold_plug_vfio or hot_plug_vfio set in the file that kata-runtime env names.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Set one of the two in the section [hypervisor.…] of the file that the runtime reads (kata-runtime env shows its path): cold_plug_vfio = "root-port", and hot_plug_vfio = "no-port".',
        },
      ],
      blocks: 'machine',
      sources: ['Kata Containers src/runtime/pkg/device/drivers/vfio.go: VFIODevice.Attach'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = raiseBy<Code>(facts.messages, pick).map((hit) => {
      const resource = (hit.values?.['resource'] ?? '').replace(/[.,;)"]{1,4}$/, '')
      const values = { ...hit.values, resource }
      return hit.code === 'pod-device-not-offered' ? { ...hit, values, confidence: 'likely' } : { ...hit, values }
    })
    return concludeOutput(hits, 'no output of Kubernetes says anything about devices')
  },
})

/** Memory, processors and the like have no vendor in their name; kvm, tun and vhost-net are no devices of PCI. */
function pick(hit: MessageHit): Code | undefined {
  if (hit.id === 'kv-not-permitted') return 'pod-device-not-permitted'
  if (hit.id === 'kata-no-port') return 'pod-runtime-port-unset'
  if (hit.topic === 'kv-gate-off')
    return /^(?:GPU|Devices)$/.test(hit.values['gate'] ?? '') ? 'pod-feature-gate-off' : undefined
  const resource = hit.id === 'kube-insufficient' ? (hit.values['resource'] ?? '') : ''
  return resource.includes('/') && !resource.startsWith('devices.kubevirt.io/') ? 'pod-device-not-offered' : undefined
}
