/** What is known of a machine beforehand, to be masked wherever it is met. */
export interface Known {
  readonly hosts?: readonly string[]
  readonly users?: readonly string[]
  readonly serials?: readonly string[]
}

/** Replaces in a whole text; the rules of a redactor run one after the other. */
export type Rule = (text: string) => string

/** Each gives the mask of a value: the same for the same value, and a mask for itself. */
export interface Masks {
  host(name: string): string
  user(name: string): string
  serial(value: string): string
  /** An entry of /dev/disk/by-id. */
  disk(value: string): string
  /** Identifiers of file systems that do not have the form of a UUID. */
  volume(value: string): string
  /** In the form of a UUID, or of its 32 digits alone. */
  uuid(value: string): string
  /** Pairs of hexadecimal digits with `:` or `-` or nothing between them: a MAC address, or a longer one. */
  hardware(value: string): string
  ipv4(value: string): string
  ipv6(value: string): string
}

/**
 * Masks come from the ranges set aside for documentation (RFC 5737, RFC 3849, RFC 7042 2.1.2), so that nobody takes
 * them for real ones, and so that a text that was masked before stays as it is.
 */
export function createMasks(): Masks {
  return {
    host: named('host'),
    user: named('user'),
    serial: named('serial'),
    disk: named('id'),
    volume: named('volume'),
    uuid: uuidMask(),
    hardware: hardwareMask(),
    ipv4: ipv4Mask(),
    ipv6: ipv6Mask(),
  }
}

function numbered(): (value: string) => number {
  const numbers = new Map<string, number>()
  return (value) => {
    const number = numbers.get(value) ?? numbers.size + 1
    numbers.set(value, number)
    return number
  }
}

function named(word: string): (value: string) => string {
  const number = numbered()
  const own = new RegExp(`^${word}-\\d+$`)
  return (value) => (own.test(value) ? value : `${word}-${number(value)}`)
}

/** GUIDs of EFI variables and partition types: the same on all machines, and what reads them looks for them. */
const PUBLIC_UUIDS = [
  '8be4df61-93ca-11d2-aa0d-00e098032b8c', // EFI_GLOBAL_VARIABLE (UEFI 3.3)
  'd719b2cb-3d3a-4596-a3bc-dad00e67656f', // EFI_IMAGE_SECURITY_DATABASE_GUID
  '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f', // the Boot Loader Interface of systemd
  '605dab50-e046-4300-abb6-3dd810dd8b23', // shim
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', // EFI system partition
]

function uuidMask(): (value: string) => string {
  const number = numbered()
  return (value) => {
    const digits = value.toLowerCase().replaceAll('-', '')
    if (/^(?:0+|f+)$/.test(digits) || digits.startsWith('00000000000040008000')) return value
    if (PUBLIC_UUIDS.some((known) => known.replaceAll('-', '') === digits)) return value
    const last = number(digits).toString(16).padStart(12, '0')
    return value.includes('-') ? `00000000-0000-4000-8000-${last}` : `00000000000040008000${last}`
  }
}

function hardwareMask(): (value: string) => string {
  const number = numbered()
  return (value) => {
    const between = /[:-]/.exec(value)?.[0] ?? ''
    const digits = value.toLowerCase().replace(/[:-]/g, '')
    // All zeros and all ones name nobody.
    if (/^(?:0+|f+)$/.test(digits) || digits.startsWith('00005e0053')) return value
    const last = Math.min(number(digits), 255).toString(16).padStart(2, '0')
    const mask = `00005e0053${last}`.padEnd(digits.length, '0')
    return (mask.match(/../g) ?? []).join(between)
  }
}

function ipv4Mask(): (value: string) => string {
  const number = numbered()
  const networks = ['192.0.2', '198.51.100', '203.0.113']
  return (value) => {
    const [first = 0] = value.split('.').map(Number)
    if (first === 0 || first === 127 || first === 255) return value
    if (networks.some((network) => value.startsWith(`${network}.`))) return value
    const index = Math.min(number(value) - 1, 254 * networks.length - 1)
    return `${networks[Math.floor(index / 254)]}.${(index % 254) + 1}`
  }
}

function ipv6Mask(): (value: string) => string {
  const number = numbered()
  return (value) => {
    const address = value.toLowerCase()
    if (address.startsWith('2001:db8:')) return value
    return `2001:db8::${Math.min(number(address), 0xffff).toString(16)}`
  }
}
