import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import { parseCommandLine } from '../parse/command-line.ts'
import { moduleDirectories, releaseGap } from './release.ts'
import { unread } from './unread.ts'

export interface InitramfsImage {
  readonly path: string
  /** Seconds since 1970. */
  readonly time: number
  readonly mode: number
}

/** The image of the running kernel, under the names that distributions give it; null: there is none of them. */
export function initramfsImage(host: Host, release: string | null): Fact<InitramfsImage | null> {
  let trouble: Fact<never> | null = null
  for (const path of candidates(host, release)) {
    const stat = host.stat(path, true)
    if (stat.ok && stat.value.kind === 'file') {
      const { modified, mode } = stat.value
      return known({ path, time: modified, mode }, path)
    }
    if (!stat.ok && stat.error !== 'absent') trouble ??= unread(stat, path)
  }
  if (trouble !== null) return trouble
  return release === null ? releaseGap(host) : known(null, '/boot')
}

function candidates(host: Host, release: string | null): readonly string[] {
  const paths = fromCommandLine(host)
  if (release === null) return paths
  paths.push(
    `/boot/initrd.img-${release}`, // Debian and its kin
    `/boot/initramfs-${release}.img`, // dracut's default
    `/boot/initrd-${release}`, // SUSE
    `/boot/initramfs-${release}`,
  )
  for (const directory of moduleDirectories(release)) {
    // Arch names the image after the package, which it writes down here.
    const read = host.readText(`${directory}/pkgbase`, 256)
    const name = read.ok ? read.value.trim() : ''
    if (/^[\w.+-]{1,100}$/.test(name)) paths.push(`/boot/initramfs-${name}.img`, `/boot/booster-${name}.img`)
  }
  const id = host.readText('/etc/machine-id', 64)
  const machine = id.ok ? id.value.trim() : ''
  // kernel-install(8), layout bls.
  if (/^[0-9a-f]{32}$/.test(machine))
    for (const boot of ['/boot', '/efi', '/boot/efi']) paths.push(`${boot}/${machine}/${release}/initrd`)
  const flavour = release.slice(release.lastIndexOf('-') + 1)
  if (flavour !== release) paths.push(`/boot/initramfs-${flavour}`) // Alpine
  const [, series] = /^(\d+\.\d+)\./.exec(release) ?? []
  if (series !== undefined) paths.push(`/boot/initramfs-${series}-x86_64.img`) // Manjaro
  paths.push(...moduleDirectories(release).map((directory) => `${directory}/initramfs.img`)) // ostree
  return paths
}

/** `initrd=\EFI\…`: what systemd-boot and the firmware pass on; microcode comes first, the image last. */
function fromCommandLine(host: Host): string[] {
  const read = host.readText('/proc/cmdline', 65_536)
  const words = parseCommandLine(read.ok ? read.value : '').parameters.filter((one) => one.name === 'initrd')
  const path = (words.at(-1)?.value ?? '').split(',').at(-1)?.replaceAll('\\', '/') ?? ''
  if (!/^\/[\w./+~-]{1,255}$/.test(path) || path.includes('..')) return []
  return [`/boot${path}`, `/efi${path}`, `/boot/efi${path}`]
}
