import type { GuestDefinition, HostDevice } from '../model/guests.ts'
import { cleanLine } from './clean.ts'
import { hostAddress, keyValues, parseDeviceArgument } from './host-device.ts'
import { shellWords } from './shell-words.ts'

const MIB = 1_048_576
const LINE_COUNT = 2000

/**
 * A Proxmox VM (qm.conf(5)): what stands above the first section, for snapshots and pending changes follow, or the
 * `qm set` commands that write it. `whole`: the text is the file itself, so that what is not in it has Proxmox's default; otherwise it stays unknown. null: no
 * line of such a file.
 */
export function parseProxmoxConfig(text: string, source: string, whole = false): GuestDefinition | null {
  const values = new Map<string, string>()
  for (const raw of text.split('\n', LINE_COUNT)) {
    const line = cleanLine(raw).trim()
    if (line.startsWith('[')) break
    const set = /\bqm (?:set|create) +(\d{3,9}) +(.*)$/.exec(line)
    if (set !== null) {
      values.set('name', values.get('name') ?? `VM ${set[1]}`)
      for (const [key, value] of commandOptions(set[2] ?? '')) values.set(key, value)
    }
    const found = /^([a-z][\w-]{0,31}):\s*(.*)$/.exec(line)
    if (found !== null) values.set(found[1] ?? '', found[2] ?? '')
  }
  if (![...values.keys()].some((key) => KNOWN.test(key))) return null
  const bios = values.get('bios')
  const uefi = bios === undefined ? (whole ? 'bios' : null) : bios === 'ovmf' ? 'uefi' : 'bios'
  return {
    name: values.get('name') ?? nameOf(source),
    manager: 'proxmox',
    machine: new Map(keyValues(values.get('machine') ?? '', 'type')).get('type') ?? (whole ? 'pc' : null),
    firmware: uefi,
    memoryBytes: memory(values.get('memory')) ?? (whole ? 512 * MIB : null),
    hostDevices: [
      ...[...values].flatMap(([key, value]) =>
        /^hostpci\d{1,2}$/.test(key) ? hostpci(`${key}: ${value}`, value) : [],
      ),
      ...fromArguments(values.get('args') ?? ''),
    ],
    running: null,
    source,
  }
}

const KNOWN =
  /^(?:hostpci\d{1,2}|machine|bios|memory|args|ostype|cores|sockets|cpu|scsihw|boot|vga|efidisk0|onboot|numa|balloon|hugepages|vmgenid)$/

/**
 * `[host=]BDF[;BDF…],pcie=1,x-vga=1` or `mapping=NAME,…` (PVE::QemuServer::PCI). A slot without a function is all its
 * functions. Proxmox binds the devices itself when the VM starts.
 */
function hostpci(text: string, value: string): HostDevice[] {
  const options = new Map(keyValues(value, 'host'))
  const device = (found: ReturnType<typeof hostAddress>): HostDevice => ({
    address: found?.address ?? null,
    managed: true,
    romFile: options.get('romfile') ?? null,
    allFunctions: found?.allFunctions ?? false,
    options: Object.fromEntries(options),
    text,
  })
  const hosts = (options.get('host') ?? '').split(';').filter((host) => host.trim() !== '')
  return hosts.length === 0 ? [device(null)] : hosts.map((host) => device(hostAddress(host)))
}

function fromArguments(args: string): HostDevice[] {
  const words = shellWords(args)
  return words.flatMap((word, index) => {
    const device = word === '-device' ? parseDeviceArgument(words[index + 1] ?? '') : null
    return device === null ? [] : [device]
  })
}

/** `-hostpci0 01:00,pcie=1 --memory 4096` of qm(1). */
function commandOptions(text: string): (readonly [string, string])[] {
  const words = shellWords(text)
  return words.flatMap((word, index) => {
    const key = /^--?([a-z][\w-]{0,31})$/.exec(word)?.[1]
    const value = words[index + 1]
    return key === undefined || value === undefined ? [] : [[key, value] as const]
  })
}

/** MiB, alone or as `current=`. */
function memory(value: string | undefined): number | null {
  const size = new Map(keyValues(value ?? '', 'current')).get('current') ?? ''
  return /^\d{1,9}$/.test(size) ? Number(size) * MIB : null
}

function nameOf(source: string): string {
  const id = /(\d{3,9})\.conf$/.exec(source)?.[1]
  return id === undefined ? 'guest' : `VM ${id}`
}
