import { parseModprobe } from '../parse/modprobe-conf.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { NixSetting, Place } from './place.ts'

/** No setting that people post is longer. */
const MOST_LINES = 40

/** Where NixOS writes boot.extraModprobeConfig and boot.blacklistedKernelModules (nixos/modules/system/boot/modprobe.nix). */
const WRITTEN = '/etc/modprobe.d/nixos.conf'

/** Settings of the kernel in a configuration.nix, in one set or each by its whole name; over as many lines as they take. */
export function gleanNix(text: string, line: number, found: Gleaned, place: Place): boolean {
  const { nix } = place
  if (nix.open !== null) return goOn(text, nix.open, found, place)
  const set = /^(?:boot\.)?initrd = \{/.test(text)
  if (set) nix.depth = 0
  if (set || nix.depth > 0) nix.depth += (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0)
  const start =
    /^(boot\.)?(initrd\.)?((?:extraK|k)ernelParams|kernelModules|blacklistedKernelModules|extraModprobeConfig)\s*=\s*(?:(?:lib\.)?mk\w+\s+)?((?:\[|''|"|\().*)?$/.exec(
      text,
    ) ?? /^()()([a-zA-Z]\w{0,40}) = (\[.*)$/.exec(text)
  if (start?.[3] === undefined) return false
  const name = start[3]
  const settles = /^(?:(?:extraK|k)ernelParams|(?:k|blacklistedK)ernelModules|extraModprobeConfig)$/.test(name)
  const initrd = start[2] !== '' && start[2] !== undefined ? true : nix.depth > 0 && start[1] === undefined
  // Before it is over nobody knows whether another list is one of ids.
  if (!settles && !/^\[\s*(?:#.*|(?:"[\da-f]{4}:[\da-f]{4}".*)?)$/.test(start[4] ?? '')) return false
  nix.open = { name, initrd, line, settles, lines: [] }
  return goOn(start[4] ?? '', nix.open, found, place)
}

/** Lists of something else have the lines of one of ids, and others may read them. */
function goOn(text: string, open: NixSetting, found: Gleaned, place: Place): boolean {
  const over = open.lines.length > 0 && !goesOn(text, open)
  if (!over) open.lines.push(text)
  if (over || isOver(open) || open.lines.length >= MOST_LINES) closeNix(found, place)
  return !over && open.settles
}

/** Whether this is a line of a list: strings, names to reckon with, and comments; in one of ids nothing but those. */
function goesOn(text: string, open: NixSetting): boolean {
  if (open.name === 'extraModprobeConfig' || text === '' || text.startsWith('#')) return true
  if (!open.settles) return /^(?:"[\da-f]{4}:[\da-f]{4}"\s*|\]|;)+(?:#.*)?$/i.test(text)
  if (open.lines.findLast((one) => one !== '')?.includes(']') !== true) return /["()[\];+]/.test(text)
  const bare = withoutStrings(uncommented(open.lines))
  const closed = bare.trimEnd().endsWith(']') && bare.split('[').length === bare.split(']').length
  return closed ? /^(?:\+\+|;|\()/.test(text) : /["()[\];+]/.test(text)
}

function isOver(open: NixSetting): boolean {
  // Only such a line can end it, and joining them for each would cost more than reading them.
  if (!/[;\]']/.test(open.lines.at(-1) ?? '')) return false
  const whole = open.lines.join('\n').trimStart()
  if (open.name === 'extraModprobeConfig' && whole.startsWith("''")) return whole.indexOf("''", 2) > 0
  return withoutStrings(uncommented(open.lines)).includes(';') || (!open.settles && whole.includes(']'))
}

/** Takes what was read of a setting; of one that the post cuts, what is there. */
export function closeNix(found: Gleaned, place: Place): void {
  const { open, ids } = place.nix
  place.nix.open = null
  if (open === null) return
  const whole = uncommented(open.lines)
  if (!open.settles) {
    ids.set(
      open.name,
      strings(whole)
        .filter((one) => /^[\da-f]{4}:[\da-f]{4}$/i.test(one))
        .slice(0, 32),
    )
    return
  }
  found.osName ??= { value: 'NixOS', line: open.line }
  if (open.name === 'extraModprobeConfig') {
    const bare = open.lines.join('\n').trimStart()
    const text = bare.startsWith("''") ? bare.slice(2).split("''")[0] : strings(whole).join('\n')
    modprobe(filled(text ?? '', ids).replaceAll('\\n', '\n'), open.line, found)
    return
  }
  const words = strings(filled(whole, ids)).filter((one) => one !== '' && !one.includes('${'))
  if (open.name.endsWith('Params')) {
    if (words.length > 0 && found.parameters.length < 1000)
      found.parameters.push({ text: words.join(' '), line: open.line, layer: 'configured', where: 'boot.kernelParams' })
    return
  }
  const modules = words.filter((one) => /^[\w-]{1,64}$/.test(one))
  if (open.name === 'blacklistedKernelModules') {
    modprobe(modules.map((one) => `blacklist ${one}`).join('\n'), open.line, found)
    return
  }
  const path = open.initrd ? 'boot.initrd.kernelModules' : 'boot.kernelModules'
  for (const one of modules) {
    if (found.loadAtBoot.length < MOST_ITEMS) found.loadAtBoot.push({ module: one.replaceAll('-', '_'), path })
  }
}

function modprobe(text: string, line: number, found: Gleaned): void {
  const lines = parseModprobe(text, WRITTEN).filter((one) => one.kind !== 'unknown')
  if (found.modprobe.length < MOST_ITEMS) found.modprobe.push(...lines.map((one) => ({ ...one, line })))
}

/** Puts the ids in where the configuration joins a list of them that stands elsewhere in it. */
function filled(text: string, ids: ReadonlyMap<string, readonly string[]>): string {
  const joined = (name: string) => ids.get(name)?.join(',') ?? '${}'
  return text
    .replace(/\$\{\s*(?:lib\.|builtins\.)?(?:strings\.)?concatStringsSep "," (\w{1,40})\s*\}/g, (_, name) =>
      joined(name),
    )
    .replace(
      /"\s*\+\s*\(?(?:lib\.|builtins\.)?(?:strings\.)?concatStringsSep "," (\w{1,40})\b/g,
      (_, name) => `${joined(name)}"`,
    )
}

function strings(text: string): string[] {
  return Array.from(text.matchAll(/"([^"]{0,1000})"/g), (one) => one[1] ?? '')
}

function withoutStrings(text: string): string {
  return text.replace(/"[^"]{0,1000}"/g, '')
}

/** A `#` in a string starts no comment. */
function uncommented(lines: readonly string[]): string {
  return lines.map((one) => /^(?:[^"#]|"[^"]*")*/.exec(one)?.[0] ?? '').join('\n')
}
