import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { fromPost, someHeld } from '../../src/rules/held-by-guest.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'memlock-exceeded': ['vfio-memlock', 'vfio-memlock-task'],
  'memlock-raise-refused': ['l-memlock', 'l-memlock-adj', 'l-prlimit', 'l-setrlimit', 'm-lock'],
} as const

type Code = keyof typeof CODES | 'memlock-below-guest' | 'memlock-low'

const GIBIBYTE = 1024 ** 3
/** Less than the smallest guest that anybody gives a device to. */
const LITTLE = GIBIBYTE / 4

export const check: AnyCheck = defineCheck({
  id: 'memlock',
  area: 'host',
  title: 'The limit on locked memory leaves room for the guests',
  needs: [],
  uses: ['messages', 'limits', 'guests', 'identity', 'nodes', 'pci'],
  problems: {
    'memlock-exceeded': {
      severity: 'fail',
      family: 'memlock',
      title: 'A guest with a passed device ran into the limit on locked memory ({limit} bytes)',
      summary:
        'All memory of such a guest is locked for as long as it runs, and counts against RLIMIT_MEMLOCK of the process. The limit was lower than the guest is large, so mapping its memory failed with ENOMEM. libvirt and Proxmox raise the limit themselves; a QEMU started by hand or in a container does not.',
      proof: 'The kernel line "RLIMIT_MEMLOCK (N) exceeded".',
      ruledOut: 'A limit above the memory of the guest by about 1 GiB.',
      explains: ['dma-map-enomem', 'dma-map-failed', 'guest-start-failed', 'memlock-below-guest'],
      remedy: [{ do: 'raise-memlock', bytes: 'COUNT' }],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_pin_pages_remote, vfio_lock_acct', 'getrlimit(2)'],
    },
    'memlock-raise-refused': {
      severity: 'fail',
      family: 'memlock',
      title: 'The VMM could not raise its limit on locked memory',
      summary:
        'It knows that a guest with a passed device needs more locked memory and was not allowed to raise the limit: a session of an ordinary user, or a service or container without the right to.',
      proof: 'The message of libvirt or QEMU.',
      ruledOut: 'A limit that is high enough from the start.',
      explains: ['dma-map-enomem', 'guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'With libvirt use the system connection (virsh -c qemu:///system), which has the right. A libvirtd that still may not lacks CAP_SYS_RESOURCE: a drop-in of its unit (CapabilityBoundingSet), or the container or pod that it runs in, takes it away.',
        },
        { do: 'raise-memlock', bytes: 'COUNT' },
      ],
      blocks: 'machine',
      sources: ['libvirt src/util/virprocess.c: virProcessSetMaxMemLock', 'QEMU system/vl.c'],
    },
    'memlock-below-guest': {
      severity: 'warn',
      family: 'memlock',
      title: 'The limit on locked memory here ({limit} bytes) is below the memory of {guest}',
      summary:
        'A QEMU started from here by this user will fail to map the memory of the guest for its device. A guest that libvirt or Proxmox starts is not concerned.',
      proof: 'RLIMIT_MEMLOCK of this session, and a QEMU command line with a passed device and more memory.',
      ruledOut: 'A limit above the memory of the guest, or a VMM with CAP_IPC_LOCK.',
      remedy: [{ do: 'raise-memlock', bytes: 'COUNT' }],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_lock_acct', 'getrlimit(2)'],
    },
    'memlock-low': {
      severity: 'warn',
      family: 'memlock',
      title: 'This user may lock {limit} bytes of memory, too little for any guest with a passed device',
      summary:
        'The user was given the node of a group ({node}), so QEMU is to be started by hand, and all memory of such a guest is locked. With this limit mapping it fails with ENOMEM. A guest that libvirt or Proxmox starts is not concerned.',
      proof: 'RLIMIT_MEMLOCK of this session below 256 MiB, and a group node that this ordinary user may open.',
      ruledOut: 'A higher limit, or a VMM with CAP_IPC_LOCK.',
      explains: ['dma-map-enomem'],
      remedy: [{ do: 'raise-memlock', bytes: 'COUNT' }],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio_iommu_type1.c: vfio_lock_acct', 'getrlimit(2)'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = raise<keyof typeof CODES>(facts.messages, CODES).map((hit) => ({
      ...hit,
      values: { limit: '?', ...hit.values },
      // Some guest has its device by now, and this one or another met the limit before.
      ...(someHeld(facts) && !fromPost(hit.evidence) ? { severity: 'warn' } : {}),
    }))
    const limits = facts.limits
    const user = valueOf(facts.identity)
    if (limits.state === 'known' && limits.value.memlockSoft !== null && user !== undefined && user.uid !== 0) {
      const soft = limits.value.memlockSoft
      const guest = (valueOf(facts.guests) ?? []).find(
        (one) => one.manager === 'qemu' && one.hostDevices.length > 0 && (one.memoryBytes ?? 0) + GIBIBYTE > soft,
      )
      const nodes = valueOf(facts.nodes)
      const node = (nodes === undefined ? undefined : valueOf(nodes.groups))?.find((one) => one.accessible)
      if (guest === undefined && node !== undefined && soft < LITTLE) {
        const evidence = [
          { source: limits.source, saw: `${soft} bytes`, wanted: `the memory of the guest and ${GIBIBYTE} bytes` },
          { source: node.path, saw: `uid ${node.uid}, mode 0${(node.mode & 0o777).toString(8)}: open to this user` },
        ] as const
        const values = { limit: String(soft), node: node.path }
        hits.push({ code: 'memlock-low', subject: { kind: 'host' }, evidence, values })
      }
      if (guest !== undefined && guest.memoryBytes !== null) {
        const evidence = [
          { source: limits.source, saw: `${soft} bytes`, wanted: `${guest.memoryBytes + GIBIBYTE} bytes` },
          { source: guest.source, saw: `${guest.memoryBytes} bytes of memory and a passed device` },
        ] as const
        const values = { limit: String(soft), guest: guest.name }
        hits.push({ code: 'memlock-below-guest', subject: { kind: 'host' }, evidence, values })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (limits.state === 'known' && limits.value.memlockSoft === null)
      return { kind: 'pass', evidence: [{ source: limits.source, saw: 'unlimited' }] }
    if (valueOf(facts.messages)?.fromBoot === true)
      return {
        kind: 'pass',
        evidence: [{ source: facts.messages.source, saw: 'no "RLIMIT_MEMLOCK exceeded" in the log of this boot' }],
      }
    return { kind: 'skip', because: 'nothing shows a guest that this user would start by hand' }
  },
})
