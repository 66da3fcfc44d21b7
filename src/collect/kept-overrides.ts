import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import type { KeptOverride } from '../model/modules.ts'
import { cleanLine } from '../parse/clean.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { unread } from './unread.ts'

const DIRECTORY = '/etc/driverctl.d'

/**
 * The drivers that driverctl writes into driver_override at each boot: a file `pci-ADDRESS` for a function, with the
 * name of the driver in it. Source: driverctl (driverctl.sh: save_override, driverctl@.service).
 */
export function collectKeptOverrides(host: Host): Fact<readonly KeptOverride[]> {
  const names = host.list(DIRECTORY)
  if (!names.ok) return names.error === 'absent' ? known([], DIRECTORY) : unread(names, DIRECTORY)
  const kept: KeptOverride[] = []
  for (const name of names.value) {
    const address = name.startsWith('pci-') ? parseAddress(name.slice(4)) : null
    if (address === null) continue
    const path = `${DIRECTORY}/${name}`
    const read = host.readText(path, 4096)
    if (!read.ok) return unread(read, path)
    kept.push({ path, address, driver: cleanLine(read.value).trim() })
  }
  return known(kept, DIRECTORY)
}
