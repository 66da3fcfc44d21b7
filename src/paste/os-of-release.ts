import type { OsFacts } from '../model/system.ts'

interface Sign {
  readonly pattern: RegExp
  readonly id: string
  readonly like: readonly string[]
  readonly name: string
  readonly flavour?: OsFacts['flavour']
}

/** What distributions put into the release or the build words of their own kernels; people build others, without. */
const SIGNS: readonly Sign[] = [
  { pattern: /^\S+-pve\b/, id: 'debian', like: [], name: 'Proxmox VE', flavour: 'proxmox' },
  { pattern: /^\S+-Unraid\b/, id: 'slackware', like: [], name: 'Unraid', flavour: 'unraid' },
  { pattern: /^\S+\+truenas\b/, id: 'debian', like: [], name: 'TrueNAS', flavour: 'truenas' },
  { pattern: /^\S+-talos\b/, id: 'talos', like: [], name: 'Talos Linux', flavour: 'talos' },
  { pattern: /[.-]bazzite\b/, id: 'bazzite', like: ['fedora'], name: 'Bazzite', flavour: 'ostree' },
  { pattern: /\.fc\d{2}\.|\bfedoraproject\.org\b/, id: 'fedora', like: [], name: 'Fedora' },
  { pattern: /^\S+\.el(?:\d{1,2})(?:_|\.)/, id: 'rhel', like: ['fedora'], name: 'Enterprise Linux' },
  { pattern: /^\S+-MANJARO\b/, id: 'manjaro', like: ['arch'], name: 'Manjaro' },
  { pattern: /^\S+-arch\d|\blinux@archlinux\b/, id: 'arch', like: [], name: 'Arch Linux' },
  { pattern: /^\S+-gentoo\b/, id: 'gentoo', like: [], name: 'Gentoo' },
  { pattern: /#\d+(?:~\S+)?-Ubuntu\b|^\S+-generic\b/, id: 'ubuntu', like: ['debian'], name: 'Ubuntu' },
  {
    pattern:
      /\bdebian-kernel@|^\d+\.\d+\.\d+(?:\+\w+)?-\d+-(?:amd64|arm64)$|^\S+\+deb\d|#1 SMP(?: PREEMPT\S*)? Debian /,
    id: 'debian',
    like: [],
    name: 'Debian',
  },
  { pattern: /\bgeeko@buildhost\b/, id: 'opensuse', like: ['suse'], name: 'openSUSE' },
]

/** The distribution that built a kernel, by its release and, where it is shown, the banner; null where neither says. */
export function osOfRelease(release: string, banner: string): OsFacts | null {
  const sign = SIGNS.find(({ pattern }) => pattern.test(release) || pattern.test(banner))
  if (sign === undefined) return null
  return { id: sign.id, like: sign.like, name: sign.name, version: null, flavour: sign.flavour ?? 'plain' }
}
