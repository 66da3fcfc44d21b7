/** A PE image with these sections, as objcopy lays them out: a stub, a section table, each section padded to 512 bytes. */
export function peImage(sections: Readonly<Record<string, string>>): Uint8Array {
  const texts = Object.entries(sections).map(([name, text]) => [name, new TextEncoder().encode(text)] as const)
  const header = 0x80
  const optional = 240
  const padded = (size: number): number => Math.ceil(size / 512) * 512
  const start = padded(header + 24 + optional + texts.length * 40)
  const total = texts.reduce((size, [, text]) => size + padded(text.length), start)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x5a4d, true)
  view.setUint32(0x3c, header, true)
  view.setUint32(header, 0x4550, true)
  view.setUint16(header + 6, texts.length, true)
  view.setUint16(header + 20, optional, true)
  let offset = start
  for (const [index, [name, text]] of texts.entries()) {
    const at = header + 24 + optional + index * 40
    bytes.set(new TextEncoder().encode(name), at)
    view.setUint32(at + 8, text.length, true)
    view.setUint32(at + 16, padded(text.length), true)
    view.setUint32(at + 20, offset, true)
    bytes.set(text, offset)
    offset += padded(text.length)
  }
  return bytes
}
