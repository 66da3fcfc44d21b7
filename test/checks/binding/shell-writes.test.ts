import { check } from '../../../checks/binding/shell-writes.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const attempt = (patch: Partial<Attempt>): Attempt => ({
  kind: 'bind',
  command: 'echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/bind',
  address: '0000:01:00.0',
  deviceId: null,
  driver: 'vfio-pci',
  error: 'No such device',
  line: 4,
  ...patch,
})

checkTable(check, [
  {
    name: 'a refused bind',
    facts: { attempts: fact([attempt({})]) },
    expect: ['bind-write-error@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'the answer alone',
    facts: { messages: messages(['tee: /sys/bus/pci/drivers/vfio-pci/bind: Invalid argument']) },
    expect: ['bind-write-error@host'],
    advises: 'lspci',
  },
  {
    name: 'it is bound by now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' })]),
      attempts: fact([attempt({})]),
    },
    expect: ['bind-write-error'],
    severity: 'info',
  },
  {
    name: 'an id in another form',
    facts: { attempts: fact([attempt({ kind: 'new-id', address: null, error: 'Invalid argument' })]) },
    expect: ['new-id-malformed@host'],
  },
  {
    name: 'an id that is known',
    facts: { attempts: fact([attempt({ kind: 'new-id', address: null, error: 'File exists' })]) },
    expect: ['new-id-known@host'],
    severity: 'info',
  },
  {
    name: 'the type of a group',
    facts: { messages: messages(['tee: /sys/kernel/iommu_groups/12/type: Device or resource busy']) },
    expect: ['group-type-busy@host'],
    severity: 'info',
    advises: 'nothing',
  },
  { name: 'a bind that was accepted', facts: { attempts: fact([attempt({ error: null })]) }, expect: 'skip' },
  {
    name: 'an answer whose command is not shown',
    facts: { messages: messages(['bash: echo: write error: No such device']) },
    expect: ['sysfs-write-refused@host'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
