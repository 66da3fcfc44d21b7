import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { lastParameter, parametersNamed, switchValue } from '../../src/rules/parameters.ts'

const line = parseCommandLine('vfio-pci.ids=1:2 vfio_pci.id=3:4 vfio_pci.ids=5:6')

test('names are the same with - and _, and otherwise compared whole', () => {
  expect(parametersNamed(line, 'vfio_pci.ids').map((one) => one.value)).toEqual(['1:2', '5:6'])
  expect(parametersNamed(line, 'vfio-pci.id').map((one) => one.value)).toEqual(['3:4'])
})

test('the last occurrence wins', () => {
  expect(lastParameter(line, 'vfio-pci.ids')?.value).toBe('5:6')
})

test.each([
  [null, true],
  ['1', true],
  ['Yes', true],
  ['on', true],
  ['0', false],
  ['N', false],
  ['false', false],
  ['off', false],
  ['', undefined],
  ['2', undefined],
] as const)('a switch of %j', (value, wanted) => {
  expect(switchValue(value)).toBe(wanted)
})
