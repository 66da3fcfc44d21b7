import { edu, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

const SLOTS = Array.from({ length: 30 }, (_, slot) => (slot + 1).toString(16))

export default {
  title: 'Some 250 functions: thirty slots with a root port and seven endpoints each, one of the ports with a card',
  seconds: 400,
  machine: [
    ...INTEL,
    ...vtd(),
    ...SLOTS.flatMap((slot) => [
      ...rootPort(`rp${slot}`, `${slot}.0`, ',multifunction=on'),
      ...[1, 2, 3, 4, 5, 6, 7].flatMap((one) => edu('pcie.0', `${slot}.${one}`)),
    ]),
    ...nic('rp1e'),
  ],
  devices: { '0000:1e:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
