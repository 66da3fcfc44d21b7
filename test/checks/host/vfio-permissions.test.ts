import { check } from '../../../checks/host/vfio-permissions.ts'
import { known } from '../../../src/model/fact.ts'
import type { DeviceNode, NodeFacts } from '../../../src/model/system.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, modules, pciFacts } from '../../support/facts.ts'

const node = (path: string, mode: number, accessible: boolean = true): DeviceNode => ({
  path,
  mode,
  uid: 0,
  gid: 0,
  accessible,
})
const nodes = (patch: Partial<NodeFacts> = {}) =>
  fact<NodeFacts>(
    {
      kvm: known(node('/dev/kvm', 0o666), '/dev/kvm'),
      vfio: known(node('/dev/vfio/vfio', 0o666), '/dev/vfio/vfio'),
      iommufd: known(null, '/dev/iommu'),
      groups: known([], '/dev/vfio'),
      ...patch,
    },
    '/dev',
  )
const user = fact({ uid: 1000, user: 'ann', groups: [] })
const closed = nodes({ groups: known([node('/dev/vfio/14', 0o600, false)], '/dev/vfio') })

checkTable(check, [
  {
    name: 'a write without root',
    facts: { messages: messages(['bash: /sys/bus/pci/drivers/vfio-pci/bind: Permission denied']) },
    expect: ['write-needs-root'],
    advises: 'sudo tee',
  },
  ...[
    'sh: 1: cannot create /sys/bus/pci/drivers/vfio-pci/new_id: Permission denied',
    'zsh: permission denied: /sys/bus/pci/drivers/vfio-pci/new_id',
  ].map((line) => ({
    name: `a write without root in another shell: ${line}`,
    facts: { messages: messages([line]) },
    expect: ['write-needs-root'],
  })),
  {
    name: 'libvirt of an ordinary user',
    facts: { messages: messages(["error: Failed to create state dir '/run/libvirt/hostdevmgr': Permission denied"]) },
    expect: ['libvirt-session-state@host'],
  },
  {
    name: 'libvirt may not read a device',
    facts: {
      messages: messages([
        "error: Failed to open config space file '/sys/bus/pci/devices/0000:01:00.0/config': Permission denied",
      ]),
    },
    expect: ['libvirt-config-denied'],
  },
  {
    name: 'the static node of kmod, while vfio is not loaded',
    facts: {
      nodes: nodes({ vfio: known(node('/dev/vfio/vfio', 0o600), '/dev/vfio/vfio') }),
      modules: modules({ loadable: ['vfio', 'vfio_pci'] }),
    },
    expect: 'pass',
  },
  {
    name: 'the container is narrowed, and vfio is loaded',
    facts: {
      nodes: nodes({ vfio: known(node('/dev/vfio/vfio', 0o600), '/dev/vfio/vfio') }),
      modules: modules({ loaded: ['vfio', 'vfio_pci'] }),
    },
    expect: ['container-node-mode@host'],
  },
  {
    name: 'the container is narrowed, or vfio is not loaded yet',
    facts: { nodes: nodes({ vfio: known(node('/dev/vfio/vfio', 0o600), '/dev/vfio/vfio') }) },
    expect: ['container-node-mode@host'],
    severity: 'info',
  },
  {
    name: 'the container is narrowed, and a VMM was refused',
    facts: {
      nodes: nodes({ vfio: known(node('/dev/vfio/vfio', 0o600), '/dev/vfio/vfio') }),
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/vfio: Permission denied',
      ]),
    },
    expect: ['container-node-mode@host'],
    severity: 'warn',
  },
  {
    name: 'the container is narrowed beside the node of a group',
    facts: {
      nodes: nodes({
        vfio: known(node('/dev/vfio/vfio', 0o600), '/dev/vfio/vfio'),
        groups: known([node('/dev/vfio/14', 0o600)], '/dev/vfio'),
      }),
    },
    expect: ['container-node-mode@host'],
    severity: 'warn',
  },
  {
    name: 'the node belongs to root, and an ordinary user looks',
    facts: { nodes: closed, identity: user },
    expect: ['group-node-for-root@host'],
    severity: 'info',
  },
  {
    name: 'KVM is closed to the user: told by the check of the CPU',
    facts: { nodes: nodes({ kvm: known(node('/dev/kvm', 0o660, false), '/dev/kvm') }), identity: user },
    expect: 'pass',
  },
  { name: 'nodes as they should be', facts: { nodes: nodes(), identity: user }, expect: 'pass' },
  {
    name: 'a device on vfio-pci, and no node is shown',
    facts: pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' })]),
    expect: 'unknown',
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
