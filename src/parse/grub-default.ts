import type { ParameterSource, PassedOver } from '../model/boot.ts'
import { cleanLine } from './clean.ts'
import { closeQuote, openQuote } from './open-quote.ts'
import { parametersOfValue, shellValues, textOfValue, type ShellFile, type ShellNotes } from './shell-values.ts'

export interface GrubDefaults {
  /** One for each file, in their order. */
  readonly sources: readonly Omit<ParameterSource, 'loader' | 'layer'>[]
  /** `GRUB_ENABLE_BLSCFG`; null where no file sets it. */
  readonly bls: boolean | null
}

const LISTS = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT']

/**
 * The kernel parameters that grub-mkconfig takes from /etc/default/grub and what it reads after it: first
 * GRUB_CMDLINE_LINUX, then GRUB_CMDLINE_LINUX_DEFAULT (util/grub.d/10_linux.in). Recovery entries get the first alone.
 * A quote that is left open is read as if it were closed at its line's end, as it was meant.
 */
export function parseGrubDefaults(written: readonly ShellFile[]): GrubDefaults {
  const quotes = new Map(written.flatMap(({ path, text }) => [[path, openQuote(text)] as const]))
  const files = written.map((one) => {
    const quote = quotes.get(one.path) ?? null
    return quote === null ? one : { ...one, text: closeQuote(one.text, quote) }
  })
  const notes: ShellNotes = { overwritten: [], strays: [] }
  const values = shellValues(files, notes)
  const lists = LISTS.flatMap((name) => parametersOfValue(values.get(name)))
  const over = passedOver(files, notes).filter(
    ({ parameter }) => !lists.some((one) => one.parameter.text === parameter.text),
  )
  const bls = textOfValue(values.get('GRUB_ENABLE_BLSCFG')).trim()
  return {
    sources: files.map(({ path }) => {
      const parameters = lists.filter((one) => one.path === path).map((one) => one.parameter)
      const own = over.filter((one) => one.path === path).map(({ path: _path, ...one }): PassedOver => one)
      const stray = notes.strays.find((one) => one.path === path)
      return {
        path,
        parameters,
        ...(own.length === 0 ? {} : { passedOver: own }),
        ...(stray === undefined ? {} : { stops: stray.line }),
        ...stopping(quotes.get(path) ?? null),
      }
    }),
    bls: bls === '' ? null : bls === 'true',
  }
}

/** A comment or a backslash on the line has to be looked at by the one who closes the quote. */
function stopping(quote: ReturnType<typeof openQuote>): Pick<ParameterSource, 'openQuote'> {
  if (quote === null) return {}
  const text = cleanLine(quote.text).slice(0, 256)
  return { openQuote: { line: quote.line, text, mark: /[#\\]/.test(quote.text) ? null : quote.mark } }
}

function passedOver(
  files: readonly ShellFile[],
  { overwritten, strays }: ShellNotes,
): (PassedOver & { path: string })[] {
  const set = overwritten
    .filter((one) => LISTS.includes(one.name))
    .flatMap(({ segments, by }) => {
      const maybe = conditional(files, by)
      return parametersOfValue(segments).map((one) => ({ ...one, why: 'overwritten' as const, by, ...maybe }))
    })
  const meant = strays
    .filter((one) => LISTS.includes(one.name))
    .flatMap(({ segments, path }) => {
      const maybe = conditional(files, path)
      return parametersOfValue(segments).map(({ parameter }) => {
        return { parameter, path, why: 'no-assignment' as const, ...maybe }
      })
    })
  return [...set, ...meant]
}

/** No shell runs here: with conditions in the file, a line of it may never be run. */
function conditional(files: readonly ShellFile[], path: string): { readonly maybe?: true } {
  const text = files.find((one) => one.path === path)?.text ?? ''
  return /^[ \t]{0,16}(?:if|case|for|while|until|return|exit|test|\[)(?=[\s[])/m.test(text) ? { maybe: true } : {}
}
