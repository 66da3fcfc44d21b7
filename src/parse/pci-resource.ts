import type { Resource } from '../model/pci.ts'

const UNUSED = '0x0000000000000000 0x0000000000000000 0x0000000000000000'

/**
 * The `resource` attribute: a line of start, end and flags for each resource (resource_show in
 * drivers/pci/pci-sysfs.c; flags of include/linux/ioport.h). Lines of three zeros are resources that the function
 * does not have, and are left out. null where a line has another form.
 */
export function parseResource(text: string): readonly Resource[] | null {
  const lines = text.split('\n', 64).filter((line) => line.trim() !== '')
  if (lines.length === 0) return null
  const resources: Resource[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    // Most lines are unused, and a host has tens of thousands of them.
    if (line === UNUSED) continue
    const found = /^\s*0x([0-9a-fA-F]{1,16})\s+0x([0-9a-fA-F]{1,16})\s+0x([0-9a-fA-F]{1,16})\s*$/.exec(line)
    if (found === null) return null
    const [start, end, flags] = [hex(found[1]), hex(found[2]), hex(found[3])]
    if (start !== 0n || end !== 0n || flags !== 0n)
      resources.push(resource(index, start, end, Number(flags & 0xffff_ffffn)))
  }
  return resources
}

function hex(digits: string | undefined): bigint {
  return BigInt(`0x${digits ?? '0'}`)
}

function resource(index: number, start: bigint, end: bigint, flags: number): Resource {
  const unset = (flags & 0x2000_0000) !== 0
  return {
    index,
    kind: (flags & 0x200) !== 0 ? 'memory' : (flags & 0x100) !== 0 ? 'io' : 'other',
    start,
    end,
    // A bridge window that was never set up has flags alone: no address and no size.
    size: end < start || end === 0n ? 0n : end - start + 1n,
    prefetchable: (flags & 0x2000) !== 0,
    is64bit: (flags & 0x10_0000) !== 0,
    // Not a ROM that is only flagged as shadowed (flags 2, no address, no size): there is nothing to assign.
    unassigned: unset || (start === 0n && end !== 0n && flags !== 0),
    flags,
  }
}
