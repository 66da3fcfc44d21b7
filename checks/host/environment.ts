import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { findFunction, onVfio, sysfs } from '../../src/rules/pci.ts'
import { isCloud } from '../../src/rules/virtual-iommu.ts'

type Code = 'wsl-no-passthrough' | 'cloud-no-iommu' | 'container-view' | 'container-without-vfio'

const NO_IOMMU = [
  'iommu-absent',
  'iommu-absent-in-guest',
  'iommu-off-in-firmware',
  'iommu-off-in-kernel',
  'iommu-default-off',
  'device-no-group',
  'probe-einval-no-group',
  'probe-einval',
  'vfio-node-missing',
  'guest-start-no-group',
] as const

export const check: AnyCheck = defineCheck({
  id: 'environment',
  area: 'host',
  title: 'Nothing stands between this Linux and the hardware',
  needs: ['environment'],
  uses: ['pci', 'groups', 'iommuUnits', 'nodes'],
  problems: {
    'wsl-no-passthrough': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This is Linux under Windows (WSL), which has no hold of PCI devices',
      summary:
        'WSL is a virtual machine of Windows without an IOMMU, and its few PCI functions are virtual. Nothing in here, and no firmware setting, makes VFIO work; Windows keeps the hardware.',
      proof: 'The release of the kernel names Microsoft.',
      ruledOut: 'A kernel of another make.',
      explains: [...NO_IOMMU, 'vfio-not-built', 'vfio-modules-absent', 'module-directory-missing'],
      remedy: [
        {
          do: 'advise',
          say: 'Start Linux on the machine itself. On Windows Server, Hyper-V has a way of its own (Discrete Device Assignment).',
        },
      ],
      sources: ['Documentation/driver-api/vfio.rst', 'drivers/hv'],
    },
    'cloud-no-iommu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This is a rented virtual machine ({hypervisor}) without an IOMMU',
      summary:
        'The provider gives its virtual machines no IOMMU, so no device in here can go on to a guest within. That cannot be changed from inside, nor by a kernel parameter.',
      proof: 'A hypervisor of a cloud provider, and PCI functions without IOMMU groups.',
      ruledOut: 'A PCI function with an iommu_group link, as on bare-metal instances.',
      explains: NO_IOMMU,
      remedy: [{ do: 'advise', say: 'Rent an instance type that is bare metal; those have an IOMMU.' }],
      sources: ['drivers/iommu/iommu.c: iommu_probe_device'],
    },
    'container-view': {
      severity: 'info',
      family: 'permissions',
      title: 'The doctor runs in a container ({container}) and sees a part of the host',
      summary:
        'Devices and groups of the host show through sysfs. The boot loader, modprobe.d, the initramfs, the log, the device nodes, the mounts and the network are those of the container, so what is said of them here may not hold for the host.',
      proof: 'The marks that container managers leave (/run/systemd/container, /.dockerenv, /run/.containerenv).',
      ruledOut: 'None of these marks.',
      remedy: [{ do: 'run-on-host' }],
      sources: ['systemd: Container Interface', 'systemd-detect-virt(1)'],
    },
    'container-without-vfio': {
      severity: 'warn',
      family: 'permissions',
      title: 'This container has no /dev/vfio, while {address} is on a VFIO driver',
      summary:
        'A VMM in this container could not open the device. The nodes of the host are not there unless the container was started with them, and the limit on locked memory must be raised for it too.',
      proof: 'A device on a VFIO driver in sysfs, and no /dev/vfio/vfio, in a container.',
      ruledOut: '/dev/vfio/vfio and the node of the group in the container, or a VMM that runs on the host.',
      explains: ['vfio-node-missing', 'group-node-missing'],
      remedy: [
        {
          do: 'advise',
          say: 'If the VMM is to run in here, start the container with /dev/vfio/vfio, the node of the group and /dev/kvm as devices, and with an unlimited memlock. A privileged container alone does not raise that limit.',
        },
        { do: 'run-on-host' },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/container.c', 'getrlimit(2): RLIMIT_MEMLOCK'],
    },
  },
  judge(facts, scope) {
    const { value, source } = facts.environment
    const hits: Hit<Code>[] = []
    const add = (code: Code, evidence: NonEmpty<Evidence>, rest: Partial<Hit<Code>> = {}): number =>
      hits.push({ code, subject: { kind: 'host' }, evidence, ...rest })
    const { hypervisor, container } = value
    const effect = iommuInEffect(facts)
    const release = source.startsWith('paste') ? source : '/proc/sys/kernel/osrelease'
    if (value.wsl) add('wsl-no-passthrough', [{ source: release, saw: 'a kernel of Microsoft' }])
    else if (hypervisor !== null && isCloud(hypervisor) && valueOf(effect) === false) {
      const none: Evidence = { source: effect.source, saw: 'no PCI function has an IOMMU group' }
      add('cloud-no-iommu', [{ source, saw: `a virtual machine: ${hypervisor}` }, none], { values: { hypervisor } })
    }
    if (container !== null) {
      const seen: Evidence = { source, saw: `a container: ${container}` }
      add('container-view', [seen], { values: { container } })
      const nodes = valueOf(facts.nodes)
      const pci = valueOf(facts.pci)
      const taken = [...scope.candidates.keys()].find((address) => {
        const fn = pci === undefined ? undefined : findFunction(pci, address)
        return fn !== undefined && onVfio(fn) === true
      })
      if (nodes !== undefined && valueOf(nodes.vfio) === null && taken !== undefined) {
        const node: Evidence = { source: nodes.vfio.source, saw: 'no /dev/vfio/vfio' }
        const bound: Evidence = { source: sysfs(taken, 'driver'), saw: 'a VFIO driver' }
        add('container-without-vfio', [node, bound, seen], { values: { address: taken }, confidence: 'likely' })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const saw = value.xenDom0
      ? 'Xen below, which its own check judges'
      : hypervisor === null
        ? 'neither a virtual machine nor a container'
        : `a virtual machine (${hypervisor}), and no container`
    return { kind: 'pass', evidence: [{ source, saw }] }
  },
})
