import type { Family } from '../model/family.ts'

/**
 * A message of the kernel or of a program, known word for word. `text` is its stable part with `…` for what varies;
 * matching ignores case of nothing and the dress of the line (time stamps, prefixes).
 */
export interface Message {
  readonly id: string
  readonly layer: string
  /** Source file that prints it. */
  readonly file: string
  readonly text: string
  readonly example: string
  readonly since: string
  readonly severity: 'error' | 'warn' | 'info'
  readonly family: Family
  /** What it means, in our words. */
  readonly meaning: string
  readonly names: 'device' | 'nothing'
}
