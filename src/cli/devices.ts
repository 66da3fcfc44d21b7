import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { idOf, isBridge } from '../rules/pci.ts'
import { UserError } from './errors.ts'

/** Class words that people use, and the base class and subclass (the upper bits of the class code) they mean. */
const WORDS: Readonly<Record<string, readonly number[]>> = {
  gpu: [0x03],
  display: [0x03],
  vga: [0x03],
  nic: [0x02],
  network: [0x02],
  usb: [0x0c03],
  nvme: [0x0108],
  sata: [0x0106],
  storage: [0x01],
  audio: [0x0401, 0x0403],
  sound: [0x0401, 0x0403],
}

/**
 * Addresses that a word means: an address, `vendor:device`, or a class word. In a paste an address need not be among
 * the devices shown, since a post names more than it lists.
 */
export function resolveDevice(word: string, facts: Facts, anyAddress: boolean): readonly Address[] {
  const pci = valueOf(facts.pci)
  const functions = pci?.functions ?? []
  const address = parseAddress(word)
  if (address !== null) {
    if (functions.some((one) => one.address === address) || anyAddress) return [address]
    if (facts.pci.state === 'unknown') throw new UserError('the PCI devices of this machine could not be read', 3)
    throw new UserError(`no PCI function ${address} here; ${listHint(functions)}`)
  }
  const id = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(word)
  if (id !== null) {
    const found = functions.filter((one) => idOf(one) === word.toLowerCase())
    if (found.length > 0) return found.map((one) => one.address)
    throw new UserError(`no PCI function with the id ${word.toLowerCase()} here; ${listHint(functions)}`)
  }
  const classes = WORDS[word.toLowerCase()]
  if (classes === undefined) {
    throw new UserError(
      `'${printable(word)}' is no device: give an address (01:00.0), an id (10de:1b80) or one of ${Object.keys(WORDS).join(', ')}`,
    )
  }
  const found = functions.filter((one) => isBridge(one) !== true && ofClass(one, classes))
  if (found.length === 0) throw new UserError(`no PCI function of class '${word}' here; ${listHint(functions)}`)
  return found.map((one) => one.address)
}

function ofClass(fn: PciFunction, classes: readonly number[]): boolean {
  const code = valueOf(fn.class)
  return code !== undefined && classes.some((one) => (one > 0xff ? code >> 8 === one : code >> 16 === one))
}

function listHint(functions: readonly PciFunction[]): string {
  return functions.length === 0 ? 'none is shown at all' : `it has ${functions.length} (lspci -nn lists them)`
}

/** A word of the command line, fit for a message. */
export function printable(word: string): string {
  return word.replace(/[^\x20-\x7e]/g, '?').slice(0, 60)
}
