import type { Host } from '../host/host.ts'
import type { CommandLine } from '../model/boot.ts'
import { known, type Fact } from '../model/fact.ts'
import { parseCommandLine } from '../parse/command-line.ts'
import { unread } from './unread.ts'

const PATH = '/proc/cmdline'

/** The command line that the running kernel was given. */
export function collectCommandLine(host: Host): Fact<CommandLine> {
  const read = host.readText(PATH, 65_536)
  return read.ok ? known(parseCommandLine(read.value), PATH) : unread(read, PATH)
}
