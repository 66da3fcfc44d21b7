import { createMasks, type Known, type Masks, type Rule } from './masks.ts'
import { nameRules, phraseRules } from './redact-names.ts'

export type { Known } from './masks.ts'

/**
 * A function that masks what tells who or where a machine is: host and user names, serials, UUIDs, and hardware and
 * network addresses. The same value always gets the same mask, and masked text stays as it is. PCI addresses and ids,
 * resources, hex dumps and versions are let be. Names are found where the text itself marks them as such; `known` adds
 * those that are masked wherever they stand, but for the words of the field: on a host that is called pve, `/etc/pve`
 * and a kernel `6.8-pve` could no longer be read. Takes time linear in the text.
 */
export function createRedactor(known: Known = {}): (text: string) => string {
  return redactors(known).text
}

export interface Redactors {
  readonly text: Rule
  /** For what the kernel shows of devices: identifiers alone, for any word may be the name of a driver there. */
  readonly device: Rule
  readonly masks: Masks
}

export function redactors(known: Known): Redactors {
  const masks = createMasks()
  const identifiers = identifierRules(masks)
  return {
    masks,
    device: inTurn(identifiers),
    text: inTurn([...phraseRules(masks), ...identifiers, ...addressRules(masks), ...nameRules(masks, known)]),
  }
}

function inTurn(rules: readonly Rule[]): Rule {
  return (text) => rules.reduce((now, rule) => rule(now), text)
}

function identifierRules(masks: Masks): readonly Rule[] {
  // The names of systemd's units write a dash within a word as `\x2d` (systemd-escape(1)).
  const uuid =
    /(?:(?<=\\x2d)|(?<![0-9a-z]))[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-|(?:\\x2d[0-9a-f]{4}){3}\\x2d)[0-9a-f]{12}(?![0-9a-z])/gi
  // A machine-id (machine-id(5)).
  const digits = /(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])/gi
  // Not within a longer row of pairs.
  const colons = /(?<![0-9a-z])(?<!(?<![0-9a-z])[0-9a-f]{2}:)(?:[0-9a-f]{2}:){5,19}[0-9a-f]{2}(?![0-9a-z]|:[0-9a-f])/gi
  const dashes = /(?<![\w-])(?:[0-9a-f]{2}-){5}(?:[0-9a-f]{2}-[0-9a-f]{2}-)?[0-9a-f]{2}(?![\w-])/gi
  // Names of interfaces after their address (systemd.net-naming-scheme(7)).
  const interfaces = /(?<![0-9a-z])(en|wl|ww|sl|ib)x([0-9a-f]{12})(?![0-9a-z])/g
  return [
    (text) =>
      text.replace(uuid, (found) =>
        found.includes('\\') ? masks.uuid(found.replaceAll('\\x2d', '-')).replaceAll('-', '\\x2d') : masks.uuid(found),
      ),
    (text) => text.replace(digits, masks.uuid),
    (text) => text.replace(colons, (bytes) => hardware(bytes, masks)),
    (text) => text.replace(dashes, masks.hardware),
    (text) => text.replace(interfaces, (_all, kind: string, address: string) => `${kind}x${masks.hardware(address)}`),
  ]
}

/** By their number of bytes: MAC, EUI-64, an Ethernet header as netfilter logs it, InfiniBand; others are dumps. */
function hardware(bytes: string, masks: Masks): string {
  const count = (bytes.length + 1) / 3
  if (count === 14) {
    return `${masks.hardware(bytes.slice(0, 17))}:${masks.hardware(bytes.slice(18, 35))}${bytes.slice(35)}`
  }
  return count === 6 || count === 8 || count === 20 ? masks.hardware(bytes) : bytes
}

function addressRules(masks: Masks): readonly Rule[] {
  // Only what can be in use (IANA): global unicast, unique local, link-local, multicast.
  const ipv6 =
    /(?<![0-9a-z.])(?<!(?<![0-9a-z])[0-9a-f]{1,4}:)(?:[23][0-9a-f]{3}|f[cdf][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,8}(?![0-9a-z])/gi
  const ipv4 = /(?<![0-9a-z.]|[a-z]-)\d{1,3}(?:\.\d{1,3}){3}(?![0-9a-z]|\.\d|-[a-z])/gi
  return [
    (text) => text.replace(ipv6, (found) => maskIpv6(found, masks)),
    (text) => text.replace(ipv4, (found: string, at: number) => (isIpv4(found, text, at) ? masks.ipv4(found) : found)),
  ]
}

function maskIpv6(found: string, masks: Masks): string {
  // A colon behind it is punctuation.
  const address = /[^:]:$/.test(found) ? found.slice(0, -1) : found
  const groups = address.split(':').length
  const short = address.split('::').length - 1
  const valid = (short === 1 && groups <= 9 && !address.includes(':::')) || (short === 0 && groups === 8)
  return valid ? masks.ipv6(address) + found.slice(address.length) : found
}

/** Four numbers with dots between them may be a version as well. */
function isIpv4(found: string, text: string, at: number): boolean {
  if (found.split('.').some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0')))) return false
  // Longterm kernels before 3.0 had four numbers.
  if (found.startsWith('2.6.')) return false
  const before = text.slice(Math.max(0, at - 16), at)
  // The end of a range; else the ports on the way to a USB device (`3-3.4.2.2`, lshw's `usb@3:3.4.2.2`).
  if (before.endsWith('-')) return /\d(?:\.\d{1,3}){3}-$/.test(before)
  return !/(?:version|ver\.?|driver|firmware|bios|release|rev|linux|fw|\bv)[\s:=]{0,2}$|usb@\d{1,3}:$/i.test(before)
}
