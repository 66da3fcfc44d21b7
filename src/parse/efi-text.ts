import { cleanLine } from './clean.ts'

/**
 * The text of an EFI variable as efivarfs shows it: four bytes of attributes, then UTF-16LE with a zero at its end
 * (the Boot Loader Interface's variables: LoaderInfo, StubInfo). null: too short to hold any.
 */
export function parseEfiText(bytes: Uint8Array): string | null {
  if (bytes.length < 6) return null
  const text = new TextDecoder('utf-16le').decode(bytes.subarray(4, 4 + 2048))
  return cleanLine(text.split('\0', 1)[0] ?? '').trim()
}
