import type { CommandLine, Parameter } from '../model/boot.ts'
import type { Action } from '../model/remedy.ts'
import { parametersNamed, sameName } from './parameters.ts'

/** Asks for VT-d (intel_iommu_setup goes by prefixes), so that its absence from the running line may be why there is none. */
export function asksForIommu({ name, value }: Parameter): boolean {
  return sameName(name, 'intel_iommu') && wordsOf(value).some((word) => word.startsWith('on'))
}

/**
 * Takes words that begin so out of `intel_iommu=`, keeps the others and asks for VT-d. A word can share its parameter
 * with others (`intel_iommu=on,igfx_off`: intel_iommu_setup in drivers/iommu/intel/iommu.c goes by prefixes up to the
 * next comma), and tools that edit a command line know whole parameters only. Undefined: no parameter holds such a word.
 */
export function intelIommuWithout(line: CommandLine, prefixes: readonly string[]): Action | undefined {
  const starts = (word: string): boolean => prefixes.some((prefix) => word.startsWith(prefix))
  const holding = parametersNamed(line, 'intel_iommu').filter((one) => wordsOf(one.value).some(starts))
  if (holding.length === 0) return undefined
  const kept = holding.flatMap((one) => wordsOf(one.value)).filter((word) => !starts(word) && !word.startsWith('on'))
  const parameter = `intel_iommu=${[...new Set(['on', ...kept])].join(',')}`
  const without = [...new Set(holding.map((one) => one.text))].join(' ')
  return { do: 'set-kernel-parameter', parameter, without }
}

function wordsOf(value: string | null): readonly string[] {
  return (value ?? '').split(',').filter((word) => word !== '')
}
