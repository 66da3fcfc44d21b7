import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

// No guest of that size starts here: what such a guest would have at 1012 GiB is mapped there, and the kernel refuses it.
export default {
  title: 'AMD: a guest of 1100 GiB, whose machine type leaves memory where the processors reserve it',
  kernels: ['6.12'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  configure: `
    libvirt_guest large $((1100 * 1024)) <<'EOF'
      <os><type arch='x86_64' machine='pc-q35-7.0'>hvm</type></os>
      <devices>
        <hostdev mode='subsystem' type='pci' managed='yes'>
          <source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>
        </hostdev>
      </devices>
EOF
  `,
  prepare: 'bind_vfio 0000:01:00.0',
  mib: '16@0xfd00000000',
  found: ['guest-memory-at-hypertransport'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'map-memory EINVAL' } },
}
