import { valueOf } from '../model/fact.ts'
import type { Used } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import { parametersNamed, type ListedId } from './parameters.ts'

/** Where ids for vfio-pci are written. */
export type IdLists = Used<'commandLine' | 'modprobe'>

/** Binds the ones that are meant by address, and takes the id out: by a command, where it is the whole list. */
export function addressInPlaceOf(meant: string, listed: ListedId, facts: IdLists): readonly Action[] {
  const line = valueOf(facts.commandLine)
  const parameters = line === undefined ? [] : parametersNamed(line, 'vfio-pci.ids')
  const word = parameters.find((one) => one.value === listed.text)?.text
  const option = (valueOf(facts.modprobe)?.directives ?? []).some(
    (one) =>
      one.kind === 'options' &&
      listed.source === `${one.path}:${one.line}` &&
      one.options.some(([name, value]) => name === 'ids' && value === listed.text),
  )
  const out: Action =
    listed.source === facts.commandLine.source && word !== undefined
      ? { do: 'remove-kernel-parameter', parameter: word }
      : option
        ? { do: 'remove-module-option', module: 'vfio-pci', option: `ids=${listed.text}` }
        : { do: 'advise', say: `Take ${listed.id} out of ${listed.source}, so that only the address decides.` }
  return [out, { do: 'bind-at-boot', addresses: meant, ids: '' }]
}
