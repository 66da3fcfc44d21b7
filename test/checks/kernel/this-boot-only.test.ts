import { check } from '../../../checks/kernel/this-boot-only.ts'
import type { BootFacts, Loader, ParameterSource } from '../../../src/model/boot.ts'
import { known, unknown, valueOf, type Fact } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { parseCommandLine } from '../../../src/parse/command-line.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, environment, fact, pciFacts } from '../../support/facts.ts'

type Source = readonly [path: string, layer: ParameterSource['layer'], text: string, loader?: Loader]

const GRUB: readonly Source[] = [
  ['/etc/default/grub', 'configured', 'quiet'],
  ['/boot/grub/grub.cfg', 'generated', 'root=UUID=1 ro quiet'],
]

function boot(
  patch: Partial<BootFacts> = {},
  loader: Loader = 'grub',
  sources: readonly Source[] = GRUB,
): Fact<BootFacts> {
  const all = sources.map(([path, layer, text, of]) => ({
    path,
    layer,
    loader: of ?? loader,
    parameters: parseCommandLine(text).parameters,
  }))
  const value: BootFacts = {
    efi: true,
    loader: known(loader, 'test'),
    sources: all,
    unread: [],
    unwritten: ['intel_iommu'],
    ...patch,
  }
  return known(value, '/boot')
}

const line = (text: string) => commandLine(`BOOT_IMAGE=/boot/vmlinuz-6.8.0 root=UUID=1 ro quiet ${text}`)
const config = (patch: Readonly<Record<string, string>> = {}) => known({ CONFIG_CMDLINE: '', ...patch }, '/boot/config')

const TYPED: Partial<Facts> = {
  ...pciFacts([endpoint({ address: '0000:01:00.0', group: 3 })]),
  boot: boot(),
  commandLine: line('intel_iommu=on'),
  cpu: cpu('intel'),
  environment: environment(),
  kernelConfig: config(),
}
const { unwritten: _unwritten, ...searched } = valueOf(boot())!
const withoutSearch = known<BootFacts>(searched, '/boot')
const ids = boot({ unwritten: ['vfio-pci.ids'] })
const modprobe = (text: string) =>
  fact({ directives: parseModprobe(text, '/etc/modprobe.d/v.conf'), ignored: [], loadAtBoot: [] })
const sdboot = (patch: Partial<BootFacts> = {}) =>
  boot(patch, 'systemd-boot', [['/efi/loader/entries/arch.conf', 'generated', 'root=UUID=1 ro quiet']])
const initrd = commandLine('initrd=\\initramfs.img root=UUID=1 ro quiet intel_iommu=on')

checkTable(check, [
  {
    name: 'typed at the menu of GRUB, and VT-d rests on it',
    facts: TYPED,
    expect: ['parameter-this-boot-only@host'],
    severity: 'warn',
    confidence: 'likely',
    advises: '"do":"set-kernel-parameter","parameter":"intel_iommu=on"',
  },
  {
    name: 'the kernel turns VT-d on by itself',
    facts: { ...TYPED, kernelConfig: config({ CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y' }) },
    expect: ['parameter-this-boot-only'],
    severity: 'info',
  },
  {
    name: 'no IOMMU is in effect all the same',
    facts: { ...TYPED, ...pciFacts([endpoint({ address: '0000:01:00.0', group: null })]) },
    expect: ['parameter-this-boot-only'],
    severity: 'info',
  },
  {
    name: 'systemd-boot, whose entry lacks it',
    facts: { ...TYPED, boot: sdboot(), commandLine: initrd },
    expect: ['parameter-this-boot-only'],
    severity: 'warn',
  },
  {
    name: 'loader entries of GRUB',
    facts: {
      ...TYPED,
      boot: boot({}, 'grub-bls', [['/boot/loader/entries/a.conf', 'generated', 'root=UUID=1 ro quiet']]),
    },
    expect: ['parameter-this-boot-only'],
  },
  {
    name: 'ids for vfio-pci that nothing else lists',
    facts: { ...TYPED, boot: ids, commandLine: line('vfio-pci.ids=10de:1b80'), modprobe: modprobe('') },
    expect: ['parameter-this-boot-only'],
    severity: 'warn',
  },
  {
    name: 'ids for vfio-pci that modprobe.d lists too',
    facts: {
      ...TYPED,
      boot: ids,
      commandLine: line('vfio-pci.ids=10de:1b80'),
      modprobe: modprobe('options vfio-pci ids=10de:1b80,10de:10f0'),
    },
    expect: ['parameter-this-boot-only'],
    severity: 'info',
  },
  {
    name: 'ids for vfio-pci, and modprobe.d was not read',
    facts: { ...TYPED, boot: ids, commandLine: line('vfio-pci.ids=10de:1b80') },
    expect: ['parameter-this-boot-only'],
    severity: 'info',
  },
  {
    name: 'an override of ACS, which is not to be set for good',
    facts: {
      ...TYPED,
      boot: boot({ unwritten: ['pcie_acs_override'] }),
      commandLine: line('pcie_acs_override=downstream'),
    },
    expect: ['parameter-this-boot-only'],
    severity: 'warn',
  },
  {
    name: 'a parameter that nothing rests on',
    facts: { ...TYPED, boot: boot({ unwritten: ['iommu'] }), commandLine: line('iommu=pt') },
    expect: ['parameter-this-boot-only'],
    severity: 'info',
  },
  {
    name: 'a file of a boot loader has each of them',
    facts: { ...TYPED, boot: boot({ unwritten: [] }) },
    expect: 'pass',
  },
  { name: 'nothing on the line is for passthrough', facts: { ...TYPED, commandLine: line('') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },

  ...(
    [
      ['not all was looked through: kexec, a file that may not be read', { boot: withoutSearch }],
      ['a place was not read', { boot: boot({ unread: [{ path: '/boot/grub', reason: 'denied' }] }) }],
      ['the loader is not known', { boot: boot({ loader: unknown('unreadable', '/boot') }) }],
      ['no loader is set up', { boot: boot({ loader: known(null, '/boot') }) }],
      ['no entry was found', { boot: boot({}, 'grub', GRUB.slice(0, 1)) }],
      [
        'it is written, and was carried to the entry',
        { boot: boot({}, 'grub', [GRUB[0]!, ['/boot/grub/grub.cfg', 'generated', 'root=UUID=1 intel_iommu=on']]) },
      ],
      [
        'it is written, and not yet carried to the entry',
        { boot: boot({}, 'grub', [['/etc/default/grub', 'configured', 'intel_iommu=on'], GRUB[1]!]) },
      ],
      [
        'another root was started than that of the entry',
        { boot: boot({}, 'grub', [['/boot/grub/grub.cfg', 'generated', 'root=UUID=2 ro quiet']]) },
      ],
      [
        'another entry was started, with words of its own',
        { boot: boot({}, 'grub', [['/boot/grub/grub.cfg', 'generated', 'root=UUID=1 ro splash']]) },
      ],
      [
        'an entry without a root proves nothing',
        { boot: boot({}, 'grub', [['/boot/grub/grub.cfg', 'generated', 'ro quiet']]) },
      ],
      ['firmware read grub.cfg itself', { commandLine: commandLine('root=UUID=1 ro quiet intel_iommu=on') }],
      ['the kernel has it built in', { kernelConfig: config({ CONFIG_CMDLINE: 'quiet intel_iommu=on' }) }],
      ['the kernel has a long line built in, cut short', { kernelConfig: config({ CONFIG_CMDLINE: 'x'.repeat(512) }) }],
      ['the kernel has a bootconfig built in', { kernelConfig: config({ CONFIG_BOOT_CONFIG_EMBED: 'y' }) }],
      ['the kernel always looks for a bootconfig', { kernelConfig: config({ CONFIG_BOOT_CONFIG_FORCE: 'y' }) }],
      ['a bootconfig in the initramfs', { commandLine: line('bootconfig intel_iommu=on') }],
      ['the configuration of the kernel was not read', { kernelConfig: unknown('denied', '/boot/config') }],
      ['proxmox-boot-tool with GRUB', { boot: boot({}, 'proxmox-grub') }],
      ['proxmox-boot-tool with systemd-boot', { boot: boot({}, 'proxmox-systemd-boot') }],
      ['ostree', { boot: boot({}, 'ostree') }],
      [
        'a unified kernel image',
        { boot: boot({}, 'uki', [['/efi/EFI/Linux/a.efi with x.addon.efi', 'generated', 'root=UUID=1 ro quiet']]) },
      ],
      ['limine', { boot: boot({}, 'limine') }],
      ['extlinux', { boot: boot({}, 'extlinux') }],
      ['rEFInd', { boot: boot({}, 'refind') }],
      ['ZFSBootMenu', { boot: boot({}, 'zfsbootmenu') }],
      ['a Raspberry Pi', { boot: boot({}, 'raspberry-pi') }],
      [
        'systemd-boot in a virtual machine',
        { boot: sdboot(), commandLine: initrd, environment: environment({ hypervisor: 'KVM' }) },
      ],
      ['a container', { environment: environment({ container: 'docker' }) }],
      ['WSL', { environment: environment({ wsl: true }) }],
      ['the control domain of Xen', { environment: environment({ xenDom0: true, hypervisor: 'Xen' }) }],
      ['what is around was not seen', { environment: unknown('denied', '/proc/cpuinfo') }],
      [
        'a system whose next root is another',
        { os: fact({ id: 'opensuse-microos', like: [], name: 'MicroOS', version: null, flavour: 'transactional' }) },
      ],
      [
        'Arm, where a device tree may add words',
        { cpu: cpu('arm'), boot: boot({ unwritten: ['iommu.passthrough'] }), commandLine: line('iommu.passthrough=1') },
      ],
      ['a live image', { commandLine: line('rd.live.image intel_iommu=on') }],
      ['a live image of Debian', { commandLine: line('boot=live intel_iommu=on') }],
      ['a start over the network', { commandLine: line('BOOTIF=01-52-54 intel_iommu=on') }],
      [
        'GRUB over the network',
        { commandLine: commandLine('BOOT_IMAGE=(tftp,1.2.3.4)/vmlinuz root=UUID=1 ro quiet intel_iommu=on') },
      ],
      [
        'a root on NFS',
        {
          commandLine: commandLine('BOOT_IMAGE=/vmlinuz root=/dev/nfs ro quiet intel_iommu=on'),
          boot: boot({}, 'grub', [['/boot/grub/grub.cfg', 'generated', 'root=/dev/nfs ro']]),
        },
      ],
      ['it turns the IOMMU off', { commandLine: line('intel_iommu=off') }],
      [
        'it keeps vfio-pci away',
        { boot: boot({ unwritten: ['module_blacklist'] }), commandLine: line('module_blacklist=vfio_pci') },
      ],
      ['it is misspelt', { boot: boot({ unwritten: ['vfio-pci.id'] }), commandLine: line('vfio-pci.id=10de:1b80') }],
      [
        'it makes the host less safe',
        {
          boot: boot({ unwritten: ['vfio_iommu_type1.allow_unsafe_interrupts'] }),
          commandLine: line('vfio_iommu_type1.allow_unsafe_interrupts=1'),
        },
      ],
      ['no driver heeds it', { commandLine: line('intel_iommu=yes') }],
      ['it is for the other CPU', { cpu: cpu('amd') }],
    ] as readonly (readonly [string, Partial<Facts>])[]
  ).map(([name, patch]) => ({ name, facts: { ...TYPED, ...patch }, expect: 'skip' as const })),
  {
    name: 'GRUB in a virtual machine',
    facts: { ...TYPED, environment: environment({ hypervisor: 'KVM' }) },
    expect: ['parameter-this-boot-only'],
  },
])
