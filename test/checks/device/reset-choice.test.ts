import { check } from '../../../checks/device/reset-choice.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const GPU = '0000:c5:00.0'
const wrote = (value: string, error: string | null) =>
  fact(
    [
      {
        kind: 'reset-method' as const,
        command: `echo ${value} > /sys/bus/pci/devices/${GPU}/reset_method`,
        address: GPU,
        deviceId: null,
        driver: null,
        value,
        error,
        line: 3,
      },
    ],
    'paste',
  )

checkTable(check, [
  {
    name: 'the kernel has no reset of its own for the device',
    facts: { attempts: wrote('device_specific', 'Invalid argument') },
    expect: ['reset-method-unsupported@0000:c5:00.0'],
    severity: 'info',
  },
  {
    name: 'the same as the kernel says it',
    facts: { messages: messages([`vfio-pci ${GPU}: Unsupported reset method 'device_specific'`]) },
    expect: ['reset-method-unsupported@0000:c5:00.0'],
  },
  {
    name: 'the same in both places is told once',
    facts: {
      attempts: wrote('device_specific', 'Invalid argument'),
      messages: messages([`vfio-pci ${GPU}: Unsupported reset method 'device_specific'`]),
    },
    expect: ['reset-method-unsupported@0000:c5:00.0'],
  },
  {
    name: 'in one sentence with its answer',
    facts: {
      messages: messages([
        `\`echo device_specific >/sys/bus/pci/devices/0000\\:c5\\:00.0/reset_method\` says \`bash: echo: write error: Invalid argument\``,
      ]),
    },
    expect: ['reset-method-unsupported'],
  },
  {
    name: 'a name that no kernel has',
    facts: { attempts: wrote('function_level', 'Invalid argument') },
    expect: ['reset-method-unknown@0000:c5:00.0'],
    severity: 'info',
  },
  {
    name: 'the same as the kernel says it',
    facts: { messages: messages([`vfio-pci ${GPU}: Invalid reset method 'fllr'`]) },
    expect: ['reset-method-unknown@0000:c5:00.0'],
  },
  {
    name: 'the method is there by now',
    facts: {
      attempts: wrote('device_specific', 'Invalid argument'),
      ...pciFacts([endpoint({ address: GPU, resetMethods: ['device_specific', 'bus'] })]),
    },
    expect: 'skip',
  },
  { name: 'an accepted choice', facts: { attempts: wrote('flr bus', null) }, expect: 'skip' },
  { name: 'by an ordinary user', facts: { attempts: wrote('flr', 'Permission denied') }, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
