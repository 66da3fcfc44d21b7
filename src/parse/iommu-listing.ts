import type { Address } from '../model/pci.ts'
import { parseAddress } from './pci-address.ts'

/** The head of a group in one of the listing scripts, and what stands behind it on the same line. */
export interface GroupHead {
  readonly id: number
  readonly rest: string
}

/** `IOMMU Group 1:`, `### Group 1 ###`, `Group: 1`, `IOMMU group #1 00:01.0 …`, `iommu_group 1`, `Gruppe 1`, `组 1`. */
const HEAD =
  /^[\s#*=+>[(|•–—-]{0,12}(?:IOMMU[ _-]{0,2})?(?:Group|Grupp?e|Groupe|Grupo|Gruppo|Grupa|Группа|组|群組|グループ)[\s:#№]{0,6}(\d{1,6})\b[\s:#*=\])|–—-]{0,12}(.*)$/iu

export function groupHead(text: string): GroupHead | null {
  const found = HEAD.exec(text)
  if (found === null) return null
  const rest = (found[2] ?? '').trim()
  // "Group 1 is not viable", "group 15 has …": a sentence, not a listing.
  if (rest !== '' && !/^\W{0,12}$/.test(rest)) {
    const at = addressIn(rest)
    if (at === null || /\p{L}{2,} \p{L}{2,} /u.test(at.before)) return null
  }
  return { id: Number(found[1]), rest }
}

const ADDRESS = /(?<![0-9a-z:.])(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?![0-9a-z])/gi

export interface FoundAddress {
  /** With a domain, lower case. */
  readonly address: Address
  readonly before: string
  readonly after: string
}

/** The first PCI address of a text, with what stands around it. */
export function addressIn(text: string): FoundAddress | null {
  return addressesOf(text, 1)[0] ?? null
}

/** The PCI addresses of a text, at most `most` of them. A clock (`12:04.5 s`) may look like one; a word decides. */
export function addressesOf(text: string, most: number = 32): readonly FoundAddress[] {
  if (!text.includes(':') || !text.includes('.')) return []
  const all: FoundAddress[] = []
  for (const found of text.matchAll(ADDRESS)) {
    const address = parseAddress(found[0])
    if (address === null) continue
    all.push({ address, before: text.slice(0, found.index), after: text.slice(found.index + found[0].length) })
    if (all.length >= most) break
  }
  return all
}

/** `…/iommu_groups/1/devices/0000:00:01.0`, also cut at the left as `find .` prints it, or a device that is not PCI. */
export function groupPath(
  text: string,
): { readonly id: number; readonly address: Address | null; readonly name: string } | null {
  const found = /(?:\/iommu_groups|^(?:\.\/)?(?:iommu_groups)?)\/?(\d{1,6})\/devices\/([^\s/'"]{1,80})$/.exec(
    text.slice(0, 400),
  )
  if (found === null) return null
  const name = found[2] ?? ''
  return { id: Number(found[1]), address: parseAddress(name), name }
}
