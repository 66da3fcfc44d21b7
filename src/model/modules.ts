import type { Fact } from './fact.ts'
import type { Address } from './pci.ts'

export interface ModuleFacts {
  /** Loaded, by name with underscores. Known and empty on a kernel without loadable modules. */
  readonly loaded: Fact<readonly string[]>
  /** Built in, by name with underscores (modules.builtin, or /sys/module without initstate). */
  readonly builtin: Fact<readonly string[]>
  /** Present under /lib/modules/RELEASE and loadable. */
  readonly loadable: Fact<readonly string[]>
  /** Whether the kernel can load modules at all. */
  readonly supported: Fact<boolean>
  /** Loading was switched off until the next boot (kernel.modules_disabled). */
  readonly locked: Fact<boolean>
  /** Parameters of the modules we care about: module → parameter → text. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** /lib/modules/RELEASE of the running kernel exists. */
  readonly directory: Fact<boolean>
}

/** One directive of modprobe.d (modprobe.d(5)). Module names are written with underscores. */
export type ModprobeDirective = { readonly path: string; readonly line: number } & (
  | { readonly kind: 'options'; readonly module: string; readonly options: readonly (readonly [string, string])[] }
  | { readonly kind: 'blacklist'; readonly module: string }
  | { readonly kind: 'alias'; readonly wildcard: string; readonly module: string }
  | {
      readonly kind: 'install'
      readonly module: string
      readonly command: string
      readonly runs: readonly RunFile[]
    }
  | { readonly kind: 'remove'; readonly module: string; readonly command: string }
  | {
      readonly kind: 'softdep'
      readonly module: string
      readonly pre: readonly string[]
      readonly post: readonly string[]
    }
  | { readonly kind: 'weakdep'; readonly module: string; readonly modules: readonly string[] }
  | { readonly kind: 'unknown'; readonly text: string }
)

export type InstallLine = Extract<ModprobeDirective, { kind: 'install' }>

/** A file that the command of an install line runs, named by its absolute path. */
export interface RunFile {
  readonly path: string
  /** `many`: busybox or its like, which holds nothing of its own. */
  readonly kind: 'script' | 'many'
  /** By itself, so that it must be executable; not as the operand of a shell. */
  readonly direct: boolean
  /** Whether it is run depends on nothing which could not be told from the command. */
  readonly sure: boolean
  /** The command is nothing but this, and fails with it. */
  readonly whole?: true
}

/** A file that an install line runs, and that cannot be run. */
export interface RunGap {
  readonly path: string
  readonly why: 'absent' | 'not executable'
}

/** A driver that is written into driver_override of a function at each boot. */
export interface KeptOverride {
  readonly path: string
  readonly address: Address
  readonly driver: string
}

/** An address that an install line, a script of one, or a rule of udev hands to a VFIO driver. */
export interface WrittenAddress {
  readonly path: string
  readonly line: number
  /** The line, or a rule of several lines as one. */
  readonly text: string
  readonly address: Address
  /** That it comes to that depends on nothing which could not be told from the text. */
  readonly sure: boolean
  /** Four hexadecimal digits each, where it is for such a device alone. */
  readonly vendor?: string
  readonly device?: string
}

export interface ModprobeFacts {
  readonly directives: readonly ModprobeDirective[]
  /** Files of these directories that kmod does not read: hidden by a higher one, or without `.conf`. */
  readonly ignored: readonly { readonly path: string; readonly why: 'hidden' | 'suffix'; readonly text: string }[]
  /** Names asked for at boot: /etc/modules, modules-load.d. */
  readonly loadAtBoot: readonly { readonly module: string; readonly path: string }[]
}
