import type { CommandLine, Parameter } from '../model/boot.ts'
import type { CpuFacts } from '../model/system.ts'
import { oneLetterApart } from './one-letter-apart.ts'

/** A word of the command line that no driver heeds on this machine. */
export interface UnheededWord {
  readonly parameter: string
  readonly word: string
  readonly why: 'other-cpu' | 'value' | 'invented'
  readonly wanted: string
  readonly advice: string
  /** What to write instead, where that would be heeded here. */
  readonly instead?: string
}

/** Prefixes that intel_iommu_setup compares (drivers/iommu/intel/iommu.c); Debian adds intgpu_off. */
const INTEL = [
  'on',
  'off',
  'igfx_off',
  'intgpu_off',
  'forcedac',
  'strict',
  'sp_off',
  'sm_on',
  'sm_off',
  'tboot_noforce',
]
/** Words of parse_amd_iommu_options (drivers/iommu/amd/init.c), of every release since 5.4. */
const AMD = [
  'off',
  'fullflush',
  'force_enable',
  'force_isolation',
  'pgtbl_v1',
  'pgtbl_v2',
  'irtcachedis',
  'nohugepages',
  'v2_pgsizes_only',
]
/** Words of iommu_setup (arch/x86/kernel/pci-dma.c) and of the GART driver it hands the rest to. */
const X86 = [
  'off',
  'force',
  'noforce',
  'biomerge',
  'panic',
  'nopanic',
  'merge',
  'nomerge',
  'forcesac',
  'allowdac',
  'nodac',
  'usedac',
  'soft',
  'pt',
  'nopt',
  'leak',
  'noagp',
  'noaperture',
  'memaper',
  'fullflush',
  'nofullflush',
  'allowed',
  'calgary',
]

const INVENTED: Readonly<Record<string, string>> = {
  iommu_pt: 'The kernel spells it iommu=pt, and passthrough to guests does not need it.',
  'intel_iommu.on': 'The kernel spells it intel_iommu=on.',
  enable_iommu: 'VT-d is asked for by intel_iommu=on; AMD-Vi needs nothing.',
  vt_d: 'VT-d is asked for by intel_iommu=on.',
  vtd: 'VT-d is asked for by intel_iommu=on.',
}

export function unheededIommuWords(line: CommandLine, vendor: CpuFacts['vendor'] | undefined): readonly UnheededWord[] {
  const found: UnheededWord[] = []
  // Zhaoxin's processors have VT-d, and Hygon's AMD-Vi.
  const intel = vendor === undefined || vendor === 'intel' || vendor === 'zhaoxin'
  const amd = vendor === undefined || vendor === 'amd' || vendor === 'hygon'
  // POWER reads words of its own (arch/powerpc/kernel/iommu.c, platforms/powernv/pci-ioda.c).
  const neither = intel || amd ? undefined : 'It is for PCs; the IOMMU of this machine does not read it.'
  for (const { name, value, text } of line.parameters) {
    const words = (value ?? '').split(',').filter((word) => word !== '')
    const other = (advice: string): number =>
      found.push({ parameter: text, word: text, why: 'other-cpu', wanted: 'a parameter that this CPU reads', advice })
    if (name === 'intel_iommu') {
      if (!intel) other(neither ?? 'An AMD IOMMU is on whenever firmware offers it.')
      else
        for (const word of words.length === 0 ? [text] : words) {
          if (INTEL.some((one) => word.startsWith(one))) continue
          found.push({
            parameter: text,
            word,
            why: 'value',
            wanted: 'intel_iommu=on',
            advice: 'What turns VT-d on is intel_iommu=on.',
          })
        }
    } else if (name === 'amd_iommu') {
      if (!amd) other(neither ?? 'VT-d is asked for by intel_iommu=on.')
      else
        for (const word of words.length === 0 ? [text] : words) {
          if (AMD.some((one) => word.startsWith(one))) continue
          found.push({
            parameter: text,
            word,
            why: 'value',
            wanted: 'no amd_iommu= at all',
            advice: 'An AMD IOMMU is on whenever firmware offers it (IVRS table), without any parameter.',
          })
        }
    } else if (name === 'iommu' && vendor !== 'power') {
      for (const word of words.length === 0 ? [text] : words) {
        if (X86.some((one) => word.startsWith(one))) continue
        found.push({
          parameter: text,
          word,
          why: 'value',
          wanted: 'off, force, pt, …',
          advice: 'What turns VT-d on is intel_iommu=on; AMD-Vi needs nothing.',
        })
      }
    } else {
      const advice = INVENTED[name.replaceAll('-', '_')]
      if (advice !== undefined)
        found.push({ parameter: text, word: text, why: 'invented', wanted: 'a documented parameter', advice })
      else if (neither === undefined) found.push(...misspelt({ name, value, text }, vendor))
    }
  }
  return found
}

/** No kernel has another parameter one letter away from these (admin-guide/kernel-parameters.txt), nor has init. */
const SPELT = ['intel_iommu', 'amd_iommu', 'iommu', 'intremap'] as const

function misspelt({ name, value, text }: Parameter, vendor: CpuFacts['vendor'] | undefined): readonly UnheededWord[] {
  // What has a dot is a module's or user space's, and a bare word may be anybody's.
  if (value === null || name.includes('.')) return []
  const meant = SPELT.find((one) => oneLetterApart(one, name.replaceAll('-', '_')))
  if (meant === undefined) return []
  const wanted = `${meant}=${value}`
  const advice = `The kernel spells it ${meant}=, and keeps quiet about a word that it does not know.`
  const word: UnheededWord = { parameter: text, word: text, why: 'invented', wanted, advice }
  const heeded = unheededIommuWords({ raw: wanted, parameters: [{ text: wanted, name: meant, value }] }, vendor)
  return [heeded.length === 0 ? { ...word, instead: wanted } : word]
}
