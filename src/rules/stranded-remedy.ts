import type { Loader, ParameterSource } from '../model/boot.ts'
import type { Action } from '../model/remedy.ts'
import { mendingOf } from './grub-stops.ts'
import { asksForIommu } from './intel-iommu-list.ts'
import { secondLine, writtenByHand, type Stage, type Stranded } from './parameter-layers.ts'

/**
 * How parameters that came as far as this get to the kernel, where that depends on the files; undefined: as it is for the
 * stage. `stops`: the files that grub-mkconfig ends in; `off`: a word of the running line that keeps the IOMMU off, and that
 * what asks for the IOMMU may not overrule (iommu=off, arch/x86/kernel/pci-dma.c: iommu_setup).
 */
export function remedyOf(
  stage: Stage,
  ones: readonly Stranded[],
  loader: string,
  stops: readonly ParameterSource[],
  off: string | undefined,
): readonly Action[] | undefined {
  // Written by hand where a generator writes: any step that runs it takes the parameter away.
  const unkept = ones.filter((one) => one.unkept !== undefined)
  const anew = unkept.length > 0 || stage === 'other-loader' || stage === 'overwritten' || secondLine(ones)
  if (anew || (stage !== 'not-booted' && setAnew(loader, ones)))
    return (unkept.length > 0 ? unkept : ones).map(({ parameter }) => ({
      do: 'set-kernel-parameter',
      parameter: parameter.text,
      ...(off !== undefined && asksForIommu(parameter) ? { without: off } : {}),
    }))
  if (stops.length === 0 || (stage !== 'not-generated' && stage !== 'not-running')) return undefined
  return [...mendingOf(stops), { do: 'regenerate-boot-entries' }]
}

/**
 * Where no generator carries the file on, and the way is to set the parameter anew: entries of GRUB are written by
 * grubby, or by a flag; kernelstub and rpm-ostree write theirs as they are told; and kernel-install leaves an entry
 * without a release in its name, which a person wrote, as it is.
 */
function setAnew(loader: string, ones: readonly Stranded[]): boolean {
  if (APART.has(loader)) return true
  return ones.some((one) => one.lacking.some((source) => APART.has(source.loader) || writtenByHand(source)))
}

const APART: ReadonlySet<string> = new Set<Loader>(['grub-bls', 'kernelstub', 'ostree'])
