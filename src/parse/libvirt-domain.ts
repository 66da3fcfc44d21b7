import type { GuestDefinition, HostDevice } from '../model/guests.ts'
import type { Address } from '../model/pci.ts'
import { cleanLine } from './clean.ts'
import { parseDeviceArgument } from './host-device.ts'
import { parseAddress } from './pci-address.ts'
import { allElements, childNamed, findElement, scanXml, type XmlElement } from './xml-scan.ts'

const TEXT_LIMIT = 1_048_576

/**
 * A libvirt domain (https://libvirt.org/formatdomain.html), the status file of a running one, or a piece such as a lone
 * `<hostdev>`. null: neither a domain nor a device of the host in it.
 */
export function parseLibvirtDomain(text: string, source: string): GuestDefinition | null {
  const xml = text.slice(0, TEXT_LIMIT)
  const roots = scanXml(xml)
  const domain = findElement(roots, 'domain')
  const hostDevices = [
    ...hostElements(domain === undefined ? roots : domain.children).map((element) => hostDevice(element, xml)),
    ...fromArguments(roots),
  ]
  if (domain === undefined && hostDevices.length === 0) return null
  const parts = domain?.children ?? roots
  const os = parts.find((one) => one.name === 'os')
  const name = cleanLine(parts.find((one) => one.name === 'name')?.text ?? '').trim()
  return {
    name: name === '' ? 'guest' : name,
    manager: 'libvirt',
    machine: textOrNull(childNamed(os, 'type')?.attributes.get('machine')),
    firmware: firmware(os),
    memoryBytes: memory(parts.find((one) => one.name === 'memory')),
    hostDevices,
    running: findElement(roots, 'domstatus') === undefined ? null : true,
    source,
  }
}

/** `<hostdev>` of a PCI function or a mediated device, and `<interface type='hostdev'>`, in document order. */
function hostElements(elements: readonly XmlElement[]): readonly XmlElement[] {
  return allElements(elements, (one) => {
    const type = one.attributes.get('type')
    if (one.name === 'interface') return type === 'hostdev'
    return one.name === 'hostdev' && (type === 'pci' || type === 'mdev' || type === undefined)
  })
}

function hostDevice(element: XmlElement, xml: string): HostDevice {
  const source = childNamed(element, 'source')
  const rom = childNamed(element, 'rom')
  const mdev = element.attributes.get('type') === 'mdev'
  const options = new Map<string, string>([['type', mdev ? 'mdev' : 'pci']])
  const add = (key: string, value: string | undefined): void => {
    if (value !== undefined) options.set(key, cleanLine(value))
  }
  add('model', element.attributes.get('model'))
  add('display', element.attributes.get('display'))
  add('ramfb', element.attributes.get('ramfb'))
  add('driver', childNamed(element, 'driver')?.attributes.get('name'))
  add('iommufd', childNamed(element, 'driver')?.attributes.get('iommufd'))
  add('rom-bar', rom?.attributes.get('bar'))
  add('rom-enabled', rom?.attributes.get('enabled'))
  if (mdev) add('uuid', childNamed(source, 'address')?.attributes.get('uuid'))
  return {
    address: mdev ? null : address(childNamed(source, 'address')),
    // The default is no (formatdomain.html, Host device assignment).
    managed: mdev ? null : element.attributes.get('managed') === 'yes',
    romFile: textOrNull(rom?.attributes.get('file')),
    allFunctions: false,
    options: Object.fromEntries(options),
    text: xml
      .slice(element.start, Math.min(element.end, element.start + 4096))
      .split('\n')
      .map((line) => cleanLine(line))
      .join('\n'),
  }
}

/** `<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>`, in any base that strtol(3) takes. */
function address(element: XmlElement | undefined): Address | null {
  const part = (name: string): number | null => {
    const text = element?.attributes.get(name)?.trim() ?? (name === 'domain' || name === 'function' ? '0' : '')
    if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16)
    if (/^0[0-7]{1,8}$/.test(text)) return Number.parseInt(text, 8)
    return /^\d{1,8}$/.test(text) ? Number(text) : null
  }
  const [domain, bus, slot, fn] = [part('domain'), part('bus'), part('slot'), part('function')]
  if (domain === null || bus === null || slot === null || fn === null) return null
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
  return parseAddress(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`)
}

/** Arguments that a person passes through to QEMU: `<qemu:arg value='-device'/><qemu:arg value='vfio-pci,…'/>`. */
function fromArguments(roots: readonly XmlElement[]): readonly HostDevice[] {
  return allElements(roots, (one) => one.name === 'qemu:arg').flatMap((one) => {
    const device = parseDeviceArgument(one.attributes.get('value') ?? '')
    return device === null ? [] : [device]
  })
}

function firmware(os: XmlElement | undefined): 'uefi' | 'bios' | null {
  if (os === undefined) return null
  const wanted = os.attributes.get('firmware')
  if (wanted === 'efi') return 'uefi'
  if (wanted === 'bios') return 'bios'
  const loader = childNamed(os, 'loader')
  if (loader?.attributes.get('type') === 'pflash' || /ovmf|edk2|aavmf/i.test(loader?.text ?? '')) return 'uefi'
  // What starts without a loader element is SeaBIOS on a PC alone.
  return loader === undefined && /^(?:x86_64|i686)$/.test(childNamed(os, 'type')?.attributes.get('arch') ?? '')
    ? 'bios'
    : null
}

/** `<memory unit='KiB'>` with the units of formatdomain.html, Memory Allocation; KiB without one. */
function memory(element: XmlElement | undefined): number | null {
  const amount = element?.text.trim() ?? ''
  if (!/^\d{1,15}$/.test(amount)) return null
  const unit = element?.attributes.get('unit')?.trim() ?? 'KiB'
  const found = /^(?:b|bytes|([kmgtpe])(i?b)?)$/i.exec(unit)
  if (found === null) return null
  const power = found[1] === undefined ? 0 : 'kmgtpe'.indexOf(found[1].toLowerCase()) + 1
  return Number(amount) * (found[2]?.toLowerCase() === 'b' ? 1000 : 1024) ** power
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : cleanLine(text)
}
