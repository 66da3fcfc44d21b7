import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { SecurityFacts } from '../model/system.ts'
import { unread } from './unread.ts'

const SECURITYFS = '/sys/kernel/security'
const LOCKDOWN = `${SECURITYFS}/lockdown`
const EFI = '/sys/firmware/efi'
const EFIVARS = `${EFI}/efivars`
const SECURE_BOOT = `${EFIVARS}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`

/** Kernel lockdown (security/lockdown/lockdown.c, 5.4) and UEFI Secure Boot. */
export function collectSecurity(host: Host): Fact<SecurityFacts> {
  const lockdown = lockdownOf(host)
  if (lockdown.state === 'unknown') return lockdown
  return known({ lockdown: lockdown.value, secureBoot: secureBoot(host) }, lockdown.source)
}

function lockdownOf(host: Host): Fact<SecurityFacts['lockdown']> {
  const read = host.readText(LOCKDOWN, 256)
  if (!read.ok) {
    if (read.error !== 'absent') return unread(read, LOCKDOWN)
    // An empty mount point looks the same as a kernel without lockdown.
    const names = host.list(SECURITYFS)
    if (!names.ok && names.error !== 'absent') return unread(names, SECURITYFS)
    const mounted = names.ok && names.value.length > 0
    return mounted ? known(null, LOCKDOWN) : unknown('absent', SECURITYFS, 'securityfs is not mounted')
  }
  const chosen = /\[(none|integrity|confidentiality)\]/.exec(read.value)?.[1] as SecurityFacts['lockdown'] | undefined
  return chosen === undefined ? unknown('unreadable', LOCKDOWN, 'no [mode] in it') : known(chosen, LOCKDOWN)
}

/** The variable's value is a byte behind four of attributes (UEFI 3.3; efivarfs). null: could not tell. */
export function secureBoot(host: Host): boolean | null {
  const read = host.readBytes(SECURE_BOOT, 16)
  if (read.ok) return read.value.length === 5 ? read.value[4] === 1 : null
  if (read.error !== 'absent') return null
  const efi = host.stat(EFI)
  if (!efi.ok) return efi.error === 'absent' ? false : null
  // Started by UEFI: a mounted efivarfs that lacks the variable is a firmware without Secure Boot.
  const variables = host.list(EFIVARS)
  return variables.ok && variables.value.length > 0 ? false : null
}
