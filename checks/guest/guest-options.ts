import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'guest-device-needs-root': ['pve-root-only'],
  'guest-pcie-needs-q35': ['pve-q35'],
  'guest-igd-legacy': [
    'pve-igd-vga',
    'pve-igd-rombar',
    'pve-igd-q35',
    'pve-igd-bus',
    'pve-igd-one',
    'q-igd-legacy-bad',
    'q-igd-lpc',
    'q-igd-hotplug',
  ],
  'guest-igd-regions': ['q-igd-opregion', 'q-igd-opregion-new', 'q-igd-kernel', 'vfio-igd-fail'],
  'guest-igd-legacy-off': ['q-igd-legacy-off', 'q-igd-legacy-unsup'],
  'guest-x-vga': ['q-vga-info', 'q-xvga-hint', 'q-vga-unexpected'],
  'guest-qemu-without-vfio': ['p-nomodel', 'l-qemu-novfio'],
  'guest-ram-discard': ['q-discard-broken', 'q-balloon'],
  'guest-xen-igd': ['q-xen-igd'],
  'guest-display-unmet': ['q-display-gl', 'q-display-none'],
  'guest-option-refused': [
    'q-no-provided',
    'q-invalid-vendor',
    'q-not-pci',
    'q-nv-clique',
    'l-legacypass',
    'l-drvmode',
    'p-param-expects',
    'p-prop-value',
    'p-prop-none',
  ],
} as const

export const check: AnyCheck = defineCheck({
  id: 'guest-options',
  area: 'guest',
  title: 'No VMM refused the options of a passed device',
  needs: ['messages'],
  uses: [],
  problems: {
    'guest-device-needs-root': {
      severity: 'fail',
      family: 'permissions',
      title: 'Proxmox lets only root@pam give a guest the device of hostpci{slot}',
      summary:
        'A device by its address may be given by root@pam alone, and Proxmox compares the whole name: an API token of root is root@pam!NAME, with whatever privileges. A resource mapping, which Proxmox VE 8 brought, may be given by everybody with Mapping.Use on it.',
      proof: 'The message of Proxmox.',
      ruledOut: 'The entry in the configuration of the guest.',
      remedy: [
        {
          do: 'change-guest',
          say: 'Either set the device as root@pam with the password of root, in place of a token (in the web interface, or with qm set on the node), or make a mapping under Datacenter, Resource Mappings, and name that in place of the address. Its user needs the privilege Mapping.Use on it.',
          proxmox: 'hostpci{slot}: mapping=NAME',
        },
      ],
      blocks: 'machine',
      sources: ['PVE/API2/Qemu.pm: check_hostpci_perm, check_vm_modify_config_perm'],
    },
    'guest-pcie-needs-q35': {
      severity: 'fail',
      family: 'guest-config',
      title: 'pcie=1 needs the machine type q35',
      summary:
        'The device is to appear as a PCI Express device, and the guest has the machine type i440fx, which knows conventional PCI only. Either change the machine type or leave pcie=1 out.',
      proof: 'The message of Proxmox that q35 is not enabled.',
      ruledOut: 'A machine type that begins with q35 or pc-q35.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Use q35. A Windows guest that is already installed may need its drivers again: make a backup first.',
          proxmox: 'machine: q35',
        },
      ],
      blocks: 'machine',
      sources: ['PVE/QemuServer/PCI.pm: print_hostpci_devices'],
    },
    'guest-igd-legacy': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest does not meet what legacy assignment of Intel graphics needs',
      summary:
        'In legacy mode the integrated graphics must be the only display of an i440fx guest, at guest address 00:02.0, with its ROM, and present from the start. The message names what is missing.',
      proof: 'The message of Proxmox or QEMU.',
      ruledOut: 'A guest that meets all of it, or an assignment without legacy mode.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Meet the rules of legacy mode, or assign the graphics as a plain PCI device.',
          qemu: '-machine pc -vga none -device vfio-pci,host=00:02.0,addr=02.0',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU docs/igd-assign.txt', 'QEMU hw/vfio/igd.c', 'PVE/QemuServer/PCI.pm'],
    },
    'guest-igd-regions': {
      severity: 'fail',
      family: 'guest-config',
      title: 'There are no graphics regions of vfio-pci for {who}',
      summary:
        'The integrated graphics comes with regions of its own (OpRegion, host bridge), and vfio-pci could not make them: it was built without VFIO_PCI_IGD, firmware set no OpRegion up, or the device at 00:00.0 is no host bridge, as with Intel VMD switched on.',
      proof: 'The message of QEMU.',
      ruledOut: 'CONFIG_VFIO_PCI_IGD=y, and no line "Failed to setup Intel IGD regions".',
      explains: ['guest-start-failed', 'device-open-refused'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'lspci' },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/pci/vfio_pci_igd.c', 'QEMU hw/vfio/igd.c'],
    },
    'guest-igd-legacy-off': {
      severity: 'warn',
      family: 'guest-config',
      title: 'QEMU gave up legacy mode for the Intel graphics {who}',
      summary:
        'The guest starts, and its firmware will not show a picture through this device. The line says which of ROM, OpRegion, bridges or guest address was missing.',
      proof: 'The message of QEMU.',
      ruledOut: 'A guest that needs no picture before its own driver loads.',
      remedy: [{ do: 'advise', say: 'Meet what the line names, or use a guest driver and remote display instead.' }],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/igd.c: vfio_probe_igd_bar4_quirk', 'QEMU docs/igd-assign.txt'],
    },
    'guest-x-vga': {
      severity: 'fail',
      family: 'guest-config',
      title: 'x-vga=on asks for VGA registers that {who} does not offer',
      summary:
        'Only devices of class VGA have them, only with a kernel built with VFIO_PCI_VGA, and not with disable_vga=1. A guest with UEFI firmware does not need the option at all.',
      proof: 'QEMU got no VGA region for the device.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave x-vga out (in Proxmox: x-vga=1), and use UEFI firmware (OVMF) in the guest.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_populate_vga', 'drivers/vfio/pci/Kconfig: VFIO_PCI_VGA'],
    },
    'guest-qemu-without-vfio': {
      severity: 'fail',
      family: 'guest-config',
      title: 'This QEMU has no device of that name',
      summary:
        'The QEMU that was started knows no vfio-pci device: a build for another architecture, a minimal build, a package with device modules that is not installed, or a misspelt name.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'vfio-pci in the device list of that QEMU.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'upgrade', what: 'qemu' }],
      blocks: 'machine',
      sources: ['QEMU system/qdev-monitor.c', 'libvirt src/qemu/qemu_validate.c'],
    },
    'guest-ram-discard': {
      severity: 'fail',
      family: 'guest-memory',
      title: 'The guest has a feature that gives memory back, which a passed device forbids',
      summary:
        'With a device in it, all memory of the guest stays locked. Something in this guest (virtio-mem, free page hints, postcopy, x-balloon-allowed) wants to return memory to the host, and QEMU refuses both together.',
      proof: 'The message of QEMU.',
      ruledOut: 'A guest without such a feature.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'change-guest', say: 'Leave that feature out of this guest.' }],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/container-legacy.c: ram_block_uncoordinated_discard_disable'],
    },
    'guest-xen-igd': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest of Xen lacks the option that lets it have Intel graphics',
      summary:
        'QEMU under Xen takes the function at 00:02.0 for integrated graphics of Intel, and gives that to a guest only where it is told so from the start: it must set up its ROM and a bridge beside it.',
      proof: 'The message of QEMU.',
      ruledOut: 'A guest with gfx_passthru="igd".',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Set gfx_passthru="igd" in the configuration of the guest (xl), and start it anew.',
          qemu: '-machine xenfv,igd-passthru=on',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/xen/xen_pt.c: xen_pt_realize', 'xl.cfg(5): gfx_passthru'],
    },
    'guest-display-unmet': {
      severity: 'fail',
      family: 'guest-config',
      title: 'QEMU cannot show the display of the passed device as the guest asks',
      summary:
        'display=on asks QEMU to show the picture that the device draws. Only the host drivers of split graphics (mdev, vGPU) hand such a picture out, and where it comes as a DMA buffer, QEMU needs a display with OpenGL. A whole card shows its picture at its own ports.',
      proof: 'The message of QEMU.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'For a part of split graphics, give QEMU a display with OpenGL; for a whole card, or where nobody looks at the picture, switch the display of the device off.',
          xml: "<graphics type='egl-headless'/>   (or, in the hostdev: display='off')",
          qemu: '-display egl-headless   (or, behind the device: display=off)',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/display.c: vfio_display_probe, vfio_display_dmabuf_init'],
    },
    'guest-option-refused': {
      severity: 'fail',
      family: 'guest-config',
      title: 'An option of the passed device makes no sense to the VMM',
      summary:
        'The line names it: no host device given, a value that is empty or of another kind, an option that this QEMU does not know, or an assignment mode that is gone. A script that fills options in writes empty ones where the device did not answer it.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'show', what: 'guest-definition' }],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_realize', 'QEMU hw/core/qdev-properties.c', 'libvirt src/qemu/qemu_domain.c'],
    },
  },
  judge(facts) {
    return concludeOutput(
      raise<keyof typeof CODES>(facts.messages, CODES, ({ id, text }) => id !== 'p-param-expects' || /vfio/.test(text)),
      'no output of a VMM refuses an option of a device',
    )
  },
})
