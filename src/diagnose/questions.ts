import { FIRST_QUESTIONS, QUESTIONS, QUESTIONS_OF_CODE, type Question } from '../knowledge/questions.ts'
import type { Missing } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action, Showable } from '../model/remedy.ts'
import type { Finding } from '../model/report.ts'
import { findFunction } from '../rules/pci.ts'
import type { Outcome } from './run.ts'
import type { Membership } from './subjects.ts'

const MOST = 3

type Show = Extract<Action, { do: 'show' }>

/** Of a machine that can be read again: what would settle the most of what could not be told. */
export function votedQuestions(outcomes: readonly Outcome[]): readonly Action[] {
  const votes = new Map<string, { action: Action; count: number }>()
  const missing = outcomes.flatMap((one): readonly Missing[] =>
    one.kind === 'crash' || one.kind === 'skip' ? [] : (one.missing ?? []),
  )
  for (const action of missing.flatMap((one) => one.settle)) {
    const key = JSON.stringify(action)
    const vote = votes.get(key)
    if (vote === undefined) votes.set(key, { action, count: 1 })
    else vote.count += 1
  }
  const best = [...votes.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST)
  return best.map((one) => one.action)
}

/** Of a post: what tells more of the causes met, as ranked, and is not shown yet. A post lacks most things anyway. */
export function askedOfPost(causes: readonly Finding[], facts: Facts, members: Membership): readonly Action[] {
  const wanted = new Map<string, Show>()
  const grave = causes.filter((one) => one.severity !== 'info')
  const about = grave.length > 0 ? grave : causes
  for (const cause of about) {
    for (const question of QUESTIONS_OF_CODE[cause.code] ?? QUESTIONS[cause.family]) {
      const action = aimed(question, cause, members)
      if (!isShown(action, facts)) wanted.set(JSON.stringify(action), action)
    }
  }
  if (wanted.size === 0 && grave.length === 0) {
    for (const { what } of FIRST_QUESTIONS) {
      if (!isShown({ do: 'show', what }, facts)) wanted.set(what, { do: 'show', what })
    }
  }
  return [...wanted.values()].slice(0, MOST)
}

/** The question about the device or the group that the cause is about; about all where it names none. */
function aimed({ what, of }: Question, { subject }: Finding, members: Membership): Show {
  if (of === 'device' && subject.kind === 'device') return { do: 'show', what, address: subject.address }
  if (of !== 'group') return { do: 'show', what }
  const group =
    subject.kind === 'group' ? subject.id : subject.kind === 'device' ? members.groupOf(subject.address) : null
  return group === null ? { do: 'show', what } : { do: 'show', what, group: String(group) }
}

/** Whether the post has it already, as far as that can be known. */
function isShown(action: Show, facts: Facts): boolean {
  const pci = valueOf(facts.pci)
  const fn = pci === undefined || action.address === undefined ? undefined : findFunction(pci, action.address)
  const shown: Readonly<Record<Showable, boolean>> = {
    'kernel-log': valueOf(facts.kernelLog)?.fromBoot === true,
    'iommu-log': valueOf(facts.kernelLog)?.fromBoot === true || facts.searches.state === 'known',
    'kernel-command-line': facts.commandLine.state === 'known',
    'iommu-groups': valueOf(facts.groups)?.complete === true,
    lspci:
      fn === undefined
        ? pci?.complete === true
        : fn.vendorId.state === 'known' && fn.class.state === 'known' && fn.driver.state === 'known',
    'lspci-verbose': fn?.config.state === 'known',
    'acpi-tables': facts.acpi.state === 'known',
    'loaded-modules': valueOf(facts.modules)?.loaded.state === 'known',
    'modprobe-configuration': facts.modprobe.state === 'known',
    'vfio-modules': valueOf(facts.modules)?.loadable.state === 'known',
    'cpu-flags': facts.cpu.state === 'known',
    memlock: facts.limits.state === 'known',
    'vfio-nodes': facts.nodes.state === 'known',
    iomem: false,
    'guest-definition': facts.guests.state === 'known',
    'kernel-version': facts.kernel.state === 'known',
    capture: false,
  }
  return shown[action.what]
}
