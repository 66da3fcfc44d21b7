/* oxlint-disable max-lines -- a table: one entry a message */

/** Messages of framebuffers, each a MessageEntry (all.ts holds them to it). */
export const KERNEL_FRAMEBUFFER = {
  'fb-switching': {
    file: 'drivers/video/fbdev/core/fbmem.c',
    text: 'switching to {to} from {from}',
    example: 'fb0: switching to vfio-pci from EFI VGA',
    since: 'Linux 5.4 to 6.0, not 6.1',
    severity: 'info',
    family: 'healthy',
    meaning: "A driver took over from the firmware's framebuffer; the console on it ends here.",
  },
  'fb-efifb': {
    topic: 'firmware-framebuffer',
    file: 'drivers/video/fbdev/efifb.c',
    text: 'efifb: framebuffer at {address:hex}, using {used:word}k, total {total:word}k',
    example: 'efifb: framebuffer at 0xe0000000, using 8100k, total 8100k',
    since: 'Linux 5.4 to 7.2.8',
    severity: 'info',
    family: 'framebuffer-holds-device',
    meaning:
      "The firmware's framebuffer is in use. Where it lies in the BAR of a card for a guest, it stands in the way on kernels before 6.0.",
  },
  'fb-efifb-noreserve': {
    file: 'drivers/video/fbdev/efifb.c',
    text: 'efifb: cannot reserve video memory at {address:hex}',
    example: 'efifb: cannot reserve video memory at 0xe0000000',
    since: 'Linux 5.4 to 7.2.8',
    severity: 'info',
    family: 'healthy',
    meaning: "Another driver already has the memory of the firmware's framebuffer.",
  },
  'fb-simplefb': {
    topic: 'firmware-framebuffer',
    file: 'drivers/video/fbdev/simplefb.c',
    text: 'framebuffer at {address:hex}, {bytes:hex} bytes',
    example: 'simple-framebuffer simple-framebuffer.0: framebuffer at 0xe0000000, 0x7e9000 bytes',
    since: 'Linux 5.4 to 7.2.8',
    severity: 'info',
    family: 'framebuffer-holds-device',
    meaning:
      "The firmware's framebuffer is in use. Where it lies in the BAR of a card for a guest, it stands in the way on kernels before 6.0.",
  },
} as const
