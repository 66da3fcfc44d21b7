import { expect, test } from 'vitest'
import { renderChecks, type CheckEntry } from '../../reports/checks-list.ts'
import type { RenderOptions } from '../../reports/renderer.ts'

const OPTIONS: RenderOptions = { width: 80, color: false, unicode: true, verbose: false, quiet: false }
const CHECKS: readonly CheckEntry[] = [
  {
    id: 'group-viability',
    area: 'isolation',
    title: 'No group mate is on a host driver',
    needs: ['pci', 'groups'],
    uses: ['attempts'],
    codes: ['group-not-viable', 'group-unknown'],
  },
  { id: 'iommu-in-effect', area: 'iommu', title: 'The IOMMU works', needs: [], uses: [], codes: ['iommu-off'] },
]

test('as text', () => {
  expect(renderChecks(CHECKS, 'text', OPTIONS)).toBe(`group-viability   isolation
    No group mate is on a host driver
    needs     pci, groups
    uses      attempts
    can find  group-not-viable, group-unknown

iommu-in-effect   iommu
    The IOMMU works
    needs     nothing
    can find  iommu-off

2 checks, 3 findings. vfio-doctor explain CODE says what a finding means.
`)
})

test('as Markdown, a row each', () => {
  expect(renderChecks(CHECKS, 'markdown', OPTIONS)).toContain(
    '| `iommu-in-effect` | iommu | The IOMMU works |  | `iommu-off` |',
  )
})

test('as JSON', () => {
  expect(JSON.parse(renderChecks(CHECKS, 'json', OPTIONS))).toEqual({ schema: 'vfio-doctor/checks@1', checks: CHECKS })
})
