/** A model whose option ROM is known to hang a guest that runs it. */
export interface HangingRom {
  readonly vendor: string
  readonly device: string
  /** What pci.ids and lspci call it, for a listing without ids. */
  readonly name: string
}

/** Source: QEMU hw/vfio/pci-quirks.c, rom_denylist (romblacklist in hw/vfio/pci.c before QEMU 2.6). */
export const HANGING_ROMS: readonly HangingRom[] = [{ vendor: '14e4', device: '168e', name: 'BCM57810' }]
