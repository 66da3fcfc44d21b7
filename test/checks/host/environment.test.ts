import { check } from '../../../checks/host/environment.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { NodeFacts } from '../../../src/model/system.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, environment, fact, pciFacts } from '../../support/facts.ts'

const CARD = '0000:01:00.0'
const none = pciFacts([endpoint({ address: CARD, group: null })])
const bound = pciFacts([endpoint({ address: CARD, driver: 'vfio-pci', vfioDev: true, group: 3 })])
const missing = unknown('not-collected', 'test')
const nodes = (there: boolean) =>
  fact<NodeFacts>({
    kvm: missing,
    vfio: known(there ? { path: '/dev/vfio/vfio', mode: 0o666, uid: 0, gid: 0, accessible: true } : null, '/dev/vfio'),
    iommufd: missing,
    groups: missing,
  })

checkTable(check, [
  { name: 'a bare machine', facts: { environment: environment() }, expect: 'pass' },
  { name: 'a virtual machine of your own', facts: { environment: environment({ hypervisor: 'KVM' }) }, expect: 'pass' },
  {
    name: 'the control domain of Xen has a check of its own',
    facts: { environment: environment({ hypervisor: 'Xen', xenDom0: true }) },
    expect: 'pass',
  },
  {
    name: 'the Linux of Windows',
    facts: { environment: environment({ hypervisor: 'Hyper-V', wsl: true }), ...none },
    expect: ['wsl-no-passthrough@host'],
    severity: 'fail',
  },
  {
    name: 'a cloud instance without groups',
    facts: { environment: environment({ hypervisor: 'Amazon EC2' }), ...none },
    expect: ['cloud-no-iommu@host'],
    severity: 'fail',
  },
  {
    name: 'a cloud instance with groups',
    facts: { environment: environment({ hypervisor: 'Amazon EC2' }), ...bound },
    expect: 'pass',
  },
  {
    name: 'a container',
    facts: { environment: environment({ container: 'podman' }), ...none },
    expect: ['container-view@host'],
    severity: 'info',
  },
  {
    name: 'a container without the nodes of a device on VFIO',
    facts: { environment: environment({ container: 'docker' }), ...bound, nodes: nodes(false) },
    expect: ['container-view@host', 'container-without-vfio@host'],
  },
  {
    name: 'a container with them',
    facts: { environment: environment({ container: 'docker' }), ...bound, nodes: nodes(true) },
    expect: ['container-view@host'],
  },
  {
    name: 'a container, and the nodes could not be read',
    facts: { environment: environment({ container: 'docker' }), ...bound },
    expect: ['container-view@host'],
  },
  { name: 'the environment could not be told', facts: {}, expect: 'unknown' },
])
