# The words in which scenarios prepare the host. Sourced by /init, as root.

# --- the host as Debian would have it -------------------------------------------------------------------------------

# Only a host that a boot loader of EFI started has it: firmware alone makes none of an Arm machine.
by_efi_loader() { [ -e /usr/bin/kernel-install ]; }

# What systemd mounts where EFI firmware started the host, and what a kernel's package keeps in /boot, where kernel-install
# takes it from. Of the initrd the name is enough: the lab writes the next one over it.
mount_efi() {
  modprobe -qa efivarfs ahci sd_mod vfat
  mount -t efivarfs efivarfs /sys/firmware/efi/efivars
  local tries
  for tries in $(seq 100); do [ ! -b /dev/sda ] || break; sleep 0.1; done
  mkdir -p /boot/efi
  mount -t vfat /dev/sda /boot/efi
  local linux
  for linux in /boot/efi/*/"$(uname -r)"/linux /boot/efi/boot/vmlinuz-*; do
    [ ! -e "$linux" ] || cp "$linux" "/boot/vmlinuz-$(uname -r)"
  done
  echo /etc/hostname | cpio -o -H newc 2>/dev/null | gzip >"/boot/initrd.img-$(uname -r)"
}

# A host whose configuration says what this kernel was booted with: that of kernel-install, or that of GRUB.
make_boot_entries() {
  ! grep -q BOOT_IMAGE= /proc/cmdline || { grub_entries; return; }
  mkdir -p /etc/kernel
  sed 's/initrd=[^ ]* \?//; s/ systemd.machine_id=.*//' /proc/cmdline >/etc/kernel/cmdline
}
grub_entries() {
  local own rest
  own=$(grep -o 'console=.* panic=-1' /proc/cmdline)
  rest=$(sed "s/.* panic=-1 \?//" /proc/cmdline)
  mkdir -p /etc/default /boot/grub
  printf 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=Debian\n' >/etc/default/grub
  printf 'GRUB_CMDLINE_LINUX_DEFAULT="%s"\nGRUB_CMDLINE_LINUX="%s"\n' "$rest" "$own" >>/etc/default/grub
  update-grub
}

# What the initramfs does, where update-initramfs made one: its list of modules, with the modprobe.d in it. Then what
# systemd and udev do: the listed modules first, then a driver for each device that has none. Twice: the
# driver of a virtio bus brings devices of its own.
boot() {
  local image=/var/lib/initramfs
  [ ! -e $image/modules ] || sed 's/#.*//' $image/modules | xargs -r modprobe -C $image/modprobe.d -qab
  cat /etc/modules /etc/modules-load.d/*.conf 2>/dev/null | sed 's/#.*//' | xargs -r modprobe -qa
  for _ in 1 2; do cat /sys/bus/{pci,virtio}/devices/*/modalias 2>/dev/null | sort -u | xargs -r modprobe -qab; done
}

# --- what people do by hand -----------------------------------------------------------------------------------------

driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver")"; }
group_of() { basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"; }
unbind() { echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"; }
new_id() { echo "$1 $2" >/sys/bus/pci/drivers/vfio-pci/new_id; }
bind_vfio() {
  modprobe vfio-pci
  echo vfio-pci >"/sys/bus/pci/devices/$1/driver_override"
  [ ! -e "/sys/bus/pci/devices/$1/driver" ] || unbind "$1"
  echo "$1" >/sys/bus/pci/drivers/vfio-pci/bind
}
# Modules that this host has not: their files go, as from a kernel without them.
remove_modules() {
  local name
  for name; do find "/lib/modules/$(uname -r)/" -name "${name//[-_]/[-_]}.ko*" -delete; done
  depmod
}
# A module without its signature, as one that was built on this host: the kernel looks for the words at the end of the file
# (kernel/module/signing.c: module_sig_check).
unsign_module() {
  local file
  file=$(modinfo -n "$1")
  case $file in
    *.xz) unxz "$file" && file=${file%.xz} ;;
  esac
  head -c -28 "$file" >/tmp/unsigned && mv /tmp/unsigned "$file"
  depmod
}
# A guest of libvirt, by its name and its MiB; what else its definition has comes in.
libvirt_guest() {
  mkdir -p /etc/libvirt/qemu
  {
    printf "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
    printf "<name>%s</name>\n<memory unit='MiB'>%s</memory>\n" "$1" "$2"
    cat
    echo '</domain>'
  } >"/etc/libvirt/qemu/$1.xml"
}
# Arguments that such a definition hands on to QEMU.
qemu_arguments() {
  echo '<qemu:commandline>'
  printf "<qemu:arg value='%s'/>\n" "$@"
  echo '</qemu:commandline>'
}
# A host whose initramfs update-initramfs makes.
has_initramfs_tools() { ln -sf reboot /usr/sbin/mkinitramfs; }
