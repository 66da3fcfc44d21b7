import type { CommandLine, Parameter } from '../model/boot.ts'
import { cleanLine } from './clean.ts'

/** A parameter and where it begins in the cleaned text. */
export interface PlacedParameter extends Parameter {
  readonly start: number
}

/**
 * A kernel command line as the kernel splits it (lib/cmdline.c: next_arg; kernel/params.c: parse_args). Blanks divide
 * outside double quotes, the first `=` that is not the first character ends the name, nothing escapes a quote, single
 * quotes mean nothing, and a lone `--` ends what is the kernel's. Never fails. What is past 4096 characters is cut
 * off: no architecture takes more (COMMAND_LINE_SIZE).
 */
export function parseCommandLine(line: string): CommandLine {
  const raw = oneLine(line)
  return { raw, parameters: placeParameters(raw).map(({ text, name, value }) => ({ text, name, value })) }
}

/** Fit to print, in one line: to the kernel every kind of white space is a blank. */
export function oneLine(text: string): string {
  return cleanLine(text.slice(0, 65_536).replace(/[\n\v\f\r]/g, ' ')).trim()
}

/** The parameters of a line that `oneLine` has cleaned, each with its place. */
export function placeParameters(line: string): PlacedParameter[] {
  const parameters: PlacedParameter[] = []
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ' ') continue
    const end = endOfArgument(line, at)
    const parameter = argument(line.slice(at, end))
    if (parameter.name === '--' && parameter.value === null) break
    parameters.push({ ...parameter, start: at })
    at = end
  }
  return parameters
}

function endOfArgument(line: string, start: number): number {
  let quoted = false
  let at = start
  for (; at < line.length && (quoted || line[at] !== ' '); at++) if (line[at] === '"') quoted = !quoted
  return at
}

function argument(text: string): Parameter {
  const quoted = text.startsWith('"')
  let inner = quoted ? text.slice(1) : text
  const equals = inner.indexOf('=', 1)
  const quotedValue = equals > 0 && inner[equals + 1] === '"'
  // The kernel drops the last quote of the word only where it dropped one at the start of the word or of the value.
  if ((quoted || quotedValue) && inner.endsWith('"')) inner = inner.slice(0, -1)
  if (equals < 0) return { text, name: inner, value: null }
  return { text, name: inner.slice(0, equals), value: inner.slice(equals + (quotedValue ? 2 : 1)) }
}
