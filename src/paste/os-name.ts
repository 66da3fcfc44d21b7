/** How distributions are called, and the `ID` of their os-release; the longer name before the shorter. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:[kxl]?ubuntu)\b/, 'ubuntu'],
  [/^debian\b/, 'debian'],
  [/^proxmox\b/, 'debian'],
  [/^(?:fedora|nobara)\b/, 'fedora'],
  [/^bazzite\b/, 'bazzite'],
  [/^bluefin\b/, 'bluefin'],
  [/^arch\b/, 'arch'],
  [/^manjaro\b/, 'manjaro'],
  [/^endeavour(?:os)?\b/, 'endeavouros'],
  [/^garuda\b/, 'garuda'],
  [/^cachyos\b/, 'cachyos'],
  [/^nixos\b/, 'nixos'],
  [/^opensuse\b/, 'opensuse'],
  [/^(?:sles?\b|suse linux)/, 'sles'],
  [/^(?:red hat|rhel)\b/, 'rhel'],
  [/^centos\b/, 'centos'],
  [/^rocky\b/, 'rocky'],
  [/^alma ?linux\b/, 'almalinux'],
  [/^oracle linux\b/, 'ol'],
  [/^pop!?_?os\b/, 'pop'],
  [/^(?:linux )?mint\b/, 'linuxmint'],
  [/^zorin\b/, 'zorin'],
  [/^kali\b/, 'kali'],
  [/^gentoo\b/, 'gentoo'],
  [/^void\b/, 'void'],
  [/^alpine\b/, 'alpine'],
  [/^slackware\b/, 'slackware'],
  [/^unraid\b/, 'unraid'],
  [/^truenas\b/, 'truenas'],
  [/^talos\b/, 'talos'],
]

/** The `ID` of a distribution by the name that people and tools give it; undefined for what is none. */
export function idOfName(name: string): string | undefined {
  const text = name.toLowerCase()
  return NAMES.find(([pattern]) => pattern.test(text))?.[1]
}
