import { INITRAMFS_TOOLS } from '../../knowledge/initramfs-tools.ts'
import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { parseIds } from '../../rules/parameters.ts'
import {
  builtIn,
  idsAreUnique,
  isOnlyDisplay,
  rivals,
  targets,
  usesInWords,
  worstCost,
  type Target,
} from '../devices.ts'
import { deviceId, option, parameter, plainText, words } from '../grammar.ts'
import { addModules, rebuild } from '../initramfs.ts'
import { optionLines, ownFile, pathsOf, replaceValue } from '../modprobe.ts'
import { changeParameters } from '../parameters/index.ts'
import { asRoot, writeFile } from '../shell.ts'
import { lines, reboot, some, step, type Expansion, type Ground } from '../steps.ts'
import { leftOut } from './bind.ts'

const MODULES = ['vfio_pci', 'vfio', 'vfio_iommu_type1']

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
  const steps = ownWay(all.functions, on) ?? (unique ? byId(ids.good, all.functions, on) : byAddress(all.functions, on))
  return some([...withRisk(steps, all.functions, on), ...leftOut(all)], nothing)
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
  const say = 'Have vfio-pci take these ids when it is loaded, and have it loaded before the host drivers.'
  const softdeps = rivals(all).map((module) => `softdep ${module} pre: vfio-pci`)
  if (last === undefined) {
    return finish([ownFile(say, fileName(all), [`options vfio-pci ids=${ids.join(',')}`, ...softdeps], on)], on)
  }
  const to = merged(last.value, ids)
  const longer =
    to === last.value ? [] : [replaceValue(say, 'vfio-pci', 'ids', { from: last.value, to }, pathsOf([last]), on)]
  const first =
    softdeps.length === 0 ? [] : [ownFile('Have it loaded before the host drivers.', fileName(all), softdeps, on)]
  return finish([...longer, ...first], on)
}

function onCommandLine(ids: readonly string[], on: Ground): readonly Step[] {
  const old = (valueOf(on.facts.commandLine)?.parameters ?? []).filter(
    (one) => one.name.replaceAll('-', '_') === 'vfio_pci.ids' && parameter(one.text) !== null,
  )
  const to = merged(old.map((one) => one.value ?? '').join(','), ids)
  const word = `vfio-pci.ids=${to}`
  const remove = old.map((one) => one.text).filter((text) => text !== word)
  const early = builtIn('vfio_pci', on.facts) === true ? [] : addModules(MODULES, on)
  const image = early.length === 0 || on.platform.flavour === 'ostree' ? [] : rebuild(on)
  return [...early, ...image, ...changeParameters({ add: [word], remove }, on)]
}

function merged(old: string, ids: readonly string[]): string {
  const there = old.split(',').filter((entry) => entry !== '')
  const known = new Set(there.map((entry) => parseIds(entry, '')[0]?.id))
  return [...there, ...ids.filter((id) => !known.has(id))].join(',')
}

/**
 * vfio-pci's `install` line names the functions before it loads the module (modprobe.d(5)). It goes into the image
 * with the rest of modprobe.d, and needs no script of its own there.
 */
function byAddress(all: readonly Target[], on: Ground): readonly Step[] {
  const { platform } = on
  const list = all.map((one) => one.address)
  const tool = platform.initramfs === null || platform.initramfs === 'none' ? null : INITRAMFS_TOOLS[platform.initramfs]
  if (builtIn('vfio_pci', on.facts) === true || tool?.readsModprobe === false || platform.flavour === 'ostree') {
    return udevRule(list, on)
  }
  const say = `Have vfio-pci take these functions by address, because their ids are not known to be theirs alone, and have it loaded before the host drivers. (Where driverctl is installed and the host driver is not in the initramfs, \`driverctl set-override ${list[0] ?? 'ADDRESS'} vfio-pci\`, and so for each, does it too.)`
  const softdeps = rivals(all).map((module) => `softdep ${module} pre: vfio-pci`)
  // kmod obeys one install line of a module (kmod_module_get_install_commands), so a second would do nothing.
  const there = (valueOf(on.facts.modprobe)?.directives ?? []).find(
    (one) => one.kind === 'install' && one.module === 'vfio_pci',
  )
  if (there !== undefined) {
    const where = `${plainText(there.path)}:${there.line}`
    const text = list.map((at) => `echo vfio-pci > /sys/bus/pci/devices/${at}/driver_override`).join('; ')
    return finish(
      [
        step(`${say} There is an install line for vfio-pci already, at ${where}: have its command do this first.`, {
          edit: { path: plainText(there.path), text },
        }),
      ],
      on,
    )
  }
  const install = `install vfio-pci for a in ${list.join(' ')}; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci`
  return finish([ownFile(say, fileName(all), [install, ...softdeps], on)], on)
}

/** Named after the first function's slot, so that two devices do not share a file. */
function fileName(all: readonly Target[]): string {
  const at = all[0]?.address ?? 'ADDRESS'
  return `vfio-${at.replace(/\.[0-7]$/, '').replaceAll(':', '-')}`
}

/**
 * udev sets the override when the device appears, before it loads a driver for it (80-drivers.rules); what is bound
 * by then, because its driver is built in or came from the initramfs, is let go and probed again.
 */
function udevRule(list: readonly string[], on: Ground): readonly Step[] {
  const { platform } = on
  const path = '/etc/udev/rules.d/10-vfio-doctor.rules'
  const rules = list.map((at) => {
    const device = `/sys/bus/pci/devices/${at}`
    const run = `test ! -e ${device}/driver || echo ${at} > ${device}/driver/unbind; echo ${at} > /sys/bus/pci/drivers_probe`
    return `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${at}", ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio-pci", RUN+="/bin/sh -c '${run}'"`
  })
  const say = 'Have udev hand these functions to vfio-pci by address when they appear.'
  const reload = asRoot(platform, 'udevadm control --reload')
  if (platform.flavour === 'nixos') {
    const text = [`services.udev.extraRules = ''`, ...rules.map((rule) => `  ${rule}`), `'';`].join('\n')
    return [
      step(say, { edit: { path: '/etc/nixos/configuration.nix', text } }),
      ...rebuild(on),
      reboot(on, 'Restart the host.'),
    ]
  }
  return [
    step(say, {
      run: lines(writeFile(platform, rules, path), reload),
      undo: `${asRoot(platform, `rm ${path}`)}; ${reload}`,
      risk: 'A host driver that is in the initramfs or built in comes first, and lets go late.',
    }),
    reboot(on, 'Restart the host. Afterwards `lspci -nnk` shows vfio-pci as the driver in use.'),
  ]
}

function finish(first: readonly Step[], on: Ground): readonly Step[] {
  return [
    ...first,
    ...addModules(MODULES, on),
    ...rebuild(on),
    reboot(on, 'Restart the host. Afterwards `lspci -nnk` shows vfio-pci as the driver in use.'),
  ]
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
