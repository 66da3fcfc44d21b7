import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { PROGRAM } from './support.ts'

/** Loads the bundle as another Node would, and says whether V8 rejected the compiled code; undefined: none was offered. */
function rejected(property: 'arch' | 'platform' | 'version', value: string): string {
  const script = `
    Object.defineProperty(process, ${JSON.stringify(property)}, { value: ${JSON.stringify(value)} })
    const { take, parts } = require(${JSON.stringify(PROGRAM)})
    take('./bundle.cjs')
    process.stdout.write(String(parts.get('bundle').script.cachedDataRejected))
  `
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout
}

test('the code that the build compiled is taken by the Node that compiled it', () => {
  expect(rejected('arch', process.arch)).toBe('false')
})
test.each([
  ['arch', 'another'],
  ['platform', 'another'],
  ['version', 'v20.0.0'],
] as const)('it is not offered to a V8 of another %s, which might take it and crash', (property, value) => {
  expect(rejected(property, value)).toBe('undefined')
})
