import type { Host } from '../host/host.ts'
import { known, unknown, type Fact, type Unknown } from '../model/fact.ts'
import type { KernelFacts } from '../model/system.ts'
import { cleanLine } from '../parse/clean.ts'
import { architectureOf } from '../parse/cpuinfo.ts'
import { parseKernelConfig } from '../parse/kernel-config.ts'
import { parseKernelVersion, releaseOfBanner } from '../parse/kernel-version.ts'
import { CPUINFO, CPUINFO_LIMIT } from './cpu.ts'
import { unread, unrun } from './unread.ts'

const RELEASE = '/proc/sys/kernel/osrelease'
const VERSION = '/proc/version'

/** The running kernel. Its architecture is `unknown` where neither /proc/sys/kernel/arch nor the CPU listing tells. */
export function collectKernel(host: Host): Fact<KernelFacts> {
  const release = releaseOf(host)
  if (release.state === 'unknown') return release
  const version = parseKernelVersion(release.value)
  if (version === null) return unknown('unreadable', release.source, `no version in ${release.value}`)
  return known({ release: release.value, version, architecture: architecture(host) }, release.source)
}

function releaseOf(host: Host): Fact<string> {
  const plain = host.readText(RELEASE, 4096)
  if (plain.ok) return known(cleanLine(plain.value).trim(), RELEASE)
  const banner = host.readText(VERSION, 4096)
  const release = banner.ok ? releaseOfBanner(banner.value) : null
  return release === null ? unread(plain, RELEASE) : known(release, VERSION)
}

function architecture(host: Host): string {
  // Since 6.1 (kernel/utsname_sysctl.c).
  const arch = host.readText('/proc/sys/kernel/arch', 256)
  if (arch.ok && arch.value.trim() !== '') return cleanLine(arch.value).trim()
  const cpuinfo = host.readText(CPUINFO, CPUINFO_LIMIT)
  return (cpuinfo.ok ? architectureOf(cpuinfo.value) : null) ?? 'unknown'
}

/** The configuration of the running kernel: from the file that its package put down, else from the kernel itself. */
export async function collectKernelConfig(host: Host): Promise<Fact<Readonly<Record<string, string>>>> {
  const release = releaseOf(host)
  let trouble: Unknown | undefined
  if (release.state === 'known' && isFileName(release.value)) {
    for (const path of configPaths(release.value)) {
      const read = host.readText(path)
      if (read.ok) {
        const symbols = parseKernelConfig(read.value)
        if (Object.keys(symbols).length > 0) return known(symbols, path)
        trouble ??= unknown('unreadable', path, 'no CONFIG_ line in it')
      } else if (read.error !== 'absent') trouble ??= unread(read, path)
    }
  }
  return (await builtInConfig(host)) ?? trouble ?? unknown('absent', '/proc/config.gz')
}

/** A release becomes a part of a path: it must be one name. */
function isFileName(release: string): boolean {
  return release !== '' && !release.includes('/') && !release.startsWith('.')
}

function configPaths(release: string): readonly string[] {
  return [
    `/boot/config-${release}`,
    `/lib/modules/${release}/config`,
    `/usr/lib/modules/${release}/config`,
    `/usr/lib/kernel/config-${release}`,
  ]
}

/** /proc/config.gz (CONFIG_IKCONFIG_PROC), unpacked by the host's own tools; undefined where there is none. */
async function builtInConfig(host: Host): Promise<Fact<Readonly<Record<string, string>>> | undefined> {
  const path = '/proc/config.gz'
  const stat = host.stat(path)
  if (!stat.ok) return stat.error === 'absent' ? undefined : unread(stat, path)
  let last: Unknown = unknown('no-tool', path)
  for (const [command, args] of [
    ['zcat', [path]],
    ['gzip', ['-dc', path]],
  ] as const) {
    const run = await host.run(command, args)
    if (!run.ok) last = unrun(run, `${command} ${args.join(' ')}`)
    else if (run.value.status !== 0 || run.value.truncated) last = unknown('unreadable', path, run.value.stderr.trim())
    else {
      const symbols = parseKernelConfig(run.value.stdout)
      if (Object.keys(symbols).length > 0) return known(symbols, path)
      last = unknown('unreadable', path, 'no CONFIG_ line in it')
    }
  }
  return last
}
