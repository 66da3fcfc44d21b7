import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { describe, findFunction, idOf, onVfio, sysfs } from '../../src/rules/pci.ts'

/** Intel QAT (DH895xCC, C3xxx, C62x, with their virtual functions), refused since 5.10. */
const QAT: ReadonlySet<string> = new Set(['8086:0435', '8086:0443', '8086:19e2', '8086:19e3', '8086:37c8', '8086:37c9'])
/** Intel DSA and IAA of Sapphire Rapids, refused since 6.9 and in stable kernels of that time. */
const ACCELERATORS: ReadonlySet<string> = new Set(['8086:0b25', '8086:0cfe'])

export const check: AnyCheck = defineCheck({
  id: 'vfio-denylist',
  area: 'binding',
  title: 'vfio-pci does not refuse the device by its id',
  needs: ['pci'],
  uses: ['kernel', 'modules'],
  problems: {
    'device-denylisted': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: '{address} is of a kind that vfio-pci refuses: {id} is on its denylist',
      summary:
        '{what} has errata by which a guest could hang the host or reach beyond its device, so vfio-pci does not take it. Newer devices of the family are not on the list. The list can be switched off when vfio-pci is loaded, which is a matter of trust in the guest.',
      proof: 'The id of the function in the denylist of this kernel, and disable_denylist not set.',
      ruledOut: 'The function on a VFIO driver, disable_denylist set, or a kernel before 5.10.',
      explains: ['bind-write-error', 'probe-denylisted', 'probe-einval', 'vmm-bind-failed', 'device-on-host-driver'],
      remedy: [
        {
          do: 'advise',
          say: 'Leave it to its host driver, or give the guest a device that is not on the list. Only for a guest that you trust as much as the host can the list be switched off (option disable_denylist of vfio-pci).',
        },
      ],
      sources: ['drivers/vfio/pci/vfio_pci.c: vfio_pci_dev_in_denylist'],
    },
  },
  judge(facts, scope) {
    const hits: Hit<'device-denylisted'>[] = []
    const seen: string[] = []
    const off = valueOf(facts.modules)?.parameters['vfio_pci']?.['disable_denylist'] === 'Y'
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(facts.pci.value, address)
      const id = fn === undefined ? null : idOf(fn)
      if (fn === undefined || id === null) continue
      seen.push(id)
      const listed = QAT.has(id)
        ? atLeast(facts.kernel, 5, 10)
        : ACCELERATORS.has(id)
          ? atLeast(facts.kernel, 6, 9)
          : false
      if (listed === false || off || onVfio(fn) !== false) continue
      hits.push({
        code: 'device-denylisted',
        subject: { kind: 'device', address },
        values: { address, id, what: describe(fn) },
        evidence: [
          { source: sysfs(address, 'device'), saw: id },
          { source: facts.kernel.source, saw: valueOf(facts.kernel)?.release ?? 'not told' },
        ],
        ...(listed === undefined ? { confidence: 'likely', severity: 'warn' } : {}),
      })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (seen.length === 0) return { kind: 'skip', because: 'no device is to be passed through' }
    const saw = off ? 'disable_denylist is set' : `not on the list: ${[...new Set(seen)].join(', ')}`
    return { kind: 'pass', evidence: [{ source: '/sys/bus/pci/devices/*/device', saw }] }
  },
})
