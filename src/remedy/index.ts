import type { Facts } from '../model/machine.ts'
import type { Action, ActionKind, Remedy, Step } from '../model/remedy.ts'
import { grantGroupNode, grantKvm, raiseMemlock, runAsRoot, runOnHost } from './actions/access.ts'
import { assign, assignInstead, changeGuest } from './actions/assign.ts'
import { bindAtBoot } from './actions/bind-at-boot.ts'
import { bindNow, clearDriverOverride, removeDynamicId, returnToHost } from './actions/bind.ts'
import { leaveBridgeAlone } from './actions/bridge.ts'
import {
  dumpRom,
  freeFramebuffer,
  keepAwake,
  moveCard,
  rescanDevice,
  resetDevice,
  setVfCount,
  stopUser,
} from './actions/device.ts'
import { closeQuote, correctModuleName, editFile, joinLines, mendAssignments, renameFile } from './actions/files.ts'
import { disableFirmwareSetting, enableFirmwareSetting, updateFirmware } from './actions/firmware.ts'
import {
  addInitramfsModules,
  installKernelModules,
  loadModule,
  rebuildInitramfs,
  removeInitramfsModules,
  removeModuleOption,
  setModuleOption,
  setType1EntryLimit,
  unloadModule,
  unsafeInterrupts,
} from './actions/modules.ts'
import { regenerateBootEntries, removeKernelParameter, restart, setKernelParameter } from './actions/parameters.ts'
import { advise, nothing, reportBug, show, upgrade } from './actions/words.ts'
import { STAND_INS } from './grammar.ts'
import { placed } from './place.ts'
import type { Platform } from './platform.ts'
import { asRoot } from './shell.ts'
import { NIXOS, step, type Expansion, type Ground } from './steps.ts'

export { genericPlatform, platformOf, type Platform } from './platform.ts'

/** A kind of action without an expansion does not compile. */
const EXPANSIONS = {
  'set-kernel-parameter': setKernelParameter,
  'remove-kernel-parameter': removeKernelParameter,
  'regenerate-boot-entries': regenerateBootEntries,
  reboot: restart,
  'enable-firmware-setting': enableFirmwareSetting,
  'disable-firmware-setting': disableFirmwareSetting,
  'update-firmware': updateFirmware,
  'leave-bridge-alone': leaveBridgeAlone,
  'remove-dynamic-id': removeDynamicId,
  'clear-driver-override': clearDriverOverride,
  'bind-now': bindNow,
  'bind-at-boot': bindAtBoot,
  'return-to-host': returnToHost,
  assign,
  'assign-instead': assignInstead,
  'load-module': loadModule,
  'unload-module': unloadModule,
  'install-kernel-modules': installKernelModules,
  'set-module-option': setModuleOption,
  'remove-module-option': removeModuleOption,
  'rename-file': renameFile,
  'edit-file': editFile,
  'correct-module-name': correctModuleName,
  'join-lines': joinLines,
  'mend-assignments': mendAssignments,
  'close-quote': closeQuote,
  'rebuild-initramfs': rebuildInitramfs,
  'add-initramfs-modules': addInitramfsModules,
  'remove-initramfs-modules': removeInitramfsModules,
  'unsafe-interrupts': unsafeInterrupts,
  'raise-memlock': raiseMemlock,
  'set-type1-entry-limit': setType1EntryLimit,
  'grant-group-node': grantGroupNode,
  'grant-kvm': grantKvm,
  'set-vf-count': setVfCount,
  'reset-device': resetDevice,
  'rescan-device': rescanDevice,
  'keep-awake': keepAwake,
  'free-framebuffer': freeFramebuffer,
  'dump-rom': dumpRom,
  'move-card': moveCard,
  'stop-user': stopUser,
  'run-as-root': runAsRoot,
  'run-on-host': runOnHost,
  show,
  'change-guest': changeGuest,
  upgrade,
  'report-bug': reportBug,
  advise,
  nothing,
} satisfies { readonly [K in ActionKind]: Expansion<K> }

/** The kinds of action there are, for tests and for a catalogue. */
export const ACTION_KINDS: readonly ActionKind[] = Object.keys(EXPANSIONS) as ActionKind[]

/**
 * Ordered steps for a symbolic remedy on the machine at hand. Pure; at least one step. Texts of the action that do not
 * fit the grammar of a command are said in words, never typed.
 */
export function expand(action: Action, platform: Platform, facts: Facts): Remedy {
  const on: Ground = { platform, facts }
  const elsewhere = placed(action, on)
  // The table gives each kind the expansion of that kind; TypeScript cannot follow an index by a union.
  const steps = elsewhere ?? (EXPANSIONS[action.do] as Expansion<ActionKind>)(action, on)
  return {
    action: action.do,
    steps: withNotes([...steps, ...switched(steps, on)].map((one) => shellless(one, platform))),
  }
}

/** What is written in the configuration of NixOS counts once it is built; where a restart is told, that is told too. */
function switched(steps: readonly Step[], { platform }: Ground): readonly Step[] {
  const written = steps.some((one) => one.edit?.path === NIXOS)
  if (!written || steps.some((one) => one.run?.includes('nixos-rebuild'))) return []
  const run = asRoot(platform, 'nixos-rebuild switch')
  return [step('Build the configuration and switch to it.', { run, undo: `${run} --rollback`, carries: true })]
}

/** Talos has no shell on the host. */
function shellless(one: Step, platform: Platform): Step {
  if (platform.flavour !== 'talos' || one.run === undefined) return one
  const { run: _run, undo: _undo, ...rest } = one
  return {
    ...rest,
    say: `${one.say} (Talos has no shell on the host: what a machine configuration cannot say must be done from a privileged pod.)`,
  }
}

/** Nix takes an option once in a file: "attribute … already defined". */
function merged(one: Step): Step {
  if (one.edit?.path !== NIXOS || one.say.includes('merged with')) return one
  return { ...one, say: `${one.say} Where the file sets this option already, merge it with what is there.` }
}

/** Says, where each is met first, what belongs in the place of the upper-case words. */
function withNotes(steps: readonly Step[]): readonly Step[] {
  const open = new Map(Object.entries(STAND_INS))
  return steps.map(merged).map((one) => {
    const text = `${one.say}\n${one.run ?? ''}\n${one.edit?.text ?? ''}`
    const met = [...open].filter(([word]) => new RegExp(`\\b${word}\\b`).test(text))
    for (const [word] of met) open.delete(word)
    if (met.length === 0) return one
    return { ...one, say: `${one.say} (${met.map(([word, meaning]) => `${word}: ${meaning}`).join('; ')})` }
  })
}
