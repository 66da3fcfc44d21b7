/** Bytes of one table that a text shows, at their offset. */
export interface TableRow {
  readonly offset: number
  readonly bytes: readonly number[]
}

/** Longest table that is put together; those of IOMMUs have a few thousand bytes. */
export const LONGEST_TABLE = 65_536

/**
 * A row of a table as iasl disassembles it (`[024h 0036   1]  Host Address Width : 2D`) or acpidump dumps it
 * (`    0000: 44 4D 41 52 …`). Numbers are printed in hexadecimal, most significant digit first, for the little-endian
 * bytes that they stand for; lists and paths byte by byte (AcpiDmDumpTable in ACPICA's dmtable.c). null: neither.
 */
export function tableRow(text: string): TableRow | null {
  if (text.length > 300) return null
  const dumped = /^([0-9a-f]{4}): ((?:[0-9a-f]{2} ){1,16})/i.exec(`${text} `)
  if (dumped !== null) {
    const bytes = (dumped[2] ?? '').trim().split(' ').map(hex)
    return { offset: hex(dumped[1]), bytes }
  }
  const row = /^\[([0-9a-f]{3,4})h [0-9a-f]{3,4}h? {1,4}(\d{1,4}|[0-9a-f]{1,4}h)\] {1,60}[^:]{1,60} : (.*)$/i.exec(text)
  if (row === null) return null
  const size = row[2]?.endsWith('h') === true ? hex(row[2].slice(0, -1)) : Number(row[2])
  const bytes = valueBytes((row[3] ?? '').trim(), size)
  return bytes === null || size > 256 ? null : { offset: hex(row[1]), bytes }
}

function hex(text: string | undefined): number {
  return Number.parseInt(text ?? '', 16)
}

function valueBytes(value: string, size: number): readonly number[] | null {
  if (value.startsWith('"')) {
    const said = /^"([^"]{0,40})"/.exec(value)?.[1] ?? ''
    return Array.from({ length: size }, (_, at) => said.charCodeAt(at) & 0xff || 0)
  }
  const list = /^[0-9a-f]{2}(?:[ ,][0-9a-f]{2})*(?![0-9a-f])/i.exec(value)?.[0].split(/[ ,]/) ?? []
  if (list.length === size) return list.map(hex)
  const number = /^[0-9a-f]{1,16}(?![0-9a-f])/i.exec(value)?.[0]
  if (number === undefined || number.length > 2 * size) return null
  const digits = number.padStart(2 * size, '0')
  return Array.from({ length: size }, (_, at) => hex(digits.slice(2 * (size - at - 1), 2 * (size - at))))
}

/** `DMAR`, of the row that begins a table; null for another row. */
export function tableSignature(row: TableRow): string | null {
  if (row.offset !== 0 || row.bytes.length < 4) return null
  const name = String.fromCharCode(...row.bytes.slice(0, 4))
  return /^[A-Z]{4}$/.test(name) ? name : null
}

/** Puts a table together; null where its length says that rows are missing. */
export function tableBytes(rows: readonly TableRow[]): Uint8Array | null {
  const end = Math.max(0, ...rows.map((row) => row.offset + row.bytes.length))
  if (end < 8 || end > LONGEST_TABLE) return null
  const bytes = new Uint8Array(end)
  const seen = new Uint8Array(end)
  for (const row of rows) {
    bytes.set(row.bytes, row.offset)
    seen.fill(1, row.offset, row.offset + row.bytes.length)
  }
  const length = new DataView(bytes.buffer).getUint32(4, true)
  return length > end || seen.subarray(0, length).includes(0) ? null : bytes.subarray(0, length)
}
