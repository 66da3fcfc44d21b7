import type { Entry } from '../../test/support/memory-host.ts'
import { configSpace } from './config-space.ts'

export type PortType =
  | 'endpoint'
  | 'legacy'
  | 'root-port'
  | 'upstream'
  | 'downstream'
  | 'pcie-to-pci'
  | 'integrated'
  | 'pci'

/** One PCI function, compactly; what is not said is the usual. Numbers of buses are hexadecimal, as in addresses. */
export interface Fn {
  /** Bus, device and function; the domain is 0000. */
  readonly at: string
  readonly id: string
  readonly class: number
  /** As pci.ids has it, without the vendor. */
  readonly name: string
  readonly subsystem?: string
  readonly revision?: number
  /** Default: endpoint, or conventional PCI for what stands on bus 00 without a port. */
  readonly type?: PortType
  /** Bus below a bridge, and the last one below that. */
  readonly buses?: readonly [secondary: number, subordinate?: number]
  readonly driver?: string
  /** Modules whose alias matches it. */
  readonly modules?: readonly string[]
  readonly group?: number
  /** IOMMU unit, where it is not the usual one. */
  readonly unit?: string
  readonly flr?: boolean
  readonly acs?: readonly [capability: number, control: number]
  readonly bars?: readonly Bar[]
  readonly bootVga?: boolean
  readonly noInterrupt?: boolean
  readonly msi?: boolean
  readonly msix?: boolean
  readonly irq?: number
  readonly sriov?: { readonly total: number; readonly active: number; readonly device: number }
  /** Attributes of their own, or `null` to leave a usual one out. */
  readonly attributes?: Readonly<Record<string, Entry | null>>
}

/** `64p`: 64 bits wide, prefetchable. Addresses and sizes in bytes. */
export type Bar = readonly [kind: '32' | '64' | '64p' | 'io', start: number, size: number]

export interface PciOptions {
  /** Kernel version as a number: 504 is 5.4. Attributes appear with their version. */
  readonly kernel: number
  /** Unit in /sys/class/iommu that serves every function with a group. */
  readonly unit?: string
  readonly groupType?: string
  /** Lines of reserved_regions by group, beside the usual one of the platform. */
  readonly reserved?: Readonly<Record<number, readonly string[]>>
  readonly usualReserved?: readonly string[]
}

const TYPES: Readonly<Record<Exclude<PortType, 'pci'>, number>> = {
  endpoint: 0,
  legacy: 1,
  'root-port': 4,
  upstream: 5,
  downstream: 6,
  'pcie-to-pci': 7,
  integrated: 9,
}
const FLAGS: Readonly<Record<Bar[0], number>> = { '32': 0x40200, '64': 0x140204, '64p': 0x14220c, io: 0x40101 }

/** The functions as sysfs shows them: directories, driver and group links (Documentation/ABI/testing/sysfs-bus-pci). */
export function pciFiles(functions: readonly Fn[], options: PciOptions): Record<string, Entry> {
  const files: Record<string, Entry> = {
    '/sys/bus/pci/devices/': '',
    '/sys/bus/pci/drivers/': '',
    '/sys/kernel/iommu_groups/': '',
  }
  for (const fn of functions) {
    const address = `0000:${fn.at}`
    const path = pathOf(fn, functions)
    files[`/sys/bus/pci/devices/${address}`] = { link: `../../../devices/${path}` }
    for (const [name, entry] of Object.entries({ ...attributes(fn, functions, options), ...fn.attributes }))
      if (entry !== null) files[`/sys/devices/${path}/${name}`] = entry
    const up = '../'.repeat(path.split('/').length + 1)
    if (fn.driver !== undefined) {
      files[`/sys/devices/${path}/driver`] = { link: `${up}bus/pci/drivers/${fn.driver}` }
      files[`/sys/bus/pci/drivers/${fn.driver}/${address}`] = { link: `../../../../devices/${path}` }
    }
    if (fn.group === undefined) continue
    const group = `/sys/kernel/iommu_groups/${fn.group}`
    files[`/sys/devices/${path}/iommu_group`] = { link: `${up}kernel/iommu_groups/${fn.group}` }
    files[`${group}/devices/${address}`] = { link: `../../../../devices/${path}` }
    files[`${group}/type`] = `${options.groupType ?? 'DMA'}\n`
    const reserved = [...(options.reserved?.[fn.group] ?? []), ...(options.usualReserved ?? [])]
    files[`${group}/reserved_regions`] = reserved.map((line) => `${line}\n`).join('')
    const unit = fn.unit ?? options.unit
    if (unit !== undefined) files[`/sys/devices/${path}/iommu`] = { link: `${up}devices/virtual/iommu/${unit}` }
  }
  return files
}

/** The link that a driver has to its module, unless it is built in (drivers/base/module.c: module_add_driver). */
export function driverFiles(
  functions: readonly Fn[],
  { loaded, builtin }: { readonly loaded: readonly string[]; readonly builtin: readonly string[] },
): Record<string, Entry> {
  const files: Record<string, Entry> = {}
  for (const { driver } of functions) {
    if (driver === undefined) continue
    const module = driver === 'xhci_hcd' ? 'xhci_pci' : driver.replaceAll('-', '_')
    // Of the others the scene does not say which they are.
    if (![...loaded, ...builtin, 'pcieport'].includes(module)) continue
    files[`/sys/bus/pci/drivers/${driver}/uevent`] = ''
    if (!loaded.includes(module)) continue
    files[`/sys/bus/pci/drivers/${driver}/module`] = { link: `../../../../module/${module}` }
  }
  return files
}

/** Below /sys/devices: the bridges down to the function. */
export function pathOf(fn: Fn, functions: readonly Fn[]): string {
  const bus = busOf(fn)
  const bridge = functions.find((one) => one.buses?.[0] === bus)
  if (bridge !== undefined) return `${pathOf(bridge, functions)}/0000:${fn.at}`
  return `pci0000:${hex(bus, 2)}/0000:${fn.at}`
}

function attributes(fn: Fn, functions: readonly Fn[], { kernel }: PciOptions): Record<string, Entry> {
  const [vendor = '', device = ''] = fn.id.split(':')
  const [subVendor = '0000', subDevice = '0000'] = (fn.subsystem ?? '0000:0000').split(':')
  const code = hex(fn.class, 6)
  const upper = (text: string): string => text.toUpperCase()
  const modalias = `pci:v0000${upper(vendor)}d0000${upper(device)}sv0000${upper(subVendor)}sd0000${upper(subDevice)}bc${upper(code.slice(0, 2))}sc${upper(code.slice(2, 4))}i${upper(code.slice(4))}`
  const irq = fn.irq ?? (fn.noInterrupt === true ? 0 : 16)
  const resets = resetMethods(fn)
  const uevent = [
    ...(fn.driver === undefined ? [] : [`DRIVER=${fn.driver}`]),
    `PCI_CLASS=${fn.class.toString(16).toUpperCase()}`,
    `PCI_ID=${upper(fn.id)}`,
    `PCI_SUBSYS_ID=${upper(`${subVendor}:${subDevice}`)}`,
    `PCI_SLOT_NAME=0000:${fn.at}`,
    `MODALIAS=${modalias}`,
  ]
  return {
    uevent: `${uevent.join('\n')}\n`,
    class: `0x${code}\n`,
    vendor: `0x${vendor}\n`,
    device: `0x${device}\n`,
    subsystem_vendor: `0x${subVendor}\n`,
    subsystem_device: `0x${subDevice}\n`,
    revision: `0x${hex(fn.revision ?? 1, 2)}\n`,
    modalias: `${modalias}\n`,
    config: imageOf(fn, functions),
    resource: resourceOf(fn),
    irq: `${irq}\n`,
    // vfio-pci enables a function when a VMM opens it.
    enable: fn.driver === undefined || fn.driver === 'vfio-pci' ? '0\n' : '1\n',
    driver_override: '(null)\n',
    numa_node: '-1\n',
    d3cold_allowed: '1\n',
    msi_bus: '1\n',
    'power/control': 'on\n',
    'power/runtime_status': 'active\n',
    ...(kernel >= 511
      ? { power_state: fn.driver === 'vfio-pci' ? 'D3hot\n' : fn.driver === undefined ? 'unknown\n' : 'D0\n' }
      : {}),
    ...(resets.length === 0 ? {} : { reset: '' }),
    ...(kernel >= 515 && resets.length > 0 ? { reset_method: `${resets.join(' ')}\n` } : {}),
    ...(fn.bootVga === undefined ? {} : { boot_vga: fn.bootVga ? '1\n' : '0\n' }),
    ...(kernel >= 601 && fn.driver === 'vfio-pci' ? { 'vfio-dev/vfio0/dev': '511:0\n' } : {}),
    ...(fn.buses === undefined ? {} : bridgeAttributes(fn.buses)),
    ...(fn.sriov === undefined ? {} : sriovAttributes(fn.sriov)),
    ...(fn.msi === false || fn.driver === undefined || fn.driver === 'vfio-pci'
      ? {}
      : { [`msi_irqs/${irq + 108}`]: 'msi\n' }),
  }
}

function bridgeAttributes([secondary, subordinate]: readonly [number, number?]): Record<string, Entry> {
  return { secondary_bus_number: `${secondary}\n`, subordinate_bus_number: `${subordinate ?? secondary}\n` }
}

function sriovAttributes({ total, active, device }: NonNullable<Fn['sriov']>): Record<string, Entry> {
  return {
    sriov_totalvfs: `${total}\n`,
    sriov_numvfs: `${active}\n`,
    sriov_offset: '16\n',
    sriov_stride: '1\n',
    sriov_vf_device: `${device.toString(16)}\n`,
    sriov_drivers_autoprobe: '1\n',
  }
}

/** In the kernel's order (pci_reset_fn_methods in drivers/pci/pci.c); bridges have none. */
function resetMethods(fn: Fn): readonly string[] {
  if (fn.buses !== undefined || fn.class >> 16 === 0x06) return []
  return [...(fn.flr === true ? ['flr'] : []), ...(busOf(fn) === 0 ? [] : ['bus'])]
}

function imageOf(fn: Fn, functions: readonly Fn[]): Uint8Array {
  const number = (text: string): number => Number.parseInt(text, 16)
  const [vendor = '0', device = '0'] = fn.id.split(':')
  const [subVendor = '0', subDevice = '0'] = (fn.subsystem ?? '0:0').split(':')
  const type = fn.type ?? (busOf(fn) === 0 ? 'pci' : 'endpoint')
  const slot = fn.at.slice(0, 5)
  return configSpace({
    vendor: number(vendor),
    device: number(device),
    subsystem: [number(subVendor), number(subDevice)],
    class: fn.class,
    revision: fn.revision ?? 1,
    multifunction: functions.some((one) => one !== fn && one.at.startsWith(`${slot}.`)),
    bridge:
      fn.buses === undefined
        ? null
        : { primary: busOf(fn), secondary: fn.buses[0], subordinate: fn.buses[1] ?? fn.buses[0] },
    expressType: type === 'pci' ? null : TYPES[type],
    flr: fn.flr === true,
    noSoftReset: true,
    msi: fn.msi !== false,
    msix: fn.msix === true,
    acs: fn.acs ?? null,
    sriov: fn.sriov ?? null,
    pin: fn.noInterrupt === true ? 0 : (Number(fn.at.slice(-1)) % 4) + 1,
    line: fn.noInterrupt === true ? 0 : 11,
  })
}

/** Start, end and flags of each resource; bridges have their windows behind (pci_dev_resource_resize_attr, resource_show). */
function resourceOf(fn: Fn): string {
  const lines: string[] = []
  for (const [kind, start, size] of fn.bars ?? []) {
    lines.push(`0x${hex(start, 16)} 0x${hex(start + size - 1, 16)} 0x${hex(FLAGS[kind], 16)}`)
    // The upper half of a 64-bit BAR has no line of its own.
    if (kind.startsWith('64')) lines.push(NOTHING)
  }
  const count = fn.buses === undefined ? 13 : 17
  return `${[...lines, ...Array.from({ length: count - lines.length }, () => NOTHING)].join('\n')}\n`
}

const NOTHING = '0x0000000000000000 0x0000000000000000 0x0000000000000000'

export function busOf(fn: Pick<Fn, 'at'>): number {
  return Number.parseInt(fn.at.slice(0, 2), 16)
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
