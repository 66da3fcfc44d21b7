import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'kvm is loaded, and kvm_amd is blacklisted: no /dev/kvm, and a device that is ready all the same',
  kernels: ['6.12'],
  machine: [...AMD, '-cpu', 'EPYC', ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: "echo 'blacklist kvm_amd' >/etc/modprobe.d/no-kvm.conf",
  prepare: 'modprobe kvm; bind_vfio 0000:01:00.0',
  found: ['kvm-half-loaded', 'blacklist-of-kvm'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
