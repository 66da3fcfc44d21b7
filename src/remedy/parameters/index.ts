import { FIND_LOADER, LOADERS, USUAL_LOADERS } from '../../knowledge/boot-loaders.ts'
import { OWN_WAY } from '../../knowledge/distributions.ts'
import type { Loader } from '../../model/boot.ts'
import type { Step } from '../../model/remedy.ts'
import { inCase, lines, reboot, step, type Ground } from '../steps.ts'
import { describeChange, inverse, type Change, type Recipe, type RecipeOf } from './change.ts'
import {
  byTool,
  extlinux,
  limine,
  proxmoxSystemdBoot,
  raspberryPi,
  refind,
  systemdBoot,
  unifiedImage,
} from './entries.ts'
import { grub, grubBls } from './grub.ts'
import { backups, efistub, systemRecipe } from './systems.ts'

export type { Change } from './change.ts'

const RECIPES = {
  grub,
  'grub-bls': grubBls,
  'systemd-boot': systemdBoot,
  'proxmox-grub': grub,
  'proxmox-systemd-boot': proxmoxSystemdBoot,
  kernelstub: (on) =>
    byTool(
      on,
      'the configuration of kernelstub',
      (words) => `kernelstub -a "${words.join(' ')}"`,
      (words) => `kernelstub -d "${words.join(' ')}"`,
    ),
  uki: unifiedImage,
  ostree: (on) =>
    byTool(
      on,
      'the kernel arguments of the next deployment',
      (words) => `rpm-ostree kargs ${words.map((word) => `--append-if-missing=${word}`).join(' ')}`,
      (words) => `rpm-ostree kargs ${words.map((word) => `--delete-if-present=${word}`).join(' ')}`,
    ),
  limine,
  refind,
  extlinux,
  // Without a file system named, zbm-kcl takes the one that is mounted at /.
  zfsbootmenu: (on) =>
    byTool(
      on,
      'the ZFS property org.zfsbootmenu:commandline',
      (words) => `zbm-kcl ${words.map((word) => `-a ${word}`).join(' ')}`,
      (words) => `zbm-kcl ${words.map((word) => `-r ${word}`).join(' ')}`,
    ),
  'raspberry-pi': raspberryPi,
  efistub,
} satisfies Record<Loader, RecipeOf>

/** Steps that change the kernel command line for good, up to the restart. Never empty. */
export function changeParameters(change: Change, on: Ground): readonly [Step, ...Step[]] {
  const known = knownRecipe(on)
  if (known !== null) return [...(changeBy(known, change, on) as [Step, ...Step[]]), restart(change, on)]
  const own = ownWay(on)
  if (own !== null) return [step(`${describeChange(change)}. ${own.say}`, own.more), restart(change, on)]
  const cases = candidates(on).flatMap((loader) =>
    inCase(`If it is ${LOADERS[loader].title} (${LOADERS[loader].sign})`, changeBy(recipe(loader, on), change, on)),
  )
  return [findLoader(describeChange(change)), ...cases, restart(change, on)]
}

/** Steps that carry what is written in the configuration to what the loader reads. Never empty. */
export function regenerate(on: Ground): readonly [Step, ...Step[]] {
  const known = knownRecipe(on)
  if (known !== null) return [generation(known, on)]
  const own = ownWay(on)
  if (own !== null) return [step(own.say, own.more)]
  const cases = candidates(on).flatMap((loader) =>
    inCase(`If it is ${LOADERS[loader].title} (${LOADERS[loader].sign})`, [generation(recipe(loader, on), on)]),
  )
  return [findLoader('Run the generator of the boot loader'), ...cases]
}

function knownRecipe(on: Ground): Recipe | null {
  const system = systemRecipe(on)
  if (system !== null) return system
  return on.platform.loader === null || ownWay(on) !== null ? null : recipe(on.platform.loader, on)
}

/** The recipe of a loader, with the platform told that this is the loader. */
function recipe(loader: Loader, on: Ground): Recipe {
  return RECIPES[loader]({ ...on, platform: { ...on.platform, loader } })
}

function candidates(on: Ground): readonly Loader[] {
  const { platform } = on
  const usual = USUAL_LOADERS[platform.flavour === 'proxmox' ? 'proxmox' : (platform.family ?? 'unknown')]
  return platform.system === 'pop' ? ['kernelstub', ...usual] : usual
}

function ownWay(on: Ground): { readonly say: string; readonly more: Partial<Step> } | null {
  const { system } = on.platform
  const own = system !== null && Object.hasOwn(OWN_WAY, system) ? OWN_WAY[system] : undefined
  if (own === undefined) return null
  return { say: own.say, more: own.show === undefined ? {} : { run: own.show } }
}

function findLoader(wish: string): Step {
  const say = `${wish}. Which boot loader starts this machine could not be told, so find that out first. For a single start there is a way that fits all: at the boot menu press "e", change the line that ends in the kernel's parameters, and start.`
  return step(say, { run: lines(...FIND_LOADER) })
}

function changeBy(how: Recipe, change: Change, on: Ground): readonly Step[] {
  if (how.kind === 'words') return [...how.steps(change), ...generated(how)]
  const undo = [...how.commands(inverse(change)), ...how.generate].join('; ')
  const first = step(`${describeChange(change)}: ${how.place}.`, {
    run: lines(
      ...(how.makes ?? []),
      ...backups(on, how.files),
      ...(how.prepare?.(change) ?? []),
      ...how.commands(change),
      how.show ?? null,
    ),
    undo,
    ...(how.risk === undefined ? {} : { risk: how.risk }),
  })
  return [first, ...generated(how)]
}

function generated(how: Recipe): readonly Step[] {
  if (how.generate.length === 0) return []
  return [step('Carry the change to what the boot loader reads.', { run: lines(...how.generate) })]
}

function generation(how: Recipe, on: Ground): Step {
  const [first] = generated(how)
  if (first !== undefined) return first
  if (how.kind === 'words') return step('Nothing needs to be generated on its own: it comes with the change itself.')
  const title = on.platform.loader === null ? 'the boot loader' : LOADERS[on.platform.loader].title
  return step(`Nothing needs to be generated: ${title} reads ${how.place} at each start.`)
}

function restart(change: Change, on: Ground): Step {
  const word = change.add[0] ?? change.remove[0] ?? ''
  const then = change.add.length > 0 ? `shows \`${word}\`` : `no longer shows \`${word}\``
  return reboot(on, `Restart the host. Afterwards \`cat /proc/cmdline\` ${then}.`)
}
