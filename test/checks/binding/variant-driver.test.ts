import { check } from '../../../checks/binding/variant-driver.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, modules, pciFacts } from '../../support/facts.ts'

const vf = (driver: string, parent: string | null = '0000:03:00.0') =>
  endpoint({ address: '0000:03:00.2', vendorId: '15b3', deviceId: '101e', driver, physicalFunction: parent })
const there = modules({ loadable: ['mlx5_vfio_pci'] })

checkTable(check, [
  {
    name: 'on vfio-pci, with a driver of its own at hand',
    facts: { ...pciFacts([vf('vfio-pci')]), modules: there },
    expect: ['variant-driver-unused@0000:03:00.2'],
    severity: 'info',
  },
  { name: 'on its own driver', facts: { ...pciFacts([vf('mlx5_vfio_pci')]), modules: there }, expect: 'pass' },
  {
    name: 'this kernel has no such driver',
    facts: { ...pciFacts([vf('vfio-pci')]), modules: modules({}) },
    expect: 'skip',
  },
  { name: 'the modules are unknown', facts: pciFacts([vf('vfio-pci')]), expect: 'skip' },
  { name: 'no virtual function', facts: { ...pciFacts([vf('vfio-pci', null)]), modules: there }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
