import type { ParameterSource } from '../../model/boot.ts'
import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { leaving, type Leaving } from '../../rules/parameter-layers.ts'
import { configPath, parameter, plainText, strayWord } from '../grammar.ts'
import { changeParameters, regenerate } from '../parameters/index.ts'
import { asRoot } from '../shell.ts'
import { reboot, some, step, type Expansion, type Ground } from '../steps.ts'

/** Parameters that people are told to set and that must not be printed, with what is true of each. */
const REFUSED: readonly { readonly word: RegExp; readonly say: string }[] = [
  {
    word: /^amd_iommu=(on|pt|1)$/,
    say: 'Set no amd_iommu parameter: the driver knows no such value, and the AMD IOMMU is on wherever the firmware offers it.',
  },
  {
    word: /^pcie_acs_override(=|$)/,
    say: 'Do not override ACS: stock kernels do not know the parameter, and on patched ones it hides that the devices can reach each other. Enable ACS in the firmware, or use another slot.',
  },
  {
    word: /noiommu/,
    say: 'No-IOMMU mode does not help: a device cannot be assigned to a virtual machine in it. It needs the IOMMU.',
  },
]

export const setKernelParameter: Expansion<'set-kernel-parameter'> = (action, on) => {
  // Blanks between quotes are a part of a value.
  const wanted = /["']/.test(action.parameter) ? [action.parameter] : action.parameter.split(' ')
  const refused = REFUSED.filter((one) => wanted.some((word) => one.word.test(word))).map((one) => step(one.say))
  const allowed = wanted.filter((word) => REFUSED.every((one) => !one.word.test(word)))
  const fit = allowed.flatMap((one) => parameter(one) ?? [])
  // Beside a word that is none, what looks like one may be a piece of some other text.
  const add = fit.length === allowed.length ? fit : []
  const byHand =
    add.length === allowed.length
      ? []
      : [step(`Add this to the kernel command line by hand: ${plainText(allowed.join(' '))}`)]
  const first = [...refused, ...byHand]
  if (add.length === 0) return some(first, 'Which parameter is to be added could not be told.')
  const without = (action.without ?? '').split(' ').filter((one) => one !== '')
  const remove = without.flatMap((one) => strayWord(one) ?? [])
  const left = without.filter((one) => strayWord(one) === null)
  const out =
    left.length === 0 ? [] : [step(`Take this out of the kernel command line by hand: ${plainText(left.join(' '))}`)]
  return [...first, ...out, ...changeParameters({ add, remove }, on)] as [Step, ...Step[]]
}

export const removeKernelParameter: Expansion<'remove-kernel-parameter'> = (action, on) => {
  const word = parameter(action.parameter)
  if (word === null) return [step(`Take this out of the kernel command line by hand: ${plainText(action.parameter)}`)]
  const [addon, ...addons] = addonsWith(word, on)
  if (addon !== undefined) {
    const rest = onlyInAddons(word, on) ? [restartWithout(word, on)] : changeParameters({ add: [], remove: [word] }, on)
    return [dropAddon(addon, word, on), ...addons.map((one) => dropAddon(one, word, on)), ...rest]
  }
  const out = onItsWay(word, on)
  if (out === undefined) return changeParameters({ add: [], remove: [word] }, on)
  const places = out.places.map((one) => one.path).join(' and ')
  const last = restartWithout(word, on)
  return out.stage === 'gone'
    ? [{ ...last, say: `\`${word}\` is out of ${places} already. ${last.say}` }]
    : [...regenerate(on), last]
}

function restartWithout(word: string, on: Ground): Step {
  return reboot(on, `Restart the host. Afterwards \`cat /proc/cmdline\` no longer shows \`${word}\`.`)
}

/** Addons of a unified kernel image are added to its line at each start, whatever the image is built from. */
function isAddon({ path, layer }: ParameterSource): boolean {
  return layer === 'configured' && /\.addon\.efi$/i.test(path)
}

function holders(word: string, on: Ground): readonly ParameterSource[] {
  const written = (valueOf(on.facts.boot)?.sources ?? []).filter((one) => one.layer === 'configured')
  return written.filter((one) => one.parameters.some(({ text }) => text === word))
}

function addonsWith(word: string, on: Ground): readonly ParameterSource[] {
  return holders(word, on).filter(isAddon)
}

function onlyInAddons(word: string, on: Ground): boolean {
  return holders(word, on).every(isAddon)
}

function dropAddon({ path, parameters }: ParameterSource, word: string, on: Ground): Step {
  const words = parameters.map((one) => one.text).join(' ')
  const say = `\`${word}\` comes from the addon ${plainText(path)}. Take the addon away, with all that it adds: ${plainText(words)}.`
  const from = configPath(path)
  if (from === null) return step(say)
  const run = asRoot(on.platform, `mv -n ${from} ${from}.off`)
  return step(say, { run, undo: asRoot(on.platform, `mv -n ${from}.off ${from}`) })
}

/** Somebody took it out since this boot. */
function onItsWay(word: string, on: Ground): Leaving | undefined {
  const boot = valueOf(on.facts.boot)
  const running = valueOf(on.facts.commandLine)?.parameters.find((one) => one.text === word)
  return boot === undefined || running === undefined ? undefined : leaving(running, boot)
}

export const regenerateBootEntries: Expansion<'regenerate-boot-entries'> = (_action, on) => [
  ...regenerate(on),
  reboot(on, 'Restart the host. Afterwards `cat /proc/cmdline` shows what is configured.'),
]

export const restart: Expansion<'reboot'> = (_action, on) => [reboot(on, 'Restart the host.')]
