import { FIND_INITRAMFS_TOOL, INITRAMFS_TOOLS, USUAL_INITRAMFS_TOOLS } from '../knowledge/initramfs-tools.ts'
import type { InitramfsTool } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Step } from '../model/remedy.ts'
import { configPath } from './grammar.ts'
import { appendLine, asRoot, backup, deleteLine, pattern } from './shell.ts'
import { inCase, lines, step, type Ground } from './steps.ts'

const SAY = 'Rebuild the initramfs, so that what is started from at boot holds the change.'

/** Steps that make the images anew. Never empty. */
export function rebuild(on: Ground): readonly [Step, ...Step[]] {
  const { platform } = on
  switch (platform.flavour) {
    case 'nixos':
      return [
        step('Build the next generation, which holds a new initrd.', { run: asRoot(platform, 'nixos-rebuild boot') }),
      ]
    case 'transactional':
      return [step(SAY, { run: asRoot(platform, 'transactional-update initrd') })]
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
  if (platform.loader === 'uki' && platform.initramfs === 'dracut') return [rebuildWith('dracut', on)]
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
  const path = '/etc/modprobe.d/vfio.conf'
  return step('Have the next deployment carry the file in its initramfs.', {
    run: asRoot(on.platform, `rpm-ostree initramfs-etc --track=${path}`),
    undo: asRoot(on.platform, `rpm-ostree initramfs-etc --untrack=${path}`),
    risk: 'Each update takes longer from then on; a kernel parameter needs none of this. If the file is tracked already, use --force-sync.',
  })
}

function rebuildWith(tool: InitramfsTool, on: Ground): Step {
  const { rebuild: command } = INITRAMFS_TOOLS[tool]
  if (command === null) return step(`${SAY} Run ${tool} with the options that the image was made with.`)
  if (tool === 'dracut' && on.platform.family === 'debian') {
    // Debian's boot entries name /boot/initrd.img-VERSION, which is not where dracut writes unless told.
    const one = asRoot(
      on.platform,
      'dracut --force "/boot/initrd.img-${image#/boot/vmlinuz-}" "${image#/boot/vmlinuz-}"',
    )
    return step(SAY, { run: `for image in /boot/vmlinuz-*; do ${one}; done` })
  }
  return step(SAY, { run: asRoot(on.platform, command) })
}

/** Steps that have these modules loaded early, and make the images anew. Never empty. */
export function loadEarly(modules: readonly string[], on: Ground): readonly [Step, ...Step[]] {
  if (!toolMatters(on)) return [...addModules(modules, on), ...rebuild(on)] as [Step, ...Step[]]
  return [
    findTool(`Have ${modules.join(', ')} loaded early, from the initramfs`),
    ...eachTool(on, (tool) => [addWith(tool, modules, on), rebuildWith(tool, on)]),
  ]
}

/** The same for taking them out. */
export function loadEarlyNoMore(modules: readonly string[], on: Ground): readonly [Step, ...Step[]] {
  return [...removeModules(modules, on), ...rebuild(on)] as [Step, ...Step[]]
}

/** Whether the steps hang on the tool, and it is not known which one it is. */
function toolMatters(on: Ground): boolean {
  const { flavour, initramfs } = on.platform
  return initramfs === null && (flavour === 'plain' || flavour === 'proxmox' || flavour === null)
}

/** For the tool in use, or for each that may be. */
function eachTool(on: Ground, steps: (tool: InitramfsTool) => readonly Step[]): readonly Step[] {
  const { initramfs, family } = on.platform
  if (initramfs === 'none') return []
  if (initramfs !== null) return steps(initramfs)
  return USUAL_INITRAMFS_TOOLS[family ?? 'unknown'].flatMap((tool) =>
    inCase(`If the image is made by ${tool} (${INITRAMFS_TOOLS[tool].sign})`, steps(tool)),
  )
}

function findTool(wish: string): Step {
  return step(`${wish}. Which tool makes it could not be told, so find that out first.`, {
    run: lines(...FIND_INITRAMFS_TOOL),
  })
}

/** Steps that have these modules loaded early, before a rebuild. */
export function addModules(modules: readonly string[], on: Ground): readonly Step[] {
  const { platform } = on
  if (platform.flavour === 'nixos') {
    const list = modules.map((name) => `"${name}"`).join(' ')
    const edit = { path: '/etc/nixos/configuration.nix', text: `boot.initrd.kernelModules = [ ${list} ];` }
    return [step('Load these modules in the initrd, before any other driver of the same device.', { edit })]
  }
  if (platform.flavour === 'ostree') {
    const word = `rd.driver.pre=${modules.join(',')}`
    return [
      step('Load these modules before the others, by a kernel argument: the image itself stays as it is.', {
        run: asRoot(platform, `rpm-ostree kargs --append-if-missing=${word}`),
        undo: asRoot(platform, `rpm-ostree kargs --delete-if-present=${word}`),
      }),
    ]
  }
  if (platform.flavour === 'unraid' || platform.flavour === 'talos' || platform.flavour === 'truenas') return []
  return eachTool(on, (tool) => [addWith(tool, modules, on)])
}

function addWith(tool: InitramfsTool, modules: readonly string[], on: Ground): Step {
  const { platform } = on
  const say = `Have ${tool} put ${modules.join(', ')} into the image and load it early.`
  switch (tool) {
    case 'initramfs-tools': {
      const path = '/etc/initramfs-tools/modules'
      return step(say, {
        run: lines(...modules.map((name) => appendLine(platform, name, path))),
        undo: modules.map((name) => deleteLine(platform, name, path)).join('; '),
      })
    }
    case 'dracut': {
      // add_drivers only copies the module; force_drivers loads it too (dracut.conf(5)).
      const path = '/etc/dracut.conf.d/vfio.conf'
      const line = `force_drivers+=" ${modules.join(' ')} "`
      return step(say, { run: appendLine(platform, line, path), undo: deleteLine(platform, line, path) })
    }
    case 'mkinitcpio': {
      const path = '/etc/mkinitcpio.conf'
      const script = modules
        .toReversed()
        .map((name) => `-e '/^MODULES=(/{/[( ]${name}[ )]/!s/^MODULES=(/MODULES=(${name} /;}'`)
      return step(`${say} They go first in MODULES, since the kms hook brings the GPU drivers in.`, {
        run: lines(backup(platform, path), asRoot(platform, `sed -i ${script.join(' ')} ${path}`)),
        undo: asRoot(platform, `sed -i -e 's/^MODULES=(${modules.join(' ')} /MODULES=(/' ${path}`),
      })
    }
    case 'booster': {
      const edit = { path: '/etc/booster.yaml', text: `modules_force_load: ${modules.join(',')}` }
      return step(say, { edit, undo: 'Take the line out again.' })
    }
    case 'mkinitfs': {
      const path = '/etc/mkinitfs/features.d/vfio.modules'
      return step(`${say} Then add vfio to features="…" in /etc/mkinitfs/mkinitfs.conf.`, {
        run: appendLine(platform, 'kernel/drivers/vfio', path),
        undo: asRoot(platform, `rm -f ${path}`),
      })
    }
    case 'tinyramfs':
      return step(`${say} Name them in its configuration.`)
    default:
      return tool satisfies never
  }
}

/** Steps that take these modules out of the tool's own lists, before a rebuild. */
function removeModules(modules: readonly string[], on: Ground): readonly Step[] {
  const { platform } = on
  const facts = valueOf(on.facts.initramfs)?.configuredModules ?? []
  const where = facts
    .filter((one) => modules.includes(one.module.replaceAll('-', '_')) || modules.includes(one.module))
    // A source may carry a line number.
    .map((one) => configPath(one.source.replace(/:\d+$/, '')))
    .filter((path) => path !== null)
  const known = [...new Set(where)]
  const say = `Take ${modules.join(', ')} out of the lists that the initramfs is made from.`
  if (known.length > 0) return [removeIn(known, say)]
  if (platform.flavour === 'nixos' || platform.flavour === 'ostree') {
    return [step(`${say} They stand where you put them: the configuration of the system, or its kernel arguments.`)]
  }
  return eachTool(on, (tool) => {
    const path = LISTS[tool]
    return [path === null ? step(say) : removeIn([path], say)]
  })

  function removeIn(paths: readonly string[], text: string): Step {
    const script = modules.map((name) => `-e '/^[[:space:]]*#/!s/${bounded(name)}/\\1\\2/g'`).join(' ')
    return step(text, {
      run: lines(
        ...paths.map((path) => backup(platform, path)),
        asRoot(platform, `sed -i ${script} ${paths.join(' ')}`),
      ),
      undo: 'Put the names back; the files as they were are beside them, ending in .bak-vfio-doctor.',
    })
  }
}

/** Where each tool's list of modules usually stands. */
const LISTS = {
  'initramfs-tools': '/etc/initramfs-tools/modules',
  dracut: '/etc/dracut.conf.d/vfio.conf',
  mkinitcpio: '/etc/mkinitcpio.conf',
  booster: '/etc/booster.yaml',
  mkinitfs: '/etc/mkinitfs/features.d/vfio.modules',
  tinyramfs: null,
} as const satisfies Record<InitramfsTool, string | null>

/** A module by either spelling; `-` and `_` are the same to kmod. */
function bounded(name: string): string {
  const spelt = pattern(name).replace(/[-_]/g, '[-_]')
  return `\\(^\\|[^[:alnum:]_-]\\)${spelt}\\([^[:alnum:]_-]\\|$\\)`
}
