/** Where the bytes of a section stand in a PE file. */
export interface PeSection {
  readonly offset: number
  /** As in the file: padded to the file's alignment. */
  readonly size: number
}

const SECTION_HEADER = 40
/** The specification's own limit for what an image loads. */
const MOST_SECTIONS = 96

/**
 * The first section of that name in a PE image of which `bytes` is the beginning, or null where there is none, or the
 * bytes are no such image. Of a unified kernel image with several profiles the first one is the one that all share.
 * Source: PE Format (Microsoft), "MS-DOS stub", "COFF File Header", "Section Table"; UAPI.5 Unified Kernel Images.
 */
export function peSection(bytes: Uint8Array, name: string): PeSection | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u16 = (at: number): number => (at + 2 <= bytes.length ? view.getUint16(at, true) : 0)
  const u32 = (at: number): number => (at + 4 <= bytes.length ? view.getUint32(at, true) : 0)
  const MZ = 0x5a4d
  const PE = 0x0000_4550
  const header = u32(0x3c)
  if (u16(0) !== MZ || u32(header) !== PE) return null
  const table = header + 24 + u16(header + 20)
  const count = Math.min(u16(header + 6), MOST_SECTIONS)
  for (let index = 0; index < count; index++) {
    const at = table + index * SECTION_HEADER
    if (at + SECTION_HEADER > bytes.length) return null
    const held = String.fromCharCode(...bytes.subarray(at, at + 8)).replace(/\0+$/, '')
    if (held === name) return { offset: u32(at + 20), size: u32(at + 16) }
  }
  return null
}

/**
 * The text of a section, up to its first zero byte; null where `bytes` ends before it does. The padding of the section is
 * looked at and not its virtual size: masking a capture may have made the text longer.
 */
export function sectionText(bytes: Uint8Array, { offset, size }: PeSection): string | null {
  if (offset + size > bytes.length) return null
  const [text = ''] = new TextDecoder().decode(bytes.subarray(offset)).split('\0', 1)
  return text
}
