import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// Debian builds its kernels without IOMMUFD. The guest does not start so; the device itself can be had by the group.
export default {
  title: 'A definition of libvirt asks for iommufd, which this kernel was built without',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    mkdir -p /etc/libvirt/qemu
    cat >/etc/libvirt/qemu/win.xml <<'EOF'
    <domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
      <name>win</name>
      <memory unit='KiB'>524288</memory>
      <qemu:commandline>
        <qemu:arg value='-object'/>
        <qemu:arg value='iommufd,id=iommufd0'/>
        <qemu:arg value='-device'/>
        <qemu:arg value='vfio-pci,host=0000:01:00.0,iommufd=iommufd0'/>
      </qemu:commandline>
    </domain>
EOF
  `,
  prepare: 'bind_vfio 0000:01:00.0',
  found: ['config-no-iommufd'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
