import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import {
  builtIn,
  costOf,
  driverOf,
  isGpu,
  isOnVfio,
  target,
  targets,
  usesInWords,
  type Target,
  type Targets,
} from '../devices.ts'
import { address, deviceId, plainText } from '../grammar.ts'
import { asRoot, write } from '../shell.ts'
import { lines, some, step, type Expansion, type Ground } from '../steps.ts'

const PROBE = '/sys/bus/pci/drivers_probe'

function sysfs(one: string, attribute: string): string {
  return `/sys/bus/pci/devices/${one}/${attribute}`
}

/** What was not made into a command, in words. */
export function leftOut(all: Targets): readonly Step[] {
  const bridges = all.bridges.map((one) =>
    step(`Leave ${one} alone: it is a bridge, which vfio-pci refuses and a guest does not need.`),
  )
  const rest =
    all.left === 0 ? [] : [step('Some of what the finding names is no PCI address, so no command is given for it.')]
  return [...bridges, ...rest]
}

const NO_ADDRESS = 'Which function is meant could not be told; `lspci -D -nnk` lists them with their drivers.'

export const bindNow: Expansion<'bind-now'> = (action, on) => {
  const all = targets(action.addresses, on.facts)
  if (all.functions.length === 0) return some(leftOut(all), NO_ADDRESS)
  const { platform } = on
  const load =
    builtIn('vfio_pci', on.facts) === true
      ? []
      : [
          step(
            "Load vfio-pci. (libvirt with managed='yes' and Proxmox bind a device themselves when its guest starts, so there these steps are only a test.)",
            { run: asRoot(platform, 'modprobe vfio-pci'), undo: asRoot(platform, 'modprobe -r vfio-pci') },
          ),
        ]
  return some([...load, ...all.functions.map((one) => bindOne(one, on)), ...leftOut(all)], NO_ADDRESS)
}

/**
 * driver_override names one function, where new_id would take every device of that id; then the old driver lets go,
 * and drivers_probe has the bus look again (Documentation/ABI/testing/sysfs-bus-pci).
 */
function bindOne(one: Target, on: Ground): Step {
  const { platform } = on
  const at = one.address
  if (isOnVfio(one)) {
    return step(`${at} is on vfio-pci already.`, { run: `lspci -nnks ${at}` })
  }
  const driver = driverOf(one)
  const release = write(platform, at, sysfs(at, 'driver/unbind'))
  const from = typeof driver === 'string' ? ` from ${plainText(driver, 64)}` : ''
  const risk = riskOf(one)
  return step(`Hand ${at}${from} to vfio-pci.`, {
    run: lines(
      write(platform, 'vfio-pci', sysfs(at, 'driver_override')),
      driver === null ? null : driver === undefined ? `test ! -e ${sysfs(at, 'driver')} || ${release}` : release,
      write(platform, at, PROBE),
      `lspci -nnks ${at}`,
    ),
    effect: costOf(one),
    undo: giveBack(one, on).join('; '),
    ...(risk === '' ? {} : { risk }),
  })
}

function riskOf(one: Target): string {
  const driver = driverOf(one)
  const nvidia =
    driver === 'nvidia'
      ? 'Stop everything that uses the card first (display manager, nvidia-persistenced, monitoring): the unbind hangs while it is in use, and only a restart ends that.'
      : ''
  const screen =
    driver !== 'nvidia' && isGpu(one) && driver !== null
      ? 'Have a way in by ssh: the screen on this card goes dark.'
      : ''
  return [usesInWords([one]) ?? '', nvidia, screen].filter((text) => text !== '').join(' ')
}

/** Commands that give a function back: the override off, vfio-pci lets go, the bus looks again. */
function giveBack(one: Target, on: Ground): readonly string[] {
  const { platform } = on
  const at = one.address
  return [
    write(platform, '', sysfs(at, 'driver_override')),
    `test ! -e ${sysfs(at, 'driver')} || ${write(platform, at, sysfs(at, 'driver/unbind'))}`,
    write(platform, at, PROBE),
  ]
}

export const returnToHost: Expansion<'return-to-host'> = (action, on) => {
  const all = targets(action.addresses, on.facts)
  const steps = all.functions.map((one) =>
    step(
      `Give ${one.address} back to the host's driver. No guest may be using it, nor any other function of its group.`,
      {
        run: lines(...giveBack(one, on), `lspci -nnks ${one.address}`),
        effect: 'stops-guest',
        undo: 'Hand it to vfio-pci again.',
        // Kernels before 6.1 stop with a BUG in vfio when a host driver joins a group that a user holds.
        risk: 'A kernel before 6.1 can crash if another function of the group is in use by a guest at that moment.',
      },
    ),
  )
  return some([...steps, ...leftOut(all)], NO_ADDRESS)
}

export const clearDriverOverride: Expansion<'clear-driver-override'> = (action, on) => {
  const at = address(action.address)
  if (at === null) return [step(NO_ADDRESS)]
  const path = sysfs(at, 'driver_override')
  const kept = valueOf(on.facts.keptOverrides)?.find((one) => one.address === at)
  if (kept !== undefined || action.keptBy === 'driverctl') return [unsetKept(at, kept?.driver, on)]
  return [
    step(`Take the driver override of ${at} away, so that its id decides again which driver fits.`, {
      run: write(on.platform, '', path),
      undo: undoOverride(target(at, on.facts), on),
    }),
  ]
}

/** It empties driver_override as well, and has the function probed anew (driverctl.sh: unset_override). */
function unsetKept(at: string, driver: string | undefined, on: Ground): Step {
  const undo =
    driver !== undefined && /^[\w-]{1,64}$/.test(driver)
      ? { undo: asRoot(on.platform, `driverctl set-override ${at} ${driver}`) }
      : {}
  return step(`Have driverctl forget the override of ${at}.`, {
    run: asRoot(on.platform, `driverctl unset-override ${at}`),
    ...undo,
  })
}

function undoOverride(one: Target, on: Ground): string {
  const was = one.fn === null ? undefined : valueOf(one.fn.driverOverride)
  const driver = typeof was === 'string' && /^[\w-]{1,64}$/.test(was) ? was : 'vfio-pci'
  return write(on.platform, driver, sysfs(one.address, 'driver_override'))
}

export const removeDynamicId: Expansion<'remove-dynamic-id'> = (action, on) => {
  const id = deviceId(action.id)
  if (id === null) return [step('Take the id back out of vfio-pci (remove_id); which id it is could not be told.')]
  return [removeId(id, on)]
}

/** drivers/pci/pci-driver.c: remove_id_store answers ENODEV where the id was never added. */
export function removeId(id: string, on: Ground): Step {
  const pair = id.replace(':', ' ')
  const directory = '/sys/bus/pci/drivers/vfio-pci'
  return step(
    `Take the id ${id} back out of vfio-pci. "No such device" or "No such file" in answer is fine: then it was not there.`,
    {
      run: write(on.platform, pair, `${directory}/remove_id`),
      undo: write(on.platform, pair, `${directory}/new_id`),
    },
  )
}
