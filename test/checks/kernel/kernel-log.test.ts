import { check } from '../../../checks/kernel/kernel-log.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { readKernelLog } from '../../../src/parse/kernel-log.ts'
import { checkTable } from '../../support/check-table.ts'
import { kernel } from '../../support/facts.ts'

const BANNER = '[    0.000000] Linux version 6.8.0-45-generic (build@host) (gcc) #45-Ubuntu SMP'
function log(lines: readonly string[], source = 'dmesg -r'): Facts['kernelLog'] {
  return known(readKernelLog(lines.join('\n')), source)
}

checkTable(check, [
  {
    name: 'the ring went round',
    facts: { kernelLog: log(['[  812.1] usb 1-1: new device']) },
    expect: ['kernel-log-cut'],
    severity: 'info',
  },
  {
    name: 'a post shows a few lines as a rule',
    facts: { kernelLog: log(['[  812.1] usb 1-1: new device'], 'paste') },
    expect: 'skip',
  },
  {
    name: 'two boots in one log',
    facts: { kernelLog: log([BANNER, '[    1.0] hello', BANNER], 'paste') },
    expect: ['kernel-log-several-boots'],
  },
  {
    name: 'a log of another kernel',
    facts: { kernelLog: log([BANNER]), kernel: kernel('6.8.0-50-generic') },
    expect: ['kernel-log-other-kernel'],
  },
  {
    name: 'this boot, from its start',
    facts: { kernelLog: log([BANNER]), kernel: kernel('6.8.0-45-generic') },
    expect: 'pass',
  },
  { name: 'the log may not be read', facts: { kernelLog: unknown('denied', 'dmesg -r') }, expect: 'unknown' },
  { name: 'no log in the post', facts: { kernelLog: unknown('not-in-paste', 'paste') }, expect: 'skip' },
])
