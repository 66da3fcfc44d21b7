import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { raise, raiseBy } from '../../src/rules/raise.ts'

const SHORT = {
  'guest-memory-short': ['m-setup'],
  'huge-pages-short': ['m-backing', 'm-prealloc', 'm-prealloc-old', 'l-hugetlb', 'pve-hugepages'],
} as const

/** What the kernel calls the process of a VMM: 15 characters at most; QEMU with named threads is killed under those too. */
const VMM = /^(?:kvm|qemu|qemu-(?:kvm|system-\w+)|CPU \d+\/KVM|cloud-hyperviso|crosvm|firecracker)$/

type Code =
  | keyof typeof SHORT
  | 'guest-memory-file-denied'
  | 'guest-memory-file-missing'
  | 'guest-killed-for-memory'
  | 'guest-memory-slot'
  | 'guest-memory-too-high'
  | 'guest-larger-than-host'
  | 'guest-memory-tight'

/** As wide as the processors of Intel get without five-level tables; those of AMD have 48 at most. */
const WIDEST = 46

export const check: AnyCheck = defineCheck({
  id: 'guest-memory',
  area: 'host',
  title: 'The host has the memory that its guests lock',
  needs: [],
  uses: ['messages', 'memory', 'guests', 'cpu'],
  problems: {
    'guest-memory-short': {
      severity: 'fail',
      family: 'guest-memory',
      title: 'The memory of the guest could not be set up',
      summary:
        'The host had not enough memory for the guest, or a limit of the process or of overcommitment forbids so much of it.',
      proof: 'The message of QEMU.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'change-guest', say: 'Give the guest less memory, or stop what else uses it.' }],
      blocks: 'machine',
      sources: ['QEMU system/physmem.c: ram_block_add', 'Documentation/mm/overcommit-accounting.rst'],
    },
    'huge-pages-short': {
      severity: 'fail',
      family: 'guest-memory',
      title: 'The huge pages that the guest asks for are not there',
      summary:
        'The guest is to live on huge pages, and too few were free, on this NUMA node or at all, or hugetlbfs is not mounted. Pages of 1 GiB are best reserved at boot. Passing a device does not need huge pages.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'HugePages_Free times the page size above the memory of the guest.',
      explains: ['guest-start-failed', 'dma-map-unpinnable'],
      remedy: [
        {
          do: 'advise',
          say: 'Reserve enough huge pages at boot, or take the huge pages out of the definition of the guest.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU util/oslib-posix.c: qemu_prealloc_mem', 'Documentation/admin-guide/mm/hugetlbpage.rst'],
    },
    'guest-memory-file-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'QEMU may not open {path}, behind which a piece of the memory of the guest is to be',
      summary:
        '"Permission denied" comes from the owner and mode of the file, or from AppArmor or SELinux; "Operation not permitted" on a device node such as /dev/kvmfr0 from the list of devices that libvirt lets QEMU open. The passed device has no part in it.',
      proof: 'The message of QEMU, with that error.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed', 'security-module-denied'],
      remedy: [
        {
          do: 'advise',
          say: 'Let the user of QEMU have the file (libvirt: user and group in /etc/libvirt/qemu.conf), look for a denial in the audit log, and add a device node to cgroup_device_acl in /etc/libvirt/qemu.conf, beside the nodes that stand there by default; then restart libvirtd.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU system/physmem.c: file_ram_open', 'libvirt src/qemu/qemu.conf.in: cgroup_device_acl'],
    },
    'guest-memory-file-missing': {
      severity: 'fail',
      family: 'guest-config',
      title: '{path}, behind which a piece of the memory of the guest is to be, is not there',
      summary:
        'QEMU makes a plain file, but neither the directory nor a device node. A node such as /dev/kvmfr0 comes with its module, which is not loaded; huge pages need a mounted hugetlbfs.',
      proof: 'The message of QEMU, with the error "No such file or directory".',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Load the module that makes the node, mount hugetlbfs where the guest looks for it, or take that piece of memory out of the definition of the guest.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU system/physmem.c: file_ram_open'],
    },
    'guest-killed-for-memory': {
      severity: 'warn',
      family: 'guest-memory',
      title: 'The host ran out of memory and killed a guest ({name})',
      summary:
        'A guest with a passed device has all of its memory locked from its start, so it needs all of it at once, nothing of it can be swapped, and ballooning gives nothing back. What is left must do for the host; a ZFS cache gives back slowly. In a control group the limit of the group counts in place of the memory of the host.',
      proof: 'The kernel line that the process of a VMM was killed for want of memory.',
      ruledOut: 'No such line.',
      explains: ['guest-start-failed', 'guest-memory-tight'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give the guest less memory, limit what else uses it (with ZFS: zfs_arc_max), or raise the limit of the control group.',
        },
      ],
      blocks: 'machine',
      sources: ['mm/oom_kill.c: __oom_kill_process', 'drivers/vfio/vfio_iommu_type1.c: vfio_pin_map_dma'],
    },
    'guest-memory-slot': {
      severity: 'fail',
      family: 'guest-memory',
      title: 'KVM refused a piece of the memory of the guest',
      summary: 'Two pieces overlap, or the layout asks for more than this kernel allows. The line gives the address.',
      proof: 'The message of QEMU that KVM_SET_USER_MEMORY_REGION failed.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'upgrade', what: 'qemu' },
        { do: 'show', what: 'guest-definition' },
      ],
      blocks: 'machine',
      sources: ['QEMU accel/kvm/kvm-all.c: kvm_set_user_memory_region', 'virt/kvm/kvm_main.c'],
    },
    'guest-memory-too-high': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'The guest has an address that this processor does not reach: {start}',
      summary:
        'KVM takes no memory at or above 2^{bits}. Mostly it is the 64-bit PCI window of the guest, or room that was kept for memory to plug in later: firmware puts both as high as the virtual CPU says it can address.',
      proof: 'KVM_SET_USER_MEMORY_REGION refused with EINVAL at an address beyond the width of the processor.',
      ruledOut: 'An address below that width.',
      explains: ['guest-start-failed', 'dma-map-too-high', 'dma-map-einval', 'guest-memory-slot'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Tell the guest no more address bits than the processor and its IOMMU have, and leave memory hot-plug out.',
          xml: "<maxphysaddr mode='emulate' bits='39'/>",
          qemu: '-cpu host,host-phys-bits-limit=39',
        },
      ],
      blocks: 'machine',
      sources: [
        'arch/x86/kvm/x86.c: kvm_arch_prepare_memory_region, kvm_mmu_max_gfn',
        'QEMU accel/kvm/kvm-all.c: kvm_set_user_memory_region',
      ],
    },
    'guest-larger-than-host': {
      severity: 'warn',
      family: 'guest-memory',
      title: '{guest} is given more memory ({wanted} MiB) than this host has ({total} MiB)',
      summary:
        'A guest with a passed device has all of its memory locked from the start, so it cannot be larger than the memory of the host. Ballooning does not help: nothing is given back.',
      proof: 'The memory in the definition, a passed device in it, and MemTotal.',
      ruledOut: 'MemTotal above the memory of the guest.',
      explains: ['guest-start-failed', 'dma-map-enomem', 'guest-memory-short'],
      remedy: [
        { do: 'change-guest', say: 'Give the guest less memory than the host has, and leave the host its share.' },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_pin_map_dma', 'proc(5): meminfo'],
    },
    'guest-memory-tight': {
      severity: 'info',
      family: 'guest-memory',
      title: '{guest} locks {wanted} MiB when it starts, and {free} MiB are free now',
      summary:
        'All memory of a guest with a passed device is locked at the start. What the host can give up counts as free here, except a cache that gives back slowly (ZFS).',
      proof: 'The memory in the definition of a guest that is off, a passed device in it, and MemAvailable.',
      ruledOut: 'MemAvailable above the memory of the guest.',
      remedy: [{ do: 'change-guest', say: 'Give the guest less memory, or free some before it starts.' }],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_pin_map_dma', 'proc(5): meminfo'],
    },
  },
  judge(facts) {
    const bits = valueOf(facts.cpu)?.physicalBits ?? null
    const high = raiseBy<Code>(facts.messages, (hit) =>
      tooHigh(hit, bits ?? WIDEST) ? 'guest-memory-too-high' : undefined,
    )
    const hits: Hit<Code>[] = high.map((hit) => ({
      ...hit,
      values: { ...hit.values, bits: String(bits ?? WIDEST) },
      confidence: bits === null ? 'likely' : 'certain',
    }))
    // The pieces that KVM refused for another reason, or for all that is known of them.
    if (high.length === 0) hits.push(...raise(facts.messages, { 'guest-memory-slot': ['k-memslot'] } as const))
    hits.push(...raise(facts.messages, SHORT), ...raiseBy<Code>(facts.messages, pick))
    const memory = valueOf(facts.memory)
    const guests = (valueOf(facts.guests) ?? []).filter((one) => one.hostDevices.length > 0 && one.memoryBytes !== null)
    for (const guest of memory === undefined ? [] : guests) {
      const wanted = guest.memoryBytes ?? 0
      const free = memory?.availableBytes ?? null
      const total = memory?.totalBytes ?? 0
      const huge = (memory?.hugePagesTotal ?? 0) > 0
      const values = {
        guest: guest.name,
        wanted: mebibytes(wanted),
        total: mebibytes(total),
        free: mebibytes(free ?? 0),
      }
      const asked = { source: guest.source, saw: `${wanted} bytes of memory and a passed device` }
      const seen = (saw: string, limit: string): Pick<Hit<Code>, 'subject' | 'evidence' | 'values'> => ({
        subject: { kind: 'host' },
        evidence: [asked, { source: facts.memory.source, saw, wanted: limit }],
        values,
      })
      if (wanted > total)
        hits.push({ code: 'guest-larger-than-host', ...seen(`MemTotal ${total}`, 'more than the guest has') })
      // Huge pages that are set aside are not in MemAvailable.
      else if (free !== null && guest.running === false && !huge && wanted > free)
        hits.push({ code: 'guest-memory-tight', ...seen(`MemAvailable ${free}`, 'more than the guest has') })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (memory === undefined || guests.length === 0)
      return { kind: 'skip', because: 'no guest with a passed device and known memory' }
    return { kind: 'pass', evidence: [{ source: facts.memory.source, saw: `MemTotal ${memory.totalBytes}` }] }
  },
})

function pick(hit: MessageHit): Code | undefined {
  if (hit.topic === 'oom-killed') return VMM.test(hit.values['name'] ?? '') ? 'guest-killed-for-memory' : undefined
  if (hit.id !== 'm-openstore') return undefined
  const error = hit.values['error']
  if (error === 'EACCES' || error === 'EPERM') return 'guest-memory-file-denied'
  if (error === 'ENOENT' || error === 'ENODEV' || error === 'ENXIO') return 'guest-memory-file-missing'
  return 'huge-pages-short'
}

function tooHigh(hit: MessageHit, bits: number): boolean {
  const start = hit.values['start'] ?? '0'
  return hit.id === 'k-memslot' && hit.values['error'] === 'EINVAL' && BigInt(start) >= 1n << BigInt(bits)
}

function mebibytes(bytes: number): string {
  return String(Math.round(bytes / 1024 ** 2))
}
