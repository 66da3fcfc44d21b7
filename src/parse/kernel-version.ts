import { cleanLine } from './clean.ts'

/**
 * The numbers in front of a kernel release (`6.8.12-4-pve` → [6, 8, 12]); a patch level that is not written is 0.
 * null where it does not begin with two numbers.
 */
export function parseKernelVersion(release: string): [number, number, number] | null {
  const found = /^\s{0,16}(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6}))?(?![\d])/.exec(release)
  return found === null ? null : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)]
}

/** The release in `Linux version 6.8.12-4-pve (build@host) …`: /proc/version, and the first words of a kernel log. */
export function releaseOfBanner(text: string): string | null {
  return /^Linux version (\S{1,128})/.exec(cleanLine(text.slice(0, 1024)))?.[1] ?? null
}
