import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
import { timesKnown, type Awaiting } from './awaits-restart.ts'
import { imageHasModule, loadedEarlyBy, softdepOnVfio } from './boot-binding.ts'
import { moduleHolding } from './driver-module.ts'

type Used = Pick<Facts, 'commandLine' | 'environment' | 'initramfs' | 'modprobe'>

interface Reason {
  readonly text: string
  readonly evidence: readonly Evidence[]
  /** The right order is written down, and may have been written after this boot began. */
  readonly inferred?: boolean
}

/** What is known of the order in which the two are loaded. */
export function whyLate(fn: PciFunction, facts: Used, awaiting: Awaiting | undefined): Reason {
  const module = moduleHolding(fn)
  if (awaiting !== undefined)
    return { text: `${awaiting.path} was changed after this boot began.`, evidence: awaiting.evidence, inferred: true }
  const directives = valueOf(facts.modprobe)?.directives
  const dependency = directives === undefined ? undefined : softdepOnVfio(directives, module)
  const early = loadedEarlyBy(facts)
  const host = imageHasModule(facts, module)
  const own = imageHasModule(facts, 'vfio_pci')
  if (host === true && own === false) {
    const saw = `${module} is in it, vfio_pci is not`
    return {
      text: `The initramfs holds ${module} and not vfio-pci.`,
      evidence: [{ source: valueOf(facts.initramfs)?.content.source ?? 'initramfs', saw }],
    }
  }
  if (dependency !== undefined) {
    const source = `${dependency.path}:${dependency.line}`
    const since = timesKnown(facts) ? '' : ', or the host has not been restarted since'
    return {
      inferred: !timesKnown(facts),
      text: `A softdep asks for the right order, so the initramfs, where drivers are loaded first, may hold an older copy of it${since}.`,
      evidence: [{ source, saw: `softdep ${dependency.module} pre: ${dependency.pre.join(' ')}` }],
    }
  }
  if (early !== undefined) {
    return {
      inferred: !timesKnown(facts),
      text: 'vfio-pci is to be loaded in the initramfs; whether the image in use was made since could not be told here.',
      evidence: [{ source: early, saw: 'vfio_pci is to be loaded early' }],
    }
  }
  const boot = valueOf(facts.modprobe)?.loadAtBoot.find((one) => one.module === 'vfio_pci')
  if (boot !== undefined) {
    return {
      text: 'The list of modules to load at boot comes too late: by then udev has loaded the host drivers.',
      evidence: [{ source: boot.path, saw: boot.module }],
    }
  }
  if (directives === undefined) return { text: 'How the order is set could not be read.', evidence: [] }
  return { text: `Nothing has vfio-pci loaded before ${module}.`, evidence: [] }
}
