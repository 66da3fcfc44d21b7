import type { Host } from '../../host/host.ts'
import type { DeviceUse } from '../../model/pci.ts'
import { cleanLine } from '../../parse/clean.ts'
import { listOrNone } from '../listing.ts'
import { ownersIn, type Found } from './found.ts'

const INPUT = '/sys/class/input'

/** Keyboards and mice behind a function: mostly behind a USB controller, which takes them along. */
export function inputUses(host: Host): Found {
  const names = listOrNone(host, INPUT)
  if (names.state === 'unknown') return { uses: [], blind: [{ kind: 'input', because: names }] }
  const inputs = names.value.filter((name) => /^input\d{1,6}$/.test(name))
  // One behind no PCI device (PS/2, as in laptops) stays whatever is given away.
  const another = inputs.some((name) => mayBeBuiltIn(host, name))
  const uses = inputs.flatMap((name) => {
    const link = host.link(`${INPUT}/${name}`)
    const owners = link.ok ? ownersIn(link.value) : []
    const uevent = owners.length > 0 ? host.readText(`${INPUT}/${name}/uevent`, 4096) : undefined
    const kind = uevent?.ok === true ? kindOf(uevent.value) : null
    if (uevent?.ok !== true || kind === null) return []
    const title = cleanLine(/^NAME="(.{1,128})"$/m.exec(uevent.value)?.[1] ?? name)
    const inUse = `a ${kind} of the host is plugged in: ${title}`
    return owners.map((owner) => ({
      owner,
      use: { kind: 'input' as const, name, inUse, source: `${INPUT}/${name}`, ...(another ? {} : seatOf(kind)) },
    }))
  })
  return { uses, blind: [] }
}

/** Whether it is a keyboard of the platform, or may be one. */
function mayBeBuiltIn(host: Host, name: string): boolean {
  const link = host.link(`${INPUT}/${name}`)
  if (!link.ok || !link.value.includes('/platform/') || ownersIn(link.value).length > 0) return false
  const uevent = host.readText(`${INPUT}/${name}/uevent`, 4096)
  return !uevent.ok || kindOf(uevent.value) === 'keyboard'
}

/**
 * As udev's input_id decides: a keyboard has all of the first 31 keys (escape, digits, letters up to D), a mouse moves
 * along x and y and has the left button (bit 0x110). Headset buttons and lid switches are neither.
 */
function kindOf(uevent: string): 'keyboard' | 'mouse' | null {
  const key = words(uevent, 'KEY')
  const first = key.at(-1) ?? 0n
  if ((first & 0xffff_fffen) === 0xffff_fffen) return 'keyboard'
  const motion = words(uevent, 'REL').at(-1) ?? 0n
  // Words are 64 bits long: bit 0x110 is bit 16 of the fifth from the end.
  return (motion & 3n) === 3n && ((key.at(-5) ?? 0n) & 0x1_0000n) !== 0n ? 'mouse' : null
}

function seatOf(kind: 'keyboard' | 'mouse'): Pick<DeviceUse, 'seat'> {
  return kind === 'keyboard' ? { seat: kind } : {}
}

/** A bit map as the kernel prints it: hexadecimal words, the highest first (input_print_bitmap). */
function words(uevent: string, name: string): readonly bigint[] {
  const text = new RegExp(`^${name}=([0-9a-f ]{1,1024})$`, 'm').exec(uevent)?.[1] ?? ''
  return text
    .split(' ')
    .filter((one) => /^[0-9a-f]{1,16}$/.test(one))
    .map((one) => BigInt(`0x${one}`))
}
