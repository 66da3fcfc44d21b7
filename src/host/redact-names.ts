import type { Known, Masks, Rule } from './masks.ts'

/** What a text says in so many words to be a secret, a serial, or a name. */
export function phraseRules(masks: Masks): readonly Rule[] {
  const secret =
    /(passw(?:or)?d["']?[ \t]{0,2}[=:][ \t]{0,2}["']?|(?:sshkeys: |(?:secret|token|psk)=)["']?)([^\s"',;<>&]+)/gi
  const serial =
    /(Serial [Nn]umber: |(?<![a-z])serial: |(?<![a-z])serial=|<serial>|name='serial'>|^Serial\t*: )([^\s<,;"']+)/gm
  // usb_string() may have blanks in it; the kernel ends the line behind it (drivers/usb/core/hub.c, show_string).
  const usb = /(SerialNumber: )([^\n]+)/g
  const disk = /(by-id\/)([^\s"',;<>()\]]+?)((?:-part\d+)?)(?=[\s"',;<>()\]]|:?$|:\s)/gm
  const volume = /((?:UUID=|by-(?:part)?uuid\/)["']?)([0-9a-z][0-9a-z-]{3,63})(?![0-9a-z-])/gi
  // In the name of a unit (systemd-escape(1)).
  const unit = /(by\\x2d(?:part)?uuid-)((?:[0-9a-z]|\\x2d){4,100})/gi
  const diskUnit = /(by\\x2did-)([^\s"']{1,400}?)(?=\.(?:device|service|swap|mount))/g
  const search = /(--fs-uuid[^\n]{0,200}? )([0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{16})(?![^\s"'])/gi
  return [
    (text) => text.replace(secret, '$1masked'),
    (text) => text.replace(/(password_pbkdf2 \S{1,64} )(\S{1,1024})/g, '$1masked'),
    (text) =>
      text.replace(serial, (all: string, before: string, value: string) =>
        /[/%$]/.test(value) || isPlaceholder(value) ? all : before + masks.serial(value),
      ),
    (text) => text.replace(usb, (_all, before: string, value: string) => before + masks.serial(value.trim())),
    (text) =>
      text.replace(disk, (_all, before: string, name: string, part: string) => before + masks.disk(name) + part),
    (text) =>
      text.replace(volume, (all: string, before: string, value: string) =>
        hasUuid(value) ? all : before + masks.volume(value),
      ),
    (text) =>
      text.replace(unit, (all: string, before: string, value: string) => {
        const plain = value.replaceAll('\\x2d', '-')
        return hasUuid(plain) ? all : before + masks.volume(plain).replaceAll('-', '\\x2d')
      }),
    (text) =>
      text.replace(diskUnit, (_all, before: string, value: string) => {
        const [name = '', part = ''] = value.replaceAll('\\x2d', '-').split(/(?=-part\d+$)/)
        return before + (masks.disk(name) + part).replaceAll('-', '\\x2d')
      }),
    (text) => text.replace(search, (_all, before: string, value: string) => before + masks.volume(value)),
    ...hostPhrases(masks),
    ...userPhrases(masks),
  ]
}

/** `UUID=luks-…` and the like: the rule for UUIDs takes care of it. */
function hasUuid(value: string): boolean {
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(value) || /^[0-9a-f]{32}$/i.test(value)
}

export function isPlaceholder(value: string): boolean {
  return /^(.)\1*$/.test(value) || /^(none|default|unknown|n\/a|to|not|system|0?123456789\w{0,3})$/i.test(value)
}

/** The name in front of a log daemon's lines (RFC 3164), in what systemd and uname print, in a prompt, in Proxmox paths. */
export function hostPhrases(masks: Pick<Masks, 'host' | 'user'>): readonly Rule[] {
  const log =
    /^((?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.,+-]{8,24}Z?) )([A-Za-z0-9][\w.-]{0,252})(?= [\w.@-]{1,64}(?:\[\d{1,10}\])?: )/gm
  const others = [
    // The journal's short-monotonic.
    /^(\[ {0,12}\d{1,12}\.\d{3,9}\] )([A-Za-z0-9][\w.-]{0,252})(?= kernel: )/gm,
    /(Hostname set to <)([^>\s]{1,253})(?=>)/g,
    /^(Linux )(?!version )([A-Za-z0-9][\w.-]{0,252})(?= \d{1,3}\.\d)/gm,
    // The server of a network file system in /proc/self/mountinfo.
    /( - (?:nfs4?|cifs|smb3|ceph|glusterfs|fuse\.sshfs) (?:\/\/)?)([A-Za-z0-9][\w.-]{0,252})(?=[:/])/g,
    /(\/etc\/pve\/nodes\/)([A-Za-z0-9][\w.-]{0,252})/g,
  ]
  const prompt = /^([([]?)([a-z_][\w.-]{0,31})@([A-Za-z0-9][\w.-]{0,252})(?=[: ][^\n$#]{0,120}[$#] )/gm
  const named = (_all: string, before: string, name: string): string => before + maskHost(name, masks)
  return [
    ...[log, ...others].map(
      (pattern): Rule =>
        (text) =>
          text.replace(pattern, named),
    ),
    (text) =>
      text.replace(
        prompt,
        (_all, before: string, user: string, host: string) =>
          `${before}${maskUser(user, masks)}@${maskHost(host, masks)}`,
      ),
  ]
}

export function userPhrases(masks: Pick<Masks, 'user'>): readonly Rule[] {
  const home = /(\/(?:home|Users|run\/media)\/)([A-Za-z0-9_\u0080-\uffff][^/\s"',;:<>()[\]\\$*]{0,255})/g
  const said = /((?<![A-Za-z_])(?:acct|LOGNAME|SUDO_USER)="?)([A-Za-z_][\w.-]{0,255})/g
  const named = (_all: string, before: string, name: string): string => {
    const bare = name.replace(/\.+$/, '')
    return before + maskUser(bare, masks) + name.slice(bare.length)
  }
  return [home, said].map(
    (pattern): Rule =>
      (text) =>
        text.replace(pattern, named),
  )
}

/** What was known beforehand: hosts and serials as words, users as parts of a path and in front of an @. */
export function nameRules(masks: Masks, known: Known): readonly Rule[] {
  const hosts = (known.hosts ?? []).flatMap((name) => [name, name.split('.')[0] ?? '']).filter(isOwnWord)
  const users = (known.users ?? []).filter(isOwnWord)
  const serials = (known.serials ?? []).filter(isSerial)
  const word = (list: string): string => `(?<![0-9a-z])(?:${list})(?![0-9a-z])`
  const user = (list: string): string =>
    `(?<=/)(?:${list})(?=[/\\s"',;:)]|$)|(?<![\\w.-])(?:${list})(?=@)|(?<=\\()(?:${list})(?=\\))`
  return [
    replacing(serials, word, (value) => masks.serial(value)),
    replacing(hosts, word, (name) => maskHost(name, masks)),
    replacing(users, user, (name) => maskUser(name, masks)),
  ]
}

function replacing(names: readonly string[], pattern: (list: string) => string, mask: (name: string) => string): Rule {
  if (names.length === 0) return (text) => text
  // The longer first: a full name before its first part.
  const list = [...new Set(names)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  const expression = new RegExp(pattern(list.map((name) => name.replace(/[^0-9A-Za-z_]/g, '\\$&')).join('|')), 'gi')
  return (text) => text.replace(expression, mask)
}

/**
 * Whether a name may be replaced wherever it stands: not a word that the field itself uses, nor a number, nor a few
 * hexadecimal digits, which may be an id, nor what a mask is made of.
 */
function isOwnWord(name: string): boolean {
  return name.length >= 3 && !/^[\d.:-]+$|^[0-9a-f]{1,6}$/i.test(name) && !isMaskWord(name) && !isFieldWord(name)
}

/** A serial has a digit in it; words are what board makers put there in its place. */
function isSerial(value: string): boolean {
  return (
    value.length >= 5 &&
    /\d/.test(value) &&
    !/^[0-9a-f]{1,6}$/i.test(value) &&
    !isPlaceholder(value) &&
    !isMaskWord(value)
  )
}

function isMaskWord(name: string): boolean {
  return /^(?:host|user|serial|id|volume)(?:-\d+)?$|^masked$/i.test(name)
}

/** With or without its domain, a host is the same one; where its name says nothing, its domain may. */
export function maskHost(name: string, masks: Pick<Masks, 'host'>): string {
  const label = name.toLowerCase().split('.')[0] ?? ''
  return isFieldWord(label) ? label : masks.host(label)
}

/** Accounts that belong to no person keep their names: a reader must see who runs QEMU. */
export function maskUser(name: string, masks: Pick<Masks, 'user'>): string {
  const system = [
    'root',
    'nobody',
    'qemu',
    'libvirt-qemu',
    'linuxbrew',
    'lost+found',
    'buildd',
    'mockbuild',
    'swapfile',
  ]
  return system.includes(name) ? name : masks.user(name)
}

/** Default host names, and the words of kernels, drivers and paths. */
function isFieldWord(name: string): boolean {
  const list =
    'acpi admin ahci amd amdgpu apple arch archlinux arm asus audio bash bin boot bridge bus card centos cpu config ' +
    'container debian default dell desktop dev device disk dmar docker domain driver drm efi error etc eth fedora ' +
    'firmware gentoo gigabyte gpu group grub guest home hosts hugepages hypervisor i915 image init intel iommu ' +
    'iommufd irq kernel kvm lenovo lib libvirt libvirt-qemu limit linux local localhost log lxc machine manjaro max ' +
    'memory min mint module modules msi msi-x nas network nixos nobody node none nouveau nvidia nvme off opensuse ' +
    'ovmf pcie pci pcieport port power proc proxmox pve qemu radeon raspberrypi rhel rom root run server slackware ' +
    'smmu snd sriov storage sys system systemd test tower truenas tty ubuntu unknown unraid usb usr var vendor ' +
    'version vfio vfio-pci vga virt virtual vmlinuz voidlinux windows xen xhci'
  return ` ${list} `.includes(` ${name.toLowerCase()} `)
}
