import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import type { Joined } from './acs.ts'
import { messagesWith } from './messages.ts'
import { parametersNamed } from './parameters.ts'
import { logEvidence } from './probe-errors.ts'

/** The options of `pci=` that switch bits of ACS (pci_setup and pci_enable_acs in drivers/pci/pci.c). */
const OPTION = /^(?:config_acs|disable_acs_redir)=/

/**
 * The parameter that switched ACS of the port off, and its removal. Which ports an option names is for the kernel to match: since 6.11
 * it says so of each port that it set. Undefined where it did not, or where the option is not on the command line.
 */
export function acsParameter(
  joined: Joined | undefined,
  facts: Pick<Facts, 'messages' | 'commandLine'>,
): { readonly evidence: readonly Evidence[]; readonly remedy: readonly Action[] } | undefined {
  if (joined?.why !== 'port' || joined.verdict.why !== 'switched-off') return undefined
  const port = joined.port.address
  const said = messagesWith(facts.messages, 'pci-acs-config').findLast((one) => one.device === port)
  const line = valueOf(facts.commandLine)
  if (said === undefined || line === undefined) return undefined
  const set = parametersNamed(line, 'pci').filter((one) => optionsOf(one.value).some((word) => OPTION.test(word)))
  if (set.length === 0) return undefined
  return {
    evidence: [
      logEvidence(said),
      ...set.map((one): Evidence => ({ source: facts.commandLine.source, saw: one.text, wanted: 'no such option' })),
    ],
    remedy: set.map(({ text, value }): Action => {
      const kept = optionsOf(value).filter((word) => !OPTION.test(word))
      return kept.length === 0
        ? { do: 'remove-kernel-parameter', parameter: text }
        : { do: 'set-kernel-parameter', parameter: `pci=${kept.join(',')}`, without: text }
    }),
  }
}

function optionsOf(value: string | null): readonly string[] {
  return (value ?? '').split(',')
}
