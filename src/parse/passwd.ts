import { cleanLine } from './clean.ts'

/** Names by number from /etc/passwd or /etc/group: both put the name first and the number third (passwd(5), group(5)). */
export function parseNames(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const raw of text.split('\n', 100_000)) {
    const [name, , number] = cleanLine(raw).split(':', 3)
    if (name === undefined || name === '' || number === undefined || !/^\d{1,10}$/.test(number)) continue
    // The first entry of a number is the one that getpwuid and getgrgid return.
    if (!names.has(Number(number))) names.set(Number(number), name)
  }
  return names
}
