import type { Host } from '../../host/host.ts'
import { known, unknown, valueOf, type Fact, type Unknown } from '../../model/fact.ts'
import type { DeviceUse, PciFunction } from '../../model/pci.ts'
import { parseIomem, type MemoryRange } from '../../parse/iomem.ts'
import { listOrNone } from '../listing.ts'
import { unread } from '../unread.ts'
import { ownersIn, type Found } from './found.ts'

const PLATFORM = '/sys/bus/platform/devices'
const IOMEM = '/proc/iomem'
const LIMIT = 4 * 1024 * 1024

type Function = Pick<PciFunction, 'address' | 'class' | 'resources'>

/**
 * The framebuffer that firmware set up and a driver of the kernel still holds. Its device goes away when the card's
 * own driver takes over (aperture_remove_conflicting_devices in drivers/video/aperture.c).
 */
export function framebufferUses(host: Host, functions: readonly Function[]): Found {
  const devices = listOrNone(host, PLATFORM)
  const displays = functions.filter((one) => (valueOf(one.class) ?? 0) >> 16 === 0x03)
  const blindTo = (because: Unknown): Found => ({
    uses: [],
    blind: displays.map((one) => ({ owner: one.address, because })),
  })
  if (devices.state === 'unknown') return blindTo(devices)
  const names = devices.value.filter((name) => /^(simple|efi|vesa|vga)-framebuffer\.\d+$/.test(name))
  if (names.length === 0) return { uses: [], blind: [] }

  // Since 6.9 it stands below the card (sysfb_parent_dev in drivers/firmware/sysfb.c); before, its memory tells.
  const placed = names.flatMap((name) => {
    const link = host.link(`${PLATFORM}/${name}`)
    return (link.ok ? ownersIn(link.value) : []).map((owner) => ({ owner, use: useOf(name, `${PLATFORM}/${name}`) }))
  })
  if (placed.length > 0) return { uses: placed, blind: [] }
  const map = memoryMap(host)
  if (map.state === 'unknown') return blindTo(map)
  const uses = map.value.filter(isFramebuffer).flatMap((range) => {
    const owner = functions.find((one) => holds(one, range))
    return owner === undefined ? [] : [{ owner: owner.address, use: useOf(range.name, IOMEM) }]
  })
  return { uses, blind: [] }
}

function useOf(name: string, source: string): DeviceUse {
  const inUse = `the framebuffer of the firmware (${name}) lies in its memory`
  return { kind: 'framebuffer', name, inUse, source, seat: 'picture' }
}

function memoryMap(host: Host): Fact<readonly MemoryRange[]> {
  const read = host.readText(IOMEM, LIMIT)
  if (!read.ok) return unread(read, IOMEM)
  const ranges = parseIomem(read.value)
  return ranges === null ? unknown('denied', IOMEM, 'the addresses are hidden') : known(ranges, IOMEM)
}

/** Names that sysfb and the drivers claim it under (sysfb_simplefb.c, simplefb.c, simpledrm.c, efifb.c, vesafb.c). */
function isFramebuffer(range: MemoryRange): boolean {
  return /^(BOOTFB|simplefb|simpledrm|simple-framebuffer(\.\d+)?|efifb|efidrm|vesafb|vesadrm)$/.test(range.name)
}

function holds(fn: Function, range: MemoryRange): boolean {
  return (valueOf(fn.resources) ?? []).some(
    (one) =>
      one.index < 6 && one.kind === 'memory' && one.start <= range.start && range.end <= one.end && one.size > 0n,
  )
}
