/** Stands in for slice-ansi in the bundle: what is cut is our own ASCII text, without colours. */
export default function asciiSlice(text: string, from: number, to?: number): string {
  return text.slice(from, to)
}
