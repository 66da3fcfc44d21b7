import type { Host } from '../host/host.ts'
import { UNLOAD_COSTS } from '../knowledge/host-modules.ts'
import type { InitramfsFacts, InitramfsTool } from '../model/boot.ts'
import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { ModprobeFacts } from '../model/modules.ts'
import type { ConfiguredModule } from '../parse/initramfs-conf.ts'
import { parseInitramfsListing, toolOfContent } from '../parse/initramfs-listing.ts'
import { bootTime } from './boot-time.ts'
import { configTimes, initramfsConfig, newestOf, type Reader } from './initramfs-config.ts'
import { initramfsImage, type InitramfsImage } from './initramfs-image.ts'
import { releaseName } from './release.ts'
import { unrun } from './unread.ts'

interface Tool {
  readonly name: InitramfsTool
  /** The program that only this tool brings; dracut packages may bring an `update-initramfs` of their own. */
  readonly programs: readonly string[]
  /** The command that lists an image, without the image. */
  readonly lister: readonly [string, ...string[]] | null
}

const TOOLS: readonly Tool[] = [
  { name: 'initramfs-tools', programs: ['/usr/sbin/mkinitramfs'], lister: ['lsinitramfs'] },
  { name: 'dracut', programs: ['/usr/bin/dracut', '/usr/sbin/dracut'], lister: ['lsinitrd'] },
  { name: 'mkinitcpio', programs: ['/usr/bin/mkinitcpio'], lister: ['lsinitcpio'] },
  { name: 'booster', programs: ['/usr/bin/booster'], lister: ['booster', 'ls'] },
  { name: 'mkinitfs', programs: ['/sbin/mkinitfs', '/usr/sbin/mkinitfs'], lister: null },
  { name: 'tinyramfs', programs: ['/usr/bin/tinyramfs', '/usr/sbin/tinyramfs'], lister: null },
]

/**
 * The initial RAM disk of the running kernel: which tool makes it, what its configuration asks for, whether it is
 * younger than that, and what is in it. Listing takes a second, so it is done only where somebody has written
 * something about vfio that ought to be in there.
 */
export async function collectInitramfs(host: Host, modprobe: Fact<ModprobeFacts>): Promise<Fact<InitramfsFacts>> {
  const installed = TOOLS.filter((tool) => tool.programs.some((path) => host.stat(path, true).ok))
  const reader: Reader = { host, trouble: [] }
  const configs = installed.map((tool) => initramfsConfig(reader, tool.name))
  // A file that may not be read may ask for anything.
  if (reader.trouble[0] !== undefined) return reader.trouble[0]
  const modules = configs.flatMap((config) => config.modules)
  const image = initramfsImage(host, releaseName(host))
  const concerned = concernsVfio(host, modules, modprobe)
  const content = concerned
    ? await imageContent(host, image, installed)
    : unknown('not-collected', 'initramfs', 'nothing that is configured here asks for vfio')
  const tool =
    installed.length === 1
      ? (installed[0]?.name ?? null)
      : content.state === 'known'
        ? toolOfContent(content.value)
        : null
  const times = configTimes(
    host,
    configs.flatMap((config) => config.files),
  )
  return known(
    {
      tool,
      image: image.state === 'known' ? (image.value?.path ?? null) : null,
      configuredModules: modules,
      hooks: configs.find((config) => config.hooks !== null)?.hooks ?? null,
      content,
      imageTime: image.state === 'known' ? known(image.value?.time ?? null, image.source) : image,
      newestConfigTime: newestOf(times),
      ...(times.state === 'known' && (concerned || barsDisplay(modprobe))
        ? { configTimes: times.value, clock: clock(host) }
        : {}),
    },
    image.source,
  )
}

function clock(host: Host): NonNullable<InitramfsFacts['clock']> {
  const booted = bootTime(host)
  if (booted.state === 'unknown') return booted
  const now = Date.parse(host.origin.at ?? '')
  return known({ booted: booted.value, now: Number.isNaN(now) ? null : Math.ceil(now / 1000) }, booted.source)
}

function concernsVfio(host: Host, modules: readonly ConfiguredModule[], modprobe: Fact<ModprobeFacts>): boolean {
  if (modules.some(({ module }) => module.startsWith('vfio'))) return true
  const line = host.readText('/proc/cmdline', 65_536)
  if (line.ok && line.value.includes('vfio')) return true
  return modprobe.state === 'known' && JSON.stringify(modprobe.value).includes('vfio')
}

/** Somebody keeps a driver from being chosen on which the picture of a host may hang. */
function barsDisplay(modprobe: Fact<ModprobeFacts>): boolean {
  return (valueOf(modprobe)?.directives ?? []).some(
    (one) =>
      one.kind === 'blacklist' && one.path.startsWith('/etc/') && UNLOAD_COSTS[one.module] === 'may-lose-display',
  )
}

async function imageContent(
  host: Host,
  image: Fact<InitramfsImage | null>,
  installed: readonly Tool[],
): Promise<Fact<readonly string[]>> {
  if (image.state === 'unknown') return image
  if (image.value === null) return unknown('absent', image.source, 'no image of the running kernel was found')
  const { path, mode } = image.value
  // The listing tools print nothing, or an empty list, for an image that they may not read.
  if (!host.identity().privileged && (mode & 0o004) === 0) return unknown('denied', path)
  let last: Fact<never> = unknown('no-tool', path, 'no program that lists this image')
  for (const { lister } of installed) {
    if (lister === null) continue
    const [command, ...args] = lister
    const run = await host.run(command, [...args, path], { timeout: 4000, limit: 16_777_216 })
    const shown = [...lister, path].join(' ')
    if (!run.ok) last = unrun(run, shown)
    else if (run.value.status !== 0) last = unknown('unreadable', shown, `it ended with status ${run.value.status}`)
    else if (run.value.truncated) last = unknown('unreadable', shown, 'its output is too long')
    else {
      const paths = parseInitramfsListing(run.value.stdout)
      if (paths.length > 0) return known(paths, shown)
      last = unknown('unreadable', shown, 'it printed no path')
    }
  }
  return last
}
