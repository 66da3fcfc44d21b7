/** Messages of programs that use VFIO without a guest, of the layer of DPDK, each a MessageEntry (all.ts holds them to it). */
export const VFIO_TOOLS = {
  'spdk-block-active': {
    file: 'SPDK scripts/setup.sh',
    text: 'Active devices: {devices:text}, so not binding PCI dev',
    example: '0000:5e:00.0 (144d a808): Active devices: mount@nvme1n1:nvme1n1p2, so not binding PCI dev',
    since: 'SPDK 21.07 on',
    severity: 'warn',
    family: 'host-driver-bound',
    meaning: 'The disk holds data or is in use on the host, so the script left it on its driver.',
    names: 'device',
  },
  'spdk-mount-active': {
    topic: 'spdk-block-active',
    file: 'SPDK scripts/setup.sh',
    text: 'Active mountpoints on {devices:text}, so not binding PCI dev',
    example: '0000:5e:00.0 (144d a808): Active mountpoints on nvme1n1:nvme1n1p2, so not binding PCI dev',
    since: 'SPDK 18.01 to 21.04',
    severity: 'warn',
    family: 'host-driver-bound',
    meaning: 'The disk is mounted on the host, so the script left it on its driver.',
    names: 'device',
  },
  'pcileech-bridge': {
    file: 'PCILeechFWGenerator src/cli/vfio_helpers.py',
    text: "Wrong driver devices: [('{device}', 'pcieport')]",
    example: "Wrong driver devices: [('0000:5e:00.0', 'pcieport')]",
    since: 'PCILeechFWGenerator 2025; later versions only warn',
    severity: 'warn',
    family: 'bridge-in-group',
    meaning: 'The tool wants a bridge on vfio-pci, which neither VFIO nor the bridge can do with.',
    names: 'device',
  },
} as const
