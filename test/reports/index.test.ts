import { expect, test } from 'vitest'
import { FORMATS, type Format } from '../../reports/index.ts'
import { bridgeReport } from './support/reports.ts'

test.each(Object.keys(FORMATS) as Format[])('%s loads, and the same report gives the same bytes', async (format) => {
  const render = FORMATS[format]
  const options = { width: 80, color: false, unicode: false, verbose: false, quiet: false }
  const text = render(bridgeReport(), options)
  expect(text).toContain('bridge-cannot-bind')
  expect(render(structuredClone(bridgeReport()), options)).toBe(text)
})
