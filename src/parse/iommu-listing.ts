/** The head of a group in one of the listing scripts, and what stands behind it on the same line. */
export interface GroupHead {
  readonly id: number
  readonly rest: string
}

/** `IOMMU Group 1:`, `### Group 1 ###`, `Group: 1`, `IOMMU group #1 00:01.0 …`, `iommu_group 1`. */
const HEAD = /^[\s#*=+>[(|•-]{0,12}(?:IOMMU[ _-]{0,2})?Group[\s:#№]{0,6}(\d{1,6})\b[\s:#*=\])|-]{0,12}(.*)$/i

export function groupHead(text: string): GroupHead | null {
  const found = HEAD.exec(text)
  if (found === null) return null
  const rest = (found[2] ?? '').trim()
  // "Group 1 is not viable", "group 15 has …": a sentence, not a listing.
  if (rest !== '' && !addressIn(rest) && !/^[-=#*:→>]*$/.test(rest)) return null
  return { id: Number(found[1]), rest }
}

const ADDRESS = /(?:^|[^0-9a-z:])((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?![0-9a-z])/i

export interface FoundAddress {
  /** With a domain, lower case. */
  readonly address: string
  readonly before: string
  readonly after: string
}

/** The first PCI address of a text, with what stands around it. */
export function addressIn(text: string): FoundAddress | null {
  const found = ADDRESS.exec(text)
  const word = found?.[1]
  if (found === null || word === undefined) return null
  const at = found.index + found[0].length - word.length
  const address = (word.split(':').length === 2 ? `0000:${word}` : word).toLowerCase()
  return { address, before: text.slice(0, at), after: text.slice(at + word.length) }
}

/** `/sys/kernel/iommu_groups/1/devices/0000:00:01.0`, as `find` prints it. */
export function groupPath(text: string): { readonly id: number; readonly address: string } | null {
  const found = /\/iommu_groups\/(\d{1,6})\/devices\/([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\b/i.exec(text)
  return found === null ? null : { id: Number(found[1]), address: (found[2] ?? '').toLowerCase() }
}
