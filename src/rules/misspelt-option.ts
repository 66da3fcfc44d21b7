import type { Hit } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import { bearsOnIds } from './bears-on.ts'
import { moduleState } from './modules.ts'
import { optionMeant } from './vfio-parameters.ts'

/** Options of modprobe.d for a VFIO module that lacks them, where it can be told what was meant. */
export function misspeltOptions(
  facts: Pick<Facts, 'modprobe' | 'modules' | 'pci'>,
): readonly Hit<'vfio-option-misspelt'>[] {
  return (valueOf(facts.modprobe)?.directives ?? []).flatMap((one) => {
    // A built-in module reads no file.
    if (one.kind !== 'options' || moduleState(facts, one.module) === 'builtin') return []
    const { module, path, line } = one
    return one.options.flatMap(([option, value]): readonly Hit<'vfio-option-misspelt'>[] => {
      const wanted = optionMeant(module, option)
      // ids for another module are told of the ids; what stands in sysfs was read.
      const read = valueOf(facts.modules)?.parameters[module]?.[option] !== undefined
      if (wanted === undefined || option === 'ids' || read) return []
      const word = value === '' ? option : `${option}=${value}`
      const good = value === '' ? wanted : `${wanted}=${value}`
      const change: Action = { do: 'edit-file', path, remove: word, add: good }
      return [
        {
          code: 'vfio-option-misspelt',
          subject: { kind: 'host' },
          values: { module, option, place: `${path}:${line}`, word, wanted },
          evidence: [{ source: `${path}:${line}`, saw: `options ${module} ${word}`, wanted: good }],
          // What is no list of ids gives no device away.
          ...bearsOnIds(facts, wanted === 'ids' ? value : ''),
          ...(wanted.includes('.') ? {} : { remedy: [change, { do: 'rebuild-initramfs' }, { do: 'reboot' }] }),
        },
      ]
    })
  })
}
