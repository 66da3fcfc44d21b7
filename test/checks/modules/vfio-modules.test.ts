import { check } from '../../../checks/modules/vfio-modules.ts'
import { known, unknown, type Fact } from '../../../src/model/fact.ts'
import type { ModuleFacts } from '../../../src/model/modules.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, kernel, modules, pciFacts } from '../../support/facts.ts'

const release = kernel('6.1.0-18-amd64')
const loaded = ['vfio', 'vfio_pci', 'vfio_iommu_type1']
const gone = known(false, '/lib/modules/6.1.0-18-amd64')

function patched(patch: Partial<ModuleFacts>): Fact<ModuleFacts> {
  const plain = modules({})
  if (plain.state === 'unknown') throw new Error('made known there')
  return known({ ...plain.value, ...patch }, '/proc/modules')
}

checkTable(check, [
  { name: 'all loaded', facts: { modules: modules({ loaded }), kernel: release }, expect: 'pass' },
  { name: 'all built in', facts: { modules: modules({ builtin: loaded }), kernel: release }, expect: 'pass' },
  {
    name: 'a device is on vfio-pci, and of the back end nothing is shown',
    facts: {
      modules: patched({ loaded: unknown('not-in-paste', 'paste'), builtin: unknown('not-in-paste', 'paste') }),
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci' })]),
    },
    expect: 'unknown',
  },
  {
    name: 'not loaded, and a device waits for it',
    facts: {
      modules: modules({ loadable: loaded }),
      kernel: release,
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: null, driverOverride: 'vfio-pci' })]),
    },
    expect: ['vfio-pci-not-loaded'],
    severity: 'info',
  },
  {
    name: 'not loaded, and nobody waits for it',
    facts: { modules: modules({ loadable: loaded }), kernel: release },
    expect: 'pass',
  },
  {
    name: 'no such module',
    facts: { modules: modules({ loadable: ['kvm'] }), kernel: release },
    expect: ['vfio-modules-absent'],
    severity: 'fail',
  },
  {
    name: 'a kernel without modules',
    facts: { modules: modules({ supported: false }), kernel: release },
    expect: ['vfio-not-built'],
  },
  {
    name: 'the modules of this kernel are gone',
    facts: { modules: modules({ directory: false }), kernel: release },
    expect: ['module-directory-missing'],
  },
  {
    name: 'no modules of this kernel are there, and no loader of this system started it',
    facts: {
      modules: modules({ directory: false }),
      kernel: release,
      boot: known({ efi: false, loader: known(null, '/boot'), sources: [] }, '/boot'),
    },
    expect: ['module-directory-missing'],
    advises: 'Put the modules of kernel 6.1.0-18-amd64 under /lib/modules',
  },
  {
    name: 'a directory that is gone, while what is built in could not be read',
    facts: { modules: patched({ directory: gone, builtin: unknown('denied', '/sys/module') }), kernel: release },
    expect: 'unknown',
  },
  {
    name: 'no back end',
    facts: { modules: modules({ loaded: ['vfio', 'vfio_pci'], loadable: ['vfio_iommu_type1'] }), kernel: release },
    expect: ['vfio-type1-not-loaded'],
    severity: 'fail',
  },
  {
    name: 'POWER, which has a back end of its own',
    facts: {
      modules: modules({ loaded: ['vfio', 'vfio_pci', 'vfio_iommu_spapr_tce'], loadable: ['vfio_iommu_type1'] }),
      kernel: kernel('6.1.0', 'ppc64le'),
    },
    expect: 'pass',
  },
  {
    name: 'no back end to come, though nothing is loaded yet',
    facts: {
      modules: modules({ loadable: ['vfio', 'vfio_pci'] }),
      kernel: release,
      ...pciFacts([endpoint({ address: '0000:01:00.0' })]),
    },
    asked: ['0000:01:00.0'],
    expect: ['vfio-modules-absent'],
    severity: 'fail',
  },
  {
    name: 'no back end to come, and nobody wants a device',
    facts: { modules: modules({ loadable: ['vfio', 'vfio_pci'] }), kernel: release },
    expect: 'pass',
  },
  {
    name: 'iommufd stands in for the back end',
    facts: {
      modules: modules({ loaded: ['vfio', 'vfio_pci'], loadable: ['vfio_iommu_type1'] }),
      kernel: release,
      kernelConfig: known({ CONFIG_IOMMUFD_VFIO_CONTAINER: 'y' }, '/boot/config'),
    },
    expect: 'pass',
  },
  {
    name: 'a kernel that offers devices without containers',
    facts: {
      modules: modules({ loaded: ['vfio', 'vfio_pci', 'iommufd'], loadable: ['kvm'] }),
      kernel: release,
      kernelConfig: known({ CONFIG_VFIO_CONTAINER: 'n', CONFIG_VFIO_DEVICE_CDEV: 'y' }, '/boot/config'),
    },
    expect: 'pass',
  },
  {
    name: 'the back end of such a kernel is there and not loaded',
    facts: {
      modules: modules({ loaded: ['vfio', 'vfio_pci'], loadable: ['vfio_iommu_type1'] }),
      kernel: release,
      kernelConfig: known({ CONFIG_VFIO_CONTAINER: 'y', CONFIG_VFIO_DEVICE_CDEV: 'y' }, '/boot/config'),
    },
    expect: ['vfio-type1-not-loaded'],
  },
  { name: 'the modules could not be read', facts: {}, expect: 'unknown' },
])
