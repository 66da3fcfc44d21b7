import { check } from '../../../checks/modules/vfio-virqfd.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact, kernel, messages } from '../../support/facts.ts'

const lists = (...names: readonly string[]) =>
  fact({ directives: [], ignored: [], loadAtBoot: names.map((module) => ({ module, path: '/etc/modules' })) })

checkTable(check, [
  {
    name: 'modprobe does not find it',
    facts: {
      messages: messages(['modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/6.2.0-37-generic']),
    },
    expect: ['vfio-virqfd-gone@host'],
    severity: 'info',
  },
  ...["==> ERROR: module not found: 'vfio_virqfd'", "Failed to find module 'vfio_virqfd'"].map((line) => ({
    name: `another program does not find it: ${line}`,
    facts: { messages: messages([line]) },
    expect: ['vfio-virqfd-gone@host'],
    severity: 'info' as const,
  })),
  {
    name: 'modprobe does not find it on an old kernel',
    facts: {
      messages: messages(['modprobe: FATAL: Module vfio_virqfd not found in directory /lib/modules/5.15.0-56-generic']),
    },
    expect: 'skip',
  },
  {
    name: 'listed on a new kernel',
    facts: { kernel: kernel('6.8.12'), modprobe: lists('vfio', 'vfio_virqfd') },
    expect: ['vfio-virqfd-gone'],
  },
  {
    name: 'listed on an old kernel',
    facts: { kernel: kernel('5.15.0'), modprobe: lists('vfio', 'vfio_virqfd') },
    expect: 'skip',
  },
  { name: 'not listed', facts: { kernel: kernel('6.8.12'), modprobe: lists('vfio') }, expect: 'pass' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
