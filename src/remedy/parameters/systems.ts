import { asRoot, backup } from '../shell.ts'
import { type Ground, NIXOS, step } from '../steps.ts'
import type { Step } from '../../model/remedy.ts'
import { describeChange, type Change, type Recipe } from './change.ts'
import { edit } from './files.ts'

/** Systems on which the loader's own files are generated from somewhere else, whatever loader it is. */
export function systemRecipe(on: Ground): Recipe | null {
  switch (on.platform.flavour) {
    case 'nixos':
      return nixos(on)
    case 'unraid':
      return unraid(on)
    case 'truenas':
      return truenas(on)
    case 'talos':
      return talos()
    case 'plain':
    case 'proxmox':
    case 'ostree':
    case 'transactional':
    case null:
      return null
    default:
      return on.platform.flavour satisfies never
  }
}

function nixos(on: Ground): Recipe {
  const rebuild = asRoot(on.platform, 'nixos-rebuild boot')
  const steps = (change: Change): readonly Step[] => {
    const list = change.add.map((word) => `"${word}"`).join(' ')
    const text =
      change.add.length > 0
        ? `boot.kernelParams = [ ${list} ];`
        : `# boot.kernelParams: without ${change.remove.join(' ')}`
    return [
      step(`${describeChange(change)}: boot.kernelParams in your configuration, merged with the list that is there.`, {
        edit: { path: NIXOS, text },
        undo: 'Change the list back and rebuild, or choose the generation before in the boot menu.',
      }),
    ]
  }
  return { kind: 'words', place: 'boot.kernelParams', steps, generate: [rebuild] }
}

function unraid(on: Ground): Recipe {
  const path = '/boot/syslinux/syslinux.cfg'
  return {
    kind: 'commands',
    place: `the \`append\` lines of ${path} (in the web interface: Main, the boot device, Syslinux Configuration)`,
    files: [path],
    commands: (change) => edit(on, { select: '/^[[:space:]]*append[[:space:]]/', quoted: false }, change, [path]),
    generate: [],
    risk: 'Keep a copy of this file on another machine: without it the server does not start.',
  }
}

/** The middleware replaces the whole text, so the old words are read and kept. */
function truenas(on: Ground): Recipe {
  const list = (words: readonly string[]): string => `[${words.map((word) => `"${word}"`).join(', ')}]`
  return {
    kind: 'commands',
    place: 'kernel_extra_options of the system settings',
    files: [],
    commands: (change) => {
      const old = asRoot(on.platform, 'midclt call system.advanced.config')
      const both = list([...change.remove, ...change.add])
      const filter = `{kernel_extra_options: (.kernel_extra_options / " " - ${both} + ${list(change.add)} | join(" "))}`
      return [asRoot(on.platform, `midclt call system.advanced.update "$(${old} | jq -c '${filter}')"`)]
    },
    generate: [],
  }
}

function talos(): Recipe {
  const steps = (change: Change): readonly Step[] => [
    step(
      `${describeChange(change)}: Talos has no shell on the host. Put the words in the Image Factory schematic and upgrade to the image made from it; on a host that starts with GRUB, in .machine.install.extraKernelArgs. A leading "-" takes a word out.`,
      {
        edit: {
          path: 'schematic.yaml',
          text: [
            'customization:',
            '  extraKernelArgs:',
            ...change.add.map((word) => `    - ${word}`),
            ...change.remove.map((word) => `    - -${word}`),
          ].join('\n'),
        },
        undo: 'Upgrade to the image of the schematic before.',
      },
    ),
  ]
  return { kind: 'words', place: 'the schematic of the image', steps, generate: [] }
}

/** An entry of the firmware's own menu cannot be changed, only be made anew; that takes facts we do not have. */
export function efistub(on: Ground): Recipe {
  const steps = (change: Change): readonly Step[] => [
    step(
      `${describeChange(change)}: the firmware starts the kernel, and its boot entry holds the parameters. Look at the entry, create one with the changed list (efibootmgr --create … --unicode '…'), start it, and only then delete the old one.`,
      {
        run: asRoot(on.platform, 'efibootmgr -v'),
        undo: 'Choose the old entry in the firmware boot menu.',
        risk: 'Keep the old entry until the new one has started the host.',
      },
    ),
  ]
  return { kind: 'words', place: 'the boot entry in the firmware', steps, generate: [] }
}

/** Copies of what the commands change, made once. */
export function backups(on: Ground, files: readonly string[]): readonly string[] {
  return files.map((path) => backup(on.platform, path))
}
