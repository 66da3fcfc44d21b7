import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Used } from '../../src/model/machine.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { isActive, moduleState, wantsType1, whyUntold } from '../../src/rules/modules.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code =
  | 'vfio-not-built'
  | 'vfio-modules-absent'
  | 'module-directory-missing'
  | 'vfio-type1-not-loaded'
  | 'vfio-pci-not-loaded'

const SOURCES = ['drivers/vfio/Kconfig', 'drivers/vfio/vfio_main.c: MODULE_SOFTDEP'] as const

export const check: AnyCheck = defineCheck({
  id: 'vfio-modules',
  area: 'modules',
  title: 'vfio-pci and an IOMMU back end for it are there',
  needs: ['modules'],
  uses: ['kernel', 'cpu', 'kernelConfig', 'messages', 'pci', 'boot'],
  problems: {
    'module-directory-missing': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'There is no module directory for the running kernel {release}',
      summary: 'Without it no module can be loaded, and vfio-pci is not built into this kernel. {why}',
      proof: 'A kernel with loadable modules, and no directory for its release under /lib/modules.',
      ruledOut: 'The directory exists.',
      explains: [
        'vfio-modules-absent',
        'vfio-pci-not-loaded',
        'vfio-type1-not-loaded',
        'kvm-module-not-loaded',
        'module-not-found',
        'override-without-driver',
        'write-path-no-vfio',
      ],
      remedy: [{ do: 'reboot' }],
      sources: ['modprobe(8)', 'Documentation/kbuild/modules.rst'],
    },
    'vfio-not-built': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'This kernel has no vfio-pci, and cannot load modules',
      summary:
        'Drivers are built into this kernel or not there at all, and vfio-pci is not among them. It takes another kernel.',
      proof: 'No /proc/modules on a readable /proc, and no vfio_pci under /sys/module or in modules.builtin.',
      ruledOut: '/sys/bus/pci/drivers/vfio-pci.',
      explains: ['override-without-driver', 'vfio-node-missing', 'module-not-found', 'write-path-no-vfio'],
      remedy: [{ do: 'install-kernel-modules', modules: 'vfio-pci' }],
      sources: SOURCES,
    },
    'vfio-modules-absent': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'There is no {module} module for the running kernel',
      summary:
        '{module} is neither built in nor among the modules of kernel {release}. Minimal and cloud kernels leave it out.',
      proof: 'The lists of built-in, loaded and loadable modules, each read whole, without it.',
      ruledOut: '{module} in one of these lists.',
      explains: ['override-without-driver', 'vfio-node-missing', 'module-not-found', 'write-path-no-vfio'],
      remedy: [{ do: 'install-kernel-modules', modules: '{module}' }],
      sources: SOURCES,
    },
    'vfio-type1-not-loaded': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'vfio_iommu_type1 is not loaded, so VFIO has no IOMMU back end',
      summary:
        'vfio is there without its back end for IOMMUs, and nothing loads it on demand: it comes along only when modprobe loads vfio itself. QEMU says "No available IOMMU models".',
      proof:
        'vfio in the running kernel, vfio_iommu_type1 neither loaded nor built in (and iommufd does not stand in).',
      ruledOut: 'vfio_iommu_type1 loaded or built in.',
      explains: ['qemu-no-iommu-models', 'guest-start-failed'],
      remedy: [{ do: 'load-module', modules: 'vfio_iommu_type1' }],
      sources: SOURCES,
    },
    'vfio-pci-not-loaded': {
      severity: 'info',
      family: 'vfio-module-missing',
      title: 'vfio-pci is there and not loaded yet',
      summary:
        'libvirt (managed) and Proxmox load it when a guest starts. It must be loaded earlier only to take a device before its host driver does.',
      proof: 'vfio_pci among the loadable modules, not among the loaded ones.',
      ruledOut: 'vfio_pci loaded or built in.',
      explains: ['override-without-driver', 'vfio-node-missing', 'write-path-no-vfio'],
      remedy: [{ do: 'load-module', modules: 'vfio-pci' }],
      sources: SOURCES,
    },
  },
  judge(facts, scope) {
    const source = facts.modules.source
    const { supported, directory } = facts.modules.value
    const release = valueOf(facts.kernel)?.release ?? 'running now'
    const pciState = moduleState(facts, 'vfio_pci')
    const type1 = moduleState(facts, 'vfio_iommu_type1')
    const host = { kind: 'host' } as const
    const hits: Hit<Code>[] = []
    const refused = messagesWith(facts.messages, 'q-no-iommu-models')

    if (pciState !== 'loaded' && pciState !== 'builtin') {
      if (pciState === 'missing' && valueOf(directory) === false && valueOf(supported) !== false) {
        const evidence: NonEmpty<Evidence> = [
          { source: directory.source, saw: 'no such directory', wanted: 'the modules of this kernel' },
        ]
        hits.push({ code: 'module-directory-missing', subject: host, evidence, ...whyNoDirectory(facts, release) })
      } else if (pciState === 'missing') {
        const code: Code = valueOf(supported) === false ? 'vfio-not-built' : 'vfio-modules-absent'
        hits.push({
          code,
          subject: host,
          evidence: [{ source, saw: 'no vfio_pci' }],
          values: { release, module: 'vfio-pci' },
        })
      } else if (pciState === 'loadable' && [...scope.candidates.values()].some((why) => why !== 'asked for')) {
        const evidence: NonEmpty<Evidence> = [{ source, saw: 'vfio_pci can be loaded and is not' }]
        hits.push({ code: 'vfio-pci-not-loaded', subject: host, evidence })
      }
    }
    // The back end matters once vfio itself is there.
    const vfio = isActive(moduleState(facts, 'vfio')) === true || isActive(pciState) === true
    const config = valueOf(facts.kernelConfig)
    // Before that, only a back end that does not exist can be told from one that will come along.
    const doomed = pciState === 'loadable' && type1 === 'missing'
    // A kernel may do without containers (VFIO_CONTAINER off): a VMM then opens /dev/vfio/devices and brings /dev/iommu.
    const unneeded = type1 === 'missing' && config?.['CONFIG_VFIO_DEVICE_CDEV'] === 'y' && refused.length === 0
    if (
      (vfio || (doomed && scope.candidates.size > 0)) &&
      type1 !== undefined &&
      isActive(type1) === false &&
      wantsType1(facts) &&
      !unneeded
    ) {
      const evidence: NonEmpty<Evidence> = [
        { source, saw: vfio ? `vfio without vfio_iommu_type1 (${type1})` : 'no vfio_iommu_type1' },
        ...refused.map(logEvidence),
      ]
      if (type1 === 'loadable') hits.push({ code: 'vfio-type1-not-loaded', subject: host, evidence })
      else
        hits.push({
          code: 'vfio-modules-absent',
          subject: host,
          evidence,
          values: { release, module: 'vfio_iommu_type1' },
        })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (pciState === undefined && ![...scope.candidates.values()].some((why) => why.startsWith('on vfio'))) {
      const base = missingFrom('whether vfio-pci is there', whyUntold(facts.modules.value))
      return {
        kind: 'unknown',
        missing: [{ ...base, settle: [...base.settle, { do: 'show', what: 'loaded-modules' }] }],
      }
    }
    if (type1 === undefined && wantsType1(facts)) {
      const base = missingFrom('whether vfio_iommu_type1 is there', whyUntold(facts.modules.value))
      return {
        kind: 'unknown',
        missing: [{ ...base, settle: [...base.settle, { do: 'show', what: 'loaded-modules' }] }],
      }
    }
    return {
      kind: 'pass',
      evidence: [{ source, saw: `vfio_pci ${pciState ?? 'drives a device'}, vfio_iommu_type1 ${type1 ?? 'not told'}` }],
    }
  },
})

/** An update takes the directory away; a kernel that no loader of this system started may never have had one here. */
function whyNoDirectory({ boot }: Used<'boot'>, release: string): Pick<Hit<Code>, 'values' | 'remedy'> {
  const loader = boot.state === 'known' ? boot.value.loader : undefined
  if (loader?.state !== 'known' || loader.value !== null) {
    const why =
      'Mostly an update has replaced the kernel since the start, and its modules with it: a restart into the new one mends that.'
    return { values: { release, why } }
  }
  const why =
    'No boot loader is set up here, so this kernel came from outside (a hypervisor, the network perhaps): its modules were never put here, or an update has replaced them.'
  const say = 'Put the modules of kernel {release} under /lib/modules, or start a kernel that is installed here.'
  return { values: { release, why }, remedy: [{ do: 'advise', say }] }
}
