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
