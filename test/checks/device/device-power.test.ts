import { check } from '../../../checks/device/device-power.ts'
import { checkTable } from '../../support/check-table.ts'
import { config, endpoint, messages, pciFacts } from '../../support/facts.ts'

const card = (patch: Record<string, unknown>) =>
  endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci', ...patch })
const stuck = 'vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible'

checkTable(check, [
  {
    name: 'QEMU cannot wake a device',
    facts: { messages: messages(['qemu-system-x86_64: vfio: Unable to power on device, stuck in D3']) },
    expect: ['device-power-stuck'],
  },
  {
    name: 'the kernel cannot wake a device',
    facts: { messages: messages([stuck]) },
    expect: ['device-power-stuck@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'the words of another version',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: refused to change power state from D3hot to D0']) },
    expect: ['device-power-stuck@0000:01:00.0'],
  },
  ...['Unable to change power state from D3cold to D0', 'it is unable to change power state from  D3cold to D0'].map(
    (line) => ({
      name: `as people shorten it: ${line}`,
      facts: { messages: messages([`# ${line}`]) },
      expect: ['device-power-stuck@host'],
    }),
  ),
  {
    name: 'it is awake now',
    facts: { ...pciFacts([card({ powerState: 'D0', config: config() })]), messages: messages([stuck]) },
    expect: ['device-power-woke@0000:01:00.0'],
    severity: 'warn',
  },
  ...(
    [
      ['D3cold', 'D0', 'device-power-stuck', 'fail'],
      ['D0', 'D3hot', 'device-power-refused', 'info'],
    ] as const
  ).map(([from, to, code, severity]) => ({
    name: `in the words of kernels before 5.19, from ${from} to ${to}`,
    facts: {
      ...pciFacts([card({})]),
      messages: messages([
        `vfio-pci 0000:01:00.0: can't change power state from ${from} to ${to} (config space inaccessible)`,
      ]),
    },
    expect: [`${code}@0000:01:00.0`],
    severity,
  })),
  {
    name: 'a device that did not go to sleep',
    facts: {
      messages: messages(['vfio-pci 0000:01:00.0: Unable to change power state from D0 to D3hot, device inaccessible']),
    },
    expect: ['device-power-refused@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the kernel gave up waiting for a device in D3cold',
    facts: { messages: messages(['vfio-pci 0000:01:00.0: not ready 65535ms after resume; giving up', stuck]) },
    expect: ['device-power-stuck@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'a card reader of the host did not wake up',
    facts: { messages: messages(['sdhci-pci 0000:2f:00.0: not ready 65535ms after resume; giving up']) },
    expect: ['device-power-stuck@0000:2f:00.0'],
    severity: 'info',
  },
  {
    name: 'the log ends while the kernel waits',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting',
        'vfio-pci 0000:01:00.0: not ready 2047ms after resume; waiting',
      ]),
    },
    expect: ['device-power-slow@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'it took a while, and woke up',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting',
        'vfio-pci 0000:01:00.0: ready 2047ms after resume',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'it is awake after a slow start',
    facts: {
      ...pciFacts([card({ powerState: 'D0', config: config() })]),
      messages: messages(['vfio-pci 0000:01:00.0: not ready 1023ms after resume; waiting']),
    },
    expect: 'pass',
  },
  {
    name: 'the state is lost',
    facts: pciFacts([card({ powerState: 'error' })]),
    expect: ['device-power-error@0000:01:00.0'],
  },
  {
    name: 'it woke up since, and a guest has it now',
    facts: {
      ...pciFacts([card({ powerState: 'D0', config: config(), msiIrqs: 4, driver: 'vfio-pci' })]),
      messages: messages([stuck]),
    },
    expect: ['device-power-woke@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'it woke up since, and idles on vfio-pci',
    facts: { ...pciFacts([card({ powerState: 'D3hot', config: config() })]), messages: messages([stuck]) },
    expect: ['device-power-woke'],
    severity: 'warn',
  },
  {
    name: 'it never woke up',
    facts: { ...pciFacts([card({ powerState: 'D3cold', config: config() })]), messages: messages([stuck]) },
    expect: ['device-power-stuck'],
    severity: 'fail',
  },
  {
    name: 'a device sleeps, as idle ones do, and no log tells whether it wakes up',
    facts: pciFacts([card({ powerState: 'D3cold' })]),
    expect: 'unknown',
  },
  {
    name: 'it sleeps, and the start of the log is gone',
    facts: { ...pciFacts([card({ powerState: 'D3hot' })]), messages: messages([], false) },
    expect: 'unknown',
  },
  {
    name: 'it sleeps, and the log of this boot has no failure to wake',
    facts: { ...pciFacts([card({ powerState: 'D3cold' })]), messages: messages([], true) },
    expect: 'pass',
  },
  {
    name: 'it sleeps, and its registers read plain values',
    facts: pciFacts([card({ powerState: 'D3hot', config: config() })]),
    expect: 'pass',
  },
  { name: 'the kernel does not know either', facts: pciFacts([card({ powerState: 'unknown' })]), expect: 'skip' },
  {
    name: 'one lost, another asleep: the finding stands',
    facts: pciFacts([
      card({ powerState: 'error' }),
      endpoint({ address: '0000:02:00.0', group: 2, driver: 'vfio-pci', powerState: 'D3hot' }),
    ]),
    expect: ['device-power-error@0000:01:00.0'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
