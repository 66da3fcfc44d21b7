import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { lastParameter, switchValue } from '../../src/rules/parameters.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code = 'noiommu-mode-used' | 'noiommu-mode-on'

const SOURCES = ['drivers/vfio/Kconfig: VFIO_NOIOMMU', 'drivers/vfio/group.c: vfio_noiommu_group_alloc'] as const
const NODE_MISSING = ['q-group-enoent', 'q-group-could-not-open'] as const
const PARAMETER = '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode'

export const check: AnyCheck = defineCheck({
  id: 'noiommu-mode',
  area: 'kernel',
  title: 'VFIO is not in no-IOMMU mode, which no virtual machine can use',
  needs: [],
  uses: ['modules', 'commandLine', 'messages', 'nodes', 'pci', 'groups', 'iommuUnits'],
  problems: {
    'noiommu-mode-used': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'No IOMMU stands in front of {who}: VFIO took it in no-IOMMU mode',
      summary:
        'In this mode VFIO hands a device to a program without any translation or protection. Programs like DPDK can use that; QEMU cannot, for a guest needs its addresses translated. It takes a real IOMMU.',
      proof: 'A group node noiommu-N, or the kernel line that a device got a no-IOMMU group.',
      ruledOut: 'An IOMMU group of that device.',
      explains: [
        'guest-start-failed',
        'set-container-eperm',
        'set-container-einval',
        'group-node-missing',
        'device-no-group',
      ],
      remedy: [
        {
          do: 'advise',
          say: 'Turn the IOMMU on: in firmware, and by the kernel. If this hardware has none in front of the device, it cannot go to a virtual machine here.',
        },
      ],
      sources: SOURCES,
    },
    'noiommu-mode-on': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'VFIO is allowed to go without an IOMMU, which helps no virtual machine',
      summary:
        'enable_unsafe_noiommu_mode is on. It lets programs of root drive devices without any protection of memory, taints the kernel, and is of no use for a guest. With an IOMMU in effect VFIO uses that in any case.',
      proof: 'enable_unsafe_noiommu_mode=Y, in force or on the running command line.',
      ruledOut: 'enable_unsafe_noiommu_mode=N.',
      remedy: [{ do: 'remove-module-option', module: 'vfio', option: 'enable_unsafe_noiommu_mode' }],
      sources: SOURCES,
    },
  },
  judge(facts) {
    const { modules, commandLine: line } = facts
    const inForce = valueOf(modules)?.parameters['vfio']?.['enable_unsafe_noiommu_mode']
    const written = line.state === 'known' ? lastParameter(line.value, 'vfio.enable_unsafe_noiommu_mode') : undefined
    const effect = valueOf(iommuInEffect(facts))
    const groups = facts.nodes.state === 'known' ? facts.nodes.value.groups : undefined
    const nodes = (groups === undefined ? [] : (valueOf(groups) ?? [])).filter((one) => one.path.includes('noiommu-'))
    const on: Evidence[] =
      inForce === undefined
        ? written === undefined || switchValue(written.value) !== true || line.state === 'unknown'
          ? []
          : [{ source: line.source, saw: written.text }]
        : inForce.trim() === 'Y'
          ? [{ source: PARAMETER, saw: 'Y', wanted: 'N' }]
          : []
    const [option] = on
    // A program that wants the node of a group by its number: in this mode it is called noiommu-N, and has a group too.
    const real = (valueOf(facts.iommuUnits) ?? []).length > 0 || (valueOf(facts.groups)?.groups.length ?? 0) > 1
    const wanted = option === undefined || real ? [] : messagesWith(facts.messages, ...NODE_MISSING)
    const shown = messagesWith(facts.messages, 'vfio-noiommu-taint', 'vfio-noiommu-open', 'q-noiommu-eperm')
    const said = [...shown, ...wanted]
    const used: Evidence[] = [
      ...nodes.map((one) => ({ source: one.path, saw: 'a group of no-IOMMU mode', wanted: 'a group with a number' })),
      ...said.slice(0, 3).map(logEvidence),
    ]
    const hits: Hit<Code>[] = []
    const [first, ...rest] = used
    if (first !== undefined) {
      const device = said.find((one) => one.device !== null)?.device ?? null
      const evidence: NonEmpty<Evidence> = [first, ...rest, ...on]
      hits.push({
        code: 'noiommu-mode-used',
        subject: device === null ? { kind: 'host' } : { kind: 'device', address: device },
        values: { who: device ?? 'a device' },
        evidence,
        ...(nodes.length + shown.length === 0 ? { confidence: 'likely' } : {}),
        // One device may lie outside a working IOMMU; then the others are none of this.
        ...(device === null && effect === true ? { severity: 'warn' } : {}),
      })
    } else if (option !== undefined) {
      // modprobe hands the module both, so a word on the command line is the one to take out.
      const remedy: readonly Action[] = [{ do: 'remove-kernel-parameter', parameter: written?.text ?? '' }]
      const rest = written !== undefined && switchValue(written.value) === true ? { remedy } : {}
      hits.push({ code: 'noiommu-mode-on', subject: { kind: 'host' }, evidence: [option], ...rest })
    }
    const [hit] = hits
    if (hit !== undefined) return { kind: 'hits', hits: [hit] }
    if (inForce !== undefined) return { kind: 'pass', evidence: [{ source: PARAMETER, saw: inForce.trim() }] }
    if (modules.state === 'known' && line.state === 'known')
      return { kind: 'pass', evidence: [{ source: line.source, saw: 'no enable_unsafe_noiommu_mode' }] }
    return { kind: 'skip', because: 'nothing shown speaks of no-IOMMU mode' }
  },
})
