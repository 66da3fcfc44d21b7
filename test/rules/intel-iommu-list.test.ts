import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { asksForIommu, intelIommuWithout } from '../../src/rules/intel-iommu-list.ts'

test.each([
  ['intel_iommu=on,igfx_off', 'intel_iommu=on', 'intel_iommu=on,igfx_off'],
  ['intel_iommu=on intel_iommu=igfx_off', 'intel_iommu=on', 'intel_iommu=igfx_off'],
  ['intel-iommu=sm_on,igfx_off,on', 'intel_iommu=on,sm_on', 'intel-iommu=sm_on,igfx_off,on'],
  [
    'intel_iommu=igfx_off,strict intel_iommu=igfx_off',
    'intel_iommu=on,strict',
    'intel_iommu=igfx_off,strict intel_iommu=igfx_off',
  ],
] as const)('%s', (line, parameter, without) => {
  expect(intelIommuWithout(parseCommandLine(line), ['igfx_off'])).toEqual({
    do: 'set-kernel-parameter',
    parameter,
    without,
  })
})

test.each(['quiet', 'intel_iommu=on', 'intel_iommu', 'iommu=igfx_off', 'quiet -- intel_iommu=igfx_off'])(
  'nothing in %s',
  (line) => {
    expect(intelIommuWithout(parseCommandLine(line), ['igfx_off'])).toBeUndefined()
  },
)

test.each([
  ['intel_iommu=on', true],
  ['intel-iommu=sm_on,on', true],
  ['intel_iommu=on_thing', true],
  ['intel_iommu=sm_on', false],
  ['intel_iommu', false],
  ['iommu=on', false],
] as const)('%s asks for VT-d: %s', (text, wanted) => {
  expect(parseCommandLine(text).parameters.some(asksForIommu)).toBe(wanted)
})
