import type { Host, Ran } from '../host/host.ts'
import { known, unknown, type Fact, type Unknown } from '../model/fact.ts'
import type { KernelLog } from '../model/log.ts'
import { cleanLine } from '../parse/clean.ts'
import { BANNER, readKernelLog } from '../parse/kernel-log.ts'
import { releaseOfBanner } from '../parse/kernel-version.ts'
import { bootTime } from './boot-time.ts'
import { unread, unrun } from './unread.ts'

/** -r is known to util-linux, busybox and toybox alike, and carries both the level and the time since boot. */
const RING = ['dmesg', '-r'] as const
const JOURNAL = ['journalctl', '-k', '-b', '-o', 'short-monotonic', '--no-pager', '--no-hostname'] as const
const FILES = ['/var/log/kern.log', '/var/log/syslog', '/var/log/messages']
/** A longer file of a log daemon is left alone: only its beginning could be read, and this boot is at its end. */
const FILE_LIMIT = 32 * 1024 * 1024

/**
 * The kernel log of this boot: the ring buffer where it still holds the start of the boot, else whichever of the
 * journal and the daemon's files does; where none reaches back, the first that could be read. The journal may take
 * seconds, so it is asked only when the ring buffer does not do.
 */
export async function collectKernelLog(host: Host): Promise<Fact<KernelLog>> {
  const tried: Fact<KernelLog>[] = []
  for (const source of [() => fromProgram(host, RING), () => fromProgram(host, JOURNAL), () => fromFiles(host)]) {
    const log = await source()
    if (log.state === 'known' && log.value.fromBoot) return log
    tried.push(log)
  }
  // A refusal is worth more to a reader than "no such tool": root can settle it.
  const refused = tried.find((one) => one.state === 'unknown' && one.reason === 'denied')
  return tried.find((one) => one.state === 'known') ?? refused ?? tried[0] ?? unknown('not-collected', RING.join(' '))
}

async function fromProgram(host: Host, [command, ...args]: readonly [string, ...string[]]): Promise<Fact<KernelLog>> {
  const source = [command, ...args].join(' ')
  const run = await host.run(command, args, { timeout: 10_000 })
  if (!run.ok) return unrun(run, source)
  const log = readKernelLog(run.value.stdout, {}, run.value.truncated)
  // What was printed before an error is still log; an empty one is no answer, the kernel always says something.
  return log.lines.length > 0 ? known(log, source) : failure(run.value, source)
}

/** dmesg under kernel.dmesg_restrict, and journalctl for somebody outside its groups. */
function failure(ran: Ran, source: string): Unknown {
  const said = cleanLine(ran.stderr.trim().split('\n', 1)[0] ?? '')
  const denied = /not permitted|permission|not seeing messages/i.test(ran.stderr)
  return unknown(denied ? 'denied' : 'unreadable', source, said === '' ? 'it printed nothing' : said)
}

function fromFiles(host: Host): Fact<KernelLog> {
  let first: Unknown | undefined
  let partial: Fact<KernelLog> | undefined
  for (const path of FILES) {
    const log = fromFile(host, path)
    if (log === null) continue
    if (log.state === 'unknown') first ??= log
    else if (log.value.fromBoot) return log
    else partial ??= log
  }
  return partial ?? first ?? unknown('unreadable', FILES.join(', '), 'no such file')
}

/** What a log daemon wrote of this boot; null where there is no such file, or nothing in it of this boot. */
function fromFile(host: Host, path: string): Fact<KernelLog> | null {
  const stat = host.stat(path, true)
  if (!stat.ok) return stat.error === 'absent' ? null : unread(stat, path)
  if (stat.value.size > FILE_LIMIT) return unknown('unreadable', path, `too long: ${stat.value.size} bytes`)
  const booted = bootTime(host)
  if (booted.state === 'known' && stat.value.modified < booted.value) return null
  const read = host.readText(path, FILE_LIMIT)
  if (!read.ok) return unread(read, path)
  const log = readKernelLog(read.value, { undressed: 'drop', lastBoot: true })
  if (log.lines.length === 0) return null
  const banner = log.lines[0]?.text ?? ''
  const running = host.readText('/proc/sys/kernel/osrelease', 4096)
  const other = banner.startsWith(BANNER) && running.ok && releaseOfBanner(banner) !== running.value.trim()
  return other ? null : known(log, path)
}
