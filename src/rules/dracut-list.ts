import type { Evidence, Hit } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { Facts, Scope } from '../model/machine.ts'
import { imageHasModule, lateFunctions } from './boot-binding.ts'
import { messagesWith } from './messages.ts'
import { moduleState } from './modules.ts'
import { logEvidence } from './probe-errors.ts'

type Seen = Pick<Facts, 'messages' | 'initramfs' | 'modules' | 'modprobe' | 'commandLine' | 'pci'>
type Cut = Pick<Hit<never>, 'confidence' | 'devices'> & { readonly evidence: NonEmpty<Evidence> }

/**
 * How it is known that dracut left vfio_pci out, because its list names vfio_virqfd before. dracut-install takes the
 * names one by one and returns at the first that it does not find (src/install/dracut-install.c: install_modules),
 * unless it was given -o, as it is for `drivers` alone (dracut.sh; dracut-init.sh: instmods).
 */
export function dracutLeftOut(facts: Seen, newer: boolean, scope: Scope): Cut | undefined {
  if (moduleState(facts, 'vfio_pci') === 'builtin' || imageHasModule(facts, 'vfio_pci') === true) return undefined
  return bySaying(facts) ?? (newer ? bySettings(facts, scope) : undefined)
}

function bySaying({ messages }: Seen): Cut | undefined {
  const [missing] = messagesWith(messages, 'virqfd-missing-dracut')
  const lists = messagesWith(messages, 'dracut-list-failed')
  const failed = lists.find(({ values }) => leavesOut((values['modules'] ?? '').replaceAll('-', '_').split(' ')))
  if (missing === undefined || failed === undefined) return undefined
  return { evidence: [logEvidence(missing), logEvidence(failed)] }
}

function bySettings(facts: Seen, scope: Scope): Cut | undefined {
  const initramfs = valueOf(facts.initramfs)
  if (initramfs?.tool !== 'dracut') return undefined
  const list = (name: string) => initramfs.configuredModules.filter(({ source }) => source.endsWith(`: ${name}`))
  const lists = [list('add_drivers'), list('force_drivers')]
  const asked = lists.filter((one) => one.some(({ module }) => module === 'vfio_pci'))
  const names = asked.map((one) => one.map(({ module }) => module))
  if (names.length === 0 || !names.every(leavesOut)) return undefined
  if (list('drivers').some(({ module }) => module === 'vfio_pci')) return undefined
  const without = imageHasModule(facts, 'vfio_pci') === false
  const late = lateFunctions(facts, scope).map((fn) => fn.address)
  if (!without && late.length === 0) return undefined
  const [first, ...rest] = asked
    .flatMap((one) => one.filter(({ module }) => module === 'vfio_virqfd' || module === 'vfio_pci'))
    .map(({ source, module }): Evidence => ({ source, saw: module }))
  if (first === undefined) return undefined
  if (!without) return { evidence: [first, ...rest], devices: late, confidence: 'likely' }
  const image = { source: initramfs.content.source, saw: 'no vfio_pci' }
  return { evidence: [first, ...rest, image], devices: late }
}

function leavesOut(names: readonly string[]): boolean {
  const cut = names.indexOf('vfio_virqfd')
  return cut >= 0 && names.indexOf('vfio_pci') > cut
}
