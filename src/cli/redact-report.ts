import { createRedactor } from '../host/redact.ts'
import type { Report } from '../model/report.ts'

/** The report with names, serials and network addresses masked in every text; its shape stays. */
export function redactReport(report: Report): Report {
  return mapTexts(report, createRedactor()) as Report
}

function mapTexts(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, redact))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, redact)]))
}
