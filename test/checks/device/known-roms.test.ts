import { check } from '../../../checks/device/known-roms.ts'
import { checkTable } from '../../support/check-table.ts'
import { fn, messages, pciFacts } from '../../support/facts.ts'

const ADDRESS = '0000:41:00.0'
const ids = { vendorId: '14e4', deviceId: '168e' }

checkTable(check, [
  {
    name: 'by its ids, dead',
    facts: pciFacts([fn({ address: ADDRESS, ...ids, revision: 0xff })], false),
    expect: [`rom-hangs-guest@${ADDRESS}`],
    confidence: 'likely',
  },
  {
    name: 'by its name, dead',
    facts: pciFacts([fn({ address: ADDRESS, name: 'Broadcom NetXtreme II BCM57810', revision: 0xff })], false),
    expect: ['rom-hangs-guest'],
  },
  {
    name: 'it answers',
    facts: pciFacts([fn({ address: ADDRESS, ...ids, revision: 0x10 })], false),
    expect: 'skip',
  },
  {
    name: 'another model of the maker, dead',
    facts: pciFacts([fn({ address: ADDRESS, vendorId: '14e4', deviceId: '1657', revision: 0xff })], false),
    expect: 'skip',
  },
  {
    name: 'whether it answers is not told',
    facts: pciFacts([fn({ address: ADDRESS, ...ids })], false),
    expect: 'skip',
  },
  {
    name: 'one that stays with the host',
    facts: pciFacts([fn({ address: ADDRESS, ...ids, revision: 0xff })]),
    expect: 'skip',
  },
  {
    name: 'that of a SAS adapter says so on the console of the guest',
    facts: { messages: messages(['MPT BIOS Fault 02h encountered at adapter PCI(00h,05h,00h)'], false) },
    expect: ['rom-faults-in-guest@host'],
    confidence: 'likely',
  },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
