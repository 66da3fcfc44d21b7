import type { Report } from '../src/model/report.ts'

/** The report as it is: reports/report.v1.schema.json describes it. */
export function renderJson(report: Report): string {
  return stringify(report)
}

/**
 * JSON, indented, with whatever is invisible written as an escape: U+2028 and U+2029 end a line for some readers, and
 * C1 control characters and bidirectional overrides act on a terminal. Nothing is lost: a parser reads the same text.
 */
export function stringify(value: unknown): string {
  // Outside of strings JSON.stringify writes ASCII and its own line breaks alone.
  const text = JSON.stringify(value, null, 2)
  // A pattern of Unicode's properties costs a millisecond to make, and most reports hold ASCII, Latin letters (from the
  // registered sign on) and dashes, quotes and dots alone.
  return `${/[^\n\x20-\x7e\u00ae-\u024f\u2013-\u2026]/.test(text) ? escaped(text) : text}\n`
}

function escaped(text: string): string {
  return text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) =>
    [...Array(character.length).keys()].map((at) => unit(character.charCodeAt(at))).join(''),
  )
}

function unit(value: number): string {
  return `\\u${value.toString(16).padStart(4, '0')}`
}
