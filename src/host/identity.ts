import type { Files } from './files.ts'
import type { HostIdentity } from './host.ts'

/** Bit 21 of the capability sets (include/uapi/linux/capability.h). */
const CAP_SYS_ADMIN = 1n << 21n

/** The effective ids of this process; its user by /etc/passwd, for asking the name service may start a program. */
export function ownIdentity(files: Files): HostIdentity {
  const uid = process.geteuid?.() ?? -1
  const gids = new Set([process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])])
  return {
    uid,
    gids: [...gids].sort((a, b) => a - b),
    user: userName(textOf(files, '/etc/passwd'), uid),
    privileged: isPrivileged(textOf(files, '/proc/self/status'), textOf(files, '/proc/self/uid_map')),
  }
}

/** The first entry with this number, as getpwuid(3) takes it (passwd(5)). */
export function userName(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const [name, , number] = line.split(':', 3)
    if (number === String(uid) && name !== undefined && /^[\w.][\w.$-]{0,255}$/.test(name)) return name
  }
  return null
}

/**
 * What the kernel itself asks before it shows a whole configuration space or an ACPI table: CAP_SYS_ADMIN in the
 * initial user namespace (pci_read_config, drivers/pci/pci-sysfs.c). Root in a container has often lost the capability,
 * and in a user namespace holds one that does not count there: its uid_map is then not the map of all ids onto
 * themselves (user_namespaces(7)). A kernel without user namespaces has no such file, and the capability decides.
 */
export function isPrivileged(status: string, uidMap: string): boolean {
  const effective = /^CapEff:\s{0,8}([0-9a-f]{1,16})$/m.exec(status)?.[1]
  if (effective === undefined || (BigInt(`0x${effective}`) & CAP_SYS_ADMIN) === 0n) return false
  return uidMap === '' || /^\s*0\s+0\s+4294967295\s*$/.test(uidMap)
}

function textOf(files: Files, path: string): string {
  const read = files.read(path, 1_048_576)
  return read.ok ? new TextDecoder().decode(read.value) : ''
}
