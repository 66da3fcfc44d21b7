import type { HostDevice } from '../model/guests.ts'
import type { Address } from '../model/pci.ts'
import { cleanLine } from './clean.ts'
import { addressesIn, parseAddress } from './pci-address.ts'

/**
 * `01:00.0`, `0000:01:00.0`, and `0000:01:00` for every function of a slot, with digits left out as QEMU allows
 * (hw/core/qdev-properties-system.c: set_pci_host_devaddr). null: not an address.
 */
export function hostAddress(text: string): { readonly address: Address; readonly allFunctions: boolean } | null {
  const found = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text.trim())
  if (found === null) return null
  const [, domain = '0', bus = '', device = '', fn] = found
  const full = `${domain.padStart(4, '0')}:${bus.padStart(2, '0')}:${device.padStart(2, '0')}.${fn ?? '0'}`
  const address = parseAddress(full)
  return address === null ? null : { address, allFunctions: fn === undefined }
}

/**
 * The argument of QEMU's `-device` where it assigns a host device: `vfio-pci,host=…`, `vfio-pci,sysfsdev=…`, the same
 * as JSON, and the older pci-assign. null: it is another device.
 */
export function parseDeviceArgument(argument: string): HostDevice | null {
  const text = cleanLine(argument).trim()
  const options = new Map(text.startsWith('{') ? jsonOptions(text) : keyValues(text, 'driver'))
  if (!/^(?:vfio-pci(?:-nohotplug)?|(?:kvm-)?pci-assign)$/.test(options.get('driver') ?? '')) return null
  const host = hostAddress(options.get('host') ?? '')
  return {
    address: host?.address ?? addressesIn(lastPart(options.get('sysfsdev') ?? ''))[0] ?? null,
    managed: null,
    romFile: options.get('romfile') ?? null,
    allFunctions: false,
    options: Object.fromEntries(options),
    text: `-device ${text}`,
  }
}

/**
 * `key=value,key=value` as QEMU reads it (util/keyval.c, util/qemu-option.c): `,,` is a comma, a first word without
 * `=` is the value of the implied key, a later one is a switch that is on.
 */
export function keyValues(text: string, impliedKey: string): (readonly [string, string])[] {
  const words = text
    .replaceAll(',,', '\0')
    .split(',')
    .map((word) => word.replaceAll('\0', ','))
  return words.flatMap((word, index) => {
    if (word === '') return []
    const equals = word.indexOf('=')
    if (equals >= 0) return [[word.slice(0, equals).trim(), word.slice(equals + 1)] as const]
    return [index === 0 ? ([impliedKey, word] as const) : ([word.trim(), 'on'] as const)]
  })
}

function jsonOptions(text: string): (readonly [string, string])[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // A process listing shows it without the quotes.
    return text
      .replace(/^\{|\}$/g, '')
      .split(',')
      .map((pair) => [pair.split(':', 1)[0]?.trim() ?? '', pair.slice(pair.indexOf(':') + 1).trim()] as const)
  }
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? [[key, String(value)] as const] : [],
  )
}

function lastPart(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? ''
}
