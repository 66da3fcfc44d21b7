import { check } from '../../../checks/binding/host-bind.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, kernel, pciFacts } from '../../support/facts.ts'

const [A, B] = ['0000:05:00.0', '0000:05:00.1']
const attempt: Attempt = {
  kind: 'bind',
  command: `echo ${B} > /sys/bus/pci/drivers/snd_hda_intel/bind`,
  address: B,
  deviceId: null,
  driver: 'snd_hda_intel',
  error: 'Device or resource busy',
  line: 3,
}
const attempts = fact([attempt], 'paste')
const pair = (first: string | null, second: string | null) =>
  pciFacts([endpoint({ address: A, driver: first }), endpoint({ address: B, driver: second })])

checkTable(check, [
  {
    name: 'a sibling is with a guest',
    facts: { attempts, ...pair('vfio-pci', null) },
    expect: ['group-owned-by-guest@0000:05:00.1'],
    severity: 'warn',
    confidence: 'likely',
  },
  { name: 'no sibling on vfio-pci', facts: { attempts, ...pair(null, null) }, expect: 'skip' },
  { name: 'it has a driver by now', facts: { attempts, ...pair('vfio-pci', 'snd_hda_intel') }, expect: 'skip' },
  {
    name: 'an older kernel does not refuse it',
    facts: { attempts, kernel: kernel('5.15.0'), ...pair('vfio-pci', null) },
    expect: 'skip',
  },
  { name: 'of the devices nothing is known', facts: { attempts }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
