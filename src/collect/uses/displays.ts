import type { Host } from '../../host/host.ts'
import { valueOf } from '../../model/fact.ts'
import type { PciFunction } from '../../model/pci.ts'
import { cleanLine } from '../../parse/clean.ts'
import { listOrNone } from '../listing.ts'
import { ownersIn, type Found } from './found.ts'

const DRM = '/sys/class/drm'
const CONSOLES = '/sys/class/vtconsole'

/** Graphics cards with a kernel driver, and the VGA text console. */
export function displayUses(host: Host, functions: readonly Pick<PciFunction, 'address' | 'bootVga'>[]): Found {
  const names = listOrNone(host, DRM)
  if (names.state === 'unknown') return { uses: [], blind: [{ owner: null, because: names }] }
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
      const inUse = reasons.length === 0 ? null : reasons.join(', and ')
      uses.push({ owner, use: { kind: 'display', name, inUse, source: `${DRM}/${name}` } })
    }
  }
  const source = vgaConsole(host)
  if (source !== null) {
    const use = { kind: 'display' as const, name: 'VGA console', inUse: 'the text console is drawn on it', source }
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
