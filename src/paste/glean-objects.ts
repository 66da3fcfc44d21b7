import { parseAddress } from '../parse/pci-address.ts'
import type { Sighting } from './gleaned.ts'
import type { Place } from './place.ts'

type Keep = (one: Sighting) => boolean

/** Devices that tools print as objects, a field a line as a rule: JSON of pvesh, XML of libvirt. */
export function gleanObject(text: string, line: number, place: Place, keep: Keep): boolean {
  return gleanNodedev(text, line, place, keep) || gleanPveshJson(text, line, place, keep)
}

/** A field of `pvesh get /nodes/NODE/hardware/pci --output-format json` that tells of the device. */
const FIELD = /"(class|device|id|iommugroup|vendor|device_name)"\s*:\s*(?:"([^"]{0,200})"|(-?\d{1,6}))/g

/** Objects on one line or on many; a group of -1 is none (PVE::SysFSTools::lspci). */
function gleanPveshJson(text: string, line: number, place: Place, keep: Keep): boolean {
  if (!text.includes('"') && !/^[[\]{},]{1,3}$/.test(text)) return false
  if (!/[{}]|"(?:class|device|id|iommugroup|vendor|device_name)"/.test(text)) return false
  let some = false
  // A function without mediated devices has an empty object for them.
  for (const part of text.replaceAll('{}', '').split(/(?<=[{}])/)) {
    if (part.endsWith('{')) place.object.clear()
    for (const [, name = '', value, number] of part.matchAll(FIELD)) place.object.set(name, value ?? number ?? '')
    if (!part.endsWith('}')) continue
    const seen = sightingOf(place.object, line)
    place.object.clear()
    if (seen !== null) some = keep(seen) || some
  }
  return some
}

function sightingOf(object: ReadonlyMap<string, string>, line: number): Sighting | null {
  const address = parseAddress(object.get('id') ?? '')
  const group = object.get('iommugroup')
  if (address === null || group === undefined || !/^-?\d{1,6}$/.test(group)) return null
  const hex = (name: string): string | undefined =>
    /^0x([0-9a-f]{4,6})$/i.exec(object.get(name) ?? '')?.[1]?.toLowerCase()
  const [vendorId, deviceId, code, name] = [hex('vendor'), hex('device'), hex('class'), object.get('device_name')]
  return {
    address,
    line,
    group: Number(group) < 0 ? null : Number(group),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(code?.length === 6 ? { class: Number.parseInt(code, 16) } : {}),
    ...(name === undefined || name === '' ? {} : { name }),
  }
}

const NODE = /^<(name|parent)>pci_([0-9a-f]{4,8})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])<\/\1>$/i
const MEMBER =
  /^<address domain=["']0x([0-9a-f]{4,8})["'] bus=["']0x([0-9a-f]{2})["'] slot=["']0x([0-9a-f]{2})["'] function=["']0x([0-7])["']\/>$/i

/** `virsh nodedev-dumpxml` (virNodeDeviceDefFormat in libvirt's src/conf/node_device_conf.c). */
function gleanNodedev(text: string, line: number, place: Place, keep: Keep): boolean {
  const node = text.startsWith('<') ? NODE.exec(text) : null
  const named = node === null ? null : parseAddress(`${node[2]}:${node[3]}:${node[4]}.${node[5]}`)
  if (named !== null && node?.[1] === 'name') {
    place.nodedev = { address: named, driver: null, pci: false, group: null }
    return keep({ address: named, line })
  }
  const { nodedev } = place
  if (nodedev === null || !text.startsWith('<')) return false
  if (/^<(?:domain |network|hostdev|devices|interface)/.test(text)) {
    place.nodedev = null
    return false
  }
  const { address } = nodedev
  if (named !== null) return keep({ address, line, parent: named })
  // Without the element there is no driver: it is written where the link is there.
  if (text === '</device>') {
    place.nodedev = null
    if (nodedev.pci) keep({ address, line, driver: nodedev.driver })
    return true
  }
  const member = nodedev.group === null ? null : MEMBER.exec(text)
  if (member !== null && nodedev.group !== null) {
    const other = parseAddress(`${member[1]}:${member[2]}:${member[3]}.${member[4]}`)
    return other !== null && keep({ address: other, line, group: nodedev.group })
  }
  const field =
    /^<(name|class|product|vendor|iommuGroup|capability|\/iommuGroup)\b ?(?:(?:id|number|type)=["']([\w-]{1,20})["'])?>?([^<]{0,200})/.exec(
      text,
    )
  const [, tag = '', attribute = '', content = ''] = field ?? []
  const id = /^0x([0-9a-f]{4})$/i.exec(attribute)?.[1]?.toLowerCase()
  if (tag === 'name') nodedev.driver = /^[\w-]{1,64}$/.test(content) ? content : null
  else if (tag === 'capability') nodedev.pci ||= attribute === 'pci'
  else if (tag === 'class' && /^0x[0-9a-f]{6}$/i.test(content)) keep({ address, line, class: Number(content) })
  else if (tag === 'product' && id !== undefined)
    keep({ address, line, deviceId: id, ...(content === '' ? {} : { name: content }) })
  else if (tag === 'vendor' && id !== undefined) keep({ address, line, vendorId: id })
  else if (tag === '/iommuGroup') nodedev.group = null
  else if (tag === 'iommuGroup' && /^\d{1,6}$/.test(attribute)) {
    nodedev.group = Number(attribute)
    keep({ address, line, group: nodedev.group })
  }
  return true
}
