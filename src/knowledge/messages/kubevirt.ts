/** Messages of KubeVirt and of the scheduler of Kubernetes, each a MessageEntry (all.ts holds them to it). */
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
} as const
