import { DISTRIBUTION_FAMILIES, type DistributionFamily } from '../knowledge/distributions.ts'
import { BOARD_FAMILIES, type BoardFamily } from '../knowledge/firmware-menus.ts'
import type { InitramfsTool, Loader } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { BoardFacts, EnvironmentFacts, OsFacts } from '../model/system.ts'

/** What of a machine changes the words of a remedy. null is "could not be told", never "none". */
export interface Platform {
  /** `plain`: commands are typed in a root shell, and sudo is often not installed (Proxmox, Unraid, Alpine). */
  readonly root: 'sudo' | 'plain'
  /** `ID` of os-release. */
  readonly system: string | null
  readonly family: DistributionFamily | null
  readonly flavour: OsFacts['flavour'] | null
  readonly loader: Loader | null
  /** `none`: this host starts without an initramfs of a known tool. */
  readonly initramfs: InitramfsTool | 'none' | null
  /** What stands between the commands and the hardware. */
  readonly place: 'host' | 'guest' | 'container' | 'wsl' | 'xen' | null
  /** Started by UEFI firmware. */
  readonly efi: boolean | null
  readonly board: BoardFamily | null
}

export function platformOf(facts: Facts): Platform {
  const os = valueOf(facts.os)
  const boot = valueOf(facts.boot)
  const flavour = os?.flavour ?? null
  const board = valueOf(facts.board)
  return {
    root: rootOf(os),
    system: os?.id ?? null,
    family: os === undefined ? null : familyOf(os),
    flavour,
    loader: loaderOf((boot === undefined ? null : valueOf(boot.loader)) ?? null, flavour),
    initramfs: facts.initramfs.state === 'known' ? (facts.initramfs.value.tool ?? 'none') : null,
    place: placeOf(valueOf(facts.environment)),
    efi: boot?.efi ?? null,
    board: board === undefined ? null : boardOf(board),
  }
}

/** No machine at hand: `explain CODE`. */
export function genericPlatform(): Platform {
  return {
    root: 'sudo',
    system: null,
    family: null,
    flavour: null,
    loader: null,
    initramfs: null,
    place: null,
    efi: null,
    board: null,
  }
}

function rootOf(os: OsFacts | undefined): Platform['root'] {
  if (os === undefined) return 'sudo'
  return os.flavour === 'proxmox' || os.flavour === 'unraid' || familyOf(os) === 'alpine' ? 'plain' : 'sudo'
}

function familyOf(os: OsFacts): DistributionFamily | null {
  for (const id of [os.id, ...os.like]) {
    if (Object.hasOwn(DISTRIBUTION_FAMILIES, id)) return DISTRIBUTION_FAMILIES[id] ?? null
  }
  return os.flavour === 'proxmox' ? 'debian' : null
}

/** Proxmox wraps both of its loaders in tools of its own, and an ostree host writes parameters in one way only. */
function loaderOf(loader: Loader | null, flavour: OsFacts['flavour'] | null): Loader | null {
  if (flavour === 'ostree') return 'ostree'
  if (flavour !== 'proxmox') return loader
  if (loader === 'grub') return 'proxmox-grub'
  return loader === 'systemd-boot' ? 'proxmox-systemd-boot' : loader
}

/** Xen's dom0 may show a hypervisor and WSL calls itself a container, so these two are asked first. */
function placeOf(environment: EnvironmentFacts | undefined): Platform['place'] {
  if (environment === undefined) return null
  if (environment.xenDom0) return 'xen'
  if (environment.wsl) return 'wsl'
  if (environment.container !== null) return 'container'
  return environment.hypervisor === null ? 'host' : 'guest'
}

/** A sign must begin a word: "msi" is not a part of another maker's name. */
function boardOf(board: BoardFacts): BoardFamily | null {
  const text = spaced([board.system, board.board, board.biosVendor].map((one) => one ?? '').join(' '))
  return BOARD_FAMILIES.find((one) => one.signs.some((sign) => text.includes(spaced(sign)))) ?? null
}

function spaced(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()}`
}
