import type { Address } from '../model/pci.ts'

/**
 * `01:00.0`, `0000:01:00.0`, `10000:e1:00.0` in either case; null for anything else. Without a domain it is domain 0,
 * as lspci leaves it out; nvidia-smi pads the domain to eight digits, the kernel to four (pci_setup_device in
 * drivers/pci/probe.c).
 */
export function parseAddress(text: string): Address | null {
  // Most parts of a path are none.
  if (text.at(-2) !== '.') return null
  const found = /^(?:([0-9a-fA-F]{4,8}):)?([0-9a-fA-F]{2}):([01][0-9a-fA-F])\.([0-7])$/.exec(text)
  if (found === null) return null
  const domain = found[1] ?? '0000'
  const short = domain.length === 4 ? domain : domain.replace(/^0+/, '').padStart(4, '0')
  return `${short}:${found[2]}:${found[3]}.${found[4]}`.toLowerCase()
}

/**
 * The PCI functions that a sysfs path goes through, outermost first:
 * `…/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0` gives the root port and the drive.
 */
export function addressesIn(path: string): readonly Address[] {
  return path.split('/').flatMap((part) => {
    const address = parseAddress(part)
    return address === null ? [] : [address]
  })
}

/**
 * The PCI functions that a text names as libvirt does, `pci_0000_01_00_0`, at most `most` of them
 * (node_device_udev.c: udevGenerateDeviceName).
 */
export function nodeNamesIn(text: string, most: number): readonly Address[] {
  if (!text.includes('pci_')) return []
  const all: Address[] = []
  for (const found of text.matchAll(/\bpci_([0-9a-f]{4,8})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])\b/gi)) {
    const address = parseAddress(`${found[1]}:${found[2]}:${found[3]}.${found[4]}`)
    if (address !== null) all.push(address)
    if (all.length >= most) break
  }
  return all
}
