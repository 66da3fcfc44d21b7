import type { Host } from '../host/host.ts'
import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { Address, ConfigSpace } from '../model/pci.ts'
import { goesOn, parseConfigSpace, parseHeader, type Header } from '../parse/config-space.ts'
import { unread } from './unread.ts'

/** What decides whether reading the configuration space would wake something. */
export interface Power {
  /** `power_state`; null before 5.11. */
  readonly powerState: Fact<string | null>
  /** `power/runtime_status`; null in a kernel without power management. */
  readonly runtimeStatus: Fact<string | null>
  /** The functions above, outermost first. */
  readonly above: readonly Address[]
}

export interface ReadConfig {
  readonly config: Fact<ConfigSpace>
  /** null where it was not read. */
  readonly header: Header | null
}

/**
 * Why the configuration space is left alone; null where reading it wakes nothing. A read resumes the port above, and
 * the function itself only out of D3cold (pci_config_pm_runtime_get in drivers/pci/pci.c), so D3hot may be read.
 * `unknown` may too: it is what a function says that no driver ever had or that lost its driver (pci_device_remove
 * sets PCI_UNKNOWN), and the kernel does not resume it. Before 5.11 there is no power_state, and a suspended function
 * may be in D3cold: only one whose runtime status is `active` is read, or any where nothing is ever suspended.
 */
export function leftAlone(power: Power, others: ReadonlyMap<Address, Power>): string | null {
  const state = valueOf(power.powerState)
  const status = valueOf(power.runtimeStatus)
  if (state === undefined || status === undefined) return 'its power state could not be read, and reading may wake it'
  if (state === 'D3cold') return 'asleep in D3cold: reading would wake it'
  if (state === 'error') return 'its power state is in error'
  if (status === 'suspending') return 'it is going to sleep: reading might wake it'
  if (state === null && status !== null && status !== 'active')
    return `its runtime status is ${status}: reading might wake it`
  const sleeping = power.above.find((address) => asleep(others.get(address)))
  return sleeping === undefined ? null : `the port ${sleeping} above it is asleep: reading would wake that`
}

function asleep(power: Power | undefined): boolean {
  const status = power === undefined ? undefined : valueOf(power.runtimeStatus)
  return (
    status === 'suspended' || status === 'suspending' || (power !== undefined && valueOf(power.powerState) === 'D3cold')
  )
}

/**
 * Reads as little as answers: every four bytes are a transaction on the bus, and a thousand of them take a
 * millisecond. Extended capabilities are looked for where there can be any, except in virtual functions, of which a
 * host may have thousands.
 */
export function readConfig(host: Host, path: string, isVirtual: boolean): ReadConfig {
  let bytes: Uint8Array | null = null
  for (const limit of isVirtual ? [256] : [256, 1024, 4096]) {
    const read = host.readBytes(path, limit)
    if (!read.ok && bytes === null) return { config: unread(read, path), header: null }
    if (!read.ok) break
    bytes = read.value
    if (bytes.length < limit || !goesOn(bytes)) break
  }
  const config = bytes === null ? null : parseConfigSpace(bytes, path)
  if (bytes === null || config === null)
    return { config: unknown('unreadable', path, `only ${bytes?.length ?? 0} bytes of it`), header: null }
  // The kernel offers 256 bytes or 4096, nothing between (pci_cfg_space_size in drivers/pci/probe.c).
  const length = config.length > 256 ? 4096 : config.length
  return { config: known({ ...config, length }, path), header: parseHeader(bytes) }
}
