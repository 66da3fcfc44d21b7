import { valueOf } from '../../model/fact.ts'
import { writtenByHand } from '../../rules/parameter-layers.ts'
import { asRoot, appendLine, deleteLine } from '../shell.ts'
import type { Ground } from '../steps.ts'
import type { Change, Recipe } from './change.ts'
import {
  configured,
  edit,
  editFound,
  hasSource,
  LIMINE_DEFAULTS,
  limineDefaults,
  limineFiles,
  sources,
  WHOLE_LINE,
} from './files.ts'
import { sdbootutil } from './grub.ts'
import { byCmdline, CMDLINE, ensureCmdline } from './kernel-cmdline.ts'

const SDBOOT_MANAGE = '/etc/sdboot-manage.conf'

/** systemd-boot: entries that kernel-install makes from /etc/kernel/cmdline, or that a person wrote. */
export function systemdBoot(on: Ground): Recipe {
  const { platform } = on
  if (platform.family === 'suse') return sdbootutil(on)
  if (hasSource(on, SDBOOT_MANAGE) || platform.system === 'cachyos') {
    return {
      kind: 'commands',
      place: `LINUX_OPTIONS in ${SDBOOT_MANAGE}`,
      files: [SDBOOT_MANAGE],
      commands: (change) => edit(on, { select: '/^LINUX_OPTIONS=/', quoted: true }, change, [SDBOOT_MANAGE]),
      generate: [asRoot(platform, 'sdboot-manage gen')],
    }
  }
  // Arch's own entries are written by hand; the other distributions have kernel-install write them.
  const byHand = handWritten(on) && (platform.family === 'arch' || platform.family === null)
  if (byHand && platform.system !== 'endeavouros') return entryFiles(on)
  return {
    ...byCmdline(on, kernelInstall(on)),
    ...(platform.family === 'debian' ? { generator: '`kernel-install add` for each kernel' } : {}),
  }
}

/** An /etc/kernel/cmdline beside them may be there for unified images alone. */
function handWritten(on: Ground): boolean {
  const entries = (valueOf(on.facts.boot)?.sources ?? []).filter((one) => one.path.includes('/loader/entries/'))
  return entries.length > 0 && entries.every(writtenByHand) ? true : !hasSource(on, CMDLINE)
}

/** Each boot loader entry holds its own list (Boot Loader Specification, type 1). */
function entryFiles(on: Ground): Recipe {
  const where = { select: '/^options/', quoted: false }
  const found = sources(on, (one) => one.path.includes('/loader/entries/') && one.path.endsWith('.conf'))
  return {
    kind: 'commands',
    place: 'the `options` line of each boot entry',
    files: found,
    commands: (change) =>
      found.length === 0 ? editFound(on, where, change, '/boot/loader/entries') : edit(on, where, change, found),
    generate: [],
    risk: 'Entries that kernel-install made are written anew with each kernel; for those the place is /etc/kernel/cmdline.',
  }
}

function kernelInstall(on: Ground): readonly string[] {
  const { platform } = on
  if (platform.system === 'endeavouros') return [asRoot(platform, 'reinstall-kernels')]
  if (platform.family !== 'debian') return [asRoot(platform, 'kernel-install add-all')]
  // Debian keeps its kernels in /boot, where `add-all` does not look.
  const add = asRoot(platform, 'kernel-install add "${image#/boot/vmlinuz-}" "$image"')
  return [`for image in /boot/vmlinuz-*; do ${add}; done`]
}

export function proxmoxSystemdBoot(on: Ground): Recipe {
  return {
    kind: 'commands',
    place: `the one line of ${CMDLINE}`,
    files: [CMDLINE],
    makes: [ensureCmdline(on)],
    commands: (change) => edit(on, WHOLE_LINE, change, [CMDLINE]),
    generate: [asRoot(on.platform, 'proxmox-boot-tool refresh')],
  }
}

/** The line is a part of the image, so the image is built anew. */
export function unifiedImage(on: Ground): Recipe {
  const { platform } = on
  if (limineDefaults(on)) return limine(on)
  const risk =
    'With Secure Boot the new image must be signed as the old one was; a TPM-sealed disk may ask for its key.'
  const dropIns = configured(on, ['uki'], '/etc/cmdline.d/')
  if (platform.initramfs === 'dracut' && !hasSource(on, CMDLINE)) {
    const path = '/etc/dracut.conf.d/vfio-doctor.conf'
    const found = configured(on, ['uki'], '/etc/dracut.conf.d/')
    return {
      kind: 'commands',
      place: 'kernel_cmdline in /etc/dracut.conf.d',
      files: found,
      commands: (change) => [
        ...(found.length === 0
          ? []
          : edit(on, { select: '/^kernel_cmdline/', quoted: true }, { add: [], remove: change.remove }, found)),
        ...change.remove.map(
          (word) => `test ! -e ${path} || ${deleteLine(platform, `kernel_cmdline+=" ${word} "`, path)}`,
        ),
        ...change.add.map((word) => appendLine(platform, `kernel_cmdline+=" ${word} "`, path)),
      ],
      generate: [asRoot(platform, 'dracut --force --regenerate-all')],
      risk,
    }
  }
  const mkinitcpio = platform.initramfs === 'mkinitcpio' || (platform.initramfs === null && platform.family === 'arch')
  const generate = mkinitcpio ? [asRoot(platform, 'mkinitcpio -P')] : kernelInstall(on)
  const files = dropIns.length > 0 ? dropIns : [CMDLINE]
  return {
    kind: 'commands',
    place: files.join(', '),
    files,
    makes: dropIns.length > 0 ? [] : [ensureCmdline(on)],
    commands: (change) => [
      // One of several files is enough to add to; a word to take out may be in each.
      ...edit(on, WHOLE_LINE, { add: [], remove: change.remove }, files),
      ...edit(on, WHOLE_LINE, { add: change.add, remove: [] }, files.slice(0, 1)),
    ],
    generate,
    risk,
  }
}

export function limine(on: Ground): Recipe {
  const { platform } = on
  const defaults = LIMINE_DEFAULTS
  if (limineDefaults(on)) {
    // It is read last, and what is to be put in goes there.
    const found = limineFiles(on)
    const files = [defaults, ...found.filter((path) => path !== defaults)]
    return {
      kind: 'commands',
      place: `KERNEL_CMDLINE in ${files.join(', ')}`,
      files,
      makes:
        found.length === 0 || found.includes(defaults)
          ? []
          : [`test -e ${defaults} || ${asRoot(platform, `touch ${defaults}`)}`],
      commands: (change) => [
        ...edit(on, { select: '/^KERNEL_CMDLINE/', quoted: true }, { add: [], remove: change.remove }, files),
        ...change.add.map((word) => appendLine(platform, `KERNEL_CMDLINE[default]+=" ${word}"`, defaults)),
      ],
      generate: [asRoot(platform, 'limine-update')],
    }
  }
  const found = sources(on, (one) => one.loader === 'limine' && one.path.endsWith('/limine.conf'))
  const files = found.length > 0 ? found : ['/boot/limine.conf']
  return {
    kind: 'commands',
    place: `the \`cmdline:\` lines of ${files.join(', ')}`,
    files,
    commands: (change) => edit(on, { select: '/^[[:space:]]*\\(kernel_\\)*cmdline:/', quoted: false }, change, files),
    generate: [],
    risk: 'Where the checksum of limine.conf is enrolled in the loader, enrol the new one before you restart.',
  }
}

export function refind(on: Ground): Recipe {
  const path = '/boot/refind_linux.conf'
  return {
    kind: 'commands',
    place: path,
    files: [path],
    commands: (change) => edit(on, { select: '/^[[:space:]]*"/', quoted: true }, change, [path]),
    generate: [],
    risk: 'A stanza of your own in refind.conf has its own `options` line, which this does not touch.',
  }
}

export function extlinux(on: Ground): Recipe {
  const { platform } = on
  const defaults = '/etc/update-extlinux.conf'
  if (platform.family === 'alpine' || hasSource(on, defaults)) {
    return {
      kind: 'commands',
      place: `default_kernel_opts in ${defaults}`,
      files: [defaults],
      commands: (change) => edit(on, { select: '/^default_kernel_opts=/', quoted: true }, change, [defaults]),
      generate: [asRoot(platform, 'update-extlinux')],
    }
  }
  const found = sources(on, (one) => one.loader === 'extlinux')
  const files = found.length > 0 ? found : ['/boot/extlinux/extlinux.conf']
  return {
    kind: 'commands',
    place: `the \`append\` lines of ${files.join(', ')}`,
    files,
    commands: (change) =>
      edit(on, { select: '/^[[:space:]]*[Aa][Pp][Pp][Ee][Nn][Dd][[:space:]]/', quoted: false }, change, files),
    generate: [],
    risk: 'Where a tool of the distribution writes this file, put the change in its configuration too.',
  }
}

export function raspberryPi(on: Ground): Recipe {
  const found = sources(on, (one) => one.loader === 'raspberry-pi')
  const files = found.length > 0 ? found : ['/boot/firmware/cmdline.txt']
  return {
    kind: 'commands',
    place: `the one line of ${files.join(', ')}`,
    files,
    commands: (change) => edit(on, WHOLE_LINE, change, files),
    generate: [],
    risk: 'No parameter gives this board an IOMMU in front of PCI Express: it has none there.',
  }
}

/** A service with one command to put in and one to take out. */
export function byTool(
  on: Ground,
  place: string,
  add: (words: readonly string[]) => string,
  remove: (words: readonly string[]) => string,
): Recipe {
  return {
    kind: 'commands',
    place,
    files: [],
    commands: (change: Change) => [
      ...(change.remove.length === 0 ? [] : [asRoot(on.platform, remove(change.remove))]),
      ...(change.add.length === 0 ? [] : [asRoot(on.platform, add(change.add))]),
    ],
    generate: [],
  }
}
