import { expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Facts } from '../../src/model/machine.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { commandLine, cpu, endpoint, fact, facts, messages, modules, pciFacts } from '../support/facts.ts'

/** What the causes on this machine explain, by code. */
function explainedOf(machine: Facts, asked: readonly string[] = []): Readonly<Record<string, readonly string[]>> {
  const taken = { at: null, source: 'live', privileged: true } as const
  const { causes } = diagnose({ taken, facts: machine }, CHECKS, { asked, version: '0' })
  return Object.fromEntries(causes.map(({ code, explains }) => [code, explains]))
}
function explained(line: string, log: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const kernelLog = fact({ lines: [], fromBoot: true })
  return explainedOf(facts({ commandLine: commandLine(line), cpu: cpu('intel'), messages: messages(log), kernelLog }))
}
const unknown = (words: string): string =>
  `Unknown kernel command line parameters "${words}", will be passed to user space.`
const LINE = 'quiet iommu_pt pcie_acs_override=downstream'

test('the list of unknown parameters explains what comes of the words in it', () => {
  expect(explained(LINE, [unknown(LINE)])['parameter-unknown']?.toSorted()).toEqual([
    'acs-override-ignored@host',
    'iommu-parameter-invented@host',
  ])
})

test('and of no others', () => {
  const found = explained(LINE, [unknown('iommu_pt')])
  expect(found['parameter-unknown']).toEqual(['iommu-parameter-invented@host'])
  expect(found).toHaveProperty('acs-override-ignored')
})

test('a word of the command line explains that the driver refused it', () => {
  const log = ["DMAR: Unknown option - 'yes,strict'", "AMD-Vi: Unknown option - 'on'"]
  expect(explained('intel_iommu=yes,strict', log)['iommu-parameter-no-value']).toEqual(['iommu-option-unknown@host'])
  expect(explained('amd_iommu=on', log)['iommu-parameter-for-other-cpu']).toEqual(['iommu-option-unknown@host'])
  const other = explained('iommu=nonsense', log)
  expect(other['iommu-parameter-no-value']).toEqual([])
  expect(other).toHaveProperty('iommu-option-unknown')
})

test('an entry that vfio-pci cannot read says nothing of a device that another entry names', () => {
  const gpu = { class: 0x030000, vendorId: '10de', driver: 'nouveau', kernelModules: ['nouveau'] }
  const machine = (ids: string): Facts =>
    facts({
      ...pciFacts([
        endpoint({ ...gpu, address: '0000:01:00.0', deviceId: '1b80', group: 1 }),
        endpoint({ ...gpu, address: '0000:02:00.0', deviceId: '2484', group: 2 }),
      ]),
      modules: modules({ loaded: ['nouveau', 'vfio_pci'] }),
      modprobe: fact({ directives: parseModprobe(`options vfio-pci ids=${ids}`, 'conf'), ignored: [], loadAtBoot: [] }),
    })
  const asked = ['0000:01:00.0', '0000:02:00.0']
  expect(explainedOf(machine('10de:1b80,10de-2484'), asked)['ids-malformed']).toEqual([
    'device-on-host-driver@0000:02:00.0',
  ])
  expect(explainedOf(machine('10de-1b80,10de-2484'), asked)['ids-malformed']).toHaveLength(2)
})
