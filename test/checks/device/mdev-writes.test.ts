import { check } from '../../../checks/device/mdev-writes.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact } from '../../support/facts.ts'

const wish: Attempt = {
  kind: 'mdev-create',
  command: 'echo UUID > create',
  address: '0000:00:02.0',
  deviceId: null,
  driver: null,
  error: 'No space left on device',
  line: 1,
}

checkTable(check, [
  {
    name: 'no room is left',
    facts: { attempts: fact([wish]) },
    expect: ['mdev-no-room@0000:00:02.0'],
    severity: 'fail',
  },
  { name: 'it is said once', facts: { attempts: fact([wish, wish]) }, expect: ['mdev-no-room'] },
  {
    name: 'the type is not there',
    facts: { attempts: fact([{ ...wish, error: 'No such file or directory' }]) },
    expect: ['mdev-type-missing@0000:00:02.0'],
  },
  {
    name: 'the types were looked for, and are not there',
    facts: { attempts: fact([{ ...wish, kind: 'mdev-types', error: 'No such file or directory' }]) },
    expect: ['mdev-type-missing@0000:00:02.0'],
    severity: 'warn',
  },
  {
    name: 'the types could not be looked at',
    facts: { attempts: fact([{ ...wish, kind: 'mdev-types', error: 'Permission denied' }]) },
    expect: 'skip',
  },
  {
    name: 'the device is not told',
    facts: { attempts: fact([{ ...wish, address: null }]) },
    expect: ['mdev-no-room@host'],
  },
  { name: 'it worked', facts: { attempts: fact([{ ...wish, error: null }]) }, expect: 'skip' },
  {
    name: 'another answer is not for this check',
    facts: { attempts: fact([{ ...wish, error: 'Permission denied' }]) },
    expect: 'skip',
  },
  {
    name: 'another write is not for this check',
    facts: { attempts: fact([{ ...wish, kind: 'sriov-numvfs' }]) },
    expect: 'skip',
  },
  { name: 'nothing was tried', facts: {}, expect: 'skip' },
])
