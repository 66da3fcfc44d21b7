import { FIND_INITRAMFS_TOOL, INITRAMFS_TOOLS, USUAL_INITRAMFS_TOOLS } from '../knowledge/initramfs-tools.ts'
import type { InitramfsTool } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Step } from '../model/remedy.ts'
import { configPath } from './grammar.ts'
import { optionFiles } from './modprobe.ts'
import { hasSource, limineDefaults } from './parameters/files.ts'
import { CMDLINE } from './parameters/kernel-cmdline.ts'
import { asRoot } from './shell.ts'
import { inCase, lines, step, type Ground } from './steps.ts'

const SAY = 'Rebuild the initramfs, so that what is started from at boot holds the change.'

/** Steps that make the images anew. Never empty. */
export function rebuild(on: Ground): readonly [Step, ...Step[]] {
  const [first, ...rest] = ways(on)
  return [carrying(first), ...rest.map(carrying)]
}

function carrying(one: Step): Step {
  return one.run === undefined ? one : { ...one, carries: true }
}

function ways(on: Ground): readonly [Step, ...Step[]] {
  const { platform } = on
  switch (platform.flavour) {
    case 'nixos':
      return [
        step('Build the next generation, which holds a new initrd.', { run: asRoot(platform, 'nixos-rebuild boot') }),
      ]
    case 'transactional':
      // Without --continue it starts from the running system, and drops what waits for the restart.
      return [step(SAY, { run: asRoot(platform, 'transactional-update --continue initrd') })]
    case 'ostree':
      return [ostree(on)]
    case 'unraid':
    case 'talos':
      return [step('The initramfs comes with the system image here and is not built on the host: nothing to do.')]
    case 'truenas':
      return [
        step('TrueNAS rebuilds its initramfs itself when the isolated devices are set; there is no other lasting way.'),
      ]
    case 'plain':
    case 'proxmox':
    case null:
      break
    default:
      return platform.flavour satisfies never
  }
  if (platform.initramfs === 'none') {
    return [
      step(
        'No tool that makes an initramfs was found: where the kernel starts without one, there is nothing to rebuild.',
      ),
    ]
  }
  if (platform.initramfs !== null) return [rebuildWith(platform.initramfs, on)]
  return [findTool('Rebuild the initramfs'), ...eachTool(on, (tool) => [rebuildWith(tool, on)])]
}

function ostree(on: Ground): Step {
  const found = optionFiles(on)
  const usual = '/etc/modprobe.d/vfio.conf'
  const paths = found.length > 0 ? found : [usual]
  // To track a file that is not there would keep each next deployment from being made.
  const where = found.length > 0 ? '' : `test ! -e ${usual} || `
  const each = (word: string): string => paths.map((path) => `--${word}=${path}`).join(' ')
  return step('Have the next deployment carry the file in its initramfs.', {
    run: `${where}${asRoot(on.platform, `rpm-ostree initramfs-etc ${each('track')}`)}`,
    undo: asRoot(on.platform, `rpm-ostree initramfs-etc ${each('untrack')}`),
    risk: 'Each update takes longer from then on; a kernel parameter needs none of this. If the file is tracked already, use --force-sync.',
  })
}

/** A step that has this tool make the images anew. */
export function rebuildWith(tool: InitramfsTool, on: Ground): Step {
  const command = wrapper(tool, on) ?? INITRAMFS_TOOLS[tool].rebuild
  if (command === null) return step(`${SAY} Run ${tool} with the options that the image was made with.`)
  if (tool === 'dracut' && on.platform.family === 'arch' && command === INITRAMFS_TOOLS.dracut.rebuild) {
    const hook = 'Where a hook of pacman gives the images other names, such as initramfs-linux.img, run what it runs.'
    return step(`${SAY} ${hook}`, { run: asRoot(on.platform, command) })
  }
  if (tool === 'dracut' && on.platform.family === 'debian') {
    // Debian's boot entries name /boot/initrd.img-VERSION, which is not where dracut writes unless told.
    const one = asRoot(
      on.platform,
      'dracut --force "/boot/initrd.img-${image#/boot/vmlinuz-}" "${image#/boot/vmlinuz-}"',
    )
    // The copy that systemd-boot starts is made by hooks of update-initramfs and of the kernel packages
    // (/etc/initramfs/post-update.d/systemd-boot, /etc/kernel/postinst.d/zz-systemd-boot), which dracut runs none of.
    const copy = asRoot(on.platform, 'kernel-install add "${image#/boot/vmlinuz-}" "$image"')
    const then = on.platform.loader === 'systemd-boot' ? `; ${copy}` : ''
    return step(SAY, { run: `for image in /boot/vmlinuz-*; do ${one}${then}; done` })
  }
  return step(SAY, { run: asRoot(on.platform, command) })
}

/**
 * What has to be run in the place of the tool, where something else keeps the image that is started from: another name,
 * a copy beside the boot entry, one file with the kernel.
 */
function wrapper(tool: InitramfsTool, on: Ground): string | null {
  const { family, loader, system } = on.platform
  if (tool === 'mkinitcpio') return limineDefaults(on) ? 'limine-mkinitcpio' : null
  if (tool !== 'dracut') return null
  if (family === 'suse' && (loader === 'systemd-boot' || loader === 'grub-bls')) return 'sdbootutil mkinitrd'
  if (loader === 'uki' && hasSource(on, CMDLINE)) return 'kernel-install add-all'
  if (system === 'garuda') return 'dracut-rebuild'
  // The one comes with systemd-boot, the other with GRUB.
  if (system === 'endeavouros')
    return `sh -c 'if command -v reinstall-kernels; then reinstall-kernels; else dracut-rebuild; fi'`
  const initramfs = valueOf(on.facts.initramfs)
  const image = family === 'arch' && initramfs?.image != null ? configPath(initramfs.image) : null
  return image === null ? null : `dracut --force ${image} "$(uname -r)"`
}

/** For the tool in use, or for each that may be. */
export function eachTool(on: Ground, steps: (tool: InitramfsTool) => readonly Step[]): readonly Step[] {
  const { initramfs, family } = on.platform
  if (initramfs === 'none') return []
  if (initramfs !== null) return steps(initramfs)
  return USUAL_INITRAMFS_TOOLS[family ?? 'unknown'].flatMap((tool) =>
    inCase(`If the image is made by ${tool} (${INITRAMFS_TOOLS[tool].sign})`, steps(tool)),
  )
}

/** A step that tells which tool it is. */
export function findTool(wish: string): Step {
  return step(`${wish}. Which tool makes it could not be told, so find that out first.`, {
    run: lines(...FIND_INITRAMFS_TOOL),
  })
}
