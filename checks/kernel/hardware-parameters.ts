import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { parametersNamed } from '../../src/rules/parameters.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code =
  | 'msi-off-by-parameter'
  | 'msi-off-by-firmware'
  | 'apic-off-by-parameter'
  | 'pci-config-reduced'
  | 'pci-workaround'
  | 'iommu-soft'

/** Words of pci= that leave configuration space without its extended part (arch/x86/pci/common.c: pcibios_setup). */
const REDUCED = ['nommconf', 'conf1', 'conf2']
/** Words of pci= that people add to silence a message, and that change what passthrough rests on. */
const WORKAROUNDS: Readonly<Record<string, string>> = {
  noaer: 'It hides errors of the device instead of mending them.',
  nocrs:
    'It makes the kernel ignore what firmware says of the address windows, so BARs may land where nothing answers.',
  noari: 'It hides virtual functions beyond the eighth.',
  off: 'It switches PCI off.',
}

export const check: AnyCheck = defineCheck({
  id: 'hardware-parameters',
  area: 'kernel',
  title: 'No parameter takes away hardware that passthrough rests on',
  needs: ['commandLine'],
  uses: ['messages', 'pci', 'groups', 'iommuUnits'],
  problems: {
    'msi-off-by-parameter': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{parameter} takes message-signalled interrupts from every device',
      summary:
        'All devices fall back to the few shared interrupt lines. Guests get a device only if it has its line to itself or can mask it, virtual functions get no interrupt at all, and all is slow.',
      proof: 'The word on the running command line.',
      ruledOut: 'MSI or MSI-X interrupts in use.',
      explains: ['intx-shared', 'msi-refused', 'interrupt-none'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['drivers/pci/pci.c: pci_setup', 'drivers/pci/msi/api.c: pci_msi_enabled'],
    },
    'msi-off-by-firmware': {
      severity: 'warn',
      family: 'interrupt-line',
      title: 'Message-signalled interrupts are off: firmware or a quirk of the chipset says so',
      summary:
        'Devices fall back to shared interrupt lines, which VFIO takes only where a device has its line to itself or can mask it.',
      proof: 'The kernel line that MSI is disabled.',
      ruledOut: 'No such line in a whole log.',
      explains: ['intx-shared', 'msi-refused', 'interrupt-none'],
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/pci/pci-acpi.c: acpi_pci_init', 'drivers/pci/quirks.c: quirk_disable_all_msi'],
    },
    'apic-off-by-parameter': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{parameter} switches the interrupt controllers off that passthrough needs',
      summary:
        'Without the IO-APIC (noapic) interrupts are not remapped, so VFIO refuses every group; without the local APIC (nolapic) VT-d does not start at all. It was once a cure for broken boards and does harm today.',
      proof: 'The word on the running command line.',
      ruledOut: 'No such word.',
      explains: ['interrupt-remapping-missing', 'iommu-init-failed', 'iommu-off-in-kernel'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['arch/x86/kernel/apic/apic.c: enable_IR_x2apic', 'Documentation/admin-guide/kernel-parameters.txt'],
    },
    'pci-config-reduced': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{parameter} hides the extended capabilities of every PCI Express device',
      summary:
        'ACS, SR-IOV, ARI and resizable BARs stand in the extended configuration space, which the kernel cannot read this way. Groups grow larger than the hardware requires, and no virtual functions can be made.',
      proof: 'The word on the running command line.',
      ruledOut: 'Extended configuration space that can be read.',
      explains: ['acs-missing-port', 'group-shared', 'sriov-not-offered'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['arch/x86/pci/mmconfig-shared.c', 'arch/x86/pci/common.c: pcibios_setup'],
    },
    'pci-workaround': {
      severity: 'info',
      family: 'parameter-wrong',
      title: '{parameter} is a workaround: see whether it is still wanted',
      summary: 'Passthrough does not need it. {what}',
      proof: 'The word on the running command line.',
      ruledOut: 'No such word.',
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['Documentation/admin-guide/kernel-parameters.txt: pci=', 'arch/x86/pci/common.c: pcibios_setup'],
    },
    'iommu-soft': {
      severity: 'info',
      family: 'parameter-wrong',
      title: '{parameter} asks for bounce buffers in place of an IOMMU',
      summary:
        'The documentation says that it can keep a hardware IOMMU from being used; current kernels only set the buffers up. With no IOMMU in effect it is worth taking out.',
      proof: 'The word on the running command line, and PCI functions without IOMMU groups.',
      ruledOut: 'PCI functions with groups.',
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['arch/x86/kernel/pci-dma.c: iommu_setup'],
    },
  },
  judge(facts) {
    const { value: line, source } = facts.commandLine
    const hits: Hit<Code>[] = []
    const hit = (
      code: Code,
      evidence: NonEmpty<Evidence>,
      values: Record<string, string>,
      rest: Partial<Hit<Code>> = {},
    ): void => {
      hits.push({ code, subject: { kind: 'host' }, evidence, values, ...rest })
    }
    for (const { text: parameter, value } of parametersNamed(line, 'pci')) {
      const words = (value ?? '').split(',')
      const saw: NonEmpty<Evidence> = [{ source, saw: parameter }]
      if (words.includes('nomsi')) hit('msi-off-by-parameter', saw, { parameter })
      if (words.some((word) => REDUCED.includes(word))) hit('pci-config-reduced', saw, { parameter })
      const what = words.flatMap((word) => (Object.hasOwn(WORKAROUNDS, word) ? [WORKAROUNDS[word] ?? ''] : []))
      if (what.length > 0) hit('pci-workaround', saw, { parameter, what: what.join(' ') })
    }
    for (const { text: parameter, name, value } of line.parameters) {
      if (value === null && ['noapic', 'nolapic', 'disableapic'].includes(name))
        hit('apic-off-by-parameter', [{ source, saw: parameter }], { parameter })
      if (name === 'iommu' && (value ?? '').split(',').includes('soft') && valueOf(iommuInEffect(facts)) === false)
        hit('iommu-soft', [{ source, saw: parameter }], { parameter }, { confidence: 'possible' })
    }
    const [said, ...more] = messagesWith(facts.messages, 'pci-fw-msi-off', 'pci-no-msi-quirk')
    if (said !== undefined) hit('msi-off-by-firmware', [logEvidence(said), ...more.map(logEvidence)], {})
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    return { kind: 'pass', evidence: [{ source, saw: 'none of nomsi, noapic, nommconf and the like' }] }
  },
})
