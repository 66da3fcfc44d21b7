import { INITRAMFS_TOOLS } from '../../knowledge/initramfs-tools.ts'
import { valueOf } from '../../model/fact.ts'
import type { InstallLine } from '../../model/modules.ts'
import type { Step } from '../../model/remedy.ts'
import { listedIds, matching } from '../../rules/candidates.ts'
import { installLine } from '../../rules/install-line.ts'
import { cardUsedFor } from '../../rules/needed-by-host.ts'
import { onHostDriver } from '../../rules/pci.ts'
import { builtIn, rivals, withoutName, type Target } from '../devices.ts'
import { address, configPath, plainText } from '../grammar.ts'
import { ownFile, ownPath, replaceLoop } from '../modprobe.ts'
import { rebuild } from '../rebuild.ts'
import { appendFile, asRoot, pattern, writeFile } from '../shell.ts'
import { type Ground, lines, NIXOS, reboot, step } from '../steps.ts'
import { fileName, finish, MODULES } from './boot-files.ts'

/** An id that stays in the list takes what the host uses at the very restart that these steps end with. */
export function takeOut(all: readonly Target[], on: Ground): readonly Step[] {
  const functions = valueOf(on.facts.pci)?.functions ?? []
  const others = functions.filter(
    (fn) =>
      !all.some((one) => one.address === fn.address) && onHostDriver(fn) === true && cardUsedFor(fn, functions) !== '',
  )
  return listedIds(on.facts).flatMap((listed) => {
    const [taken] = matching(others, listed)
    if (taken === undefined) return []
    const say = `Before anything else, take ${plainText(listed.id)} out of the ids of vfio-pci in ${plainText(listed.source)}: ${taken.address}, which this host uses, has that id too, and vfio-pci would take it at the next start.`
    return [step(say, { first: true })]
  })
}

/**
 * vfio-pci's `install` line names the functions before it loads the module (modprobe.d(5)). It goes into the image
 * with the rest of modprobe.d, and needs no script of its own there.
 */
export function byAddress(all: readonly Target[], on: Ground): readonly Step[] {
  const { platform } = on
  const list = all.map((one) => one.address)
  const tool = platform.initramfs === null || platform.initramfs === 'none' ? null : INITRAMFS_TOOLS[platform.initramfs]
  if (builtIn('vfio_pci', on.facts) === true || tool?.readsModprobe === false || platform.flavour === 'ostree') {
    return udevRule(list, on)
  }
  if (platform.flavour === 'nixos') return nixos(list, on)
  const say = `Have vfio-pci take these functions by address, because their ids are not known to be theirs alone, and have it loaded before the host drivers. (Where driverctl is installed and the host driver is not in the initramfs, \`driverctl set-override ${list[0] ?? 'ADDRESS'} vfio-pci\`, and so for each, does it too.)${withoutName(all, on.facts)}`
  const softdeps = rivals(all, on.facts).map((module) => `softdep ${module} pre: vfio-pci`)
  // A second would do nothing.
  const there = installLine(valueOf(on.facts.modprobe)?.directives ?? [])
  const file = ownPath(fileName(all), on)
  if (there !== undefined) {
    const order =
      softdeps.length === 0 ? [] : [ownFile('Have it loaded before the host drivers.', fileName(all), softdeps, on)]
    return finish([...extended(say, there, list, on), ...order], on, order.length === 0 ? [] : [file])
  }
  return finish([ownFile(say, fileName(all), [`install vfio-pci ${loop(list)}`, ...softdeps], on)], on, [file])
}

function loop(list: readonly string[]): string {
  return `for a in ${list.join(' ')}; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci`
}

/** The functions into the install line that is there: by a command where it is one of ours, else by hand. */
function extended(
  say: string,
  { path, line, command }: InstallLine,
  list: readonly string[],
  on: Ground,
): readonly Step[] {
  const old = /^for a in ([0-9a-f:. ]{12,800}); do /.exec(command)?.[1]?.split(' ') ?? []
  const file = configPath(path)
  if (file !== null && old.every((one) => address(one) === one) && command === loop(old)) {
    const to = [...new Set([...old, ...list])]
    if (to.length === old.length) return []
    return [replaceLoop(say, { from: old.join(' '), to: to.join(' ') }, file, on)]
  }
  const where = `${plainText(path)}:${line}`
  const text = list.map((at) => `echo vfio-pci > /sys/bus/pci/devices/${at}/driver_override`).join('; ')
  return [
    step(`${say} There is an install line for vfio-pci already, at ${where}: have its command do this first.`, {
      edit: { path: plainText(path), text },
    }),
  ]
}

/** NixOS has no /sbin/modprobe, and a hook of its own for what must come before the drivers. */
function nixos(list: readonly string[], on: Ground): readonly Step[] {
  const text = [
    `boot.initrd.kernelModules = [ ${MODULES.map((name) => `"${name}"`).join(' ')} ];`,
    `boot.initrd.preDeviceCommands = ''`,
    `  for a in ${list.join(' ')}; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done`,
    `  modprobe -i vfio-pci`,
    `'';`,
  ].join('\n')
  const say =
    'Have vfio-pci take these functions by address, because their ids are not known to be theirs alone. (With the systemd initrd, a unit of the initrd has to do what preDeviceCommands does.)'
  return [
    step(say, { edit: { path: NIXOS, text }, undo: 'Take the lines out again and rebuild.' }),
    ...rebuild(on),
    reboot(on, 'Restart the host. Afterwards `lspci -nnk` shows vfio-pci as the driver in use.'),
  ]
}

/**
 * udev sets the override when the device appears, before it loads a driver for it (80-drivers.rules); what is bound
 * by then, because its driver is built in or came from the initramfs, is let go and probed again.
 */
export function udevRule(list: readonly string[], on: Ground, why = ''): readonly Step[] {
  const { platform } = on
  const path = '/etc/udev/rules.d/10-vfio-doctor.rules'
  const rules = list.map((at) => {
    const device = `/sys/bus/pci/devices/${at}`
    const run = `test ! -e ${device}/driver || echo ${at} > ${device}/driver/unbind; echo ${at} > /sys/bus/pci/drivers_probe`
    return `ACTION=="add", SUBSYSTEM=="pci", ${named(at)}, ATTR{driver_override}="vfio-pci", RUN{builtin}+="kmod load vfio-pci", RUN+="/bin/sh -c '${run}'"`
  })
  const say = `${why}Have udev hand these functions to vfio-pci by address when they appear.`
  const reload = asRoot(platform, 'udevadm control --reload')
  if (platform.flavour === 'nixos') {
    const text = [`services.udev.extraRules = ''`, ...rules.map((rule) => `  ${rule}`), `'';`].join('\n')
    return [step(say, { edit: { path: NIXOS, text } }), ...rebuild(on), reboot(on, 'Restart the host.')]
  }
  // What an earlier run wrote for another card stays.
  const empty = valueOf(on.facts.udevRules)?.every((one) => one.path !== path) === true
  const added = list.map(
    (at, index) => `grep -qsF '${named(at)}' ${path} || ${appendFile(platform, rules.slice(index, index + 1), path)}`,
  )
  const taken = list.map((at) => `-e '/${pattern(named(at))}/d'`).join(' ')
  return [
    step(say, {
      run: lines(...(empty ? [writeFile(platform, rules, path)] : added), reload),
      undo: `${asRoot(platform, empty ? `rm ${path}` : `sed -i ${taken} ${path}`)}; ${reload}`,
      risk: 'A host driver that is in the initramfs or built in comes first, and lets go late.',
    }),
    reboot(on, 'Restart the host. Afterwards `lspci -nnk` shows vfio-pci as the driver in use.'),
  ]
}

/** The condition of a rule, by which it is found again. */
function named(at: string): string {
  return `KERNEL=="${at}"`
}
