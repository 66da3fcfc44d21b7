import type { Host } from '../../host/host.ts'
import { valueOf } from '../../model/fact.ts'
import type { PciFunction } from '../../model/pci.ts'
import { cleanLine } from '../../parse/clean.ts'
import { parseDrmClients } from '../../parse/drm-clients.ts'
import { listOrNone } from '../listing.ts'
import { ownersIn, type Found } from './found.ts'

const DRM = '/sys/class/drm'
/** One directory for each minor number; root alone may look, and a locked-down kernel shows it to nobody. */
const DEBUG = '/sys/kernel/debug/dri'
const CONSOLES = '/sys/class/vtconsole'

/** Graphics cards with a kernel driver, and the VGA text console. */
export function displayUses(host: Host, functions: readonly Pick<PciFunction, 'address' | 'bootVga'>[]): Found {
  const names = listOrNone(host, DRM)
  if (names.state === 'unknown') return { uses: [], blind: [{ kind: 'display', because: names }] }
  const primary = new Set(functions.filter((one) => valueOf(one.bootVga) === true).map((one) => one.address))
  const uses: Found['uses'][number][] = []
  for (const name of names.value.filter((one) => /^card\d{1,3}$/.test(one))) {
    const link = host.link(`${DRM}/${name}`)
    // simpledrm makes a card too; what it draws on is the firmware's framebuffer, which is looked for by itself.
    if (!link.ok || /-framebuffer\.\d+\//.test(link.value)) continue
    for (const owner of ownersIn(link.value)) {
      const monitors = connected(host, name, names.value)
      const reasons = [
        ...(primary.has(owner) ? ['it is the primary display'] : []),
        ...(monitors.length > 0 ? [`a monitor is connected to ${monitors.join(', ')}`] : []),
      ]
      const opened = openedBy(host, name)
      // The place that says most of the reason.
      const source = reasons.length === 0 && opened.length > 0 ? clientsOf(name) : `${DRM}/${name}`
      const inUse = [...reasons, ...opened].join(', and ') || null
      const seat = reasons.length > 0 ? { seat: 'picture' as const } : {}
      uses.push({ owner, use: { kind: 'display', name, inUse, source, ...seat } })
    }
  }
  const source = vgaConsole(host)
  if (source !== null) {
    const seat = 'picture' as const
    const use = {
      kind: 'display' as const,
      name: 'VGA console',
      inUse: 'the text console is drawn on it',
      source,
      seat,
    }
    uses.push(...[...primary].map((owner) => ({ owner, use })))
  }
  return { uses, blind: [] }
}

/** Connectors of a card by name; `status` is what the driver last saw (drivers/gpu/drm/drm_sysfs.c). */
function connected(host: Host, card: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.startsWith(`${card}-`))
    .filter((name) => {
      const status = host.readText(`${DRM}/${name}/status`, 64)
      return status.ok && status.value.trim() === 'connected'
    })
    .map((name) => cleanLine(name.slice(card.length + 1)))
}

function clientsOf(card: string): string {
  return `${DEBUG}/${card.slice('card'.length)}/clients`
}

/** Who has the card open, though no monitor hangs on it: desktops open every card that they find. */
function openedBy(host: Host, card: string): readonly string[] {
  const read = host.readText(clientsOf(card), 65_536)
  const names = read.ok ? parseDrmClients(read.value).map(cleanLine) : []
  if (names.length === 0) return []
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return [`${names.slice(0, 3).join(', ')}${more} ${names.length === 1 ? 'has' : 'have'} it open`]
}

/** The console driver vgacon draws on the VGA that firmware left on; it names itself `VGA+` (vgacon_startup). */
function vgaConsole(host: Host): string | null {
  const names = host.list(CONSOLES)
  for (const name of names.ok ? names.value : []) {
    const title = host.readText(`${CONSOLES}/${name}/name`, 256)
    const bound = host.readText(`${CONSOLES}/${name}/bind`, 64)
    if (title.ok && title.value.includes('VGA') && bound.ok && bound.value.trim() === '1') return `${CONSOLES}/${name}`
  }
  return null
}
