import { table } from 'table'
import { displayWidth, isPrintableAscii } from './width.ts'

/** Blanks between two columns. */
export const GAP = 2

export interface Column {
  /** Wraps its text at blanks beyond this many columns. */
  readonly width?: number
}

/**
 * Rows in aligned columns, two blanks apart, without frames or trailing blanks. The one user of `table`, which the bundle
 * evaluates when this is first called.
 *
 * The bundle replaces string-width and slice-ansi by their like for ASCII, so a cell has to take as many columns as it
 * has code units: each character that takes others is shown as `?`, or left out where it takes none (a full report, in
 * any format, has it as it is).
 */
export function columns(rows: readonly (readonly string[])[], layout: readonly Column[]): readonly string[] {
  if (rows.length === 0) return []
  const text = table(
    rows.map((row) => row.map(measurable)),
    {
      border: BORDERLESS,
      columns: layout.map((one) => ({
        paddingLeft: 0,
        paddingRight: GAP,
        ...(one.width === undefined ? {} : { width: one.width, wrapWord: true }),
      })),
      drawHorizontalLine: () => false,
    },
  )
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd())
}

const BORDERLESS = {
  topBody: '',
  topJoin: '',
  topLeft: '',
  topRight: '',
  bottomBody: '',
  bottomJoin: '',
  bottomLeft: '',
  bottomRight: '',
  bodyLeft: '',
  bodyRight: '',
  bodyJoin: '',
  joinBody: '',
  joinLeft: '',
  joinRight: '',
  joinJoin: '',
}

function measurable(cell: string): string {
  if (isPrintableAscii(cell)) return cell
  // A mark that takes no column goes: in its place a column more than was reckoned with would be taken.
  return [...cell]
    .map((one) => (one.length === 1 && displayWidth(one) === 1 ? one : displayWidth(one) === 0 ? '' : '?'))
    .join('')
}
