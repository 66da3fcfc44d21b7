import { check } from '../../../checks/isolation/vf-group.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, pciFacts } from '../../support/facts.ts'

const PF = '0000:0a:00.0'
const VF = '0000:0a:00.2'
const port = bridge({ address: '0000:00:01.0', group: 1 })
const pf = endpoint({ address: PF, group: 1, driver: 'igb', physicalFunction: null })
const vf = (patch: object = {}) => endpoint({ address: VF, group: 1, driver: null, physicalFunction: PF, ...patch })

checkTable(check, [
  {
    name: 'a virtual function that is to be given away, in the group of its owner',
    facts: pciFacts([port, pf, vf()]),
    asked: [VF],
    expect: ['vf-shares-group@group:1'],
  },
  {
    name: 'a listing of groups alone, where the name tells it',
    facts: pciFacts([pf, vf({ physicalFunction: undefined, name: 'Example Virtual Function' })], false),
    expect: ['vf-shares-group@group:1'],
  },
  {
    name: 'two of them are one finding',
    facts: pciFacts([pf, vf(), vf({ address: '0000:0a:00.3' })]),
    asked: [VF, '0000:0a:00.3'],
    expect: ['vf-shares-group@group:1'],
  },
  {
    name: 'a group of its own, but for the port',
    facts: pciFacts([port, endpoint({ address: PF, group: 2 }), vf()]),
    asked: [VF],
    expect: 'skip',
  },
  { name: 'nobody gives it away on this whole host', facts: pciFacts([pf, vf()]), expect: 'skip' },
  { name: 'another device is to be given away', facts: pciFacts([pf, vf()]), asked: [PF], expect: 'skip' },
  {
    name: 'functions of a card that are none',
    facts: pciFacts([pf, endpoint({ address: '0000:0a:00.1', group: 1, physicalFunction: null })], false),
    expect: 'skip',
  },
  { name: 'no groups are shown', facts: {}, expect: 'unknown' },
])
