import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'Four network cards: in the bridge that has the route, below a VLAN that is up, without a role, and in a bridge that is down',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...['2', '3', '4', '5'].flatMap((slot) => [...rootPort(`rp${slot}`, `${slot}.0`), ...nic(`rp${slot}`)]),
  ],
  prepare: `
    modprobe -a bridge 8021q
    card() { ls "/sys/bus/pci/devices/$1/net"; }
    ip link add vmbr0 type bridge
    ip link set "$(card 0000:01:00.0)" master vmbr0
    ip link set "$(card 0000:01:00.0)" up
    ip address add 192.0.2.2/24 dev vmbr0
    ip link set vmbr0 up
    ip route add default via 192.0.2.1
    ip link set "$(card 0000:02:00.0)" up
    ip link add link "$(card 0000:02:00.0)" name lan.7 type vlan id 7
    ip address add 198.51.100.2/24 dev lan.7
    ip link set lan.7 up
    ip link add vmbr1 type bridge
    ip link set "$(card 0000:04:00.0)" master vmbr1
    sleep 3
    ip address; ip route
  `,
  devices: {
    '0000:01:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:02:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:03:00.0': { verdict: 'ready-after-binding', followed: 'works' },
    '0000:04:00.0': { verdict: 'ready-after-binding', followed: 'works' },
  },
}
