import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { describe, isDisplay, onVfio, sysfs } from '../../src/rules/pci.ts'

export const check: AnyCheck = defineCheck({
  id: 'host-display',
  area: 'binding',
  title: 'The host keeps a display of its own',
  needs: ['pci'],
  uses: [],
  problems: {
    'host-only-display': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{address} is the only graphics device of this host',
      summary:
        'With {what} on vfio-pci the host has no screen: neither its console nor a desktop, and nothing to read a fault from. That works where the host is reached over the network or a serial line. Try that way in before you bind it.',
      proof: 'A whole list of PCI functions with one of class 03, and that one is to be passed through.',
      ruledOut: 'A second display controller, or a list that is not whole.',
      remedy: [
        {
          do: 'advise',
          say: 'Check that you can log in over ssh from another machine, and keep a boot entry that does not bind the card.',
        },
      ],
      sources: ['PCI Code and ID Assignment Specification: class 03', 'drivers/pci/vgaarb.c'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const displays = pci.functions.filter(isDisplay)
    const wanted = displays.filter((fn) => scope.candidates.has(fn.address))
    const [fn] = wanted
    if (fn === undefined) return { kind: 'skip', because: 'no display is to be passed through' }
    if (!pci.complete) return { kind: 'skip', because: 'not every device is shown, so another display may be there' }
    const unread = pci.functions.some((one) => one.class.state === 'unknown')
    if (unread) return { kind: 'skip', because: 'the class of some device could not be read' }
    if (displays.length > wanted.length) {
      const other = displays.find((one) => !wanted.includes(one))
      const address = other?.address ?? ''
      return { kind: 'pass', evidence: [{ source: sysfs(address, 'class'), saw: `${address} is another display` }] }
    }
    // Once one of them is bound, its owner knows.
    const bound = wanted.find((one) => onVfio(one) === true || valueOf(one.driver) === 'pci-stub')
    if (bound !== undefined) {
      const saw = `${valueOf(bound.driver) ?? 'a VFIO driver'}: the host does without it now`
      return { kind: 'pass', evidence: [{ source: sysfs(bound.address, 'driver'), saw }] }
    }
    // Several displays, all given away, leave the host as dark as one.
    return {
      kind: 'hits',
      hits: [
        {
          code: 'host-only-display',
          subject: { kind: 'device', address: fn.address },
          values: { address: wanted.map((each) => each.address).join(' and '), what: describe(fn) },
          evidence: [
            { source: sysfs(fn.address, 'class'), saw: describe(fn) },
            { source: facts.pci.source, saw: `${displays.length} of class 03, all to be passed through` },
          ],
        },
      ],
    }
  },
})
