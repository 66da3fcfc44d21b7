import { bytesOf, contentOf, isRefusal, type Capture, type Content, type Place } from './capture.ts'
import { isPerson, knownIn, SERIAL_FILE } from './known.ts'
import { maskHost, maskUser } from './redact-names.ts'
import { redactors, type Known, type Redactors } from './redact.ts'

/**
 * The capture without what tells who and where the machine is (see createRedactor); it still replays to the same
 * findings, for paths, listings and texts are masked alike. `known` adds names that it does not tell itself.
 */
export function redactCapture(capture: Capture, known: Known = {}): Capture {
  const told = knownIn(capture)
  const redact = redactors({
    hosts: [...(known.hosts ?? []), ...(told.hosts ?? [])],
    users: [...(known.users ?? []), ...(told.users ?? [])],
    serials: [...(known.serials ?? []), ...(told.serials ?? [])],
  })
  const paths = Object.entries(capture.paths).map(
    ([path, place]) => [redactPath(path, redact), redactPlace(path, place, redact)] as const,
  )
  const { identity } = capture
  return {
    ...capture,
    redacted: true,
    root: redact.text(capture.root),
    identity:
      identity === null || identity.user === null
        ? identity
        : { ...identity, user: maskUser(identity.user, redact.masks) },
    paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))),
    programs: capture.programs.map(({ command, args, result }) => ({
      command: redact.text(command),
      args: args.map(redact.text),
      result:
        'error' in result
          ? { error: result.error, detail: redact.text(result.detail) }
          : { ...result, stdout: redact.text(result.stdout), stderr: redact.text(result.stderr) },
    })),
  }
}

function redactPath(path: string, redact: Redactors): string {
  return path.startsWith('/sys/') ? redactDevice(path, path, redact) : redact.text(path)
}

/** EFI variables carry the GUID of whoever defined them, the same on all machines. */
function redactDevice(path: string, text: string, redact: Redactors): string {
  return path.startsWith('/sys/firmware/efi') ? text : redact.device(text)
}

function redactPlace(path: string, place: Place, redact: Redactors): Place {
  const { read, list, link } = place
  const out: { -readonly [K in keyof Place]: Place[K] } = { ...place }
  if (read !== undefined && !isRefusal(read)) out.read = redactContent(path, read, redact)
  if (list !== undefined && !isRefusal(list)) out.list = redactNames(path, list, redact)
  if (typeof link === 'string') out.link = path.startsWith('/sys/') ? redact.device(link) : redact.text(link)
  return out
}

/** A name is masked as it is at the end of its path: in /home, say, any name is that of a user. */
function redactNames(directory: string, names: readonly string[], redact: Redactors): readonly string[] {
  const masked = names.map((name) => {
    const path = redactPath(`${directory}/${name}`, redact)
    return path.slice(path.lastIndexOf('/') + 1)
  })
  return masked.sort()
}

function redactContent(path: string, content: Content, redact: Redactors): Content {
  // What is not UTF-8 is taken byte for byte: all patterns are ASCII, and the other bytes stay as they are.
  const binary = 'base64' in content
  const before = binary ? Buffer.from(content.base64, 'base64').toString('latin1') : content.text
  const after = redactText(path, before, redact)
  if (after === before) return content
  return contentOf(binary ? new Uint8Array(Buffer.from(after, 'latin1')) : bytesOf({ text: after }), content.cut)
}

function redactText(path: string, text: string, redact: Redactors): string {
  if (SERIAL_FILE.test(path))
    return text.trim() === '' ? text : `${redact.masks.serial(text.replaceAll('\0', '').trim())}\n`
  if (/^\/sys\/.*\/config$/.test(path)) return withoutSerial(text)
  if (path.startsWith('/sys/')) return redactDevice(path, text, redact)
  if (path === '/etc/hostname' || path === '/proc/sys/kernel/hostname')
    return `${maskHost(text.trim(), redact.masks)}\n`
  if (path === '/etc/passwd' || path === '/etc/group') return redact.text(accounts(text, redact))
  if (path === '/proc/net/route') return routes(text, redact)
  // Published tables, the same for everybody.
  if (/^\/usr\/share\/(?:misc\/|hwdata\/)?pci\.ids$|\/modules\.(?:alias|builtin|dep)$/.test(path)) return text
  // The environment of PID 1 may hold passwords given to a container; one variable of it is ever looked at.
  if (path === '/proc/1/environ')
    return text
      .split('\0')
      .filter((entry) => entry.startsWith('container='))
      .join('\0')
  // Rules for other things than VFIO tell which keys and disks somebody owns; they are read for nothing.
  if (path.startsWith('/etc/udev/rules.d/')) return /vfio|driver_override/.test(text) ? redact.text(text) : ''
  // All daemons write here; the kernel's lines alone are looked at.
  if (/^\/var\/log\/(?:syslog|messages)$/.test(path)) return redact.text(kernelLines(text))
  return redact.text(text)
}

function kernelLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => /(?:^|\s)kernel(?:\[\d+\])?:|^[[<]|^$/.test(line))
    .join('\n')
}

/** Destination and gateway stand in hexadecimal, in the byte order of the machine (fib_route_seq_show, net/ipv4/fib_trie.c). */
function routes(text: string, redact: Redactors): string {
  return text.replace(
    /^(\S{1,32}\t)([0-9A-F]{8})\t([0-9A-F]{8})(?=\t)/gm,
    (_all, name: string, to: string, by: string) =>
      [redact.device(name) + maskRoute(to, redact), maskRoute(by, redact)].join('\t'),
  )
}

function maskRoute(digits: string, redact: Redactors): string {
  const bytes = Buffer.from(digits, 'hex').reverse()
  const masked = redact.masks
    .ipv4([...bytes].join('.'))
    .split('.')
    .map(Number)
  return Buffer.from(masked.reverse()).toString('hex').toUpperCase()
}

/** passwd(5) and group(5): names of persons, their full names, and members. */
function accounts(text: string, redact: Redactors): string {
  const mask = (name: string): string => maskUser(name, redact.masks)
  return text
    .split('\n')
    .map((line) => {
      const [name, secret, number, fourth, ...rest] = line.split(':')
      if (name === undefined || secret === undefined || number === undefined || fourth === undefined) return line
      const members =
        rest.length > 0
          ? fourth
          : fourth
              .split(',')
              .map((one) => (one === '' ? one : mask(one)))
              .join(',')
      const [, home, shell] = rest
      const end = rest.length > 0 ? ['', home ?? '', shell ?? ''] : []
      return [isPerson(number) ? mask(name) : name, secret, number, members, ...end].join(':')
    })
    .join('\n')
}

/**
 * A configuration space without the value of its Device Serial Number capability, of which network cards make their
 * address (PCI Express Base Specification, 7.9.3). Capability 0x0003; the list starts at 0x100.
 */
function withoutSerial(config: string): string {
  const bytes = Buffer.from(config, 'latin1')
  const seen = new Set<number>()
  let at = 0x100
  while (at >= 0x100 && at + 12 <= bytes.length && !seen.has(at)) {
    seen.add(at)
    const header = bytes.readUInt32LE(at)
    if ((header & 0xffff) === 0x0003) bytes.fill(0, at + 4, at + 12)
    at = (header >>> 20) & 0xffc
  }
  return bytes.toString('latin1')
}
