import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

/** A disk that is thrown away with the machine: zeros, and a temporary overlay for what is written. */
const disk = (id) => ['-drive', `driver=null-co,size=64M,read-zeroes=on,snapshot=on,if=none,id=${id}`]
const nvme = (id, bus) => [...disk(id), '-device', `nvme,serial=${id},drive=${id},bus=${bus}`]

export default {
  title: 'Five disks: a mounted partition, swap, a mounted RAID, a mounted disk on AHCI, and one that is idle',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...['2', '3', '4', '5', '6'].flatMap((slot) => rootPort(`rp${slot}`, `${slot}.0`)),
    ...nvme('mounted', 'rp2'),
    ...nvme('swap', 'rp3'),
    ...nvme('raid', 'rp4'),
    ...device('ich9-ahci', 'rp5', '0.0', ',id=ahci'),
    ...disk('sata'),
    '-device',
    'ide-hd,drive=sata,bus=ahci.0',
    ...nvme('idle', 'rp6'),
  ],
  prepare: `
    modprobe -a sd_mod ext4 raid1
    sleep 2
    disk_of() { basename "$(ls -d /sys/bus/pci/devices/$1/nvme/nvme*/nvme*n1 /sys/bus/pci/devices/$1/ata*/host*/target*/*/block/sd? 2>/dev/null | head -1)"; }
    mkdir -p /mnt/one /mnt/three /mnt/four
    one=$(disk_of 0000:01:00.0)
    printf 'n\\np\\n1\\n\\n\\nw\\n' | fdisk "/dev/$one"
    mke2fs "/dev/\${one}p1" && mount -t ext4 "/dev/\${one}p1" /mnt/one
    two=$(disk_of 0000:02:00.0)
    mkswap "/dev/$two" && swapon "/dev/$two"
    three=$(disk_of 0000:03:00.0)
    echo md127 >/sys/module/md_mod/parameters/new_array
    cd /sys/block/md127/md
    echo raid1 >level
    echo 1 >raid_disks
    cat "/sys/block/$three/dev" >new_dev
    echo 60000 >"dev-$three/size"
    echo 0 >"dev-$three/slot"
    echo 60000 >component_size
    echo active >array_state
    cd /
    mke2fs /dev/md127 && mount -t ext4 /dev/md127 /mnt/three
    four=$(disk_of 0000:04:00.0)
    mke2fs "/dev/$four" && mount -t ext4 "/dev/$four" /mnt/four
    cat /proc/mounts /proc/swaps; grep . /sys/block/md127/md/array_state
  `,
  devices: {
    '0000:01:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:02:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:03:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:04:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' },
    '0000:05:00.0': { verdict: 'ready-after-binding', followed: 'works' },
  },
}
