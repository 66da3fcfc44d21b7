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
  return new LittleEndian(bytes)
}

/** A class: a host has hundreds of these, and closures would be made anew for each. */
class LittleEndian implements ByteView {
  readonly #bytes: Uint8Array
  readonly length: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.length = bytes.length
  }

  holds(offset: number, size: number): boolean {
    return offset >= 0 && offset + size <= this.length
  }

  u8(offset: number): number {
    return this.#bytes[offset] ?? 0
  }

  u16(offset: number): number {
    return this.u8(offset) | (this.u8(offset + 1) << 8)
  }

  u32(offset: number): number {
    return (this.u16(offset) | (this.u16(offset + 2) << 16)) >>> 0
  }

  u64(offset: number): bigint {
    return BigInt(this.u32(offset)) | (BigInt(this.u32(offset + 4)) << 32n)
  }
}
