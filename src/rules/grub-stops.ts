import type { ParameterSource } from '../model/boot.ts'
import type { Hit } from '../model/check.ts'
import type { Action } from '../model/remedy.ts'

/** What in a file keeps grub-mkconfig, which has a shell read it, from writing grub.cfg. */
export function stopHits(
  files: readonly ParameterSource[],
  toldAlready: boolean,
): readonly Hit<'grub-line-no-assignment' | 'grub-quote-open'>[] {
  return files.flatMap(({ path, stops, openQuote }) => {
    const hits: Hit<'grub-line-no-assignment' | 'grub-quote-open'>[] = []
    if (stops !== undefined && !toldAlready) {
      hits.push({
        code: 'grub-line-no-assignment',
        subject: { kind: 'host' },
        evidence: [{ source: path, saw: stops, wanted: 'no blank beside the =' }],
        values: { place: path, line: stops },
      })
    }
    if (openQuote !== undefined) {
      const { line, text, mark } = openQuote
      hits.push({
        code: 'grub-quote-open',
        subject: { kind: 'host' },
        evidence: [{ source: `${path}, line ${line}`, saw: text, wanted: 'the quote closed' }],
        values: { place: path, line: String(line), mark: mark ?? 'by hand', text },
      })
    }
    return hits
  })
}

/** What has to be done before the generator can run. */
export function mendingOf(files: readonly ParameterSource[]): readonly Action[] {
  return files.flatMap(({ path, stops, openQuote }): readonly Action[] => [
    ...(openQuote === undefined
      ? []
      : [{ do: 'close-quote', path, line: String(openQuote.line), mark: openQuote.mark ?? 'by hand' } as const]),
    ...(stops === undefined ? [] : [{ do: 'mend-assignments', path } as const]),
  ])
}
