import type { Attempt } from '../model/guests.ts'
import { addressIn } from './iommu-listing.ts'
import { parseAddress } from './pci-address.ts'

/** `echo WORDS > PATH`, `echo WORDS | sudo tee PATH`, `printf`, `sudo sh -c "echo … > …"`; PATH may be relative. */
const WRITE =
  /\b(?:echo|printf)\s{1,4}(?:-[neE]{1,3}\s{1,4})?["']?([^"'|>]{0,120}?)["']?\s{0,4}(?:\|\s{0,4}(?:sudo\s{1,4})?(?:\/usr\/bin\/)?tee\s{1,4}(?:-a\s{1,4})?|>{1,2}\|?\s{0,4})["']?([^\s"';|&>]{1,300})/

/** Files of sysfs that a write tries something with. */
const FILES: Readonly<Record<string, Attempt['kind']>> = {
  new_id: 'new-id',
  remove_id: 'remove-id',
  bind: 'bind',
  unbind: 'unbind',
  driver_override: 'override',
  drivers_probe: 'drivers-probe',
  sriov_numvfs: 'sriov-numvfs',
  reset: 'reset',
  reset_method: 'reset-method',
}

/** What a write to a file of sysfs tries; null for a file that starts nothing. */
export function attemptKind(path: string): Attempt['kind'] | null {
  if (/\/mdev_supported_types\/[^/]{1,80}\/create$/.test(path)) return 'mdev-create'
  // The consoles and the firmware's framebuffers have files of these names too, and no PCI driver behind them.
  if (/\bvtcon\d{1,2}\/|\/bus\/platform\//.test(path)) return null
  const name = path.slice(path.lastIndexOf('/') + 1)
  return Object.hasOwn(FILES, name) ? (FILES[name] ?? null) : null
}

/** A path of a command as an absolute one: `directory` is where the shell stood. Backslashes and quotes are gone. */
export function resolvePath(path: string, directory: string | null): string {
  const plain = path.replace(/["'\\]/g, '')
  if (plain.startsWith('/') || directory === null) return plain
  return `${directory.replace(/\/$/, '')}/${plain.replace(/^\.\//, '')}`
}

/**
 * What a command tried to do for a passthrough. `prompted`: it stood behind a prompt or is known for a command; a
 * `modprobe`, an `insmod` or a `start` of prose is none.
 */
export function parseAttemptCommand(
  command: string,
  line: number,
  directory: string | null,
  prompted: boolean,
): Attempt | null {
  const text = command.slice(0, 1000)
  const base = { command: text.slice(0, 200), address: null, deviceId: null, driver: null, error: null, line }
  const write = writeOf(text, directory)
  if (write !== null) return writeAttempt(base, write.words, write.path)
  const probe = /^(?:sudo )?(?:\/s?bin\/|\/usr\/s?bin\/)?modprobe (?:-{1,2}[\w-]+ )*([\w-]{2,64})(?:\s|$)/.exec(text)
  if (probe?.[1] !== undefined && prompted) return { ...base, kind: 'modprobe', driver: probe[1] }
  // With the path of a file it does what it is for.
  const insert = /^(?:sudo )?(?:\/s?bin\/|\/usr\/s?bin\/)?insmod ([\w-]{2,64})(?:\s|$)/.exec(text)
  if (insert?.[1] !== undefined && prompted) return { ...base, kind: 'insmod', driver: insert[1] }
  if (/^(?:sudo )?(?:virsh (?:(?:-c|--connect) \S+ )?start|qm start|xl create|qvm-start)\s/.test(text)) {
    return { ...base, kind: 'start-guest' }
  }
  if (prompted && /^start [\w.-]+$/.test(text)) return { ...base, kind: 'start-guest' }
  return toolAttempt(base, text)
}

/** What a command writes to which file; null where it writes none. */
export function writeOf(
  command: string,
  directory: string | null,
): { readonly words: string; readonly path: string } | null {
  const write = WRITE.exec(command.slice(0, 1000))
  return write === null ? null : { words: write[1] ?? '', path: resolvePath(write[2] ?? '', directory) }
}

type Base = Omit<Attempt, 'kind'>

function writeAttempt(base: Base, written: string, path: string): Attempt | null {
  const kind = attemptKind(path)
  if (kind === null) return null
  const words = written.trim().replace(/\\n$/, '')
  const ids = /^(?:0x)?([0-9a-f]{4})[ :]{1,8}(?:0x)?([0-9a-f]{4})\b/i.exec(words)
  const listed = kind === 'new-id' || kind === 'remove-id'
  const named = kind === 'override' && /^[\w-]{1,64}$/.test(words) ? words : null
  return {
    ...base,
    kind,
    address: addressIn(words)?.address ?? addressIn(path)?.address ?? null,
    deviceId: ids === null || !listed ? null : `${ids[1]}:${ids[2]}`.toLowerCase(),
    driver: /\/drivers\/([\w-]{1,64})\//.exec(path)?.[1] ?? named,
    ...(kind === 'reset-method' && /^[\w ,]{2,64}$/.test(words) ? { value: words } : {}),
  }
}

/** `driverctl set-override A D`, `dpdk-devbind -b D A`, `virsh nodedev-detach pci_0000_01_00_0`, vfio-pci-bind. */
function toolAttempt(base: Base, text: string): Attempt | null {
  const override = /\bdriverctl (?:-\S+ )*set-override (\S{7,16}) ([\w-]{1,64})/.exec(text)
  if (override !== null) {
    return { ...base, kind: 'override', address: parseAddress(override[1] ?? ''), driver: override[2] ?? null }
  }
  const dpdk = /\bdpdk-devbind(?:\.py)?\s.{0,80}?(?:-b|--bind)[ =]([\w-]{1,64})\s/.exec(text)
  if (dpdk !== null) {
    return { ...base, kind: 'bind', address: addressIn(text)?.address ?? null, driver: dpdk[1] ?? null }
  }
  // A controller that binds by id and then by address, as that of Harvester does, says so in its log.
  const logged = /\bBinding device \S{1,100} \[([0-9a-f]{4})[ :]([0-9a-f]{4})\] to ([\w-]{1,64})/i.exec(text)
  if (logged !== null) {
    return { ...base, kind: 'bind', deviceId: `${logged[1]}:${logged[2]}`.toLowerCase(), driver: logged[3] ?? null }
  }
  const byAddress = /\bBinding device (\S{7,16}) (?:to )?([\w-]{1,64})/.exec(text)
  const device = byAddress === null ? null : parseAddress(byAddress[1] ?? '')
  if (device !== null) return { ...base, kind: 'bind', address: device, driver: byAddress?.[2] ?? null }
  const node = /\bnodedev-(detach|reset) (?:--device )?pci_([0-9a-f]{4,8})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])\b/i.exec(
    text,
  )
  if (node === null) return null
  const address = parseAddress(`${node[2]}:${node[3]}:${node[4]}.${node[5]}`)
  return node[1] === 'reset'
    ? { ...base, kind: 'reset', address }
    : { ...base, kind: 'bind', address, driver: 'vfio-pci' }
}
