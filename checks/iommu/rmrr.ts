import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { ivmdsOf, relaxable, relaxedByPatch, rmrrsOf, shownAfterRefusal } from '../../src/rules/direct-regions.ts'
import { groupOf } from '../../src/rules/groups.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { parameterWords } from '../../src/rules/parameters.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { describe, findFunction, isBridge } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'
import { IN_GENERAL, withoutRegion } from '../../src/rules/region-remedy.ts'
import { directRegions, hexRange, rangeOf, regionText, reservedFile } from '../../src/rules/reserved.ts'

const CODES = {
  'rmrr-direct': ['dmar-rmrr-ineligible', 'iommu-rmrr-new'],
  'rmrr-mapping-failed': ['iommu-direct-map-fail'],
  'rmrr-rejected': ['dmar-bad-rmrr', 'dmar-rmrr-uncovered'],
} as const
type Code = keyof typeof CODES | 'rmrr-in-table' | 'rmrr-relaxed'

const REFUSED = [
  'set-container-einval',
  'set-iommu-eperm',
  'set-iommu-eperm-remapped',
  'container-refused',
  'guest-start-failed',
] as const

export const check: AnyCheck = defineCheck({
  id: 'rmrr',
  area: 'iommu',
  title: 'Firmware keeps no memory region of the devices to be passed through',
  needs: [],
  uses: ['pci', 'groups', 'iommuUnits', 'messages', 'acpi', 'cpu', 'kernel', 'commandLine', 'kernelLog', 'board'],
  problems: {
    'rmrr-direct': {
      severity: 'fail',
      family: 'rmrr',
      title: 'Firmware demands a fixed memory region for {address}, so the kernel keeps the device',
      summary:
        'Firmware says that the device, or one of its group, must reach certain addresses at all times: an RMRR on Intel, an IVMD on AMD. A guest could not honour that, so the kernel refuses to hand the group over. {which}',
      proof:
        'A line of type "direct" in the reserved regions of the group, or the kernel line that refuses the device for it.',
      ruledOut:
        'Lines of other types alone (direct-relaxable, reserved, msi): graphics and USB controllers may have relaxable ones.',
      explains: REFUSED,
      remedy: IN_GENERAL,
      bars: 'group',
      sources: [
        'drivers/iommu/iommu.c: __iommu_device_set_domain (require_direct), __iommu_group_set_domain_internal',
        'drivers/iommu/intel/iommu.c: device_is_rmrr_locked (up to 6.5)',
        'ABI/testing/sysfs-kernel-iommu_groups',
        'HPE customer advisory c04781229 (ProLiant)',
      ],
    },
    'rmrr-in-table': {
      severity: 'warn',
      family: 'rmrr',
      title: 'Firmware lists a fixed memory region for {address}',
      summary:
        'The {table} table binds the device to {range}. With the IOMMU on, the kernel keeps such a device for the host (since 6.6, where it is not on VT-d). What the kernel makes of it stands in the reserved regions of its group, which were not seen.',
      proof:
        'A reserved region in the ACPI table whose scope leads to this device, which is no graphics or USB device.',
      ruledOut: 'The reserved regions of its group without a line of type "direct".',
      explains: REFUSED,
      remedy: [{ do: 'show', what: 'iommu-groups' }, ...IN_GENERAL],
      sources: [
        'VT-d specification 8.4 (RMRR), 8.3.1 (device scope)',
        'AMD I/O virtualization specification 5.2.3 (IVMD)',
        'drivers/iommu/intel/iommu.c: device_rmrr_is_relaxable',
      ],
    },
    'rmrr-relaxed': {
      severity: 'warn',
      family: 'rmrr',
      title: 'This kernel is patched to ignore the memory regions that firmware keeps (relax_rmrr)',
      summary:
        'Devices that firmware still talks to can be given away with it. If firmware does use such a region, as management controllers do, guest memory or what firmware keeps there is overwritten.',
      proof: 'relax_rmrr on the running command line, and the line of the patch that all RMRRs are taken as relaxable.',
      ruledOut: 'A stock kernel: it does not know the word, and regions of type direct stay.',
      remedy: [
        {
          do: 'advise',
          say: 'Prefer firmware that takes the region away, and drop the option if the device does not need it.',
        },
      ],
      sources: ['drivers/iommu/intel/iommu.c: device_rmrr_is_relaxable', 'kiler129/relax-intel-rmrr'],
    },
    'rmrr-mapping-failed': {
      severity: 'warn',
      family: 'rmrr',
      title: 'The kernel could not set up the memory region that firmware wants for {who}',
      summary:
        'Firmware asked for fixed addresses, and mapping them failed. The device may not work with the IOMMU on, for the host and for a guest.',
      proof: 'The kernel line that says so.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }, { do: 'upgrade', what: 'kernel' }],
      sources: ['drivers/iommu/iommu.c: iommu_setup_default_domain'],
    },
    'rmrr-rejected': {
      severity: 'fail',
      family: 'rmrr',
      title: 'This kernel rejects the DMAR table over a misplaced reserved region (RMRR)',
      summary:
        'Firmware reserves memory for a device at a place that its own memory map does not reserve. Kernels before 5.6 then give up on VT-d; later ones warn and go on.',
      proof: 'The kernel line about a bad RMRR, a kernel before 5.6, and no sign of a working IOMMU.',
      ruledOut: 'IOMMU groups on PCI functions.',
      explains: [
        'iommu-off-in-kernel',
        'rmrr-table-odd',
        'dmar-table-broken',
        'iommu-init-failed',
        'device-no-group',
        'probe-einval-no-group',
        'probe-einval',
      ],
      remedy: [{ do: 'upgrade', what: 'kernel' }, { do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/iommu.c: dmar_parse_one_rmrr'],
    },
  },
  judge(facts, scope) {
    const vendor = valueOf(facts.cpu)?.vendor
    const acpi = valueOf(facts.acpi)
    const dmar = acpi === undefined ? undefined : (valueOf(acpi.dmar) ?? undefined)
    const ivrs = acpi === undefined ? undefined : (valueOf(acpi.ivrs) ?? undefined)
    const pci = valueOf(facts.pci)
    // Before 6.6 the Intel driver alone refused such devices.
    const intel = vendor === undefined || vendor === 'intel' || vendor === 'zhaoxin'
    const enforced = intel || atLeast(facts.kernel, 6, 6) !== false
    const remedy = withoutRegion(facts)
    const gaveUp = messagesWith(facts.messages, 'dmar-parse-fail').length > 0
    const hits = new Map<string, Hit<Code>>()
    const passed: Evidence[] = []
    const line = facts.commandLine
    if (line.state === 'known' && parameterWords(line.value, 'intel_iommu').includes('relax_rmrr')) {
      const patch = relaxedByPatch(facts.kernelLog)
      const asked: Evidence = { source: line.source, saw: 'intel_iommu=relax_rmrr' }
      if (patch !== undefined)
        hits.set('relaxed', {
          code: 'rmrr-relaxed',
          subject: { kind: 'host' },
          evidence: [{ source: `${facts.kernelLog.source}, line ${patch.line}`, saw: patch.text }, asked],
        })
    }
    const missing: Missing[] = []
    for (const hit of raise<keyof typeof CODES>(facts.messages, CODES)) {
      if (hit.code === 'rmrr-rejected') {
        if (atLeast(facts.kernel, 5, 6) === false && valueOf(iommuInEffect(facts)) !== true)
          hits.set(hit.code, { ...hit, confidence: gaveUp ? 'certain' : 'likely' })
        continue
      }
      const key = hit.subject.kind === 'device' ? hit.subject.address : hit.code
      const which = 'The kernel log says so in so many words.'
      hits.set(key, hit.code === 'rmrr-direct' ? { ...hit, remedy, values: { ...hit.values, which } } : hit)
    }
    for (const address of [...scope.candidates.keys(), ...shownAfterRefusal(facts)]) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      if (fn === undefined || pci === undefined || isBridge(fn) === true) continue
      const group = groupOf(fn, facts.groups)
      const direct = group === undefined || group === null ? undefined : directRegions(group)
      if (group !== undefined && group !== null && direct !== undefined) {
        const source = reservedFile(group)
        const [first] = direct
        if (first === undefined) {
          passed.push({ source, saw: `no region of type direct for ${address}` })
          continue
        }
        const blame = ivrs === undefined ? [] : ivmdsOf(address, ivrs)
        const wide = blame.some((one) => one.type === 0x20 || one.endDeviceId - one.deviceId > 0xff)
        const named = (one: PciFunction): boolean => dmar !== undefined && (rmrrsOf(one, dmar, pci)?.length ?? 0) > 0
        const others = group.members.flatMap((one) => findFunction(pci, one) ?? [])
        const other = named(fn) ? undefined : others.find(named)
        const which = wide
          ? 'The IVRS table of this firmware puts the region on whole ranges of buses, not on this device in particular.'
          : other !== undefined
            ? `The table names ${other.address} of group ${group.id}, and the group goes as a whole.`
            : `It concerns ${hexRange(first.start, first.end)} for group ${group.id}.`
        const said = hits.get(address)?.evidence ?? []
        hits.set(address, {
          code: 'rmrr-direct',
          subject: { kind: 'device', address },
          values: { address, which },
          evidence: [{ source, saw: direct.map(regionText).join('; '), wanted: 'no region of type direct' }, ...said],
          remedy,
          ...(enforced || said.length > 0 ? {} : { severity: 'warn' as const, confidence: 'possible' as const }),
        })
        continue
      }
      if (hits.has(address)) continue
      const table = dmar === undefined ? ivrs && ivmdsOf(address, ivrs) : rmrrsOf(fn, dmar, pci)
      const spared = relaxable(fn)
      if (table === undefined || spared === undefined) {
        const fact = group ? group.reserved : facts.groups
        if (fact.state === 'unknown')
          missing.push({
            ...missingFrom(`whether firmware keeps a memory region of ${address}`, fact),
            settle: [{ do: 'show', what: 'iommu-groups' }],
          })
      } else if (table.length === 0 || (spared && dmar !== undefined)) {
        const why =
          table.length === 0 ? `no region for ${address}` : `a region of a ${describe(fn)}, which is relaxable`
        passed.push({ source: facts.acpi.source, saw: why })
      } else {
        const ranges = table.map(rangeOf)
        hits.set(address, {
          code: 'rmrr-in-table',
          subject: { kind: 'device', address },
          values: { address, range: ranges.join(', '), table: dmar === undefined ? 'IVRS' : 'DMAR' },
          evidence: [{ source: facts.acpi.source, saw: `a region at ${ranges.join(', ')} for ${address}` }],
          confidence: enforced ? 'likely' : 'possible',
          ...(enforced ? {} : { severity: 'info' as const }),
          remedy: [{ do: 'show', what: 'iommu-groups' }, ...remedy],
        })
      }
    }
    const [first, ...rest] = hits.values()
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [seen, ...more] = passed
    if (seen !== undefined) return { kind: 'pass', evidence: [seen, ...more], missing }
    const [gap, ...gaps] = missing
    if (gap !== undefined) return { kind: 'unknown', missing: [gap, ...gaps] }
    return { kind: 'skip', because: 'no device is to be passed through' }
  },
})
