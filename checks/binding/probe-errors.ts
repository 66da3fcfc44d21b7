import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageList } from '../../src/model/log.ts'
import type { PciFunction, PciList } from '../../src/model/pci.ts'
import { logGap } from '../../src/rules/conclude.ts'
import { logEvidence, probeErrors, type ProbeError } from '../../src/rules/probe-errors.ts'
import { describe, findFunction, idOf, isBridge, isVfioDriver, onVfio, sysfs } from '../../src/rules/pci.ts'

const SOURCES = [
  'drivers/vfio/pci/vfio_pci_core.c',
  'drivers/vfio/pci/vfio_pci.c',
  'drivers/base/dd.c: really_probe',
] as const

type Code =
  | 'probe-einval-bridge'
  | 'probe-einval-no-group'
  | 'probe-denylisted'
  | 'probe-ebusy-sriov'
  | 'probe-einval'
  | 'probe-failed'
  | 'probe-failed-once'

export const check: AnyCheck = defineCheck({
  id: 'probe-errors',
  area: 'binding',
  title: 'vfio-pci refused no device',
  needs: ['messages'],
  uses: ['pci', 'kernel'],
  problems: {
    'probe-denylisted': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'vfio-pci refuses {address}: this device is on its denylist',
      summary:
        'Devices of this model have errata by which a guest could hang the host, so vfio-pci will not drive one. The list can be switched off when vfio-pci is loaded, at the price of trusting the guest.',
      proof: 'The line "exists in vfio-pci device denylist" for this device.',
      ruledOut: 'The device on vfio-pci now, or vfio-pci loaded with disable_denylist=1.',
      explains: ['probe-einval', 'override-without-driver'],
      remedy: [{ do: 'set-module-option', module: 'vfio_pci', option: 'disable_denylist=1' }],
      sources: ['drivers/vfio/pci/vfio_pci.c: vfio_pci_is_denylisted'],
    },
    'probe-einval-bridge': {
      severity: 'info',
      family: 'bridge-in-group',
      title: 'vfio-pci refused {address} with error -22 because it is a bridge',
      summary: 'Error -22 here means: header type 1 or 2. It is harmless, and nothing needs the bridge on vfio-pci.',
      proof: 'A refused probe in the log, and the header type of that function.',
      ruledOut: 'Header type 0.',
      explains: ['override-without-driver'],
      remedy: [{ do: 'nothing', why: 'The bridge belongs on its own driver, or on none.' }],
      sources: SOURCES,
    },
    'probe-einval-no-group': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'vfio-pci refused {address} with error -22: it has no IOMMU group',
      summary:
        'vfio-pci drives only devices that an IOMMU group covers. {address} has none, so the IOMMU is off, or does not cover this device.',
      proof: 'A refused probe in the log, and no iommu_group link for that function.',
      ruledOut: 'An iommu_group link.',
      remedy: [{ do: 'show', what: 'iommu-groups' }],
      sources: SOURCES,
    },
    'probe-ebusy-sriov': {
      severity: 'fail',
      family: 'sriov',
      title: 'vfio-pci refused {address} with error -16: its virtual functions are switched on',
      summary:
        'A physical function cannot be taken while it has virtual functions. Either give the virtual functions away, or switch them off first.',
      proof: 'A refused probe with -16 or the line "Cannot bind to PF with SR-IOV enabled".',
      ruledOut: 'sriov_numvfs is 0.',
      explains: ['override-without-driver'],
      remedy: [
        { do: 'set-vf-count', address: '{address}', count: '0' },
        { do: 'bind-now', addresses: '{address}' },
      ],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: pci_num_vf'],
    },
    'probe-einval': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'vfio-pci refused {address} with error -22',
      summary:
        'Error -22 has few causes: the function is a bridge, it has no IOMMU group, it is on the denylist of vfio-pci, or (not on x86) its IOMMU is not coherent. {hint}',
      proof: 'A refused probe in the log.',
      ruledOut: 'The function on vfio-pci now.',
      explains: ['override-without-driver'],
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: SOURCES,
    },
    'probe-failed': {
      severity: 'fail',
      family: 'software-bug',
      title: '{driver} refused {address} with error {errno}',
      summary: 'The driver took the device and gave up. The lines around this one in the kernel log say why.',
      proof: 'A refused probe in the log, of a VFIO driver.',
      ruledOut: 'The function on a VFIO driver now.',
      explains: ['override-without-driver'],
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: SOURCES,
    },
    'probe-failed-once': {
      severity: 'info',
      family: 'healthy',
      title: '{driver} refused {address} once, and drives it now',
      summary: 'The refusal ({errno}) is over: the device is on {driver} by now.',
      proof: 'A refused probe in the log, and the function on a VFIO driver now.',
      ruledOut: 'The function without a VFIO driver.',
      remedy: [{ do: 'nothing', why: 'The device is bound.' }],
      sources: SOURCES,
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = []
    // One report a device: the last refusal tells how it stands.
    const last = new Map<string, ProbeError>()
    for (const error of probeErrors(facts.messages)) if (isVfioDriver(error.driver)) last.set(error.address, error)
    const pci = valueOf(facts.pci)
    for (const error of last.values()) {
      const hit = classify(error, facts.messages.value, pci)
      // Pulled out, switched off or renumbered since: nobody can be given it.
      const gone = pci?.complete === true && findFunction(pci, error.address) === undefined
      hits.push(gone ? { ...hit, severity: 'info' } : hit)
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (!facts.messages.value.fromBoot) {
      return { kind: 'unknown', missing: [logGap(facts.messages, 'whether vfio-pci refused a device')] }
    }
    return { kind: 'pass', evidence: [{ source: facts.messages.source, saw: 'no refused probe of a VFIO driver' }] }
  },
})

function classify(error: ProbeError, messages: MessageList, pci: PciList | undefined): Hit<Code> {
  const { address } = error
  const fn = pci === undefined ? undefined : findFunction(pci, address)
  const values = {
    address,
    driver: error.driver,
    errno: String(error.errno),
    what: fn === undefined ? 'This device' : describe(fn),
    hint: hint(fn),
  }
  const hit = (code: Code, more: readonly Evidence[] = [], rest: Partial<Hit<Code>> = {}): Hit<Code> => {
    const evidence: NonEmpty<Evidence> = [error.evidence, ...more]
    return { code, subject: { kind: 'device', address }, values, evidence, ...rest }
  }
  if (fn !== undefined && onVfio(fn) === true) {
    return hit('probe-failed-once', [{ source: sysfs(address, 'driver'), saw: valueOf(fn.driver) ?? 'vfio' }])
  }
  const denied = messages.hits.find((one) => one.id === 'vfio-denylisted' && one.device === address)
  if (denied !== undefined) return hit('probe-denylisted', [logEvidence(denied)])
  const enabled = messages.hits.find((one) => one.id === 'vfio-pf-vfs-on' && one.device === address)
  const vfs = fn === undefined ? undefined : valueOf(fn.sriovNumVfs)
  if (error.errno === -16 && (enabled !== undefined || (vfs ?? 0) > 0)) {
    return hit('probe-ebusy-sriov', enabled === undefined ? [] : [logEvidence(enabled)])
  }
  if (error.errno !== -22) return hit('probe-failed')
  if (fn !== undefined && isBridge(fn) === true) {
    return hit('probe-einval-bridge', [{ source: fn.headerType.source, saw: `${describe(fn)} is a bridge` }])
  }
  if (fn !== undefined && valueOf(fn.group) === null) {
    return hit('probe-einval-no-group', [
      { source: sysfs(address, 'iommu_group'), saw: 'no such link', wanted: 'a group' },
    ])
  }
  return hit('probe-einval', [], { confidence: 'possible' })
}

function hint(fn: PciFunction | undefined): string {
  if (fn === undefined) return 'The device itself is not among what was read, so which of them holds could not be told.'
  const seen = [
    ...(isBridge(fn) === false ? ['it is no bridge'] : []),
    ...(typeof valueOf(fn.group) === 'number' ? ['it has an IOMMU group'] : []),
  ]
  const id = idOf(fn)
  return `Of ${fn.address}${id === null ? '' : ` [${id}]`} is known: ${seen.length === 0 ? 'neither its kind nor its group' : seen.join(', ')}.`
}
