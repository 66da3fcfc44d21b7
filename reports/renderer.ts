import type { Report } from '../src/model/report.ts'

export type Format = 'text' | 'markdown' | 'json'

export interface RenderOptions {
  /** Columns. Commands are never broken, whatever the width; all else fits in it. */
  readonly width: number
  readonly color: boolean
  readonly unicode: boolean
  readonly verbose: boolean
  /** The headline and the titles of the causes alone. */
  readonly quiet: boolean
  /** Whether names and serials were masked before; left out where the caller does not say. */
  readonly redacted?: boolean
}

/** Pure: the same report and options give the same text, which ends with one newline. */
export type Renderer = (report: Report, options: RenderOptions) => string
