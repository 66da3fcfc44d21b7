import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { parseIds } from '../../rules/parameters.ts'
import { driverOf, target, type Target } from '../devices.ts'
import { address, deviceId, option, parameter } from '../grammar.ts'
import { dropOption, optionLines, pathsOf, replaceValue } from '../modprobe.ts'
import { changeParameters } from '../parameters/index.ts'
import { rebuild } from '../rebuild.ts'
import { write } from '../shell.ts'
import { some, step, type Expansion, type Ground } from '../steps.ts'
import { removeId } from './bind.ts'

/** Undoes whatever asks vfio-pci to take a bridge: dynamic id, override, `ids=`; then its own driver may have it. */
export const leaveBridgeAlone: Expansion<'leave-bridge-alone'> = (action, on) => {
  const at = address(action.address)
  const id = deviceId(action.id)
  const one = at === null ? null : target(at, on.facts)
  const steps = [
    ...(id === null ? [] : [removeId(id, on)].map(({ undo: _undo, ...rest }) => rest)),
    ...(one === null ? [] : [...overrideOff(one, on), ...ownDriver(one, on)]),
    ...(id === null ? [] : unlisted(id, on)),
  ]
  return some(
    steps,
    'Leave the bridge alone: take its id and its address out of whatever asks vfio-pci to take it (new_id, driver_override, ids=).',
  )
}

function overrideOff(one: Target, on: Ground): readonly Step[] {
  const override = one.fn === null ? undefined : valueOf(one.fn.driverOverride)
  if (override === null) return []
  return [
    step(`Take the driver override of ${one.address} away.`, {
      run: write(on.platform, '', `/sys/bus/pci/devices/${one.address}/driver_override`),
    }),
  ]
}

/** pcieport takes PCI Express ports; a bridge to conventional PCI needs no driver and gets none. */
function ownDriver(one: Target, on: Ground): readonly Step[] {
  if (typeof driverOf(one) === 'string') return []
  return [
    step(`Let ${one.address} have its own driver, if there is one for it. A bridge without a driver works too.`, {
      run: write(on.platform, one.address, '/sys/bus/pci/drivers_probe'),
    }),
  ]
}

/** Takes an id out of the lists that outlast a restart. */
function unlisted(id: string, on: Ground): readonly Step[] {
  const line = valueOf(on.facts.commandLine)
  const words = (line?.parameters ?? []).filter((one) => one.name.replaceAll('-', '_') === 'vfio_pci.ids')
  const onLine = words.flatMap((one) => {
    const kept = without(one.value ?? '', id)
    const old = parameter(one.text)
    if (kept === null || old === null) return []
    const add = kept === '' ? [] : [`vfio-pci.ids=${kept}`]
    return changeParameters({ add, remove: [old] }, on)
  })
  const inFiles = (optionLines('vfio_pci', on) ?? []).flatMap((one) =>
    one.options.flatMap(([name, value]) => {
      const kept = name === 'ids' ? without(value, id) : null
      if (kept === null || option(`ids=${value}`) === null) return []
      const say = `Take ${id} out of the ids that vfio-pci is given at boot.`
      const paths = pathsOf([one])
      if (paths.length === 0) return [step(`${say} The line stands in modprobe.d.`)]
      if (kept === '') return [dropOption(say, 'vfio-pci', `ids=${value}`, on)]
      return [replaceValue(say, 'vfio-pci', 'ids', { from: value, to: kept }, paths, on)]
    }),
  )
  return [...inFiles, ...(inFiles.length > 0 ? rebuild(on) : []), ...onLine]
}

/** The list without an id; null where the id is not in it. */
function without(value: string, id: string): string | null {
  const entries = value.split(',')
  const kept = entries.filter((entry) => parseIds(entry, '')[0]?.id !== id)
  return kept.length === entries.length ? null : kept.join(',')
}
