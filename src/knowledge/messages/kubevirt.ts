/** Messages of KubeVirt, Harvester, Kata Containers and the scheduler of Kubernetes, each a MessageEntry (all.ts holds them to it). */
export const KUBEVIRT = {
  'kv-not-permitted': {
    file: 'pkg/virt-controller/services/renderresources.go: validatePermittedHostDevices',
    text: '{kind:word} {name:word} is not permitted in permittedHostDevices configuration',
    example:
      'failed to render launch manifest: HostDevice nvidia.com/GA102GL_A10 is not permitted in permittedHostDevices configuration',
    since: 'KubeVirt (read in sources of several years)',
    severity: 'error',
    family: 'guest-config',
    meaning: 'The configuration of KubeVirt does not list the resource that the guest asks for.',
  },
  'kv-gate-gpu': {
    topic: 'kv-gate-off',
    file: 'pkg/virt-api/webhooks/validating-webhook/admitters/vmi-create-admitter.go',
    text: '{gate:word} feature gate is not enabled in kubevirt-config',
    example: 'admission webhook denied the request: GPU feature gate is not enabled in kubevirt-config',
    since: 'KubeVirt, while passing devices stood behind a feature gate',
    severity: 'error',
    family: 'guest-config',
    meaning: 'This version of KubeVirt wants a feature gate before a guest may have devices of the host.',
  },
  'kube-insufficient': {
    file: 'pkg/scheduler/framework/plugins/noderesources/fit.go',
    text: '{nodes:number} Insufficient {resource:word}',
    example:
      '0/3 nodes are available: 3 Insufficient nvidia.com/GA102GL_A10. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
    since: 'Kubernetes (read in sources of several years)',
    severity: 'warn',
    family: 'guest-config',
    meaning: 'So many nodes do not offer enough of the resource that the pod asks for.',
  },
  'hv-no-group': {
    file: 'harvester/pcidevices pkg/webhook/pcideviceclaim.go: pciDeviceClaimValidator.Create',
    text: 'pcidevice {claimed:word} has no iommuGroup available',
    example:
      'admission webhook "pcidevices.harvesterhci.io" denied the request: pcidevice node1-000081000 has no iommuGroup available',
    since: 'Harvester 1.1 on',
    severity: 'error',
    family: 'iommu-off-kernel',
    meaning: 'The device has no IOMMU group on its node.',
  },
  'kata-no-port': {
    file: 'kata-containers src/runtime/pkg/device/drivers/vfio.go: VFIODevice.Attach',
    text: 'cold_plug_vfio= or hot_plug_vfio= port is not set for device {device}',
    example:
      'failed to create shim task: cold_plug_vfio= or hot_plug_vfio= port is not set for device 0000:5e:00.1 (BridgePort | RootPort | SwitchPort): unknown',
    since: 'Kata Containers 3.2 on',
    severity: 'error',
    family: 'guest-config',
    meaning: 'The runtime was not told where in its virtual machine a passed device is plugged in.',
    names: 'device',
  },
} as const
