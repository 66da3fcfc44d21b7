/** Stands in for string-width in the bundle: what is measured is our own ASCII text. */
export default function asciiWidth(text: string): number {
  // eslint-disable-next-line no-control-regex -- ANSI colour sequences have no width
  return text.replace(/\u001b\[[0-9;]*m/g, '').length
}
