import { expect, test } from 'vitest'
import { check } from '../../../checks/guest/dpdk-port.ts'
import { hitsOf, runCheck } from '../../../src/diagnose/run.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, facts, messages, pciFacts } from '../../support/facts.ts'

const at = '0000:5e:00.1'
const attach = 'EAL: Driver cannot attach the device (0000:5e:00.1)'
const unusable = 'EAL: Requested device 0000:5e:00.1 cannot be used'
const on = (driver: string | null) => pciFacts([endpoint({ address: at, group: 3, driver })])

checkTable(check, [
  {
    name: 'a port that the kernel drives',
    facts: { ...on('i40e'), messages: messages([attach]) },
    expect: ['dpdk-port-on-host-driver@0000:5e:00.1'],
    severity: 'fail',
  },
  {
    name: 'a port that the kernel drives, in the words of the PCI bus',
    facts: { ...on('igb'), messages: messages([unusable]) },
    expect: ['dpdk-port-on-host-driver@0000:5e:00.1'],
  },
  {
    name: 'a card that is shared with the kernel',
    facts: { ...on('mlx5_core'), messages: messages([unusable]) },
    expect: 'skip',
  },
  {
    name: 'a port on vfio-pci has another reason',
    facts: { ...on('vfio-pci'), messages: messages([unusable]) },
    expect: 'skip',
  },
  { name: 'a port that no listing shows', facts: { messages: messages([attach]) }, expect: 'skip' },
  {
    name: 'no container of VFIO, and a port on vfio-pci',
    facts: {
      ...on('vfio-pci'),
      messages: messages(['EAL: cannot open VFIO container, error 2 (No such file or directory)', unusable]),
    },
    expect: ['dpdk-no-container@0000:5e:00.1'],
    confidence: 'likely',
  },
  {
    name: 'no container of VFIO, in newer words, and a port that no listing shows',
    facts: {
      messages: messages(['EAL: Cannot open VFIO container /dev/vfio/vfio, error 13 (Permission denied)', unusable]),
    },
    expect: ['dpdk-no-container@0000:5e:00.1'],
    confidence: 'possible',
  },
  {
    name: 'no container of VFIO, and every port was used',
    facts: { messages: messages(['EAL: cannot open VFIO container, error 2 (No such file or directory)']) },
    expect: 'skip',
  },
  ...[
    'mlx5_common: No Verbs device matches PCI device 0000:5e:00.1, are kernel drivers loaded?',
    'mlx5_pci: no Verbs device matches PCI device 0000:5e:00.1, are kernel drivers loaded?',
  ].map((line) => ({
    name: `a card that DPDK shares with the kernel, without the kernel: ${line.slice(0, 12)}`,
    facts: { messages: messages([line, unusable]) },
    expect: ['dpdk-port-without-kernel@0000:5e:00.1'],
    severity: 'warn' as const,
  })),
  { name: 'no messages', facts: {}, expect: 'skip' },
])

test.each([
  ['mlx4_core', 'mlx4_ib'],
  ['mlx5_core', 'mlx5_ib'],
  [undefined, 'mlx5_ib'],
])('the RDMA part of a card for %s is %s', (driver, rdma) => {
  const card = endpoint({
    address: at,
    driver: 'vfio-pci',
    ...(driver === undefined ? {} : { kernelModules: [driver] }),
  })
  const line = `mlx5_common: No Verbs device matches PCI device ${at}, are kernel drivers loaded?`
  const scope = { asked: [], candidates: new Map<string, string>() }
  const outcome = runCheck(check, facts({ ...pciFacts([card]), messages: messages([line]) }), scope)
  expect(hitsOf(outcome).map((one) => one.values?.['rdma'])).toEqual([rdma])
})
