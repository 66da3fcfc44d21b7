import { execFileSync } from 'node:child_process'
import { known, unknown } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { Loader } from '../../src/model/boot.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import type { Action, Remedy } from '../../src/model/remedy.ts'
import type { OsFacts } from '../../src/model/system.ts'
import { genericPlatform, type Platform } from '../../src/remedy/index.ts'
import { blankFacts } from '../../src/rules/blank.ts'

export const BLANK: Facts = blankFacts('test')

export function facts(some: Partial<Facts>): Facts {
  return { ...BLANK, ...some }
}

export function os(id: string, flavour: OsFacts['flavour'] = 'plain', like: readonly string[] = []): Facts['os'] {
  return known({ id, like, name: id, version: null, flavour }, '/etc/os-release')
}

export function platform(some: Partial<Platform> = {}): Platform {
  return { ...genericPlatform(), flavour: 'plain', place: 'host', ...some }
}

/** Platforms that differ in what they type; each loader and each kind of system is among them. */
export const PLATFORMS: Readonly<Record<string, Platform>> = {
  generic: genericPlatform(),
  ubuntu: platform({ system: 'ubuntu', family: 'debian', loader: 'grub', initramfs: 'initramfs-tools' }),
  'ubuntu, dracut': platform({ system: 'ubuntu', family: 'debian', loader: 'grub', initramfs: 'dracut' }),
  'debian, loader unknown': platform({ system: 'debian', family: 'debian' }),
  'debian, systemd-boot': platform({
    system: 'debian',
    family: 'debian',
    loader: 'systemd-boot',
    initramfs: 'initramfs-tools',
  }),
  fedora: platform({ system: 'fedora', family: 'fedora', loader: 'grub-bls', initramfs: 'dracut' }),
  'fedora, grub': platform({ system: 'fedora', family: 'fedora', loader: 'grub', initramfs: 'dracut' }),
  opensuse: platform({ system: 'opensuse-leap', family: 'suse', loader: 'grub', initramfs: 'dracut' }),
  'opensuse, bls': platform({
    system: 'opensuse-tumbleweed',
    family: 'suse',
    loader: 'systemd-boot',
    initramfs: 'dracut',
  }),
  microos: platform({
    system: 'opensuse-microos',
    family: 'suse',
    flavour: 'transactional',
    loader: 'grub',
    initramfs: 'dracut',
  }),
  arch: platform({ system: 'arch', family: 'arch', loader: 'systemd-boot', initramfs: 'mkinitcpio' }),
  'arch, booster': platform({ system: 'arch', family: 'arch', loader: 'refind', initramfs: 'booster' }),
  'arch, limine': platform({ system: 'arch', family: 'arch', loader: 'limine', initramfs: 'mkinitcpio' }),
  cachyos: platform({ system: 'cachyos', family: 'arch', loader: 'limine', initramfs: 'mkinitcpio' }),
  endeavouros: platform({ system: 'endeavouros', family: 'arch', loader: 'systemd-boot', initramfs: 'dracut' }),
  'uki, mkinitcpio': platform({ system: 'arch', family: 'arch', loader: 'uki', initramfs: 'mkinitcpio' }),
  'uki, dracut': platform({ system: 'gentoo', family: 'gentoo', loader: 'uki', initramfs: 'dracut' }),
  'gentoo, efistub': platform({ system: 'gentoo', family: 'gentoo', loader: 'efistub', initramfs: 'none' }),
  'alpine, extlinux': platform({
    root: 'plain',
    system: 'alpine',
    family: 'alpine',
    loader: 'extlinux',
    initramfs: 'mkinitfs',
  }),
  'alpine, tinyramfs': platform({
    root: 'plain',
    system: 'alpine',
    family: 'alpine',
    loader: 'grub',
    initramfs: 'tinyramfs',
  }),
  'void, zfsbootmenu': platform({ system: 'void', family: 'void', loader: 'zfsbootmenu', initramfs: 'dracut' }),
  pop: platform({ system: 'pop', family: 'debian', loader: 'kernelstub', initramfs: 'initramfs-tools' }),
  'raspberry pi': platform({
    system: 'debian',
    family: 'debian',
    loader: 'raspberry-pi',
    initramfs: 'initramfs-tools',
  }),
  'proxmox, grub': platform({
    root: 'plain',
    system: 'debian',
    family: 'debian',
    flavour: 'proxmox',
    loader: 'proxmox-grub',
    initramfs: 'initramfs-tools',
  }),
  'proxmox, systemd-boot': platform({
    root: 'plain',
    system: 'debian',
    family: 'debian',
    flavour: 'proxmox',
    loader: 'proxmox-systemd-boot',
    initramfs: 'initramfs-tools',
  }),
  silverblue: platform({
    system: 'fedora',
    family: 'fedora',
    flavour: 'ostree',
    loader: 'ostree',
    initramfs: 'dracut',
  }),
  nixos: platform({ system: 'nixos', flavour: 'nixos', loader: 'systemd-boot' }),
  unraid: platform({ root: 'plain', system: 'slackware', flavour: 'unraid' }),
  truenas: platform({
    system: 'debian',
    family: 'debian',
    flavour: 'truenas',
    loader: 'grub',
    initramfs: 'initramfs-tools',
  }),
  talos: platform({ system: 'talos', flavour: 'talos', loader: 'systemd-boot' }),
  vanilla: platform({ system: 'vanilla', family: 'debian', loader: 'grub', initramfs: 'initramfs-tools' }),
  container: platform({ system: 'ubuntu', family: 'debian', place: 'container' }),
  guest: platform({ system: 'debian', family: 'debian', loader: 'grub', initramfs: 'initramfs-tools', place: 'guest' }),
  wsl: platform({ system: 'ubuntu', family: 'debian', place: 'wsl' }),
  xen: platform({ system: 'debian', family: 'debian', loader: 'grub', initramfs: 'initramfs-tools', place: 'xen' }),
}

/** A function of which nothing is known but what is given. */
export function fn(address: string, some: Partial<PciFunction> = {}): PciFunction {
  const nobody = unknown('not-collected', 'test')
  return {
    address,
    vendorId: nobody,
    deviceId: nobody,
    subsystem: nobody,
    class: nobody,
    revision: nobody,
    name: nobody,
    headerType: nobody,
    multifunction: nobody,
    driver: nobody,
    driverModule: nobody,
    kernelModules: nobody,
    driverOverride: nobody,
    vfioDev: nobody,
    group: nobody,
    iommuUnit: nobody,
    parent: nobody,
    physicalFunction: nobody,
    virtualFunctions: nobody,
    sriovTotalVfs: nobody,
    sriovNumVfs: nobody,
    sriovAutoprobe: nobody,
    bootVga: nobody,
    resources: nobody,
    resetMethods: nobody,
    resettable: nobody,
    powerState: nobody,
    runtimeStatus: nobody,
    d3coldAllowed: nobody,
    irq: nobody,
    msiIrqs: nobody,
    enabled: nobody,
    numaNode: nobody,
    config: nobody,
    uses: nobody,
    ...some,
  }
}

export function ids(vendor: string, device: string): Pick<PciFunction, 'vendorId' | 'deviceId'> {
  return { vendorId: known(vendor, 'test'), deviceId: known(device, 'test') }
}

export function pci(functions: readonly PciFunction[], complete = true): Facts['pci'] {
  return known({ functions, complete }, 'test')
}

export function boot(loader: Loader | null, sources: readonly (readonly [string, Loader])[] = []): Facts['boot'] {
  const list = sources.map(([path, from]) => ({ path, loader: from, layer: 'configured' as const, parameters: [] }))
  return known({ efi: true, loader: known(loader, 'test'), sources: list }, 'test')
}

export function builtin(modules: readonly string[]): Facts['modules'] {
  const nobody = unknown('not-collected', 'test')
  return known(
    {
      loaded: nobody,
      builtin: known(modules, 'test'),
      loadable: nobody,
      supported: nobody,
      locked: nobody,
      parameters: {},
      directory: nobody,
    },
    'test',
  )
}

/** One action of each kind, as a finding fills it. */
export const ACTIONS: readonly Action[] = [
  { do: 'set-kernel-parameter', parameter: 'intel_iommu=on' },
  { do: 'remove-kernel-parameter', parameter: 'intel_iommu=off' },
  { do: 'regenerate-boot-entries' },
  { do: 'reboot' },
  { do: 'enable-firmware-setting', setting: 'vt-d' },
  { do: 'disable-firmware-setting', setting: 'vmd' },
  { do: 'update-firmware' },
  { do: 'leave-bridge-alone', address: '0000:03:00.0', id: '104c:8240' },
  { do: 'remove-dynamic-id', id: '104c:8240' },
  { do: 'clear-driver-override', address: '0000:03:00.0' },
  { do: 'bind-now', addresses: '0000:04:00.0 0000:04:00.1' },
  { do: 'bind-at-boot', addresses: '0000:04:00.0', ids: '10de:1b80' },
  { do: 'return-to-host', addresses: '0000:04:00.0' },
  { do: 'assign', addresses: '0000:04:00.0' },
  { do: 'assign-instead', addresses: '0000:04:00.0' },
  { do: 'load-module', modules: 'vfio_iommu_type1' },
  { do: 'unload-module', modules: 'nouveau' },
  { do: 'install-kernel-modules', modules: 'vfio-pci' },
  { do: 'set-module-option', module: 'vfio_pci', option: 'disable_denylist=1' },
  { do: 'remove-module-option', module: 'vfio_iommu_type1', option: 'allow_unsafe_interrupts' },
  { do: 'rename-file', from: '/etc/modprobe.d/vfio', to: '/etc/modprobe.d/vfio.conf' },
  { do: 'edit-file', path: '/etc/modules', remove: 'vfio_virqfd', add: '' },
  { do: 'correct-module-name', path: '/etc/modprobe.d/vfio.conf', from: 'vfio_pcie', to: 'vfio_pci' },
  { do: 'join-lines', path: '/etc/kernel/cmdline' },
  { do: 'mend-assignments', path: '/etc/default/grub' },
  { do: 'close-quote', path: '/etc/default/grub', line: '5', mark: '"' },
  { do: 'rebuild-initramfs' },
  { do: 'add-initramfs-modules', modules: 'vfio_pci vfio' },
  { do: 'remove-initramfs-modules', modules: 'vfio_virqfd' },
  { do: 'unsafe-interrupts' },
  { do: 'raise-memlock', bytes: '17179869184' },
  { do: 'set-type1-entry-limit', entries: '131072' },
  { do: 'grant-group-node', group: '28' },
  { do: 'grant-kvm' },
  { do: 'set-vf-count', address: '0000:04:00.0', count: '4' },
  { do: 'reset-device', address: '0000:04:00.0' },
  { do: 'rescan-device', address: '0000:04:00.0' },
  { do: 'keep-awake', address: '0000:04:00.0' },
  { do: 'free-framebuffer', address: '0000:04:00.0' },
  { do: 'dump-rom', address: '0000:04:00.0' },
  { do: 'move-card', address: '0000:04:00.0' },
  { do: 'stop-user', what: 'the display manager' },
  { do: 'run-as-root' },
  { do: 'run-on-host' },
  { do: 'show', what: 'kernel-log' },
  {
    do: 'change-guest',
    say: 'Use q35.',
    xml: "<type machine='q35'>hvm</type>",
    qemu: '-machine q35',
    proxmox: 'machine: q35',
  },
  { do: 'upgrade', what: 'kernel' },
  { do: 'report-bug', to: 'kernel' },
  { do: 'advise', say: 'Take another slot.' },
  { do: 'nothing', why: 'The device is bound.' },
]

export function runs(remedy: Remedy): readonly string[] {
  return remedy.steps.flatMap((one) => (one.run === undefined ? [] : one.run.split('\n')))
}

/** Throws where bash would not read it. */
export function syntaxCheck(script: string): void {
  execFileSync('bash', ['-n'], { input: script, stdio: ['pipe', 'pipe', 'pipe'] })
}

export function bash(script: string): string {
  return execFileSync('bash', ['-e'], { input: script, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}
