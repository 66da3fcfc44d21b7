import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { isActive, moduleState } from '../../src/rules/modules.ts'
import { describe, findFunction, sysfs } from '../../src/rules/pci.ts'

interface Variant {
  readonly module: string
  readonly vendor: string
  /** Whether the driver is for virtual functions alone. */
  readonly virtual: boolean
  readonly devices: RegExp
}

/** The id tables of the drivers under drivers/vfio/pci, with what each is for. */
const VARIANTS: readonly Variant[] = [
  { module: 'mlx5_vfio_pci', vendor: '15b3', virtual: true, devices: /^101e$/ },
  { module: 'pds_vfio_pci', vendor: '1dd8', virtual: true, devices: /^1003$/ },
  { module: 'hisi_acc_vfio_pci', vendor: '19e5', virtual: true, devices: /^a2(?:51|56|59)$/ },
  { module: 'qat_vfio_pci', vendor: '8086', virtual: true, devices: /^49(?:41|43|45)$/ },
  { module: 'nvgrace_gpu_vfio_pci', vendor: '10de', virtual: false, devices: /^(?:2342|2345|2348|2941|31c2)$/ },
]

export const check: AnyCheck = defineCheck({
  id: 'variant-driver',
  area: 'binding',
  title: 'A device with a VFIO driver of its own is on that driver',
  needs: ['pci'],
  uses: ['modules'],
  problems: {
    'variant-driver-unused': {
      severity: 'info',
      family: 'healthy',
      title: '{address} is on vfio-pci, and {module} is made for it',
      summary:
        '{what} works on the general vfio-pci. {module} adds what only this device has, such as live migration or its own memory. Newer libvirt chooses it by itself; by hand driver_override names it.',
      proof: 'The id of the function in the table of that driver, and the module on this kernel.',
      ruledOut: 'The function on that driver, or no such module.',
      remedy: [
        { do: 'load-module', modules: '{module}' },
        { do: 'advise', say: 'Have the device bound to this driver in place of vfio-pci, if migration is wanted.' },
      ],
      sources: [
        'drivers/vfio/pci/mlx5, pds, hisilicon, qat, nvgrace-gpu: id tables',
        'include/linux/mod_devicetable.h',
      ],
    },
  },
  judge(facts, scope) {
    const hits: Hit<'variant-driver-unused'>[] = []
    const fit: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(facts.pci.value, address)
      const variant = fn === undefined ? undefined : VARIANTS.find((one) => fits(one, fn))
      if (fn === undefined || variant === undefined) continue
      const state = moduleState(facts, variant.module)
      if (valueOf(fn.driver) !== 'vfio-pci') fit.push(address)
      if (valueOf(fn.driver) !== 'vfio-pci' || (state !== 'loadable' && isActive(state) !== true)) continue
      const module = variant.module.replaceAll('_', '-')
      hits.push({
        code: 'variant-driver-unused',
        subject: { kind: 'device', address },
        values: { address, module, what: describe(fn) },
        evidence: [
          { source: sysfs(address, 'driver'), saw: 'vfio-pci' },
          { source: facts.modules.source, saw: `${variant.module} (${state})` },
        ],
      })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (fit.length === 0) return { kind: 'skip', because: 'no device has a VFIO driver of its own here' }
    return {
      kind: 'pass',
      evidence: [{ source: '/sys/bus/pci/devices/*/driver', saw: `not on vfio-pci: ${fit.join(', ')}` }],
    }
  },
})

function fits(one: Variant, fn: PciFunction): boolean {
  const virtual = typeof valueOf(fn.physicalFunction) === 'string'
  return (
    valueOf(fn.vendorId) === one.vendor && one.devices.test(valueOf(fn.deviceId) ?? '') && (!one.virtual || virtual)
  )
}
