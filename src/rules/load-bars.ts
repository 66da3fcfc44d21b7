import type { Parameter } from '../model/boot.ts'
import { valueOf, type Unknown } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { InstallLine, RunGap } from '../model/modules.ts'
import { installLine } from './install-line.ts'
import { lastParameter } from './parameters.ts'

/** A word of the command line by which the kernel refuses a module, whoever loads it. */
export interface ParameterBar {
  readonly module: string
  readonly parameter: Parameter
}

/** The first of these modules that module_blacklist names (kernel/module/main.c: blacklisted). */
export function barredByParameter(
  modules: readonly string[],
  { commandLine }: Pick<Facts, 'commandLine'>,
): ParameterBar | undefined {
  // The last one counts (core_param in kernel/module/main.c, param_set_charp).
  const last = commandLine.state === 'known' ? lastParameter(commandLine.value, 'module_blacklist') : undefined
  const named = (last?.value ?? '').split(',')
  const module = modules.find((name) => named.includes(name))
  return last === undefined || module === undefined ? undefined : { module, parameter: last }
}

/** A line of modprobe.d by which modprobe runs something in place of loading a module. */
export interface InstallBar {
  readonly module: string
  readonly command: string
  /** `path:line`, and the line as it may stand there. */
  readonly place: string
  readonly line: string
}

/** The install lines that keep these modules from being loaded. */
export function barredByInstall(
  modules: readonly string[],
  { modprobe }: Pick<Facts, 'modprobe'>,
): readonly InstallBar[] {
  const directives = valueOf(modprobe)?.directives ?? []
  return modules.flatMap((module) => {
    const one = installLine(directives, module)
    if (one === undefined || !doesNothing(one.command)) return []
    // Both spellings are one to modprobe; these are the usual ones.
    const name = one.module.startsWith('vfio') ? one.module.replaceAll('_', '-') : one.module
    const line = `install ${name} ${one.command}`
    return [{ module, command: one.command, place: `${one.path}:${one.line}`, line }]
  })
}

/**
 * The install line for vfio-pci that does nothing but run a file, and what keeps that from being run, so that modprobe
 * fails: null where nothing does.
 */
export function barredByGap({
  modprobe,
  installGaps,
}: Pick<Facts, 'modprobe' | 'installGaps'>):
  | { readonly line: InstallLine; readonly gap: RunGap | null | Unknown }
  | undefined {
  const line = installLine(valueOf(modprobe)?.directives ?? [])
  const whole = line?.runs.find((one) => one.whole)
  if (line === undefined || whole === undefined) return undefined
  if (installGaps.state === 'unknown') return { line, gap: installGaps }
  return { line, gap: installGaps.value.find((one) => one.path === whole.path) ?? null }
}

/** `/bin/false`, `busybox true`, `:` and the like; a shell comment may follow. */
function doesNothing(command: string): boolean {
  return /^(?:\/(?:usr\/)?s?bin\/)?(?:(?:busybox|toybox) )?(?:true|false|:|exit(?: \d{1,3})?)[ \t]*(?:#.*)?$/.test(
    command.trim(),
  )
}
