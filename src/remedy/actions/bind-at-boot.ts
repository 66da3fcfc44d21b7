import { INITRAMFS_TOOLS } from '../../knowledge/initramfs-tools.ts'
import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { startsBeforeVfio } from '../../rules/built-in-vfio.ts'
import { heldByBuiltIn } from '../../rules/driver-module.ts'
import { parseIds, sameName } from '../../rules/parameters.ts'
import {
  builtIn,
  driverOf,
  idsAreUnique,
  isOnlyDisplay,
  rivals,
  targets,
  usesInWords,
  withoutName,
  worstCost,
  type Target,
} from '../devices.ts'
import { deviceId, option, parameter, plainText, words } from '../grammar.ts'
import { addModules, loadEarly } from '../initramfs.ts'
import { optionLines, ownFile, ownPath, pathsOf, replaceValue } from '../modprobe.ts'
import { changeParameters } from '../parameters/index.ts'
import { asRoot } from '../shell.ts'
import { lines, reboot, some, step, type Expansion, type Ground } from '../steps.ts'
import { leftOut } from './bind.ts'
import { fileName, finish, MODULES } from './boot-files.ts'
import { byAddress, takeOut, udevRule } from './by-address.ts'

/**
 * By id where no other device has it: the simplest, and early. By address where a twin must stay with the host, or
 * where that is not known: an id takes every device that has it.
 */
export const bindAtBoot: Expansion<'bind-at-boot'> = (action, on) => {
  const all = targets(action.addresses, on.facts)
  const nothing = 'Which function is to be bound at boot could not be told; `lspci -D -nnk` lists them.'
  if (all.functions.length === 0) return some(leftOut(all), nothing)
  const ids = words(action.ids, deviceId)
  const unique = ids.left === 0 && ids.good.length > 0 && idsAreUnique(all.functions, ids.good, on.facts) === true
  const usual: Usual = (some) => (unique ? byId(ids.good, some, on) : byAddress(some, on))
  const { word, there } = wordWith(ids.good, on)
  if (unique && there && builtIn('vfio_pci', on.facts) === true && !all.functions.some((one) => comesFirst(one, on))) {
    const say = `\`${word}\` is on the kernel command line already, where vfio-pci, which is built in, reads it.`
    return some([step(say), ...leftOut(all)], nothing)
  }
  const steps = ownWay(all.functions, on) ?? withBuiltIn(all.functions, on, usual)
  const first = unique ? [] : takeOut(all.functions, on)
  return some([...first, ...withRisk(steps, all.functions, on), ...leftOut(all)], nothing)
}

/** Systems that bind devices in a way of their own. */
function ownWay(all: readonly Target[], on: Ground): readonly Step[] | null {
  const list = all.map((one) => one.address)
  switch (on.platform.flavour) {
    case 'unraid':
      return [
        step(
          `In the web interface under Tools, System Devices, tick ${list.join(', ')} and press "Bind Selected to VFIO at Boot".`,
          { undo: 'Untick them, or delete /boot/config/vfio-pci.cfg, and restart.' },
        ),
        reboot(on, 'Restart the host.'),
      ]
    case 'truenas': {
      const gpus = all.filter((one) => one.address.endsWith('.0')).map((one) => `"${one.address}"`)
      return [
        step(
          'TrueNAS keeps GPUs for guests under System, Advanced, Isolated GPU Devices, and binds other devices when the guest starts. The call replaces the whole list: add what is isolated now.',
          {
            run: lines(
              asRoot(on.platform, "midclt call system.advanced.config | jq '.isolated_gpu_pci_ids'"),
              asRoot(on.platform, `midclt call system.advanced.update_gpu_pci_ids '[${gpus.join(', ')}]'`),
            ),
            undo: 'The same call with the list as it was.',
          },
        ),
        reboot(on, 'Restart the host.'),
      ]
    }
    case 'talos': {
      const documents = list.map((at) =>
        ['apiVersion: v1alpha1', 'kind: PCIDriverRebindConfig', `name: "${at}"`, 'targetDriver: vfio-pci'].join('\n'),
      )
      return [
        step('Add this to the machine configuration (Talos 1.10 and later).', {
          edit: { path: 'machine configuration', text: documents.join('\n---\n') },
          undo: 'Take the documents out again.',
        }),
      ]
    }
    default:
      return null
  }
}

/**
 * A built-in driver takes its devices before the initramfs starts, and no setting of modprobe.d comes before it: those
 * are let go and handed over once the host is up. The others of the card are bound early all the same.
 */
function withBuiltIn(all: readonly Target[], on: Ground, usual: Usual): readonly Step[] {
  const early = all.filter((one) => comesFirst(one, on))
  const [first] = early
  if (first === undefined) return usual(all)
  const why = `${plainText(driverOf(first) ?? '', 64)} is built into this kernel and has its devices before vfio-pci is there. `
  const addresses = early.map((one) => one.address)
  const [rule, ...after] = udevRule(addresses, on, why)
  const rest = all.filter((one) => !addresses.includes(one.address))
  return [...(rule === undefined ? [] : [rule]), ...(rest.length === 0 ? after : usual(rest))]
}

/** Whether its driver has it before vfio-pci is there: built in, and vfio-pci is a module or is started after it. */
function comesFirst(one: Target, on: Ground): boolean {
  if (one.fn === null || heldByBuiltIn(one.fn, on.facts) !== true) return false
  return builtIn('vfio_pci', on.facts) !== true || startsBeforeVfio(one.fn)
}

type Usual = (some: readonly Target[]) => readonly Step[]

function byId(ids: readonly string[], all: readonly Target[], on: Ground): readonly Step[] {
  const { platform } = on
  const tool = platform.initramfs === null || platform.initramfs === 'none' ? null : INITRAMFS_TOOLS[platform.initramfs]
  // Module options reach a built-in driver, and an image that leaves modprobe.d out, by the command line alone.
  const byLine =
    builtIn('vfio_pci', on.facts) === true || platform.flavour === 'ostree' || tool?.readsModprobe === false
  if (byLine) return onCommandLine(ids, on)
  const taken = (optionLines('vfio_pci', on) ?? []).flatMap((one) =>
    one.options.flatMap(([name, value]) => (name === 'ids' ? [{ path: one.path, value }] : [])),
  )
  // Later `ids=` hides an earlier one, so a list that is there is made longer in place.
  const last = taken.findLast((one) => option(`ids=${one.value}`) !== null && pathsOf([one]).length > 0)
  const say = `Have vfio-pci take these ids when it is loaded, and have it loaded before the host drivers.${withoutName(all, on.facts)}`
  const softdeps = rivals(all, on.facts).map((module) => `softdep ${module} pre: vfio-pci`)
  if (last === undefined) {
    const content = [`options vfio-pci ids=${ids.join(',')}`, ...softdeps]
    return finish([ownFile(say, fileName(all), content, on)], on, [ownPath(fileName(all), on)])
  }
  const to = merged(last.value, ids)
  const longer =
    to === last.value ? [] : [replaceValue(say, 'vfio-pci', 'ids', { from: last.value, to }, pathsOf([last]), on)]
  const first =
    softdeps.length === 0 ? [] : [ownFile('Have it loaded before the host drivers.', fileName(all), softdeps, on)]
  return finish([...longer, ...first], on, first.length === 0 ? [] : [ownPath(fileName(all), on)])
}

function onCommandLine(ids: readonly string[], on: Ground): readonly Step[] {
  const { word, remove } = wordWith(ids, on)
  const ostree = on.platform.flavour === 'ostree'
  const early = builtIn('vfio_pci', on.facts) === true ? [] : ostree ? addModules(MODULES, on) : loadEarly(MODULES, on)
  return [...early, ...changeParameters({ add: [word], remove }, on)]
}

/** The one word that lists these ids and those that are listed now, and the words that it stands in for. */
function wordWith(
  ids: readonly string[],
  on: Ground,
): { readonly word: string; readonly remove: readonly string[]; readonly there: boolean } {
  const old = (valueOf(on.facts.commandLine)?.parameters ?? []).filter(
    (one) => sameName(one.name, 'vfio-pci.ids') && parameter(one.text) !== null,
  )
  const to = merged(old.map((one) => one.value ?? '').join(','), ids)
  // Dash and underscore are the same there, so a word that is there keeps its own.
  const word = `${old.at(-1)?.name ?? 'vfio-pci.ids'}=${to}`
  const remove = old.map((one) => one.text).filter((text) => text !== word)
  return { word, remove, there: remove.length === 0 && old.length > 0 }
}

function merged(old: string, ids: readonly string[]): string {
  const there = old.split(',').filter((entry) => entry !== '')
  const known = new Set(there.map((entry) => parseIds(entry, '')[0]?.id))
  return [...there, ...ids.filter((id) => !known.has(id))].join(',')
}

/** What is lost, and how to get back in, is to be read before the first command. */
function withRisk(steps: readonly Step[], all: readonly Target[], on: Ground): readonly Step[] {
  const only = isOnlyDisplay(all, on.facts)
  const back = wayBack(on)
  const display =
    only === true
      ? `This is the display that the host starts on: the screen stays dark from then on. Try ssh first. ${back}`
      : only === undefined
        ? `If this is the only display of the host, its screen stays dark from then on. Try ssh first. ${back}`
        : `If the host no longer starts well: ${back}`
  const risk = [usesInWords(all) ?? '', display].filter((text) => text !== '').join(' ')
  const cost = worstCost(all)
  return steps.map((one, index) => {
    if (index !== 0) return one
    return {
      ...one,
      effect: cost === 'none' ? one.effect : cost,
      risk: one.risk === undefined ? risk : `${one.risk} ${risk}`,
    }
  })
}

/** kernel/module/main.c compares module_blacklist byte for byte, so the name has its underscore. */
function wayBack(on: Ground): string {
  const { flavour } = on.platform
  if (flavour === 'nixos' || flavour === 'ostree' || flavour === 'transactional') {
    return 'To get back in, choose the entry before this one in the boot menu.'
  }
  if (flavour === 'unraid') return 'To get back in, delete config/vfio-pci.cfg from the boot device on another machine.'
  if (builtIn('vfio_pci', on.facts) === true) {
    return 'To get back in, press "e" at the boot menu and delete `vfio-pci.ids=…` for one start; a rule of udev is deleted from a rescue shell.'
  }
  return 'To get back in, press "e" at the boot menu and add `module_blacklist=vfio_pci` for one start.'
}
