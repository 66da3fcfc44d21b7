import { expect, test } from 'vitest'
import { known, unknown } from '../../src/model/fact.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { switchedOffBy, switchOnAgain } from '../../src/rules/iommu-switch.ts'
import { cpu } from '../support/facts.ts'

test.each([
  ['intel_iommu=off', 'intel', 'intel_iommu=off'],
  ['intel_iommu=on intel_iommu=off', 'intel', 'intel_iommu=off'],
  ['intel_iommu=off intel_iommu=on', 'intel', undefined],
  ['intel_iommu=on,sm_off', 'intel', undefined],
  ['intel_iommu=off', 'zhaoxin', 'intel_iommu=off'],
  ['intel_iommu=off', 'amd', undefined],
  ['amd_iommu=off', 'amd', 'amd_iommu=off'],
  ['amd_iommu=on', 'amd', undefined],
  ['iommu=off', 'amd', 'iommu=off'],
  ['iommu=pt', 'intel', undefined],
  ['iommu=soft', 'intel', undefined],
  ['acpi=off', 'intel', 'acpi=off'],
  ['iommu=off', 'arm', undefined],
  ['acpi=off', 'riscv', undefined],
  ['iommu=off', 'power', 'iommu=off'],
  ['quiet -- intel_iommu=off', 'intel', undefined],
] as const)('%s on %s', (line, vendor, off) => {
  expect(switchedOffBy(parseCommandLine(line), vendor)).toBe(off)
})

const none = unknown('not-collected', 'test')
const defaultOn = known({ CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y' }, '/boot/config')
const bare = { acpi: none, cpu: none, iommuUnits: none, kernelConfig: none, kernel: none }
const intel = { ...bare, cpu: cpu('intel') }
const remove = (parameter: string) => ({ do: 'remove-kernel-parameter', parameter })
const set = (parameter: string, without: string) => ({ do: 'set-kernel-parameter', parameter, without })

test.each([
  ['the default is on', 'intel_iommu=off', { ...intel, kernelConfig: defaultOn }, remove('intel_iommu=off')],
  [
    'the default is off',
    'intel_iommu=off',
    { ...intel, kernelConfig: known({}, '/boot/config') },
    set('intel_iommu=on', 'intel_iommu=off'),
  ],
  ['the default is not known', 'intel_iommu=off', intel, set('intel_iommu=on', 'intel_iommu=off')],
  ['a list', 'intel_iommu=sm_off,off', intel, set('intel_iommu=on,sm_off', 'intel_iommu=sm_off,off')],
  ['the general word', 'iommu=pt,off', intel, set('intel_iommu=on', 'iommu=pt,off')],
  ['the general word beside intel_iommu=on', 'intel_iommu=on iommu=off', intel, remove('iommu=off')],
  ['an AMD host', 'iommu=off', { ...bare, cpu: cpu('amd') }, remove('iommu=off')],
  ['the maker is not known', 'iommu=off', bare, remove('iommu=off')],
  ['the maker is not known, the word is for VT-d', 'intel_iommu=off', bare, set('intel_iommu=on', 'intel_iommu=off')],
] as const)('switched on again: %s', (_name, text, facts, action) => {
  const line = parseCommandLine(text)
  const off = switchedOffBy(line, facts.cpu.state === 'known' ? facts.cpu.value.vendor : undefined)
  expect(switchOnAgain(line, off ?? '', facts)).toEqual(action)
})
