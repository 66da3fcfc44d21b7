import type { Fact, UnknownReason } from './fact.ts'

export interface Parameter {
  /** As written. */
  readonly text: string
  readonly name: string
  /** null for a bare word. */
  readonly value: string | null
}

/** A kernel command line, parsed as lib/cmdline.c does; what follows `--` goes to init and is not in the list. */
export interface CommandLine {
  readonly raw: string
  readonly parameters: readonly Parameter[]
}

export type Loader =
  | 'grub'
  | 'grub-bls'
  | 'systemd-boot'
  | 'proxmox-grub'
  | 'proxmox-systemd-boot'
  | 'kernelstub'
  | 'uki'
  | 'ostree'
  | 'limine'
  | 'refind'
  | 'extlinux'
  | 'zfsbootmenu'
  | 'raspberry-pi'
  | 'efistub'

/** A parameter that stands in a file, and that what reads the file does not take. */
export interface PassedOver {
  readonly parameter: Parameter
  readonly why: 'past-first-line' | 'overwritten' | 'no-assignment'
  /** The file that sets the variable anew. */
  readonly by?: string
  /** That line may not be run: it may stand in a condition. */
  readonly maybe?: true
}

/** A place where kernel parameters are written. */
export interface ParameterSource {
  readonly path: string
  readonly loader: Loader
  /** `configured`: what a person edits. `generated`: what the loader will read at the next boot. */
  readonly layer: 'configured' | 'generated'
  readonly parameters: readonly Parameter[]
  readonly passedOver?: readonly PassedOver[]
  /** What stands there too and may be for another kernel: in an entry of a menu of which it cannot be told which starts. */
  readonly perhaps?: readonly Parameter[]
  /** A line of the shell file with a blank beside its `=`: what sources the file ends there. */
  readonly stops?: string
  /** A quote of the shell file that is never closed, at which what sources the file ends as well. */
  readonly openQuote?: {
    /** Counted from 1. */
    readonly line: number
    readonly text: string
    /** What closes it at the end of the line; null: the line has more that would have to be looked at. */
    readonly mark: '"' | "'" | null
  }
}

export interface BootFacts {
  readonly efi: boolean
  readonly loader: Fact<Loader | null>
  readonly sources: readonly ParameterSource[]
  /** Places that hold parameters, or may, and could not be read: what `sources` lacks may stand there. */
  readonly unread?: readonly { readonly path: string; readonly reason: UnknownReason }[]
  /**
   * Names from the running line that matter to passthrough and that no file of a boot loader has, in whatever entry or
   * comment; undefined: not all that may hand parameters over was looked through.
   */
  readonly unwritten?: readonly string[]
}

export type InitramfsTool = 'initramfs-tools' | 'dracut' | 'mkinitcpio' | 'booster' | 'mkinitfs' | 'tinyramfs'

export interface InitramfsFacts {
  readonly tool: InitramfsTool | null
  readonly image: string | null
  /** Modules named in the tool's own configuration, to be put in or loaded early. */
  readonly configuredModules: readonly { readonly module: string; readonly source: string }[]
  /** Hooks of mkinitcpio, in order; null for the others. */
  readonly hooks: readonly string[] | null
  /** Paths inside the image of the running kernel, where a listing tool is there. */
  readonly content: Fact<readonly string[]>
  /** Seconds since 1970. */
  readonly imageTime: Fact<number | null>
  readonly newestConfigTime: Fact<{ readonly path: string; readonly time: number } | null>
  /** All files among which that one is the youngest. */
  readonly configTimes?: readonly { readonly path: string; readonly time: number }[]
  /** When this boot began and when the host was read, both by its own clock, seconds since 1970. */
  readonly clock?: Fact<{ readonly booted: number; readonly now: number | null }>
}
