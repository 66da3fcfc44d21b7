import type { Action } from '../model/remedy.ts'

/** The display that QEMU emulates, named as what has the slot: the typename of the device (hw/display). */
const EMULATED = /in use by (?:VGA|secondary-vga|cirrus-vga|qxl(?:-vga)?|virtio-vga|vmware-svga|bochs-display)\b/

/** The guest has it no more. */
export const WITHOUT_DISPLAY: readonly Action[] = [
  {
    do: 'change-guest',
    say: 'The emulated display has this slot. Take it out of the guest where the passed card is to have the place (integrated graphics of Intel wants 00:02.0 on i440fx); else leave the address of the passed card to the VMM.',
    xml: "<video><model type='none'/></video>",
    qemu: '-vga none',
    proxmox: 'vga: none',
  },
]

/** Whether the line of QEMU says that the emulated display has the slot. */
export function heldByDisplay(line: string): boolean {
  return EMULATED.test(line)
}
