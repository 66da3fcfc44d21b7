/** How evidence names a place in a post. */
export function lineSource(line: number): string {
  return `paste, line ${line}`
}
