/** Stands in for strip-ansi in the bundle: of escape sequences our own text has colours at most. */
export default function asciiStrip(text: string): string {
  // eslint-disable-next-line no-control-regex -- they begin with one
  return text.includes('\u001b') ? text.replace(/\u001b\[[0-9;]*m/g, '') : text
}
