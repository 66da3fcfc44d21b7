import type { ModprobeDirective, WrittenAddress } from '../model/modules.ts'
import { plainWord, shellArguments, shellCommands, textOf, type ShellCommand } from './shell-commands.ts'
import { fullAddresses, vfioWrites } from './vfio-writes.ts'

const MOST = 64

type Command = Extract<ModprobeDirective, { command: string }>

/** The install line that counts for vfio-pci: the first (libkmod-module.c: kmod_module_get_install_commands). */
export function installLine(directives: readonly ModprobeDirective[]): Command | undefined {
  return directives.find((one): one is Command => one.kind === 'install' && one.module === 'vfio_pci')
}

/**
 * The addresses in the install line for vfio-pci: those that its command hands to the driver or names to a script, and
 * those of which it cannot be told what becomes of them.
 */
export function addressesOfInstall(directives: readonly ModprobeDirective[]): readonly WrittenAddress[] {
  const install = installLine(directives)
  if (install === undefined) return []
  const { path, line, command } = install
  const operands = shellCommands(command)
    .filter((one) => scriptOf(one)?.guarded === false)
    .flatMap(({ words }) => fullAddresses(words.map((word) => word.map(textOf).join('')).join(' ')))
  const found = new Map(fullAddresses(command).map((address) => [address, false]))
  for (const address of operands) found.set(address, true)
  for (const { address, sure } of vfioWrites(command)) found.set(address, sure)
  const text = `install vfio-pci ${command}`
  return [...found].slice(0, MOST).map(([address, sure]) => ({ path, line, text, address, sure }))
}

/** A file that a command runs: by itself, where it must be executable, or as the operand of a shell. */
export interface NamedScript {
  readonly path: string
  readonly direct: boolean
  /** Whether it is run depends on the command before it. */
  readonly guarded: boolean
}

/** The scripts that a command names by absolute path. Programs that hold no addresses of their own are left out. */
export function scriptsIn(command: string): readonly NamedScript[] {
  return shellCommands(command).flatMap((one) => scriptOf(one) ?? [])
}

function scriptOf({ words, joint }: ShellCommand): NamedScript | null {
  const operands = shellArguments(words)
  const path = plainWord((operands ?? words)[0] ?? [])
  return isScriptPath(path) ? { path, direct: operands === null, guarded: joint !== '' } : null
}

function isScriptPath(path: string | null): path is string {
  return (
    path !== null &&
    /^\/[\w./@+-]{1,200}$/.test(path) &&
    !/\/(?:modprobe|insmod|busybox|toybox|sh|bash|dash|env|true|false|echo|sleep|logger)$/.test(path)
  )
}
