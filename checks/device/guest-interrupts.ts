import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { findFunction, onVfio, sysfs } from '../../src/rules/pci.ts'

/** Bus Master Enable of the command register (PCI local bus specification 6.2.2). */
const BUS_MASTER = 0x4

export const check: AnyCheck = defineCheck({
  id: 'guest-interrupts',
  area: 'device',
  title: 'Guests use message interrupts of the devices that they have',
  needs: ['pci'],
  uses: [],
  problems: {
    'guest-without-msi': {
      severity: 'info',
      family: 'interrupt-line',
      title: '{address} is in use by a guest, which has its message interrupts off ({kind})',
      summary:
        'The driver in the guest uses the legacy line, then. That works, at a price: sound may stutter, and where the line is shared the other devices on it pay too. Windows leaves some devices like this, mostly the sound of graphics cards. A program that polls the device, as DPDK and SPDK do, wants no interrupt, and all is well.',
      proof:
        'A VFIO driver, the device open and a bus master, so that a driver in the guest uses it; MSI or MSI-X among its capabilities, both off and without a vector.',
      ruledOut: 'Vectors under msi_irqs, or a device that no guest drives now.',
      remedy: [
        {
          do: 'advise',
          say: 'If it stutters or is slow, turn message interrupts on in the guest: in Windows MSISupported=1 in the registry, under "Interrupt Management" of the device; in Linux enable_msi=1 of snd_hda_intel for a sound device.',
        },
      ],
      sources: [
        'drivers/vfio/pci/vfio_pci_intrs.c: vfio_msi_enable',
        'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_enable',
      ],
    },
  },
  judge({ pci }, scope) {
    const hits: Hit<'guest-without-msi'>[] = []
    const driven: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(pci.value, address)
      const kind = fn === undefined ? null : drivenKind(fn)
      if (fn === undefined || kind === null) continue
      if (valueOf(fn.msiIrqs) !== 0) driven.push(address)
      else {
        const evidence: readonly [Evidence, ...Evidence[]] = [
          { source: sysfs(address, 'msi_irqs'), saw: 'no vector', wanted: 'one or more' },
          { source: sysfs(address, 'config'), saw: `bus master on, ${kind} off` },
        ]
        const subject = { kind: 'device', address } as const
        // A driver that is just starting looks the same for a moment.
        hits.push({ code: 'guest-without-msi', subject, values: { address, kind }, evidence, confidence: 'likely' })
      }
    }
    if (hits.length === 0 && driven.length > 0) {
      const saw = `message interrupts in use: ${driven.join(', ')}`
      return { kind: 'pass', evidence: [{ source: '/sys/bus/pci/devices/*/msi_irqs', saw }] }
    }
    return concludeOutput(hits, 'no guest is seen to drive a device')
  },
})

/**
 * What message interrupts the device has that a guest drives now; null where none drives it, or it has none.
 * vfio-pci takes bus mastering away as it opens a device, so that a driver of the guest must have set it since.
 */
function drivenKind(fn: PciFunction): string | null {
  const config = valueOf(fn.config)
  if (onVfio(fn) !== true || valueOf(fn.enabled) !== true || config === undefined || config.dead) return null
  if ((config.command & BUS_MASTER) === 0 || valueOf(fn.msiIrqs) === undefined) return null
  const kinds = [
    { name: 'MSI', capability: valueOf(config.msi) },
    { name: 'MSI-X', capability: valueOf(config.msix) },
  ].filter(({ capability }) => capability !== undefined && capability !== null)
  const inUse = kinds.some(({ capability }) => capability?.enabled === true)
  if (kinds.length === 0 || (inUse && valueOf(fn.msiIrqs) === 0)) return null
  return kinds.map(({ name }) => name).join(' and ')
}
