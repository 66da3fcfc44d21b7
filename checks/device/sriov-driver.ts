import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Address } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { findFunction } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'
import { silentFunctions, type SilentFunctions } from '../../src/rules/silent-functions.ts'
import { unlessAsked } from '../../src/rules/sriov-answers.ts'

type Code = 'sriov-functions-silent' | 'sriov-card-exhausted' | 'sriov-driver-refused' | 'sriov-not-writable'

/** What a driver's sriov_configure gives back, as strerror says it; what the PCI core itself answers has codes of its own. */
const REFUSED: readonly string[] = [
  'Invalid argument',
  'No space left on device',
  'Input/output error',
  'Operation not supported',
  'Operation not permitted',
]

export const check: AnyCheck = defineCheck({
  id: 'sriov-driver',
  area: 'device',
  title: 'The driver of a physical function made the virtual functions that it was asked for',
  needs: [],
  uses: ['messages', 'pci', 'attempts'],
  problems: {
    'sriov-functions-silent': {
      severity: 'fail',
      family: 'sriov',
      title: 'The virtual functions of {who} do not answer at their addresses ({functions})',
      summary:
        'The kernel switched them on, read ff from the first and gave up with an input/output error. That is no sign of a broken card. {why}',
      proof:
        'The line "unknown header type 7f" for a function as virtual functions are made, and the error -5 (input/output error) in answer.',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['device-config-dead', 'sriov-driver-refused', 'sysfs-write-refused', 'host-device-missing'],
      remedy: [
        {
          do: 'advise',
          say: 'Switch ARI on in firmware, mostly among the settings of PCI Express beside SR-IOV, or move the card to a slot whose port can do it: lspci -vvv shows ARIFwd+ at DevCap2 of the port above. Without it ask for so few virtual functions that they stay below function 8 of the card.',
        },
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
        { do: 'update-firmware' },
      ],
      blocks: 'machine',
      sources: [
        'drivers/pci/iov.c: pci_iov_add_virtfn',
        'drivers/pci/pci.c: pci_configure_ari',
        'PCI Express base specification 6.13 (ARI)',
      ],
    },
    'sriov-card-exhausted': {
      severity: 'fail',
      family: 'sriov',
      title: 'The drivers of {who} left too few interrupts or queues for virtual functions',
      summary:
        'A card has so many MSI-X interrupts and queues in all. The network driver takes some for each processor, RDMA takes as many again, and each virtual function needs its share of the rest.',
      proof: 'The kernel line of the driver.',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['sriov-driver-refused', 'host-device-missing', 'sysfs-write-refused'],
      remedy: [
        {
          do: 'advise',
          say: 'Ask for fewer functions, give the network driver fewer queues first (ethtool -L INTERFACE combined 8), or leave RDMA out on this card (a blacklist line for irdma).',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/net/ethernet/intel/ice/ice_sriov.c: ice_set_per_vf_res'],
    },
    'sriov-driver-refused': {
      severity: 'fail',
      family: 'sriov',
      title: 'The driver of {who} did not make the virtual functions',
      summary:
        'The kernel passed the wish on, and the driver or its firmware did not fulfil it. Some drivers want something first: the network interface up, SR-IOV on in the firmware of the card, a firmware package. The lines of the driver in the kernel log name the step.',
      proof: 'The kernel line of the driver, or its error in answer to the number of functions.',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['host-device-missing', 'sysfs-write-refused'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
      ],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_numvfs_store', 'drivers/net/ethernet/broadcom/bnxt/bnxt_sriov.c'],
    },
    'sriov-not-writable': {
      severity: 'warn',
      family: 'sriov',
      title: 'The number of virtual functions of {who} could not be written: permission denied',
      summary:
        'Only root may write to sriov_numvfs. To root itself the same answer means that there is no such file: the device offers no SR-IOV, or it is off in firmware, and in sysfs nobody can make files.',
      proof: 'The answer "Permission denied" to a write to sriov_numvfs.',
      ruledOut: 'The same write as root, and sriov_totalvfs above 0.',
      explains: ['write-needs-root', 'host-device-missing'],
      remedy: [
        { do: 'advise', say: 'Write it as root: echo NUMBER | sudo tee FILE in place of > FILE, or in a root shell.' },
        { do: 'show', what: 'lspci-verbose' },
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
      ],
      blocks: 'machine',
      sources: [
        'fs/namei.c: may_o_create',
        'drivers/pci/iov.c: sriov_vf_attrs_are_visible, sriov_pf_attrs_are_visible',
      ],
    },
  },
  judge(facts, scope) {
    const hits: Hit<Code>[] = raiseBy<Code>(facts.messages, pick).map((hit) => unlessAsked(hit, facts.pci, scope))
    const pci = valueOf(facts.pci)
    const silent = silentFunctions(facts)
    if (silent !== undefined) hits.unshift(unanswered(silent, pci?.complete === true, scope.asked))
    for (const { kind, address, error, command, line } of valueOf(facts.attempts) ?? []) {
      if (kind !== 'sriov-numvfs' || error === null) continue
      const fn = address === null || pci === undefined ? undefined : findFunction(pci, address)
      const total = fn === undefined ? undefined : valueOf(fn.sriovTotalVfs)
      const code = codeOf(error)
      // Where the device offers none, that is the reason, and it has a code of its own.
      if (code === undefined || total === null || total === 0) continue
      const values = { address: address ?? 'this host', who: address ?? 'the device' }
      if (hits.some((one) => one.code === code && one.values?.['who'] === values.who)) continue
      hits.push({
        code,
        subject: address === null ? { kind: 'host' } : { kind: 'device', address },
        values,
        evidence: [{ source: `${facts.attempts.source}, line ${line}`, saw: `${command}: ${error}` }],
        confidence: 'likely',
      })
    }
    return concludeOutput(hits, 'nothing that was read says that a driver made no virtual functions')
  },
})

function unanswered(silent: SilentFunctions, whole: boolean, asked: readonly Address[]): Hit<Code> {
  const { physical, virtual, beyondSlot, evidence } = silent
  const why = beyondSlot
    ? 'A port passes on device number 0 alone, unless it forwards ARI, which gives a card all 256 numbers of its bus.'
    : 'The port above, or the firmware of the card, stands in the way.'
  const wanted = !whole || (physical !== null && asked.includes(physical))
  return {
    code: 'sriov-functions-silent',
    subject: { kind: 'host' },
    values: { who: physical ?? 'the card', functions: virtual.join(', '), why },
    evidence,
    confidence: 'likely',
    devices: physical === null ? virtual : [physical, ...virtual],
    ...(wanted ? {} : { severity: 'warn' }),
  }
}

function pick(hit: MessageHit): Code | undefined {
  if (hit.id === 'vf-no-vectors' || hit.id === 'vf-no-queues') return 'sriov-card-exhausted'
  return hit.topic === 'sriov-enable-failed' || hit.id === 'vf-interface-down' || hit.id === 'vf-safe-mode'
    ? 'sriov-driver-refused'
    : undefined
}

function codeOf(error: string): Code | undefined {
  if (error === 'Permission denied') return 'sriov-not-writable'
  return REFUSED.includes(error) ? 'sriov-driver-refused' : undefined
}
