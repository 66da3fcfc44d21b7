import type { Entry } from '../../../test/support/memory-host.ts'
import { sceneFiles, type Scene } from '../scene.ts'
import { intelDesktopHealthy } from './intel-desktop.ts'

const DENIED = { error: 'denied' } as const

/** What an unprivileged user does not get to see of a host with a kernel that hides its log (kernel.dmesg_restrict). */
function forEverybody(scene: Scene): Record<string, Entry> {
  const all = Object.entries(sceneFiles(scene)).map(([path, entry]): [string, Entry] => {
    // The first 64 bytes are everybody's (pci_read_config in drivers/pci/pci-sysfs.c).
    if (path.endsWith('/config') && entry instanceof Uint8Array) return [path, entry.slice(0, 64)]
    // acpi_table_attr_init (drivers/acpi/sysfs.c): 0400.
    if (path.startsWith('/sys/firmware/acpi/tables/')) return [path, DENIED]
    return [path, entry]
  })
  return {
    ...Object.fromEntries(all),
    '/proc/iomem': '00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n',
    '/proc/1/environ': DENIED,
    '/proc/self/limits': `${'Limit'.padEnd(26)}${'Soft Limit'.padEnd(21)}${'Hard Limit'.padEnd(21)}Units\n${'Max locked memory'.padEnd(26)}${'8388608'.padEnd(21)}${'8388608'.padEnd(21)}bytes\n`,
  }
}

export const unprivileged: Scene = {
  ...intelDesktopHealthy,
  slug: 'unprivileged',
  healthy: false,
  what: 'The healthy Intel desktop, examined by a user without rights: 64 bytes of configuration space, no kernel log, no content of ACPI tables',
  questions: [
    { name: 'host', devices: [] },
    { name: 'gpu', devices: ['01:00.0'] },
  ],
  uid: 1000,
  programs: {
    'dmesg -r': { status: 1, stderr: 'dmesg: read kernel buffer failed: Operation not permitted\n' },
    'journalctl -k -b -o short-monotonic --no-pager --no-hostname': {
      status: 1,
      stderr:
        'Hint: You are currently not seeing messages from other users and the system.\nNo journal files were opened due to insufficient permissions.\n',
    },
  },
  files: {
    ...forEverybody(intelDesktopHealthy),
    // Only root may enter these: libvirt's definitions, and GRUB's generated files.
    '/etc/libvirt/qemu': DENIED,
    '/etc/libvirt/qemu/': null,
    '/boot/grub2': DENIED,
    '/boot/grub2/grub.cfg': null,
    '/boot/grub2/grubenv': null,
    '/boot/loader/entries': DENIED,
    ...Object.fromEntries(
      Object.keys(sceneFiles(intelDesktopHealthy))
        .filter((path) => path.startsWith('/boot/loader/entries/'))
        .map((path) => [path, null]),
    ),
  },
}
