import type { InitramfsTool } from '../model/boot.ts'
import type { DistributionFamily } from './distributions.ts'

export interface InitramfsKnowledge {
  /** Makes the images of all kernels anew, without root's prefix; null where there is no one command. */
  readonly rebuild: string | null
  /** How to see that this tool makes the image. */
  readonly sign: string
  /** Whether it takes modprobe.d into the image, with `softdep` and `install` lines obeyed. */
  readonly readsModprobe: boolean
}

/** initramfs-tools(7), dracut(8), mkinitcpio(8), booster(1), mkinitfs(1). */
export const INITRAMFS_TOOLS: Readonly<Record<InitramfsTool, InitramfsKnowledge>> = {
  'initramfs-tools': {
    rebuild: 'update-initramfs -u -k all',
    sign: '/etc/initramfs-tools is there',
    readsModprobe: true,
  },
  dracut: { rebuild: 'dracut --force --regenerate-all', sign: '/etc/dracut.conf.d is there', readsModprobe: true },
  mkinitcpio: { rebuild: 'mkinitcpio -P', sign: '/etc/mkinitcpio.conf is there', readsModprobe: true },
  booster: { rebuild: '/usr/lib/booster/regenerate_images', sign: '/etc/booster.yaml is there', readsModprobe: false },
  mkinitfs: { rebuild: 'mkinitfs "$(uname -r)"', sign: '/etc/mkinitfs/mkinitfs.conf is there', readsModprobe: true },
  tinyramfs: { rebuild: null, sign: '/etc/tinyramfs is there', readsModprobe: false },
}

/** Tools to consider, likeliest first, where it is not known which one made the image. */
export const USUAL_INITRAMFS_TOOLS: Readonly<Record<DistributionFamily | 'unknown', readonly InitramfsTool[]>> = {
  debian: ['initramfs-tools', 'dracut'],
  fedora: ['dracut'],
  suse: ['dracut'],
  arch: ['mkinitcpio', 'dracut', 'booster'],
  gentoo: ['dracut'],
  alpine: ['mkinitfs'],
  void: ['dracut'],
  unknown: ['initramfs-tools', 'dracut', 'mkinitcpio'],
}

/** Read-only commands that tell which tool it is. */
export const FIND_INITRAMFS_TOOL: readonly string[] = [
  'ls -d /etc/initramfs-tools /etc/dracut.conf.d /etc/mkinitcpio.conf /etc/booster.yaml /etc/mkinitfs /etc/tinyramfs 2>/dev/null',
]
