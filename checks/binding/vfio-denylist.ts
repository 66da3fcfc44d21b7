import { defineCheck, missingFrom, type AnyCheck, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf, type Fact } from '../../src/model/fact.ts'
import type { Used } from '../../src/model/machine.ts'
import type { KernelFacts } from '../../src/model/system.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { lastParameter, switchValue } from '../../src/rules/parameters.ts'
import { describe, findFunction, idOf, onVfio, sysfs } from '../../src/rules/pci.ts'

/** Intel QAT (DH895xCC, C3xxx, C62x, with their virtual functions), refused since 5.10. */
const QAT: ReadonlySet<string> = new Set(['8086:0435', '8086:0443', '8086:19e2', '8086:19e3', '8086:37c8', '8086:37c9'])
/** Intel DSA and IAA of Sapphire Rapids, refused since 6.9, and by older ones that were given the fix (CVE-2024-21823). */
const ACCELERATORS: ReadonlySet<string> = new Set(['8086:0b25', '8086:0cfe'])

export const check: AnyCheck = defineCheck({
  id: 'vfio-denylist',
  area: 'binding',
  title: 'vfio-pci does not refuse the device by its id',
  needs: ['pci'],
  uses: ['kernel', 'modules', 'modprobe', 'commandLine'],
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
    const missing: Missing[] = []
    const clear: string[] = []
    const off = switchedOff(facts)
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(facts.pci.value, address)
      const id = fn === undefined ? null : idOf(fn)
      if (fn === undefined || id === null) continue
      const listed = isListed(id, facts.kernel)
      if (listed === false) clear.push(`not on the list: ${id}`)
      else if (off) clear.push(`${id}: disable_denylist is set`)
      else if (onVfio(fn) === true) clear.push(`${address} is on ${valueOf(fn.driver) ?? 'a VFIO driver'}`)
      else if (fn.driver.state === 'unknown') missing.push(missingFrom(`the driver of ${address}`, fn.driver))
      else {
        // A kernel of before the entry may have been given it since; one that is not told is a current one, mostly.
        const doubt: Partial<Hit<'device-denylisted'>> =
          facts.kernel.state === 'known'
            ? { confidence: 'possible', severity: 'info' }
            : { confidence: 'likely', severity: 'warn' }
        hits.push({
          code: 'device-denylisted',
          subject: { kind: 'device', address },
          values: { address, id, what: describe(fn) },
          evidence: [
            { source: sysfs(address, 'device'), saw: id },
            { source: facts.kernel.source, saw: valueOf(facts.kernel)?.release ?? 'not told' },
          ],
          ...(listed === undefined ? doubt : {}),
        })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [unread, ...more] = missing
    if (unread !== undefined) return { kind: 'unknown', missing: [unread, ...more] }
    if (clear.length === 0) return { kind: 'skip', because: 'no device is to be passed through' }
    const saw = [...new Set(clear)].join(', ')
    return { kind: 'pass', evidence: [{ source: '/sys/bus/pci/devices/*/device', saw }] }
  },
})

/** Whether the list of this kernel has the id; undefined where it may. */
function isListed(id: string, kernel: Fact<KernelFacts>): boolean | undefined {
  if (QAT.has(id)) return atLeast(kernel, 5, 10)
  if (!ACCELERATORS.has(id)) return false
  return atLeast(kernel, 6, 9) === true ? true : atLeast(kernel, 5, 10) === false ? false : undefined
}

/** As vfio-pci has it now; before it is loaded, as it will be told when it is. */
function switchedOff({ modules, modprobe, commandLine }: Used<'modules' | 'modprobe' | 'commandLine'>): boolean {
  const inForce = valueOf(modules)?.parameters['vfio_pci']?.['disable_denylist']
  if (inForce !== undefined) return inForce === 'Y'
  const line = valueOf(commandLine)
  const word = line === undefined ? undefined : lastParameter(line, 'vfio-pci.disable_denylist')
  if (word !== undefined) return switchValue(word.value) === true
  return (valueOf(modprobe)?.directives ?? []).some(
    (one) =>
      one.kind === 'options' &&
      one.module === 'vfio_pci' &&
      one.options.some(
        ([name, value]) => name === 'disable_denylist' && switchValue(value === '' ? null : value) === true,
      ),
  )
}
