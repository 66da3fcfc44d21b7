import { check } from '../../../checks/device/guest-interrupts.ts'
import { known } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { config, endpoint, pciFacts } from '../../support/facts.ts'

const capability = (enabled: boolean) => known({ enabled, maskable: false }, 'test')
const off = config({ msi: capability(false) })
const card = (patch: Record<string, unknown>) =>
  pciFacts([
    endpoint({
      address: '0000:01:00.1',
      group: 1,
      driver: 'vfio-pci',
      enabled: true,
      msiIrqs: 0,
      config: off,
      ...patch,
    }),
  ])

checkTable(check, [
  { name: 'a guest without MSI', facts: card({}), expect: ['guest-without-msi@0000:01:00.1'], severity: 'info' },
  {
    name: 'a guest with MSI',
    facts: card({ msiIrqs: 1, config: config({ msi: capability(true) }) }),
    expect: 'pass',
  },
  {
    name: 'MSI-X alone, and off',
    facts: card({ config: config({ msix: known({ enabled: false, size: 8 }, 'test') }) }),
    expect: ['guest-without-msi'],
  },
  { name: 'nobody has it open', facts: card({ enabled: false }), expect: 'skip' },
  {
    name: 'the firmware of the guest has it, and no driver',
    facts: card({ config: { ...off, command: 0x2 } }),
    expect: 'skip',
  },
  { name: 'a device that has the line alone', facts: card({ config: config() }), expect: 'skip' },
  {
    name: 'the driver of the host has it',
    facts: card({ driver: 'snd_hda_intel' }),
    asked: ['0000:01:00.1'],
    expect: 'skip',
  },
  { name: 'the configuration space was not read', facts: card({ config: undefined }), expect: 'skip' },
  { name: 'the vectors were not read', facts: card({ msiIrqs: undefined }), expect: 'skip' },
  { name: 'no list of functions', facts: {}, expect: 'unknown' },
])
