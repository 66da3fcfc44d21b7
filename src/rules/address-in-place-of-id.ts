import { valueOf } from '../model/fact.ts'
import type { Used } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
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

/** Takes the id out, in words, since what else the list has stays; `others` have the same id, and may be meant. */
export function takeOut(
  { address }: PciFunction,
  others: readonly PciFunction[],
  listed: ListedId,
  facts: IdLists,
): Action {
  const { source } = listed
  const [place, then] =
    source === facts.commandLine.source
      ? ['on the kernel command line', 'in the settings of the boot loader']
      : isInForce(listed, facts)
        ? [`in ${source}`, 'and rebuild the initramfs where it holds that file']
        : [`in ${source}`, 'and out of what is typed here to carry that list to the kernel']
  const out = `Before anything restarts, take ${listed.id} out of the ids of vfio-pci ${place}, ${then}: at the next start vfio-pci may take ${address} from this host.`
  const unless =
    others.length === 0
      ? `Leave it in only if a guest is to have ${address}, and the host can do without.`
      : `If it is meant for ${others.map((one) => one.address).join(' or ')}, name that by its address.`
  return { do: 'advise', say: `${out} ${unless}`, first: true }
}

/** Whether the running command line or modprobe.d has the id; else it is written for the boot loader, and waits. */
export function isInForce({ source }: ListedId, facts: IdLists): boolean {
  const { directives = [] } = valueOf(facts.modprobe) ?? {}
  return source === facts.commandLine.source || directives.some((one) => source === `${one.path}:${one.line}`)
}
