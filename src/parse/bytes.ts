/** Little-endian fields of a byte block. Reading past its end gives 0: ask `holds` first. */
export interface ByteView {
  readonly length: number
  /** Whether `size` bytes from `offset` on are there. */
  holds(offset: number, size: number): boolean
  u8(offset: number): number
  u16(offset: number): number
  u32(offset: number): number
  u64(offset: number): bigint
}

export function littleEndian(bytes: Uint8Array): ByteView {
  const u8 = (offset: number): number => bytes[offset] ?? 0
  const u16 = (offset: number): number => u8(offset) | (u8(offset + 1) << 8)
  const u32 = (offset: number): number => (u16(offset) | (u16(offset + 2) << 16)) >>> 0
  return {
    length: bytes.length,
    holds: (offset, size) => offset >= 0 && offset + size <= bytes.length,
    u8,
    u16,
    u32,
    u64: (offset) => BigInt(u32(offset)) | (BigInt(u32(offset + 4)) << 32n),
  }
}
