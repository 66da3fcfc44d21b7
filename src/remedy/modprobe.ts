import { valueOf } from '../model/fact.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { Step } from '../model/remedy.ts'
import { configPath } from './grammar.ts'
import { appendLine, asRoot, deleteLine, pattern, replacement, writeFile } from './shell.ts'
import { type Ground, lines, NIXOS, step } from './steps.ts'

/** Unraid's /etc is made anew at each start; its kmod reads the copy on the boot device. */
function directory(on: Ground): string {
  return on.platform.flavour === 'unraid' ? '/boot/config/modprobe.d' : '/etc/modprobe.d'
}

/** Where a file of our own goes. */
export function ownPath(name: string, on: Ground): string {
  return `${directory(on)}/${name}.conf`
}

/** Adds a line to modprobe.d for good. */
export function addLine(say: string, line: string, on: Ground): Step {
  const path = `${directory(on)}/vfio.conf`
  return (
    byConfiguration(say, [line], on) ??
    step(say, {
      run: appendLine(on.platform, line, path),
      undo: deleteLine(on.platform, line, path),
      ...lost(on),
    })
  )
}

/**
 * Writes a file of our own in modprobe.d, named after what it is for. The lines hold nothing but what we wrote. Where an
 * earlier run left lines in it, for another function of the card, those stay.
 */
export function ownFile(say: string, name: string, content: readonly string[], on: Ground): Step {
  const path = ownPath(name, on)
  const holds = valueOf(on.facts.modprobe)?.directives.some((one) => one.path === path) === true
  const way = holds
    ? {
        run: lines(...content.map((line) => appendLine(on.platform, line, path))),
        undo: content.map((line) => deleteLine(on.platform, line, path)).join('; '),
      }
    : { run: writeFile(on.platform, content, path), undo: asRoot(on.platform, `rm ${path}`) }
  return byConfiguration(say, content, on) ?? step(say, { ...way, ...lost(on) })
}

function byConfiguration(say: string, content: readonly string[], on: Ground): Step | null {
  if (on.platform.flavour !== 'nixos') return null
  const text = [`boot.extraModprobeConfig = ''`, ...content.map((line) => `  ${line}`), `'';`].join('\n')
  return step(say, {
    edit: { path: NIXOS, text },
    undo: 'Take the lines out again and rebuild.',
  })
}

function lost(on: Ground): { readonly risk?: string } {
  if (on.platform.flavour !== 'truenas') return {}
  return { risk: 'An update of TrueNAS puts its own files back and loses this.' }
}

type Options = Extract<ModprobeDirective, { kind: 'options' }>

/** The `options` lines of a module that the facts hold; undefined where modprobe.d is not known. */
export function optionLines(module: string, on: Ground): readonly Options[] | undefined {
  const name = module.replaceAll('-', '_')
  return valueOf(on.facts.modprobe)?.directives.filter(
    (one): one is Options => one.kind === 'options' && one.module === name,
  )
}

/** sed addresses the `options` lines of a module by either spelling. */
function selectOptions(module: string): string {
  return `/^[[:space:]]*options[[:space:]][[:space:]]*${module.replace(/[-_]/g, '[-_]')}[[:space:]]/`
}

/** Takes an option of a module (`name` alone: with any value) out of every file that has it. */
export function dropOption(say: string, module: string, text: string, on: Ground): Step {
  const name = text.split('=')[0] ?? text
  const found = (optionLines(module, on) ?? []).filter((one) => one.options.some(([key]) => key === name))
  // sed counts groups from the left: the value of a bare name is the first, what follows the option the last.
  const [value, after] = text.includes('=') ? [pattern(text), 1] : [`${pattern(name)}\\(=[^[:space:]]*\\)*`, 2]
  const empty = `/^[[:space:]]*options[[:space:]][[:space:]]*[^[:space:]]*[[:space:]]*$/d`
  const script = `-e '${selectOptions(module)}s/[[:space:]]${value}\\([[:space:]]\\|$\\)/\\${after}/g' -e '${empty}'`
  return inFiles(say, script, pathsOf(found), on, `Put the line back: options ${module} ${text}`)
}

/** Replaces the value of an option in the files that have it. Old and new value must fit the grammar of an option. */
export function replaceValue(
  say: string,
  module: string,
  name: string,
  change: { readonly from: string; readonly to: string },
  paths: readonly string[],
  on: Ground,
): Step {
  const swap = (from: string, to: string): string =>
    `-e '${selectOptions(module)}s/${pattern(`${name}=${from}`)}\\([[:space:]]\\|$\\)/${replacement(`${name}=${to}`)}\\1/'`
  const undo = asRoot(on.platform, `sed -i ${swap(change.to, change.from)} ${paths.join(' ')}`)
  return inFiles(say, swap(change.from, change.to), paths, on, undo)
}

/** Puts other addresses into the loop of the install line for vfio-pci, in the file that has it. */
export function replaceLoop(
  say: string,
  change: { readonly from: string; readonly to: string },
  path: string,
  on: Ground,
): Step {
  const select = '/^[[:space:]]*install[[:space:]][[:space:]]*vfio[-_]pci[[:space:]]/'
  const swap = (from: string, to: string): string =>
    `-e '${select}s/ for a in ${pattern(from)};/ for a in ${replacement(to)};/'`
  const undo = asRoot(on.platform, `sed -i ${swap(change.to, change.from)} ${path}`)
  return inFiles(say, swap(change.from, change.to), [path], on, undo)
}

/** Files of /etc/modprobe.d that tell vfio-pci which devices to take. */
export function optionFiles(on: Ground): readonly string[] {
  const lines = (valueOf(on.facts.modprobe)?.directives ?? []).filter(
    (one) => (one.kind === 'options' || one.kind === 'install') && one.module === 'vfio_pci',
  )
  return pathsOf(lines).filter((path) => path.startsWith('/etc/modprobe.d/'))
}

export function pathsOf(found: readonly { readonly path: string }[]): readonly string[] {
  return [...new Set(found.map((one) => configPath(one.path)).filter((path) => path !== null))].slice(0, 16)
}

function inFiles(say: string, script: string, paths: readonly string[], on: Ground, undo: string): Step {
  if (on.platform.flavour === 'nixos')
    return step(`${say} It stands in boot.extraModprobeConfig of your configuration.`)
  const sed = `sed -i ${script}`
  const command =
    paths.length > 0 ? `${sed} ${paths.join(' ')}` : `find ${directory(on)} -name '*.conf' -exec ${sed} {} +`
  return step(say, { run: asRoot(on.platform, command), undo })
}
