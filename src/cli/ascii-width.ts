import asciiStrip from './ascii-strip.ts'

/** Stands in for string-width in the bundle: what is measured is our own ASCII text. */
export default function asciiWidth(text: string): number {
  return asciiStrip(text).length
}
