/** A setting of the firmware, named by what it does; src/remedy knows what each board family calls it. */
export type FirmwareSetting =
  | 'vt-d'
  | 'amd-vi'
  | 'smmu'
  | 'cpu-virtualization'
  | 'interrupt-remapping'
  | 'above-4g-decoding'
  | 'sr-iov'
  | 'acs'
  | 'x2apic'
  | 'primary-display'
  | 'resizable-bar'
  | 'vmd'

/**
 * A symbolic remedy: what is to be done, without a command. src/remedy turns it into steps for the machine at hand.
 * Texts may hold `{placeholders}`, which the engine fills from the finding's values. A text that becomes a part of a
 * command (address, id, module, parameter) is checked against its grammar there; what does not fit is not printed.
 * Lists are blank-separated words in one text.
 */
export type Action =
  /** One parameter or several; `without`: words to take out in the same go. */
  | { readonly do: 'set-kernel-parameter'; readonly parameter: string; readonly without?: string }
  | { readonly do: 'remove-kernel-parameter'; readonly parameter: string }
  /** Run the generator of the boot loader in use: the parameter is written but not generated. */
  | { readonly do: 'regenerate-boot-entries' }
  | { readonly do: 'reboot' }
  | { readonly do: 'enable-firmware-setting'; readonly setting: FirmwareSetting }
  | { readonly do: 'disable-firmware-setting'; readonly setting: FirmwareSetting }
  | { readonly do: 'update-firmware' }
  /** Undo whatever asks vfio-pci to take the bridge: dynamic id, override, option. */
  | { readonly do: 'leave-bridge-alone'; readonly address: string; readonly id: string }
  | { readonly do: 'remove-dynamic-id'; readonly id: string }
  /** `keptBy`: what sets it anew at each boot, where the finding is about that; else the machine's facts tell. */
  | { readonly do: 'clear-driver-override'; readonly address: string; readonly keptBy?: 'driverctl' }
  /** Hand the functions to vfio-pci now, by driver_override. */
  | { readonly do: 'bind-now'; readonly addresses: string }
  /** Hand the functions to vfio-pci at each boot, by address. */
  | { readonly do: 'bind-at-boot'; readonly addresses: string; readonly ids: string }
  /** Give the functions back to their host drivers. */
  | { readonly do: 'return-to-host'; readonly addresses: string }
  /** The libvirt element and the QEMU argument that assign these functions. */
  | { readonly do: 'assign'; readonly addresses: string }
  | { readonly do: 'assign-instead'; readonly addresses: string }
  | { readonly do: 'load-module'; readonly modules: string }
  | { readonly do: 'unload-module'; readonly modules: string }
  | { readonly do: 'install-kernel-modules'; readonly modules: string }
  | { readonly do: 'set-module-option'; readonly module: string; readonly option: string }
  | { readonly do: 'remove-module-option'; readonly module: string; readonly option: string }
  | { readonly do: 'rename-file'; readonly from: string; readonly to: string }
  | { readonly do: 'edit-file'; readonly path: string; readonly remove: string; readonly add: string }
  /** Put a module's right name in the place of a misspelt one, in a file of modprobe.d. */
  | { readonly do: 'correct-module-name'; readonly path: string; readonly from: string; readonly to: string }
  /** Take the blanks away from beside the `=` of GRUB's variables. */
  | { readonly do: 'mend-assignments'; readonly path: string }
  /** Close the quote that is open at the end of a line; `mark`: the quote, or a word where a person has to look. */
  | { readonly do: 'close-quote'; readonly path: string; readonly line: string; readonly mark: string }
  /** Make one line of a file that is a command line throughout. */
  | { readonly do: 'join-lines'; readonly path: string }
  | { readonly do: 'rebuild-initramfs' }
  | { readonly do: 'add-initramfs-modules'; readonly modules: string }
  /** `tool`: the one that spoke of them, where nothing else tells which one makes the initramfs. */
  | { readonly do: 'remove-initramfs-modules'; readonly modules: string; readonly tool?: 'dracut' }
  | { readonly do: 'unsafe-interrupts'; readonly module?: 'vfio_iommu_type1' | 'iommufd' }
  | { readonly do: 'raise-memlock'; readonly bytes: string }
  | { readonly do: 'set-type1-entry-limit'; readonly entries: string }
  | { readonly do: 'grant-group-node'; readonly group: string }
  | { readonly do: 'grant-kvm' }
  | { readonly do: 'set-vf-count'; readonly address: string; readonly count: string }
  | { readonly do: 'reset-device'; readonly address: string }
  | { readonly do: 'rescan-device'; readonly address: string }
  | { readonly do: 'keep-awake'; readonly address: string }
  | { readonly do: 'free-framebuffer'; readonly address: string }
  | { readonly do: 'dump-rom'; readonly address: string }
  | { readonly do: 'move-card'; readonly address: string }
  | { readonly do: 'stop-user'; readonly what: string }
  | { readonly do: 'run-as-root' }
  | { readonly do: 'run-on-host' }
  /** Show what could not be told: a command whose output settles it. */
  | { readonly do: 'show'; readonly what: Showable; readonly address?: string; readonly group?: string }
  | {
      readonly do: 'change-guest'
      readonly say: string
      readonly xml?: string
      readonly qemu?: string
      readonly proxmox?: string
    }
  | { readonly do: 'upgrade'; readonly what: 'kernel' | 'qemu' | 'libvirt' | 'firmware' | 'guest-driver' }
  | { readonly do: 'report-bug'; readonly to: 'kernel' | 'qemu' | 'vendor' | 'distribution' }
  /** Words only: what to do where no command can do it; `first`: before anything that changes the machine. */
  | { readonly do: 'advise'; readonly say: string; readonly first?: true }
  | { readonly do: 'nothing'; readonly why: string }

export type ActionKind = Action['do']

/** Things worth asking for: each is one read-only command. */
export type Showable =
  | 'kernel-log'
  | 'iommu-log'
  | 'kernel-command-line'
  | 'iommu-groups'
  | 'lspci'
  | 'lspci-verbose'
  | 'acpi-tables'
  | 'loaded-modules'
  | 'modprobe-configuration'
  | 'vfio-modules'
  | 'cpu-flags'
  | 'memlock'
  | 'vfio-nodes'
  | 'iomem'
  | 'guest-definition'
  | 'kernel-version'
  | 'capture'

/** What a step costs the machine it is run on. */
export type Effect = 'none' | 'reboot' | 'may-lose-display' | 'may-lose-network' | 'may-lose-disk' | 'stops-guest'

/** One step for a person: what to say, and what to type or to write, exactly. */
export interface Step {
  readonly say: string
  /** Shell commands, one a line, ready to paste. */
  readonly run?: string
  /** A file's new line or a piece of configuration, where it is not a command. */
  readonly edit?: { readonly path: string; readonly text: string }
  readonly effect: Effect
  /** How to take it back. */
  readonly undo?: string
  readonly risk?: string
  /** It takes up what was changed before it, so each later change wants it anew. */
  readonly carries?: true
  /** It belongs before all that changes the machine: what the host needs once a device is gone. */
  readonly first?: true
}

export interface Remedy {
  readonly action: ActionKind
  readonly steps: readonly Step[]
}
