import type { Host } from '../host/host.ts'
import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import { addressesIn, parseAddress } from '../parse/pci-address.ts'
import { parseResource } from '../parse/pci-resource.ts'
import { decimal, digits, flag, linked, openDirectory, optional, plain, required, type Directory } from './directory.ts'
import { leftAlone, readConfig, type Power, type ReadConfig } from './pci-config.ts'
import { unread } from './unread.ts'

/** A function as far as its directory has been looked into: who it is, where it hangs, whether it is awake. */
export interface SeenFunction extends Power {
  readonly address: Address
  readonly directory: Directory
  readonly parent: Fact<Address | null>
  readonly vendorId: Fact<string>
  readonly deviceId: Fact<string>
  readonly subsystem: Fact<string | null>
  readonly class: Fact<number>
  readonly modalias: Fact<string>
}

export function seeFunction(host: Host, path: string, address: Address): SeenFunction {
  const directory = openDirectory(host, path)
  const link = host.link(path)
  const target = link.ok ? link.value : ''
  return {
    address,
    directory,
    parent: link.ok ? known(parentIn(target), path) : unread(link, path),
    above: addressesIn(target).slice(0, -1),
    powerState: optional(directory, 'power_state', word, null),
    runtimeStatus: optional(directory, 'power/runtime_status', word, null),
    ...identityOf(directory),
  }
}

/** The bridge is the directory above; below a root bus, VMD's too, that is `pciDDDD:BB`. */
function parentIn(target: string): Address | null {
  return parseAddress(target.split('/').at(-2) ?? '')
}

type IdentityFields = 'vendorId' | 'deviceId' | 'subsystem' | 'class' | 'modalias'

/** One read of `uevent` tells what five attributes do (pci_uevent in drivers/pci/pci-driver.c). */
function identityOf(directory: Directory): Pick<SeenFunction, IdentityFields> {
  const uevent = directory.text('uevent')
  const source = `${directory.path}/uevent`
  const lines = uevent.ok ? uevent.value.split('\n') : []
  const field = (name: string, form: RegExp): string | undefined => {
    const value = lines.find((line) => line.startsWith(name))?.slice(name.length)
    return value !== undefined && form.test(value) ? value : undefined
  }
  const pair = /^[0-9A-F]{4}:[0-9A-F]{4}$/
  const [vendor, device] = field('PCI_ID=', pair)?.toLowerCase().split(':') ?? []
  const subsystem = field('PCI_SUBSYS_ID=', pair)?.toLowerCase()
  const code = field('PCI_CLASS=', /^[0-9A-F]{1,6}$/)
  const modalias = field('MODALIAS=', /^pci:\w{1,100}$/)
  return {
    vendorId: vendor === undefined ? required(directory, 'vendor', digits(4)) : known(vendor, source),
    deviceId: device === undefined ? required(directory, 'device', digits(4)) : known(device, source),
    subsystem: subsystem === undefined ? subsystemOf(directory) : known(orNone(subsystem), source),
    class: code === undefined ? classOf(directory) : known(Number.parseInt(code, 16), source),
    modalias: modalias === undefined ? required(directory, 'modalias', word) : known(modalias, source),
  }
}

function classOf(directory: Directory): Fact<number> {
  const read = required(directory, 'class', digits(6))
  return read.state === 'known' ? known(Number.parseInt(read.value, 16), read.source) : read
}

function subsystemOf(directory: Directory): Fact<string | null> {
  const vendor = required(directory, 'subsystem_vendor', digits(4))
  if (vendor.state === 'unknown') return vendor
  const device = required(directory, 'subsystem_device', digits(4))
  return device.state === 'unknown' ? device : known(orNone(`${vendor.value}:${device.value}`), directory.path)
}

/** Zeros are what the kernel prints for a function that has no subsystem. */
function orNone(subsystem: string): string | null {
  return subsystem === '0000:0000' ? null : subsystem
}

/** What is known of it from other places than its directory. */
export interface Surroundings {
  readonly powers: ReadonlyMap<Address, Power>
  readonly name: (id: string) => Fact<string | null>
  readonly modules: (modalias: string) => Fact<readonly string[]>
  readonly moduleOf: (driver: string) => Fact<string | null>
}

export function completeFunction(host: Host, seen: SeenFunction, around: Surroundings): Omit<PciFunction, 'uses'> {
  const { address, directory, parent, vendorId, deviceId, subsystem, powerState, runtimeStatus, modalias } = seen
  const read = configOf(host, seen, around)
  const driver = linked(directory, 'driver', plain)
  return {
    address,
    vendorId,
    deviceId,
    subsystem,
    class: seen.class,
    revision: revisionOf(directory, read),
    name: nameOf(seen, around),
    headerType: headerTypeOf(seen, read),
    multifunction:
      read.header === null
        ? unknown('not-collected', `${directory.path}/config`, 'the header was not read')
        : known(read.header.multifunction, `${directory.path}/config`),
    driver,
    driverModule: typeof valueOf(driver) === 'string' ? around.moduleOf(valueOf(driver) ?? '') : driver,
    kernelModules: modalias.state === 'known' ? around.modules(modalias.value) : modalias,
    driverOverride: optional(directory, 'driver_override', (text) => (isNone(text) ? null : plain(text)), null),
    vfioDev: directory.has('vfio-dev'),
    group: linked(directory, 'iommu_group', decimal),
    iommuUnit: linked(directory, 'iommu', plain),
    parent,
    physicalFunction: linked(directory, 'physfn', (target) => parseAddress(target) ?? undefined),
    virtualFunctions: virtualFunctions(directory),
    sriovTotalVfs: optional(directory, 'sriov_totalvfs', decimal, null),
    sriovNumVfs: optional(directory, 'sriov_numvfs', decimal, null),
    sriovAutoprobe: optional(directory, 'sriov_drivers_autoprobe', flag, null),
    bootVga: optional(directory, 'boot_vga', flag, null),
    resources: required(directory, 'resource', (text) => parseResource(text) ?? undefined),
    resetMethods: optional(directory, 'reset_method', words, null),
    resettable: directory.has('reset'),
    powerState,
    runtimeStatus,
    d3coldAllowed: own(seen, 'd3cold_allowed', () => optional(directory, 'd3cold_allowed', flag, null)),
    irq: own(seen, 'irq', () => required(directory, 'irq', decimal)),
    msiIrqs: msiIrqs(host, directory),
    enabled: own(seen, 'enable', () => required(directory, 'enable', enabled)),
    numaNode: own(seen, 'numa_node', () => optional(directory, 'numa_node', numaNode, null)),
    config: read.config,
  }
}

function configOf(host: Host, seen: SeenFunction, around: Surroundings): ReadConfig {
  const path = `${seen.directory.path}/config`
  const because = leftAlone(seen, around.powers)
  if (because !== null) return { config: unknown('not-collected', path, because), header: null }
  return readConfig(host, path, valueOf(seen.directory.has('physfn')) === true)
}

/**
 * Where the header could not be read, the kernel's own judgement tells: it gives the bus numbers to header types 1
 * and 2 alone (pci_bridge_attrs_are_visible), and it holds a class of 0604 to header type 1, one of 0607 to type 2
 * (pci_setup_device in drivers/pci/probe.c). Other classes of bridges come with either header.
 */
function headerTypeOf(seen: SeenFunction, read: ReadConfig): Fact<number> {
  const { directory } = seen
  if (read.header !== null) return known(read.header.type, `${directory.path}/config`)
  const code = valueOf(seen.class)
  const sub = code === undefined ? undefined : code >> 8
  if (valueOf(directory.has('secondary_bus_number')) === true)
    return known(sub === 0x0607 ? 2 : 1, `${directory.path}/secondary_bus_number`)
  if (sub === undefined) return unknown('not-collected', `${directory.path}/config`, 'the header was not read')
  if (sub === 0x0604 || sub === 0x0607) return known(sub === 0x0604 ? 1 : 2, seen.class.source)
  if (sub >> 8 === 0x06) return unknown('not-collected', `${directory.path}/config`, 'the header was not read')
  return known(0, seen.class.source)
}

/**
 * Left out for virtual functions: what they say there is their physical function's, or follows from being virtual (no
 * INTx), and a host that has thousands would wait for it.
 */
function own<T>(seen: SeenFunction, name: string, read: () => Fact<T>): Fact<T> {
  if (valueOf(seen.directory.has('physfn')) !== true) return read()
  return unknown('not-collected', `${seen.directory.path}/${name}`, 'not read of virtual functions')
}

function nameOf(seen: SeenFunction, around: Surroundings): Fact<string | null> {
  if (seen.vendorId.state === 'unknown') return seen.vendorId
  if (seen.deviceId.state === 'unknown') return seen.deviceId
  return around.name(`${seen.vendorId.value}:${seen.deviceId.value}`)
}

function revisionOf(directory: Directory, config: ReadConfig): Fact<number> {
  if (config.header !== null) return known(config.header.revision, `${directory.path}/config`)
  const read = required(directory, 'revision', digits(2))
  return read.state === 'known' ? known(Number.parseInt(read.value, 16), read.source) : read
}

/** `virtfn0`, `virtfn1` …: links in the order of the virtual functions. */
function virtualFunctions(directory: Directory): Fact<readonly Address[]> {
  const some = directory.has('virtfn0')
  if (some.state === 'unknown') return some
  if (!some.value) return known([], directory.path)
  const links = directory.names.filter((name) => /^virtfn\d{1,5}$/.test(name))
  const found: Address[] = []
  for (const name of links.sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))) {
    const address = linked(directory, name, (target) => parseAddress(target) ?? undefined)
    if (address.state === 'unknown') return address
    if (address.value !== null) found.push(address.value)
  }
  return known(found, directory.path)
}

/** One file for each allocated vector; without MSI or MSI-X in use there is no directory. */
function msiIrqs(host: Host, directory: Directory): Fact<number> {
  const there = directory.has('msi_irqs')
  const path = `${directory.path}/msi_irqs`
  if (there.state === 'unknown') return there
  if (!there.value) return known(0, path)
  const names = host.list(path)
  return names.ok ? known(names.value.length, path) : unread(names, path)
}

function isNone(text: string): boolean {
  return text === '' || text === '(null)'
}

function word(text: string): string | undefined {
  return /^[\w:*.-]{1,200}$/.test(text) ? text : undefined
}

function words(text: string): readonly string[] {
  return plain(text)
    .split(' ')
    .filter((one) => one !== '')
}

function enabled(text: string): boolean | undefined {
  const count = decimal(text)
  return count === undefined ? undefined : count > 0
}

function numaNode(text: string): number | null | undefined {
  const node = decimal(text)
  return node === undefined || node >= 0 ? node : null
}
