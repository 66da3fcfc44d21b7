import type { InitramfsTool } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Step } from '../model/remedy.ts'
import { imageHasModule } from '../rules/boot-binding.ts'
import { configPath } from './grammar.ts'
import { optionFiles } from './modprobe.ts'
import { eachTool, findTool, rebuild, rebuildWith } from './rebuild.ts'
import { appendLine, asRoot, backup, deleteLine, pattern } from './shell.ts'
import { type Ground, lines, NIXOS, step } from './steps.ts'

/**
 * Steps that have these modules loaded early, and make the images anew. Never empty. `files` of modprobe.d that were just
 * written go into the image too, beside those that are there.
 */
export function loadEarly(
  modules: readonly string[],
  on: Ground,
  files: readonly string[] = [],
): readonly [Step, ...Step[]] {
  // The image of an ostree system is made with the next deployment.
  const made = on.platform.flavour === 'ostree' ? [] : rebuild(on)
  if (!toolMatters(on)) return [...addModules(modules, on, files), ...made] as [Step, ...Step[]]
  return [
    findTool(`Have ${modules.join(', ')} loaded early, from the initramfs`),
    ...eachTool(on, (tool) => [addWith(tool, modules, on, files), rebuildWith(tool, on)]),
  ]
}

/** The same for taking them out; a list that only the running system reads is in no image. */
export function loadEarlyNoMore(modules: readonly string[], on: Ground): readonly [Step, ...Step[]] {
  const { steps, inImage } = removeModules(modules, on)
  return [...steps, ...(inImage ? rebuild(on) : [])] as [Step, ...Step[]]
}

/** Whether the steps hang on the tool, and it is not known which one it is. */
function toolMatters(on: Ground): boolean {
  const { flavour, initramfs } = on.platform
  return initramfs === null && (flavour === 'plain' || flavour === 'proxmox' || flavour === null)
}

/** Steps that have these modules loaded early, before a rebuild. */
export function addModules(modules: readonly string[], on: Ground, files: readonly string[] = []): readonly Step[] {
  const { platform } = on
  if (platform.flavour === 'nixos') {
    const list = modules.map((name) => `"${name}"`).join(' ')
    const edit = { path: NIXOS, text: `boot.initrd.kernelModules = [ ${list} ];` }
    return [step('Load these modules in the initrd, before any other driver of the same device.', { edit })]
  }
  if (platform.flavour === 'ostree') {
    const word = `rd.driver.pre=${modules.join(',')}`
    return [
      ...(imageHasModule(on.facts, 'vfio_pci') === true ? [] : [intoDeployment(modules, on)]),
      step('Load these modules before the others, by a kernel argument.', {
        run: asRoot(platform, `rpm-ostree kargs --append-if-missing=${word}`),
        undo: asRoot(platform, `rpm-ostree kargs --delete-if-present=${word}`),
      }),
    ]
  }
  if (platform.flavour === 'unraid' || platform.flavour === 'talos' || platform.flavour === 'truenas') return []
  return eachTool(on, (tool) => [addWith(tool, modules, on, files)])
}

/** The image of the vendor holds what it takes to reach the disk and to show a picture; Bazzite's has vfio-pci besides. */
function intoDeployment(modules: readonly string[], on: Ground): Step {
  const words = modules.map((name) => `--arg=--add-drivers --arg=${name}`).join(' ')
  const say =
    'Have the next deployment make an initramfs of its own, with these modules in it; the one that Fedora ships lacks them. (Where `lsinitrd | grep vfio` shows vfio-pci, as on Bazzite, leave this out.)'
  return step(say, {
    run: asRoot(on.platform, `rpm-ostree initramfs --enable ${words}`),
    undo: asRoot(on.platform, 'rpm-ostree initramfs --disable'),
    risk: 'Each update takes longer from then on, and is made by rpm-ostree: `bootc upgrade` refuses a changed system.',
  })
}

function addWith(tool: InitramfsTool, modules: readonly string[], on: Ground, files: readonly string[]): Step {
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
      const all = [...new Set([...files, ...optionFiles(on)])]
      const drivers = `force_drivers+=" ${modules.join(' ')} "`
      // Only an image for this host alone gets /etc/modprobe.d (modules.d/90kernel-modules/module-setup.sh: hostonly).
      const written = all.length === 0 ? [drivers] : [drivers, `install_items+=" ${all.join(' ')} "`]
      return step(say, {
        run: lines(...written.map((line) => appendLine(platform, line, path))),
        undo: written.map((line) => deleteLine(platform, line, path)).join('; '),
      })
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
      const settings = '/etc/mkinitfs/mkinitfs.conf'
      const sed = (script: string): string => asRoot(platform, `sed -i -e '${script}' ${settings}`)
      return step(say, {
        run: lines(
          appendLine(platform, 'kernel/drivers/vfio', path),
          sed('/^features=.*[" ]vfio[" ]/!s/^features="/features="vfio /'),
        ),
        undo: `${sed('s/^features="vfio /features="/')}; ${asRoot(platform, `rm -f ${path}`)}`,
      })
    }
    case 'tinyramfs':
      return step(`${say} Name them in its configuration.`)
    default:
      return tool satisfies never
  }
}

/** Steps that take these modules out of the tool's own lists, before a rebuild. */
function removeModules(
  modules: readonly string[],
  on: Ground,
): { readonly steps: readonly Step[]; readonly inImage: boolean } {
  const { platform } = on
  const named = (module: string): boolean => modules.includes(module.replaceAll('-', '_')) || modules.includes(module)
  const fit = (places: readonly string[]): readonly string[] => [
    ...new Set(places.map(configPath).filter((path) => path !== null)),
  ]
  const configured = valueOf(on.facts.initramfs)?.configuredModules ?? []
  // A source may carry a line number, or the name of a variable.
  const listed = configured.filter((one) => named(one.module)).map((one) => one.source.replace(/:(?:\d+| \w+)$/, ''))
  const early = fit(listed)
  const late =
    platform.flavour === 'nixos'
      ? []
      : fit((valueOf(on.facts.modprobe)?.loadAtBoot ?? []).flatMap((one) => (named(one.module) ? one.path : [])))
  const list = modules.join(', ')
  const script = modules.map((name) => `-e '/^[[:space:]]*#/!s/${bounded(name)}/\\1\\2/g'`).join(' ')
  const say = `Take ${list} out of the lists that the initramfs is made from.`
  const atBoot =
    late.length === 0 ? [] : [removeIn(late, `Take ${list} out of the modules that are loaded at each start.`)]
  if (early.length > 0) return { steps: [removeIn(early, say), ...atBoot], inImage: true }
  if (atBoot.length > 0) return { steps: atBoot, inImage: false }
  if (platform.flavour === 'nixos' || platform.flavour === 'ostree') {
    const where = `${say} They stand where you put them: the configuration of the system, or its kernel arguments.`
    return { steps: [step(where)], inImage: true }
  }
  const steps = eachTool(on, (tool) => {
    const path = LISTS[tool]
    return [path === null ? step(say) : tool === 'dracut' ? inDracut(path, say) : removeIn([path], say)]
  })
  return { steps, inImage: true }

  /** Its files may have any name, so that no copy is made of each. */
  function inDracut(path: string, text: string): Step {
    return step(text, {
      run: lines(asRoot(platform, `sed -i ${script} ${path}`), `grep -n drivers ${path}`),
      undo: 'Put the names back; the last command shows the lists as they are then.',
    })
  }

  function removeIn(paths: readonly string[], text: string): Step {
    return step(text, {
      run: lines(
        ...paths.map((path) => backup(platform, real(path))),
        asRoot(platform, `sed -i ${script} ${paths.map(real).join(' ')}`),
      ),
      undo: 'Put the names back; the files as they were are beside them, ending in .bak-vfio-doctor.',
    })
  }
}

/** On Debian a link to /etc/modules, which sed and cp would take for the file. */
function real(path: string): string {
  return path === '/etc/modules-load.d/modules.conf' ? `"$(readlink -f ${path})"` : path
}

/** Where each tool's list of modules usually stands. */
const LISTS = {
  'initramfs-tools': '/etc/initramfs-tools/modules',
  dracut: '/etc/dracut.conf.d/*.conf',
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
