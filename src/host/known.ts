import { bytesOf, isRefusal, type Capture } from './capture.ts'
import type { Host } from './host.ts'
import { hostPhrases, userPhrases } from './redact-names.ts'
import type { Known } from './masks.ts'

const HOST_NAMES = ['/proc/sys/kernel/hostname', '/etc/hostname']

/** Files of which the whole content is a serial. */
export const SERIAL_FILE: RegExp =
  /^\/sys\/.*\/(?:(?:product|board|chassis)_serial|(?:chassis|board)_asset_tag|serial|serial_number|wwid)$|\/serial-number$/

/** The names that this host goes by, for redacting what is read of it: two small files, and who examines. */
export function knownOf(host: Host): Known {
  const hosts = HOST_NAMES.flatMap((path) => {
    const read = host.readText(path, 1024)
    return read.ok ? [read.value.trim()] : []
  })
  const { user } = host.identity()
  return { hosts: hosts.filter(Boolean), users: user === null ? [] : [user] }
}

/** The names that a capture itself tells, in the files made to hold them and where its texts say that they are names. */
export function knownIn(capture: Capture): Known {
  const hosts = new Set<string>()
  const users = new Set<string>()
  const serials = new Set<string>()
  const keep = (names: Set<string>) => (name: string) => {
    names.add(name)
    return name
  }
  const rules = [...hostPhrases({ host: keep(hosts), user: keep(users) }), ...userPhrases({ user: keep(users) })]
  const listen = (text: string): void => {
    for (const rule of rules) rule(text)
  }
  if (capture.identity?.user != null) users.add(capture.identity.user)
  for (const [path, { read, list }] of Object.entries(capture.paths)) {
    if (list !== undefined && !isRefusal(list)) for (const name of list) listen(`${path}/${name}`)
    listen(path)
    if (read === undefined || isRefusal(read) || (path.startsWith('/sys/') && !SERIAL_FILE.test(path))) continue
    const text = new TextDecoder().decode(bytesOf(read))
    if (HOST_NAMES.includes(path)) hosts.add(text.trim())
    else if (SERIAL_FILE.test(path)) serials.add(text.replaceAll('\0', '').trim())
    else if (path === '/etc/passwd' || path === '/etc/group') for (const name of personsIn(text)) users.add(name)
    else listen(text)
  }
  for (const { args, result } of capture.programs) {
    listen(args.join('\n'))
    if ('stdout' in result) listen(result.stdout)
  }
  return { hosts: [...hosts], users: [...users], serials: [...serials] }
}

/** Accounts of persons have numbers from 1000 on; 65534 is nobody (systemd, "Users, Groups, UIDs and GIDs"). */
export function isPerson(number: string | undefined): boolean {
  return number !== undefined && /^\d{4,10}$/.test(number) && Number(number) >= 1000 && Number(number) !== 65534
}

function personsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [name, , number, members = ''] = line.split(':', 4)
    // The fourth field of /etc/passwd is a number, that of /etc/group the list of members.
    const others = members.split(',').filter((member) => /^[A-Za-z]/.test(member))
    return isPerson(number) && name !== undefined && name !== '' ? [name, ...others] : others
  })
}
