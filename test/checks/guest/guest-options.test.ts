import { check } from '../../../checks/guest/guest-options.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  ...[
    // Proxmox VE 8, as the web interface and as a client of the API show it, and 7.
    "only root can set 'hostpci0' config for non-mapped devices (500)",
    "Error: error updating VM: received an HTTP 500 response - Reason: only root can set 'hostpci12' config for non-mapped devices",
    "only root can set 'hostpci0' config",
  ].map((line) => ({
    name: `a device that root alone may give: ${line}`,
    facts: { messages: messages([line]) },
    expect: ['guest-device-needs-root@host'],
    severity: 'fail' as const,
    advises: 'Mapping.Use',
  })),
  {
    name: 'other settings that root alone may make',
    facts: {
      messages: messages(["only root can set 'args' config", "only root can set 'usb0' config for real devices"]),
    },
    expect: 'skip',
  },
  ...['vfio-display-dmabuf: opengl not available', "vfio: device doesn't support any (known) display method"].map(
    (line) => ({
      name: `a display that QEMU cannot show: ${line}`,
      facts: {
        messages: messages([
          `qemu-system-x86_64: -device vfio-pci,host=0000:00:02.0,display=on: vfio 0000:00:02.0: ${line}`,
        ]),
      },
      expect: ['guest-display-unmet@0000:00:02.0'],
      severity: 'fail' as const,
      advises: 'display=off',
    }),
  ),
  {
    name: 'Intel graphics for a guest of Xen that does not ask for it as such',
    facts: {
      messages: messages([
        `{"error": {"class": "GenericError", "desc": "Need to enable igd-passthru if you're trying to passthrough IGD GFX"}}`,
      ]),
    },
    expect: ['guest-xen-igd@host'],
    advises: 'gfx_passthru',
  },
  {
    name: 'pcie without q35',
    facts: {
      messages: messages(['q35 machine model is not enabled at /usr/share/perl5/PVE/QemuServer/PCI.pm line 400.']),
    },
    expect: ['guest-pcie-needs-q35@host'],
  },
  {
    name: 'legacy graphics without its rules',
    facts: { messages: messages(["legacy IGD assignment requires VGA mode to be 'none'"]) },
    expect: ['guest-igd-legacy@host'],
  },
  {
    name: 'no graphics regions',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: does not support requested IGD OpRegion feature: No such file or directory',
      ]),
    },
    expect: ['guest-igd-regions@0000:01:00.0'],
  },
  {
    name: 'the kernel made no graphics regions',
    facts: { messages: messages(['vfio-pci 0000:00:02.0: Failed to setup Intel IGD regions']) },
    expect: ['guest-igd-regions@0000:00:02.0'],
  },
  {
    name: 'legacy mode was given up',
    facts: { messages: messages(['qemu-system-x86_64: IGD device 0000:00:02.0 has no ROM, legacy mode disabled']) },
    expect: ['guest-igd-legacy-off@0000:00:02.0'],
  },
  {
    name: 'no VGA registers',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed getting region info for VGA region index 8: Invalid argument',
      ]),
    },
    expect: ['guest-x-vga@0000:01:00.0'],
  },
  {
    name: 'a QEMU without VFIO',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,host=01:00.0: 'vfio-pci' is not a valid device model name",
      ]),
    },
    expect: ['guest-qemu-without-vfio'],
  },
  {
    name: 'memory that is given back',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Cannot set discarding of RAM broken: Device or resource busy',
      ]),
    },
    expect: ['guest-ram-discard@0000:01:00.0'],
  },
  {
    name: 'an assignment mode that is gone',
    facts: {
      messages: messages(["error: unsupported configuration: QEMU does not support device assignment mode 'kvm'"]),
    },
    expect: ['guest-option-refused@host'],
  },
  {
    name: 'legacy mode that works is no trouble',
    facts: {
      messages: messages([
        'qemu-system-x86_64: info: IGD legacy mode enabled, use x-igd-legacy-mode=off to disable it if unwanted.',
      ]),
    },
    expect: 'skip',
  },
  ...[
    "x-pci-sub-device-id=0x: Parameter 'x-pci-sub-device-id' expects an int64 value or range",
    "x-vgaa=on: Property 'vfio-pci.x-vgaa' not found",
    "rombar=yes: Property 'vfio-pci.rombar' doesn't take value 'yes'",
  ].map((line) => ({
    name: `a value or a name that QEMU does not take: ${line}`,
    facts: { messages: messages([`qemu-system-x86_64: -device vfio-pci,host=01:00.0,${line}`]) },
    expect: ['guest-option-refused@0000:01:00.0'],
  })),
  {
    name: 'a value of another option than those of the device',
    facts: {
      messages: messages(["qemu-system-x86_64: -m 4Gi: Parameter 'size' expects a non-negative number below 2^64"]),
    },
    expect: 'skip',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
