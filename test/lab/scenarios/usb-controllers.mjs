import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Three USB controllers: one with the keyboard, one with a stick that is mounted, and one that may go',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...['2', '3', '4'].flatMap((slot) => rootPort(`rp${slot}`, `${slot}.0`)),
    ...device('qemu-xhci', 'rp2', '0.0', ',id=keys'),
    '-device',
    'usb-kbd,bus=keys.0',
    ...device('qemu-xhci', 'rp3', '0.0', ',id=storage'),
    '-drive',
    'driver=null-co,size=64M,read-zeroes=on,snapshot=on,if=none,id=stick',
    '-device',
    'usb-storage,bus=storage.0,drive=stick',
    ...device('qemu-xhci', 'rp4', '0.0', ',id=free'),
    '-device',
    'usb-tablet,bus=free.0',
  ],
  prepare: `
    modprobe -a usbhid hid-generic evdev usb-storage sd_mod ext4
    for _ in 1 2 3 4 5 6 7 8; do [ -e /dev/sda ] || sleep 1; done
    mke2fs /dev/sda
    mkdir -p /mnt/stick
    mount -t ext4 /dev/sda /mnt/stick
    cat /proc/mounts /proc/bus/input/devices
  `,
  devices: {
    '0000:01:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:02:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:03:00.0': { verdict: 'ready-after-binding', followed: 'works' },
  },
}
