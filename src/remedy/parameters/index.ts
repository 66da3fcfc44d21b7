import { DEFAULT_LOADERS, FIND_LOADER, LOADERS, USUAL_LOADERS } from '../../knowledge/boot-loaders.ts'
import { OWN_WAY } from '../../knowledge/distributions.ts'
import type { Loader } from '../../model/boot.ts'
import type { Step } from '../../model/remedy.ts'
import { inCase, lines, reboot, some, step, type Ground } from '../steps.ts'
import { describeChange, inverse, list, type Change, type Recipe, type RecipeOf } from './change.ts'
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
      'the configuration of kernelstub (`kernelstub -a`)',
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
      'the ZFS property org.zfsbootmenu:commandline (`zbm-kcl`)',
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
  if (withoutLoader(on)) {
    const say = `${describeChange(change)}. No boot loader is set up here: the parameters come from what starts this kernel, a hypervisor or the network perhaps, so change them there.`
    return [step(say), restart(change, on)]
  }
  const ways = eachWay(on, describeChange(change), (how) => ({
    steps: changeBy(how, change, on),
    brief: `in ${how.place}${how.generate.length === 0 ? '' : `, then ${generatorOf(how)}`}`,
  }))
  return [...ways, restart(change, on)]
}

/** Steps that carry what is written in the configuration to what the loader reads. Never empty. */
export function regenerate(on: Ground): readonly [Step, ...Step[]] {
  const known = knownRecipe(on)
  if (known !== null) return [generation(known, on)]
  const own = ownWay(on)
  if (own !== null) return [step(own.say, own.more)]
  if (withoutLoader(on)) return [step('Nothing can be generated: no boot loader is set up here.')]
  return eachWay(on, 'Run the generator of the boot loader', (how) => ({
    steps: [generation(how, on)],
    brief: how.generate.length === 0 ? 'nothing to run' : generatorOf(how),
  }))
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

function withoutLoader({ facts }: Ground): boolean {
  return (
    facts.boot.state === 'known' && facts.boot.value.loader.state === 'known' && facts.boot.value.loader.value === null
  )
}

interface Way {
  readonly steps: readonly Step[]
  /** The same in a few words, for a loader that is less likely. */
  readonly brief: string
}

/**
 * The loader is not known. The way of the one that the distribution sets up comes with its commands, each other one in
 * a line; without a default there are the lines alone.
 */
function eachWay(on: Ground, wish: string, way: (how: Recipe) => Way): readonly [Step, ...Step[]] {
  const usual = defaultLoader(on)
  const others = candidates(on).filter((one) => one !== usual)
  const each = others.map((one) => `for ${LOADERS[one].title} (${LOADERS[one].sign}) ${way(recipe(one, on)).brief}`)
  const list = each.join('; ')
  if (usual === null) {
    const say = `${wish}. How depends on the boot loader of this machine, which could not be told: ${list}.`
    return [step(say, { run: lines(...FIND_LOADER) })]
  }
  const { title, sign } = LOADERS[usual]
  const condition = `Which boot loader starts this machine could not be told. If it is ${title}, the usual one of this distribution (${sign})`
  return [...some(inCase(condition, way(recipe(usual, on)).steps), wish), step(`If it is another one: ${list}.`)]
}

/** The commands of a recipe that carry the change on, in a sentence. */
function generatorOf(how: Recipe): string {
  return how.generator ?? how.generate.map((one) => `\`${one}\``).join(' and ')
}

function defaultLoader({ platform }: Ground): Loader | null {
  for (const name of [platform.flavour, platform.system, platform.family])
    if (name !== null && Object.hasOwn(DEFAULT_LOADERS, name)) return DEFAULT_LOADERS[name] ?? null
  return null
}

function changeBy(how: Recipe, change: Change, on: Ground): readonly Step[] {
  if (how.kind === 'words') return [...how.steps(change), ...generated(how)]
  const undo = [...how.commands(inverse(change)), ...how.generate].join('; ')
  const note = how.note === undefined ? '' : ` ${how.note}`
  const first = step(`${describeChange(change)}: ${how.place}.${note}`, {
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
  return [step('Carry the change to what the boot loader reads.', { run: lines(...how.generate), carries: true })]
}

function generation(how: Recipe, on: Ground): Step {
  const [first] = generated(how)
  if (first !== undefined) return first
  if (how.kind === 'words') return step('Nothing needs to be generated on its own: it comes with the change itself.')
  const title = on.platform.loader === null ? 'the boot loader' : LOADERS[on.platform.loader].title
  return step(`Nothing needs to be generated: ${title} reads ${how.place} at each start.`)
}

function restart(change: Change, on: Ground): Step {
  const shows = change.add.length === 0 ? null : `shows ${list(change.add)}`
  const lacks = change.remove.length === 0 ? null : `no longer ${shows === null ? 'shows ' : ''}${list(change.remove)}`
  const then = [shows, lacks].filter((one) => one !== null).join(' and ')
  return reboot(on, `Restart the host. Afterwards \`cat /proc/cmdline\` ${then}.`)
}
