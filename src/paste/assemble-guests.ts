import { known, unknown, type Fact } from '../model/fact.ts'
import type { GuestDefinition } from '../model/guests.ts'
import { parseLibvirtDomain } from '../parse/libvirt-domain.ts'
import { parseProxmoxConfig } from '../parse/proxmox-config.ts'
import { parseQemuCommand } from '../parse/qemu-command.ts'
import type { Gleaned } from './gleaned.ts'
import { lineSource } from './source.ts'

/** The guests that a post defines: domain XML (also a piece of it), QEMU command lines, Proxmox configurations. */
export function assembleGuests(found: Gleaned): Fact<readonly GuestDefinition[]> {
  const guests: GuestDefinition[] = []
  if (found.domainXml.length > 0) {
    const guest = parseLibvirtDomain(found.domainXml.join('\n'), 'paste')
    if (guest !== null) guests.push(guest)
  }
  for (const { value, line } of found.qemu) {
    const guest = parseQemuCommand(value)
    if (guest !== null) guests.push({ ...guest, source: lineSource(line) })
  }
  const [first] = found.proxmox
  if (first !== undefined) {
    const guest = parseProxmoxConfig(found.proxmox.map((one) => one.value).join('\n'), lineSource(first.line))
    if (guest !== null) guests.push(guest)
  }
  return guests.length === 0 ? unknown('not-in-paste', 'paste') : known(guests, 'paste')
}
