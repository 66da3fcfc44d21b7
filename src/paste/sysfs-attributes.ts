import { known, unknown, type Fact } from '../model/fact.ts'
import type { Address, ConfigSpace } from '../model/pci.ts'
import { parseConfigSpace } from '../parse/config-space.ts'
import { parseAddress } from '../parse/pci-address.ts'
import type { AttributeReading, At } from './gleaned.ts'
import { lineSource } from './source.ts'

/** The attributes of one function that a post shows, as facts. */
export interface Attributes {
  text(name: string): Fact<string>
  /** `0x…` or decimal. */
  number(name: string): Fact<number>
  flag(name: string): Fact<boolean>
  /** A list of words; an empty file is an empty list. */
  words(name: string): Fact<readonly string[]>
  /** Whether the attribute could be read: then it exists. */
  written(name: string): Fact<boolean>
  /** `0x10de` without the prefix. */
  id(name: string): Fact<string>
  subsystem(): Fact<string | null>
  override(): Fact<string>
  /** The last part of a link. */
  linkName(name: string): Fact<string>
  link<T>(name: string, read: (last: string) => T | null): Fact<T>
  driver(): At<string> | null
  virtualFunctions(): Fact<readonly Address[]>
  config(): Fact<ConfigSpace>
}

const missing: Fact<never> = unknown('not-in-paste', 'paste')

/** Of several readings of one attribute the last counts. */
export function attributeFacts(readings: readonly AttributeReading[]): Attributes {
  const last = new Map(readings.map((one) => [one.name, one]))
  const read = <T>(name: string, parse: (value: string) => T | null): Fact<T> => {
    const one = last.get(name)
    const value = one === undefined ? null : parse(one.value)
    return one === undefined || value === null ? missing : known(value, lineSource(one.line))
  }
  const base = (value: string): string => value.slice(value.lastIndexOf('/') + 1)
  const linkName = (name: string): Fact<string> =>
    read(name, (value) => (/^[\w.:-]{1,80}$/.test(base(value)) ? base(value) : null))
  return {
    text: (name) => read(name, (value) => (value === '' ? null : value)),
    number: (name) => read(name, (value) => (/^(?:-?\d{1,10}|0x[0-9a-f]{1,8})$/i.test(value) ? Number(value) : null)),
    flag: (name) => read(name, (value) => (value === '1' ? true : value === '0' ? false : null)),
    words: (name) => read(name, (value) => (/^[\w ]{0,100}$/.test(value) ? value.split(' ').filter(Boolean) : null)),
    written: (name) => read(name, (value) => (/^[\w ]{1,100}$/.test(value) ? true : null)),
    id: (name) => read(name, hexId),
    subsystem: () => {
      const device = read('subsystem_device', hexId)
      return read('subsystem_vendor', (value) => {
        const vendor = hexId(value)
        return vendor === null || device.state === 'unknown' ? null : `${vendor}:${device.value}`
      })
    },
    override: () =>
      read('driver_override', (value) => (/^[\w-]{1,64}$/.test(value) && value !== '(null)' ? value : null)),
    linkName,
    link: (name, parse) => read(name, (value) => parse(base(value))),
    driver: () => {
      const one = last.get('driver')
      return one === undefined || !/^[\w-]{1,64}$/.test(base(one.value))
        ? null
        : { value: base(one.value), line: one.line }
    },
    virtualFunctions: () => {
      const all = readings.filter((one) => /^virtfn\d+$/.test(one.name))
      const addresses = all.flatMap((one) => parseAddress(base(one.value)) ?? [])
      return addresses.length === 0 ? missing : known(addresses, lineSource(all[0]?.line ?? 1))
    },
    config: () => read('config', hexConfig),
  }
}

function hexId(value: string): string | null {
  return /^0x([0-9a-f]{4})$/i.exec(value)?.[1]?.toLowerCase() ?? null
}

/** `config [hex] 8680…`: 64 bytes and more. */
function hexConfig(value: string): ConfigSpace | null {
  if (value.length < 128 || !/^(?:[0-9a-f]{2}){64,4096}$/i.test(value)) return null
  const bytes = new Uint8Array(value.length / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(value.slice(2 * at, 2 * at + 2), 16)
  return parseConfigSpace(bytes, 'config')
}
