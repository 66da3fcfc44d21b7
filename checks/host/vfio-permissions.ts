import { defineCheck, missingFrom, type AnyCheck, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { isActive, moduleState } from '../../src/rules/modules.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'write-needs-root': ['sh-perm', 'sh-perm-dash', 'sh-perm-zsh'],
  'libvirt-session-state': ['l-statedir'],
  'libvirt-config-denied': ['l-config'],
} as const

type Code = keyof typeof CODES | 'container-node-mode' | 'group-node-for-root'

export const check: AnyCheck = defineCheck({
  id: 'vfio-permissions',
  area: 'host',
  title: 'The device nodes of VFIO and KVM are open to whom they should be',
  needs: [],
  uses: ['nodes', 'messages', 'identity', 'pci', 'modules'],
  problems: {
    'write-needs-root': {
      severity: 'warn',
      family: 'permissions',
      title: 'A write to sysfs was refused: permission denied',
      summary:
        'The files through which devices are bound belong to root. With "sudo echo … > file" the shell opens the file before sudo runs, as the ordinary user. To root itself the answer means that there is no file of that name, and in sysfs nobody can make one.',
      proof: 'The shell said "Permission denied" for a file in /sys.',
      ruledOut: 'The same write as root.',
      remedy: [
        {
          do: 'advise',
          say: 'Write it as root: in a root shell (sudo -i), or with the word piped into sudo tee FILE in place of > FILE.',
        },
      ],
      blocks: 'machine',
      sources: ['fs/kernfs/file.c', 'fs/namei.c: may_o_create', 'sudo(8)'],
    },
    'libvirt-session-state': {
      severity: 'fail',
      family: 'permissions',
      title: 'libvirt runs as an ordinary user and cannot manage host devices',
      summary:
        'The session connection of libvirt has no right to bind devices or to raise limits. Devices are passed through on the system connection.',
      proof: 'libvirt could not make its state directory.',
      ruledOut: 'A guest on qemu:///system.',
      explains: ['guest-start-failed', 'memlock-raise-refused'],
      remedy: [{ do: 'change-guest', say: 'Define the guest on the system connection (qemu:///system).' }],
      blocks: 'machine',
      sources: ['libvirt src/hypervisor/virhostdev.c: virHostdevManagerNew'],
    },
    'libvirt-config-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'libvirt may not read the configuration space of {who}',
      summary:
        'The file belongs to root. libvirt runs as an ordinary user, in a container whose /sys is not open to it, or a security module keeps it out.',
      proof: 'The message of libvirt with "Permission denied".',
      ruledOut: 'A libvirt that runs as root, and no denial in the audit log.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'change-guest', say: 'Define the guest on the system connection (qemu:///system).' },
        {
          do: 'advise',
          say: 'In a container, let libvirt write to /sys: privileged, or with /sys mounted for writing.',
        },
      ],
      blocks: 'machine',
      sources: ['libvirt src/util/virpci.c: virPCIDeviceConfigOpen'],
    },
    'container-node-mode': {
      severity: 'warn',
      family: 'permissions',
      title: '/dev/vfio/vfio has mode {mode} in place of 0666',
      summary:
        'The node gives no access to any device by itself, so the kernel and udev leave it open to all. With this mode a VMM that is not root cannot begin to use VFIO.',
      proof: 'The mode of the node.',
      ruledOut: 'Mode 0666.',
      explains: ['vfio-node-denied'],
      remedy: [{ do: 'advise', say: 'Remove the udev rule that narrows /dev/vfio/vfio.' }],
      blocks: 'machine',
      sources: ['drivers/vfio/container.c: vfio_dev (mode 0666)', 'kmod tools/static-nodes.c'],
    },
    'group-node-for-root': {
      severity: 'info',
      family: 'permissions',
      title: 'This user may not open {nodes}',
      summary:
        'That is how it should be for libvirt and Proxmox, which open the node themselves. A QEMU that you start as an ordinary user needs the node of its group, and of its group alone.',
      proof: 'Owner and mode of the node, and an ordinary user.',
      ruledOut: 'A rule that gives the node to the user.',
      explains: ['group-node-denied'],
      remedy: [{ do: 'grant-group-node', group: '{group}' }],
      sources: ['Documentation/driver-api/vfio.rst'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = [...raise<keyof typeof CODES>(facts.messages, CODES)]
    const nodes = valueOf(facts.nodes)
    const user = valueOf(facts.identity)
    const missing: Missing[] = []
    const host = { kind: 'host' } as const
    if (nodes !== undefined) {
      const container = valueOf(nodes.vfio)
      // Before vfio is loaded it is the static node of kmod, which has mode 0600 where no rule of udev opens it: the
      // kernel gives its own mode along with the event of the module.
      const active = isActive(moduleState(facts, 'vfio'))
      // Whether the module made it or not, a VMM that was refused there met this mode.
      const refused = messagesWith(facts.messages, 'q-open-vfio-vfio', 'q-could-not-open-vfio', 'rv-open-container')
      const made = active ?? ((valueOf(nodes.groups) ?? []).length > 0 || refused.length > 0)
      if (active !== false && container !== undefined && container !== null && (container.mode & 0o666) !== 0o666) {
        const mode = `0${(container.mode & 0o777).toString(8)}`
        hits.push({
          code: 'container-node-mode',
          subject: host,
          values: { mode },
          evidence: [{ source: container.path, saw: `mode ${mode}`, wanted: '0666' }],
          ...(made ? {} : { severity: 'info' }),
        })
      }
      const ordinary = user !== undefined && user.uid !== 0
      const closed = (valueOf(nodes.groups) ?? []).filter((one) => !one.accessible)
      const [first] = closed
      if (ordinary && first !== undefined) {
        const values = {
          nodes: closed.map((one) => one.path).join(', '),
          group: first.path.slice(first.path.lastIndexOf('/') + 1),
        }
        hits.push({
          code: 'group-node-for-root',
          subject: host,
          values,
          evidence: [
            {
              source: first.path,
              saw: `owner ${first.uid}, mode 0${(first.mode & 0o777).toString(8)}`,
              wanted: `access for ${user.user ?? user.uid}`,
            },
          ],
        })
      }
      if (nodes.vfio.state === 'unknown') missing.push(missingFrom('/dev/vfio/vfio', nodes.vfio))
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    if (nodes === undefined) {
      const pci = valueOf(facts.pci)
      const bound = pci?.functions.some((fn) => findFunction(pci, fn.address) !== undefined && onVfio(fn) === true)
      if (bound !== true) return concludeOutput<Code>([], 'no device node and no refusal is shown')
      const settle = [{ do: 'show', what: 'vfio-nodes' } as const]
      const reason = facts.nodes.state === 'unknown' ? facts.nodes.reason : 'not-collected'
      return {
        kind: 'unknown',
        missing: [{ what: 'the device nodes of VFIO', reason, source: facts.nodes.source, settle }],
      }
    }
    const [unknown, ...others] = missing
    if (unknown !== undefined) return { kind: 'unknown', missing: [unknown, ...others] }
    const vfio = valueOf(nodes.vfio)
    const saw =
      vfio === null || vfio === undefined
        ? '/dev/vfio/vfio is not there yet'
        : `/dev/vfio/vfio mode 0${(vfio.mode & 0o777).toString(8)}`
    return { kind: 'pass', evidence: [{ source: facts.nodes.source, saw }] }
  },
})
