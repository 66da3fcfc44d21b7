import { FIRMWARE_SETTINGS } from '../../knowledge/firmware-menus.ts'
import { valueOf } from '../../model/fact.ts'
import type { FirmwareSetting, Step } from '../../model/remedy.ts'
import { plainText } from '../grammar.ts'
import { asRoot } from '../shell.ts'
import { step, type Expansion, type Ground } from '../steps.ts'

export const enableFirmwareSetting: Expansion<'enable-firmware-setting'> = (action, on) =>
  setting('Switch on', action.setting, on)

export const disableFirmwareSetting: Expansion<'disable-firmware-setting'> = (action, on) =>
  setting('Switch off', action.setting, on)

function setting(verb: string, which: FirmwareSetting, on: Ground): readonly [Step, ...Step[]] {
  const { name, words, note } = FIRMWARE_SETTINGS[which]
  if (on.platform.place === 'guest') {
    return [
      step(
        `This is a virtual machine, and ${name} is its host's to give: there, give this guest a q35 machine with a virtual IOMMU, and run vfio-doctor there for devices of the physical machine.`,
      ),
    ]
  }
  const { board } = on.platform
  const menu = board?.menus[which]
  const where = menu === undefined ? '' : ` On ${board?.name ?? 'this board'} it is usually at: ${menu}.`
  const names = `Menus differ between versions; it may be called ${words.join(', ')}.`
  const risk = which === 'vmd' ? { risk: 'Disks behind it change their place: the host may not start from them.' } : {}
  return [
    enter(on),
    step([`${verb} ${name}.${where} ${names}`, note].filter(Boolean).join(' '), { effect: 'none', ...risk }),
    step('Save, switch the machine off wholly and on again: some boards apply this only from a cold start.', {
      effect: 'reboot',
      undo: 'The same setting, put back.',
    }),
  ]
}

/** systemd asks UEFI firmware to open its setup at the next start (systemctl(1)). */
function enter(on: Ground): Step {
  const { efi, family, flavour, system } = on.platform
  const systemd =
    family === 'debian' || family === 'fedora' || family === 'suse' || family === 'arch' || flavour === 'nixos'
  const without = system === 'artix' || system === 'devuan'
  if (efi === true && systemd && !without) {
    return step('Open the firmware setup.', {
      run: asRoot(on.platform, 'systemctl reboot --firmware-setup'),
      effect: 'reboot',
    })
  }
  return step('Restart the host and open the firmware setup: press Del, F2, F1, F9 or F10 while it starts.', {
    effect: 'reboot',
  })
}

export const updateFirmware: Expansion<'update-firmware'> = (_action, on) => {
  const board = valueOf(on.facts.board)
  const name = [board?.system, board?.board].filter((one) => typeof one === 'string' && one !== '').join(', ')
  const now = board?.biosVersion ?? null
  const text = [
    `Look for a newer firmware (BIOS) at the maker of the board${name === '' ? '' : ` (${plainText(name, 120)})`}.`,
    now === null ? '' : `This one is ${plainText(now, 60)}${dated(board?.biosDate ?? null)}.`,
    'Afterwards look through the settings again: an update puts them back to their defaults, VT-d or IOMMU among them.',
  ]
  return [
    step(text.filter((one) => one !== '').join(' '), {
      effect: 'reboot',
      risk: 'Power that fails during the update can leave the board dead; note the present settings first.',
    }),
  ]
}

function dated(date: string | null): string {
  return date === null ? '' : ` of ${plainText(date, 30)}`
}
