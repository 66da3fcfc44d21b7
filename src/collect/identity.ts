import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import type { Identity } from '../model/system.ts'
import { parseNames } from '../parse/passwd.ts'

/** Who examines. A group without a name in /etc/group (a directory service has it) goes by its number. */
export function collectIdentity(host: Host): Fact<Identity> {
  const { uid, gids, user } = host.identity()
  const groups = names(host, '/etc/group')
  return known(
    {
      uid,
      user: user ?? names(host, '/etc/passwd').get(uid) ?? null,
      groups: gids.map((gid) => groups.get(gid) ?? String(gid)),
    },
    'id',
  )
}

function names(host: Host, path: string): ReadonlyMap<number, string> {
  const file = host.readText(path, 4_194_304)
  return parseNames(file.ok ? file.value : '')
}
