import { defineCheck, missingFrom, type AnyCheck, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { behindVmd } from '../../src/rules/address.ts'
import { graphicsLeftOut } from '../../src/rules/graphics-left-out.ts'
import { intelIommuWithout } from '../../src/rules/intel-iommu-list.ts'
import { kernelDefault } from '../../src/rules/iommu-switch.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { parameterWords } from '../../src/rules/parameters.ts'
import { describe, findFunction, isBridge, isDisplay, sysfs } from '../../src/rules/pci.ts'

/** Words of intel_iommu= that leave the graphics out; Debian has the second. */
const EXCLUDING = ['igfx_off', 'intgpu_off'] as const

type Code = 'device-no-group' | 'igpu-excluded' | 'device-behind-vmd'

export const check: AnyCheck = defineCheck({
  id: 'device-group',
  area: 'isolation',
  title: 'Each device to be passed through has an IOMMU group',
  needs: ['pci'],
  uses: ['groups', 'iommuUnits', 'commandLine', 'kernelConfig', 'messages'],
  problems: {
    'igpu-excluded': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The IOMMU leaves the integrated graphics {address} out',
      summary:
        'Every other device has an IOMMU group; the graphics of the CPU were excluded: {why}. Without a group it cannot be given to a guest.',
      proof:
        '00:02.0 has no iommu_group link while others do, and a parameter, the kernel default or a log line that excludes it.',
      ruledOut: 'An iommu_group link of that function.',
      explains: ['device-no-group', 'probe-einval-no-group', 'graphics-left-out'],
      remedy: [{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }],
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_setup (igfx_off)'],
    },
    'device-behind-vmd': {
      severity: 'info',
      family: 'iommu-absent',
      title: '{address} sits behind Intel VMD and cannot be given to a guest by itself',
      summary:
        'The domain of its address ({domain}) is one that the VMD driver makes. To the IOMMU everything behind VMD is the VMD controller, so no guest can have one of these devices apart from the others.',
      proof: 'An address whose domain is above ffff, as drivers/pci/controller/vmd.c makes them.',
      ruledOut: 'The device in domain 0000, with VMD switched off in firmware.',
      remedy: [
        {
          do: 'advise',
          say: 'Switch VMD (Intel RST, RAID mode) off in firmware, for this slot or wholly: the device then has an address in domain 0000 and a group. A Windows that was installed with VMD on may not start then. Or give the guest the VMD controller with all that is behind it.',
        },
      ],
      sources: ['drivers/pci/controller/vmd.c', 'arch/x86/pci/common.c: pci_real_dma_dev'],
    },
    'device-no-group': {
      severity: 'fail',
      family: 'iommu-absent',
      title: '{address} has no IOMMU group',
      summary: 'VFIO can only hand over devices that an IOMMU covers. {why}',
      proof: 'A readable device directory without an iommu_group link.',
      ruledOut: 'The link.',
      explains: ['bind-write-error', 'probe-einval-no-group', 'guest-start-no-group', 'override-without-driver'],
      remedy: [{ do: 'show', what: 'iommu-groups' }],
      sources: ['drivers/vfio/group.c: vfio_group_find_or_alloc', 'drivers/iommu/iommu.c: iommu_probe_device'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const effect = valueOf(iommuInEffect(facts))
    const hits: Hit<Code>[] = []
    const passed: string[] = []
    const missing: Missing[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(pci, address)
      if (fn === undefined || isBridge(fn) === true) continue
      if (typeof valueOf(fn.group) === 'number') passed.push(address)
      // Posts leave most things out.
      if (fn.group.state === 'unknown' && fn.group.reason !== 'not-in-paste')
        missing.push(missingFrom(`whether ${address} has an IOMMU group`, fn.group))
      if (valueOf(fn.group) !== null) continue
      const none = { source: sysfs(address, 'iommu_group'), saw: `no such link for ${describe(fn)}`, wanted: 'a group' }
      const subject = { kind: 'device', address } as const
      const line = facts.commandLine
      const words = line.state === 'known' ? parameterWords(line.value, 'intel_iommu') : []
      const off = words.find((word) => EXCLUDING.some((one) => word.startsWith(one)))
      const whole = off !== undefined && line.state === 'known' ? intelIommuWithout(line.value, EXCLUDING) : undefined
      const logged = graphicsLeftOut(facts.messages)
      const byDefault =
        kernelDefault(facts.kernelConfig) === 'on' &&
        valueOf(facts.kernelConfig)?.['CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF'] === 'y'
      if (
        effect === true &&
        isDisplay(fn) &&
        address.endsWith(':00:02.0') &&
        (off !== undefined || logged !== undefined || (byDefault && !words.includes('on')))
      ) {
        const why =
          off !== undefined
            ? `the command line says ${off}`
            : logged === undefined
              ? 'this kernel does so by default'
              : 'the kernel log says so'
        const proof =
          off !== undefined
            ? { source: line.source, saw: off }
            : {
                source: logged?.said.source ?? facts.kernelConfig.source,
                saw: logged?.said.text ?? 'CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y',
              }
        hits.push({
          code: 'igpu-excluded',
          subject,
          values: { address, why },
          evidence: [none, proof],
          ...(off !== undefined
            ? { remedy: whole === undefined ? [] : [whole] }
            : logged !== undefined
              ? { remedy: logged.remedy }
              : {}),
        })
      } else {
        const why = behindVmd(address)
          ? 'It sits behind Intel VMD, which takes its requester ID: switch VMD off in firmware for this slot, or pass the VMD controller whole.'
          : effect === true
            ? 'Other devices have one here, so the IOMMU is on and does not cover this device: firmware leaves it out, or it is behind something that hides it.'
            : effect === false
              ? 'No device here has one.'
              : 'Whether others have one here is not shown.'
        hits.push({ code: 'device-no-group', subject, values: { address, why }, evidence: [none] })
      }
    }
    // Of a whole list nothing tells that anybody wants such a device; a post shows what it is about.
    const shown = pci.complete ? [] : pci.functions.filter((fn) => behindVmd(fn.address) && isBridge(fn) === false)
    for (const fn of shown.filter(({ address }) => !hits.some(({ values }) => values?.['address'] === address))) {
      const { address } = fn
      const values = { address, domain: address.slice(0, address.indexOf(':')) }
      const evidence = [{ source: fn.class.source, saw: `${address} (${describe(fn)})` }] as const
      hits.push({ code: 'device-behind-vmd', subject: { kind: 'device', address }, values, evidence })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [gap, ...gaps] = missing
    if (gap !== undefined) return { kind: 'unknown', missing: [gap, ...gaps] }
    if (passed.length === 0) return { kind: 'skip', because: 'no device is to be passed through, or no group is shown' }
    return {
      kind: 'pass',
      evidence: [{ source: '/sys/bus/pci/devices/*/iommu_group', saw: `there for ${passed.join(', ')}` }],
    }
  },
})
