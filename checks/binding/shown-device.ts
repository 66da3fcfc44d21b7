import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { sameSlot } from '../../src/rules/address.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { describe, isBridge, onHostDriver, sysfs } from '../../src/rules/pci.ts'

type Code = 'shown-device-on-host-driver'

export const check: AnyCheck = defineCheck({
  id: 'shown-device',
  area: 'binding',
  title: 'The one device that a text shows is free for a guest',
  needs: ['pci'],
  uses: ['environment'],
  problems: {
    'shown-device-on-host-driver': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{address} is on {driver}, a driver of the host',
      summary:
        'It is the only device that is shown, and nothing that was shown says whether it is to be given away. Should it be, it must leave {driver} and go to vfio-pci, for good at boot or when the guest starts: libvirt (managed) and Proxmox do the latter. If this is how it looks inside a guest, it is as it should be.',
      proof: 'A listing of the functions of one device alone, on a driver of the host.',
      ruledOut: 'The device on vfio-pci, or other devices in the listing.',
      remedy: [
        { do: 'bind-at-boot', addresses: '{addresses}', ids: '' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: ['drivers/vfio/pci/vfio_pci.c', 'Documentation/driver-api/vfio.rst'],
    },
  },
  judge(facts, scope) {
    const { functions, complete } = facts.pci.value
    const shown = functions.filter((fn) => isBridge(fn) !== true)
    const [first] = shown
    const one = first !== undefined && shown.every((fn) => sameSlot(fn.address, first.address))
    const guest = (valueOf(facts.environment)?.hypervisor ?? null) !== null
    if (complete || scope.candidates.size > 0 || !one || guest)
      return { kind: 'skip', because: 'not a text with one device alone that nobody is shown to give away' }
    const held = shown.filter((fn) => onHostDriver(fn) === true)
    const [fn, ...rest] = held
    if (fn === undefined) return concludeOutput<Code>([], 'the device is on no driver of the host')
    const seen = (at: typeof fn): Evidence => ({
      source: sysfs(at.address, 'driver'),
      saw: `${describe(at)} on ${valueOf(at.driver) ?? ''}`,
      wanted: 'vfio-pci',
    })
    const evidence: NonEmpty<Evidence> = [seen(fn), ...rest.map(seen)]
    const values = {
      address: fn.address,
      driver: valueOf(fn.driver) ?? '',
      addresses: held.map((at) => at.address).join(' '),
    }
    const hit: Hit<Code> = {
      code: 'shown-device-on-host-driver',
      subject: { kind: 'device', address: fn.address },
      values,
      evidence,
      confidence: 'possible',
    }
    return { kind: 'hits', hits: [hit] }
  },
})
