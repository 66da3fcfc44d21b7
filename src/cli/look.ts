import { complain, isTerminal, print, writeWhole } from './output.ts'

export interface Look {
  readonly format: 'text' | 'markdown' | 'json'
  readonly output?: string | undefined
  readonly color?: boolean | undefined
}

/** How wide, and whether colours and symbols show: a terminal that has them, unless told otherwise (NO_COLOR). */
export function terminal(look: Look): { readonly width: number; readonly color: boolean; readonly unicode: boolean } {
  const toTerminal = look.output === undefined && isTerminal(1)
  const plain = process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== ''
  const dumb = process.env['TERM'] === 'dumb'
  const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || ''
  return {
    width: toTerminal ? Math.max(40, Math.min(process.stdout.columns ?? 80, 100)) : 80,
    color: look.color ?? (toTerminal && !plain && !dumb),
    unicode: look.color !== false && toTerminal && /utf-?8/i.test(locale) && process.env['TERM'] !== 'linux',
  }
}

/** Puts a finished text where it belongs. */
export async function deliver(text: string, look: Pick<Look, 'output'>): Promise<void> {
  if (look.output === undefined || look.output === '-') await print(text)
  else writeWhole(look.output, text)
}

/** A line on a terminal's standard error once something takes longer than half a second; wiped afterwards. */
export function progress(what: string): () => void {
  if (!isTerminal(2)) return () => {}
  let shown = false
  const timer = setTimeout(() => {
    shown = true
    complain(`${what} …`)
  }, 500)
  timer.unref()
  return () => {
    clearTimeout(timer)
    if (shown) complain(`\r${' '.repeat(what.length + 2)}\r`)
  }
}
