import type { Confidence, Severity } from '../model/check.ts'

/** The gravest first, and the surest first. */
export const RANK: Readonly<Record<Severity, number>> = { fail: 0, warn: 1, info: 2 }
export const CONFIDENCE: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 }

/** The less grave of the two. */
export function lower(severity: Severity, cap: Severity | undefined): Severity {
  return cap !== undefined && RANK[cap] > RANK[severity] ? cap : severity
}

/** The less sure of the two. */
export function lessSure(confidence: Confidence, cap: Confidence): Confidence {
  return CONFIDENCE[cap] > CONFIDENCE[confidence] ? cap : confidence
}
