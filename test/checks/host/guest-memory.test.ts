import { check } from '../../../checks/host/guest-memory.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import type { MemoryFacts } from '../../../src/model/system.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, fact, messages } from '../../support/facts.ts'

const GIB = 1024 ** 3
const guest = (gib: number): GuestDefinition => ({
  name: 'win10',
  manager: 'libvirt',
  machine: 'q35',
  firmware: 'uefi',
  memoryBytes: gib * GIB,
  hostDevices: [
    { address: '0000:01:00.0', managed: true, romFile: null, allFunctions: false, options: {}, text: 'hostdev' },
  ],
  running: false,
  source: 'win10.xml',
})
const memory = (total: number, free: number, pages: number = 0) =>
  fact<MemoryFacts>(
    {
      totalBytes: total * GIB,
      availableBytes: free * GIB,
      hugePagesTotal: pages,
      hugePagesFree: pages,
      hugePageBytes: 2 * 1024 ** 2,
    },
    '/proc/meminfo',
  )

checkTable(check, [
  {
    name: 'memory could not be set up',
    facts: { messages: messages(["qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory"]) },
    expect: ['guest-memory-short@host'],
  },
  {
    name: 'huge pages ran out',
    facts: {
      messages: messages(['os_mem_prealloc: Insufficient free host memory pages available to allocate guest RAM']),
    },
    expect: ['huge-pages-short@host'],
  },
  ...(
    [
      ["can't open backing store /dev/kvmfr0 for guest RAM: Operation not permitted", 'guest-memory-file-denied'],
      ["can't open backing store /dev/shm/looking-glass for guest RAM: Permission denied", 'guest-memory-file-denied'],
      ["can't open backing store /dev/kvmfr0 for guest RAM: No such file or directory", 'guest-memory-file-missing'],
      ["can't open backing store /dev/hugepages for guest RAM: Not a directory", 'huge-pages-short'],
    ] as const
  ).map(([words, code]) => ({
    name: `a file behind the memory: ${words}`,
    facts: { messages: messages([`qemu-system-x86_64: -object memory-backend-file,id=m0: ${words}`]) },
    expect: [`${code}@host`],
  })),
  {
    name: 'Proxmox found no huge pages',
    facts: {
      messages: messages(['hugepage allocation failed at /usr/share/perl5/PVE/QemuServer/Memory.pm line 664.']),
    },
    expect: ['huge-pages-short@host'],
  },
  ...['kvm', 'qemu-system-x86', 'qemu-kvm', 'CPU 3/KVM', 'cloud-hyperviso'].map((name) => ({
    name: `a VMM was killed for its memory: ${name}`,
    facts: {
      messages: messages([
        `Out of memory: Killed process 4100 (${name}) total-vm:9000000kB, anon-rss:8000000kB, file-rss:0kB, shmem-rss:0kB`,
      ]),
    },
    expect: ['guest-killed-for-memory@host'],
    severity: 'warn' as const,
  })),
  {
    name: 'another program was killed for its memory',
    facts: {
      messages: messages([
        'Memory cgroup out of memory: Killed process 4100 (firefox) total-vm:9000000kB, anon-rss:8000000kB, file-rss:0kB, shmem-rss:0kB',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'KVM refused a piece',
    facts: {
      messages: messages([
        'kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION failed, slot=4, start=0x100000000, size=0x3fff0000: Invalid argument',
      ]),
    },
    expect: ['guest-memory-slot@host'],
  },
  {
    name: 'a piece beyond what the processor addresses',
    facts: {
      cpu: cpu('intel'),
      messages: messages([
        'kvm: kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION failed, slot=7, start=0x8000000000, size=0x1000000: Invalid argument',
      ]),
    },
    expect: ['guest-memory-too-high@host'],
    confidence: 'certain',
  },
  {
    name: 'the same on a processor of unknown width: not surely beyond it',
    facts: {
      messages: messages([
        'kvm: kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION failed, slot=7, start=0x8000000000, size=0x1000000: Invalid argument',
      ]),
    },
    expect: ['guest-memory-slot@host'],
  },
  {
    name: 'a guest larger than the host',
    facts: { memory: memory(16, 12), guests: fact([guest(32)]) },
    expect: ['guest-larger-than-host@host'],
    severity: 'warn',
  },
  {
    name: 'a guest that does not fit now',
    facts: { memory: memory(16, 4), guests: fact([guest(8)]) },
    expect: ['guest-memory-tight@host'],
    severity: 'info',
  },
  {
    name: 'huge pages are set aside',
    facts: { memory: memory(16, 4, 4096), guests: fact([guest(8)]) },
    expect: 'pass',
  },
  { name: 'a guest that fits', facts: { memory: memory(16, 12), guests: fact([guest(8)]) }, expect: 'pass' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
