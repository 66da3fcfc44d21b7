import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeLog, onlyIfWanted, unwanted } from '../../src/rules/conclude.ts'
import { dmaFaults, phantomOf, stopped } from '../../src/rules/dma-faults.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { describe, findFunction, onVfio, sysfs } from '../../src/rules/pci.ts'
import { evidenceOf, raise } from '../../src/rules/raise.ts'

const CODES = {
  'dma-fault-unnamed': [
    'smmu-unhandled',
    'smmu-global',
    'smmu3-event',
    'smmu3-pri',
    'viommu-fault',
    'amd-dte-alias',
    'dmar-handling-fault',
    'dmar-reason-read',
    'dmar-reason-write',
    'dmar-reason-context',
    'dmar-reason-root',
  ],
  'dma-stream-shared': ['smmu3-alias'],
  'interrupt-blocked': ['dmar-fault-intr'],
} as const
type Code = keyof typeof CODES | 'device-dma-fault' | 'guest-dma-fault' | 'dma-fault-phantom'

const SOURCES = [
  'drivers/iommu/intel/dmar.c: dmar_fault_do_one',
  'drivers/iommu/amd/iommu.c: iommu_print_event',
] as const

export const check: AnyCheck = defineCheck({
  id: 'dma-faults',
  area: 'iommu',
  title: 'The IOMMU stopped no memory access',
  needs: ['messages'],
  uses: ['pci', 'kernelLog'],
  problems: {
    'device-dma-fault': {
      severity: 'warn',
      family: 'dma-fault',
      title: 'The IOMMU stopped memory accesses of {address} ({count}): {reason}',
      summary:
        'The device reached for memory that was not mapped for it. A few such lines at boot come from devices that firmware left running; many, or ones while the device is used, mean that its driver or firmware does not get on with the IOMMU. {state}',
      proof: 'Fault lines of the IOMMU that name the device.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        { do: 'update-firmware' },
        { do: 'upgrade', what: 'kernel' },
        {
          do: 'advise',
          say: 'If it is a device that the host keeps, the host can go past the IOMMU with iommu=pt; devices of guests stay protected. Do not turn the IOMMU off for it.',
        },
      ],
      sources: SOURCES,
    },
    'guest-dma-fault': {
      severity: 'warn',
      family: 'dma-fault',
      title: 'The IOMMU stopped memory accesses of {address} while VFIO had it ({count}): {reason}',
      summary:
        'The device is on a VFIO driver and reached for memory that the guest was not given: the guest driver, a companion function that was left out, or a reset that did not stop the device.',
      proof: 'Fault lines of the IOMMU that name a device that is on a VFIO driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'advise', say: 'Give the guest every function of the card, and update the driver in the guest.' }],
      sources: SOURCES,
    },
    'dma-fault-phantom': {
      severity: 'warn',
      family: 'dma-fault',
      title: '{owner} also does DMA as {address}, a function that is not there ({count})',
      summary:
        'The device sends some of its memory accesses under the requester ID of a function that it does not have. The IOMMU knows no such device and stops them, so the device fails whenever the IOMMU is on, for the host and for a guest. {quirk}',
      proof: 'Fault lines that name a function which is not on the bus, in the slot of one that is.',
      ruledOut: 'The function in the list of PCI devices.',
      explains: ['device-dma-fault'],
      remedy: [
        { do: 'upgrade', what: 'kernel' },
        {
          do: 'advise',
          say: 'Use another controller for what is to go to a guest. If the newest kernel has the faults too, its list of such devices lacks this one.',
        },
        { do: 'report-bug', to: 'kernel' },
      ],
      sources: ['drivers/pci/quirks.c: quirk_dma_func1_alias', ...SOURCES],
    },
    'dma-fault-unnamed': {
      severity: 'warn',
      family: 'dma-fault',
      title: 'The IOMMU stopped memory accesses, and the line does not say of which device',
      summary:
        'Some device reached for memory that was not mapped for it. This kind of message gives a stream or an endpoint number at most, so which device it was must come from the lines around it.',
      proof: 'A fault line of the IOMMU without a PCI address.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: [
        'drivers/iommu/arm/arm-smmu',
        'drivers/iommu/virtio-iommu.c: viommu_fault_handler',
        'drivers/iommu/amd/iommu.c',
      ],
    },
    'dma-stream-shared': {
      severity: 'fail',
      family: 'dma-fault',
      title: '{who} shares its stream with another device, which this SMMU driver cannot handle',
      summary:
        'Both devices send under one stream ID, as behind a bridge to conventional PCI. The kernel says that DMA will be broken for them.',
      proof: 'The kernel line about an aliasing StreamID.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'move-card', address: '{address}' }],
      sources: ['drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c: arm_smmu_insert_master'],
    },
    'interrupt-blocked': {
      severity: 'warn',
      family: 'interrupt-line',
      title: 'Interrupt remapping stopped an interrupt of {who} ({count})',
      summary:
        'An interrupt came without an entry for its sender: from an interrupt controller that firmware does not list, or from a device that still used the settings of before a reset. One at boot does no harm; many while a guest runs mean that it loses interrupts.',
      proof: 'Fault lines of interrupt remapping.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/iommu/intel/dmar.c: irq_remap_fault_reasons'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const faults = dmaFaults(facts.messages).map((one): Hit<Code> => {
      const { address, lines, reason } = one
      const values = { address, count: String(lines.length), reason }
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      const phantom = phantomOf(one, pci)
      if (phantom !== undefined) {
        const { owner, listed } = phantom
        const quirk = listed
          ? 'This model is known for it; newer kernels have a quirk that allows for the second ID.'
          : 'Newer kernels may have a quirk for this model.'
        const seen: Evidence = { source: sysfs(owner.address), saw: `${describe(owner)} is there, ${address} is not` }
        const hit: Hit<Code> = {
          code: 'dma-fault-phantom',
          subject: { kind: 'device', address: owner.address },
          values: { ...values, owner: owner.address, quirk },
          evidence: [...evidenceOf(lines), seen],
          confidence: listed || pci?.complete === true ? 'certain' : 'likely',
        }
        return onlyIfWanted(hit, facts.pci, scope)
      }
      const subject = { kind: 'device', address } as const
      if (fn !== undefined && onVfio(fn) === true)
        return { code: 'guest-dma-fault', subject, values, evidence: evidenceOf(lines) }
      const over = stopped(one, facts.kernelLog) === true
      const state = over
        ? 'Here they stopped within the first minute.'
        : one.noEntry === true && !address.endsWith('.0')
          ? 'The IOMMU has no entry for this requester ID: if lspci does not list that function, another function of the slot sends under its ID.'
          : ''
      const gone = fn === undefined && pci?.complete === true
      const aside = over || (lines.length < 10 && (gone || unwanted(address, facts.pci, scope)))
      return {
        code: 'device-dma-fault',
        subject,
        values: { ...values, state },
        evidence: evidenceOf(lines),
        ...(aside ? { severity: 'info' as const } : {}),
      }
    })
    const named = faults.length > 0 || messagesWith(facts.messages, 'dmar-fault-intr').length > 0
    const others = raise<keyof typeof CODES>(facts.messages, CODES, tellsOfFault).flatMap((hit): Hit<Code>[] => {
      // The line that announces a fault says nothing beside the fault itself.
      if (hit.code === 'dma-fault-unnamed' && named) return []
      const few = hit.code === 'interrupt-blocked' && Number(hit.values?.['count']) < 3
      return [few ? { ...hit, severity: 'info' } : onlyIfWanted(hit, facts.pci, scope)]
    })
    return concludeLog(facts.messages, [...faults, ...others], 'memory accesses that the IOMMU stopped')
  },
})

/**
 * The register is printed whatever is in it, an invalidation that timed out too, and a stopped access is looked for behind
 * PPF alone, with PFO where there were more than fit (dmar_fault in drivers/iommu/intel/dmar.c).
 */
function tellsOfFault({ id, values }: MessageHit): boolean {
  return id !== 'dmar-handling-fault' || (Number.parseInt(values['status'] ?? '', 16) & 0b11) !== 0
}
