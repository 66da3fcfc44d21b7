import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import type { Identity } from '../model/system.ts'
import { parseNames } from '../parse/passwd.ts'

/** Who examines. A group without a name in /etc/group (a directory service has it) goes by its number. */
export function collectIdentity(host: Host): Fact<Identity> {
  const { uid, gids, user } = host.identity()
  const file = host.readText('/etc/group', 4_194_304)
  const names = file.ok ? parseNames(file.value) : new Map<number, string>()
  return known({ uid, user, groups: gids.map((gid) => names.get(gid) ?? String(gid)) }, 'id')
}
