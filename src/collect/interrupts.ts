import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import { unread } from './unread.ts'

const DIRECTORY = '/sys/kernel/irq'

/**
 * Whether interrupts are remapped, from the names of the interrupt chips: with remapping they begin with `IR-`
 * (IR-IO-APIC, IR-PCI-MSI…: drivers/iommu/intel/irq_remapping.c, drivers/iommu/amd/iommu.c). Readable by everybody,
 * and the state itself, not a line that was printed about it. Reading stops at the first remapped one. On Arm the chips
 * of an ITS (`ITS-`) isolate devices from each other and those of a GICv2m (`GICv2m-`, since 6.11) do not
 * (IRQ_DOMAIN_FLAG_ISOLATED_MSI in drivers/irqchip/irq-gic-v3-its.c). A host without any of these says null, and names
 * that could not be read say nothing.
 */
export function collectInterruptRemapping(host: Host): Fact<boolean | null> {
  const list = host.list(DIRECTORY)
  if (!list.ok) return unread(list, DIRECTORY)
  let plain = false
  let shut: Fact<never> | undefined
  for (const irq of list.value) {
    const path = `${DIRECTORY}/${irq}/chip_name`
    const chip = host.readText(path)
    if (!chip.ok) {
      if (chip.error !== 'absent' && chip.error !== 'not-recorded') shut ??= unread(chip, path)
      continue
    }
    const name = chip.value.trim()
    if (name.startsWith('IR-') || name.startsWith('ITS-')) return known(true, path)
    if (/^(IO-APIC|PCI-MSI|GICv2m-)/.test(name)) plain = true
  }
  if (!plain && shut !== undefined) return shut
  return known(plain ? false : null, `${DIRECTORY}/*/chip_name`)
}
