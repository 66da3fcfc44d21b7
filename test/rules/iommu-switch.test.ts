import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { switchedOffBy } from '../../src/rules/iommu-switch.ts'

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
