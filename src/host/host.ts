/**
 * The only door to the outside. Files are read synchronously: a sysfs attribute takes some ten microseconds, a promise
 * for it several times that, and a host has tens of thousands of them. Programs run beside that, with a time limit.
 */

/** Bytes read of a file where no other limit is given. */
export const READ_LIMIT: number = 16 * 1024 * 1024

export type ReadError =
  | 'absent' // ENOENT, ENOTDIR: in a directory that can be searched, it is not there
  | 'denied' // EACCES, EPERM
  | 'timeout'
  | 'unreadable' // every other errno, not a regular file, too long
  | 'not-recorded' // a capture that does not hold it

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ReadError; readonly code: string }

export interface Stat {
  readonly kind: 'file' | 'directory' | 'link' | 'character' | 'block' | 'other'
  /** Permission bits, 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Seconds since 1970. */
  readonly modified: number
}

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Output was longer than the limit and its beginning or end is missing. */
  readonly truncated: boolean
}

export type RunError = 'no-tool' | 'timeout' | 'denied' | 'not-recorded' | 'failed'
export type Run =
  | { readonly ok: true; readonly value: Ran }
  | { readonly ok: false; readonly error: RunError; readonly detail: string }

export interface RunOptions {
  /** Milliseconds; then it is killed. Default 5000. */
  readonly timeout?: number
  /** Bytes of standard output kept. Default 32 MiB. */
  readonly limit?: number
}

export interface HostIdentity {
  readonly uid: number
  readonly gids: readonly number[]
  readonly user: string | null
  /** May read what the kernel shows to the administrator of the whole machine alone. */
  readonly privileged: boolean
}

export interface Host {
  /** Text, decoded as UTF-8 with replacement. At most `limit` bytes (default READ_LIMIT) from the start. */
  readText(path: string, limit?: number): Read<string>
  readBytes(path: string, limit?: number): Read<Uint8Array>
  /** Names in a directory, sorted. */
  list(path: string): Read<readonly string[]>
  /**
   * Text of a file whose file system may never answer (/etc/pve is FUSE): a child process reads it, for at most
   * `timeout` milliseconds (default 2000). In a capture it is the same record as that of `readText`.
   */
  readSlow(path: string, options?: RunOptions): Promise<Read<string>>
  /** Names in a directory of such a file system, sorted. */
  listSlow(path: string, options?: RunOptions): Promise<Read<readonly string[]>>
  /** The target of a symbolic link, as written. */
  link(path: string): Read<string>
  /** Of the thing itself, not of what a link points at (lstat), unless `follow`. */
  stat(path: string, follow?: boolean): Read<Stat>
  /** Runs a program with these arguments, no shell, C locale, standard input closed. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Run>
  /** The process that examines: effective ids and the supplementary groups. */
  identity(): HostIdentity
  /** DMI texts through systeminformation, by the names that they have in /sys/class/dmi/id, for where that is not there. */
  dmi(): Promise<Read<Readonly<Record<string, string>>>>
  readonly origin: { readonly source: 'live' | 'capture'; readonly at: string | null; readonly root: string }
}
