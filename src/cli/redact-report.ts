import { createRedactor, type Known } from '../host/redact.ts'
import type { Report } from '../model/report.ts'

/** The report with names, serials and network addresses masked in every text, and what is known to be a name of the host; its shape stays. */
export function redactReport(report: Report, known: Known): Report {
  return mapTexts(report, createRedactor(known)) as Report
}

function mapTexts(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, redact))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, redact)]))
}
