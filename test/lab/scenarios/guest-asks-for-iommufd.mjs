import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// Debian builds its kernels without IOMMUFD. The guest does not start so; the device itself can be had by the group.
export default {
  title: 'A definition of libvirt asks for iommufd, which this kernel was built without',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    qemu_arguments -object iommufd,id=iommufd0 -device vfio-pci,host=0000:01:00.0,iommufd=iommufd0 | libvirt_guest win 512
  `,
  prepare: 'bind_vfio 0000:01:00.0',
  found: ['config-no-iommufd'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
