import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { unsafeInterrupts } from '../../src/rules/unsafe-interrupts.ts'
import { notBuilt } from '../../src/rules/kernel-config.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { isActive, moduleState } from '../../src/rules/modules.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code =
  | 'config-no-vfio'
  | 'config-no-irq-remap'
  | 'config-no-iommufd'
  | 'config-no-vfio-group'
  | 'config-no-vfio-vga'

export const check: AnyCheck = defineCheck({
  id: 'kernel-config',
  area: 'kernel',
  title: 'The kernel is built with what passthrough needs',
  needs: ['kernelConfig'],
  uses: [
    'modules',
    'kernel',
    'interruptRemapping',
    'commandLine',
    'messages',
    'acpi',
    'guests',
    'modprobe',
    'environment',
    'cpu',
  ],
  problems: {
    'config-no-vfio': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'This kernel was built without {symbol}',
      summary:
        'Its configuration leaves VFIO out, so there is no module to load. Cloud and minimal kernels are built so; it takes the full kernel of the distribution, or a new build.',
      proof: '{symbol} not set in the configuration of the running kernel.',
      ruledOut: 'The module loaded or built in.',
      explains: [
        'vfio-modules-absent',
        'vfio-not-built',
        'vfio-node-missing',
        'override-without-driver',
        'vmm-module-missing',
      ],
      remedy: [{ do: 'install-kernel-modules', modules: 'vfio-pci' }],
      sources: ['drivers/vfio/Kconfig', 'drivers/vfio/pci/Kconfig'],
    },
    'config-no-irq-remap': {
      severity: 'fail',
      family: 'interrupt-remapping-missing',
      title: 'This kernel was built without interrupt remapping (IRQ_REMAP)',
      summary:
        'The hardware may well do it, but the kernel has no code for it, and VFIO refuses groups whose interrupts are not confined. No parameter helps; it takes a kernel that has it.',
      proof: 'CONFIG_IRQ_REMAP not set in the configuration of the running x86 kernel.',
      ruledOut: 'An interrupt chip named IR-….',
      explains: ['interrupt-remapping-missing', 'interrupt-remapping-unsafe', 'set-iommu-eperm'],
      remedy: [{ do: 'upgrade', what: 'kernel' }],
      sources: ['drivers/iommu/Kconfig: IRQ_REMAP', 'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group'],
    },
    'config-no-iommufd': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'A guest is to use iommufd, and this kernel was built without {symbol}',
      summary:
        'There is no module to load for it. QEMU needs no iommufd: without the object it uses the group interface, which serves as well.',
      proof:
        '{symbol} not set in the configuration of the running kernel, and a guest or a message that asks for iommufd.',
      ruledOut: '/dev/iommu and /dev/vfio/devices.',
      explains: ['iommufd-missing', 'guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Take the iommufd object out of the guest, or start the host with a kernel that has it.',
        },
      ],
      blocks: 'machine',
      sources: ['drivers/iommu/iommufd/Kconfig', 'drivers/vfio/Kconfig: VFIO_DEVICE_CDEV'],
    },
    'config-no-vfio-group': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: 'This kernel offers VFIO devices through iommufd only (VFIO_GROUP is not set)',
      summary: 'There will be no /dev/vfio/N. A VMM must be told to use iommufd; older ones cannot use this kernel.',
      proof: 'CONFIG_VFIO_GROUP known to be switched off in the configuration of the running kernel.',
      ruledOut: 'A node /dev/vfio/N.',
      explains: ['group-node-missing', 'vfio-node-missing'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give QEMU an iommufd object, and add iommufd=iommufd0 to the vfio-pci device.',
          qemu: '-object iommufd,id=iommufd0',
        },
      ],
      sources: ['drivers/vfio/Kconfig: VFIO_GROUP'],
    },
    'config-no-vfio-vga': {
      severity: 'warn',
      family: 'guest-config',
      title: 'A guest wants x-vga, and this kernel was built without VFIO_PCI_VGA',
      summary:
        'The old VGA ranges cannot be passed with this kernel. Guests with UEFI firmware do not need them; only guests with a legacy BIOS do.',
      proof: 'CONFIG_VFIO_PCI_VGA not set, and x-vga in a guest or in a message.',
      ruledOut: 'CONFIG_VFIO_PCI_VGA=y, or a guest of Proxmox with OVMF, whose x-vga does not reach QEMU.',
      explains: ['guest-x-vga'],
      remedy: [{ do: 'change-guest', say: 'Use UEFI firmware (OVMF) for the guest, and leave x-vga out.' }],
      blocks: 'machine',
      sources: ['drivers/vfio/pci/Kconfig: VFIO_PCI_VGA'],
    },
  },
  judge(facts) {
    if (inDom0(facts)) return { kind: 'skip', because: DOM0_SKIP }
    if (valueOf(facts.environment)?.wsl === true)
      return { kind: 'skip', because: 'Windows keeps the hardware, whatever the kernel: see environment' }
    const config = facts.kernelConfig
    const hits: Hit<Code>[] = []
    const hit = (code: Code, symbol: string, more: readonly Evidence[] = [], rest: Partial<Hit<Code>> = {}): void => {
      const evidence: NonEmpty<Evidence> = [
        { source: config.source, saw: `${symbol} is not set`, wanted: 'y or m' },
        ...more,
      ]
      hits.push({ code, subject: { kind: 'host' }, evidence, values: { symbol }, ...rest })
    }
    const absent = (symbols: readonly string[]): string | undefined => symbols.find((one) => notBuilt(config, one))
    // A module that was built apart from the kernel is there all the same.
    const vfio = absent(['CONFIG_VFIO', 'CONFIG_VFIO_PCI'])
    if (
      vfio !== undefined &&
      isActive(moduleState(facts, 'vfio_pci')) !== true &&
      moduleState(facts, 'vfio_pci') !== 'loadable'
    )
      hit('config-no-vfio', vfio)
    // A 32-bit personality or a post of two machines may name another one than the processor.
    const architecture = foreign(facts) === undefined ? valueOf(facts.kernel)?.architecture : undefined
    const remapped = valueOf(facts.interruptRemapping)
    if (architecture === 'x86_64' && notBuilt(config, 'CONFIG_IRQ_REMAP') && remapped !== true && remapped !== null) {
      const unsafe = unsafeInterrupts(facts, 'vfio_iommu_type1') ?? unsafeInterrupts(facts, 'iommufd')
      const more = unsafe === undefined ? [] : [unsafe]
      hit('config-no-irq-remap', 'CONFIG_IRQ_REMAP', more, unsafe === undefined ? {} : { severity: 'warn' })
    }
    const options = (valueOf(facts.guests) ?? []).flatMap((guest) =>
      guest.hostDevices.map((device) => ({ guest, options: device.options, text: device.text })),
    )
    const iommufd = absent(['CONFIG_IOMMUFD', 'CONFIG_VFIO_DEVICE_CDEV'])
    const asked = [
      ...options
        .filter((one) => 'iommufd' in one.options)
        .map(({ guest }) => ({ source: guest.source, saw: `${guest.name} uses iommufd` })),
      ...messagesWith(facts.messages, 'q-iommufd-open', 'q-iommufd-vfiodev', 'q-iommufd-dev-load').map(logEvidence),
    ]
    if (iommufd !== undefined && asked.length > 0) hit('config-no-iommufd', iommufd, asked)
    // The symbol is younger than many kernels: only a line of its own says that it is off.
    if (config.value['CONFIG_VFIO_GROUP'] === 'n') hit('config-no-vfio-group', 'CONFIG_VFIO_GROUP')
    const vga = [
      ...options
        .filter((one) => /^(?:on|1|yes|true)$/.test(one.options['x-vga'] ?? ''))
        // Proxmox gives it to QEMU for guests without UEFI firmware alone (PVE::QemuServer::PCI, print_hostpci_devices).
        .filter(({ guest, text }) => guest.firmware !== 'uefi' || !text.startsWith('hostpci'))
        .map(({ guest }) => ({ source: guest.source, saw: `${guest.name} asks for x-vga` })),
      ...messagesWith(facts.messages, 'x-vga-not-offered').map(logEvidence),
    ]
    if (vga.length > 0 && notBuilt(config, 'CONFIG_VFIO_PCI_VGA')) hit('config-no-vfio-vga', 'CONFIG_VFIO_PCI_VGA', vga)
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const wanted = ['CONFIG_VFIO_PCI', ...(architecture === 'x86_64' ? ['CONFIG_IRQ_REMAP'] : [])]
    const seen = wanted.filter((one) => config.value[one] !== undefined)
    if (seen.length === 0) {
      const gone = { state: 'unknown', reason: 'not-in-paste', source: config.source } as const
      return { kind: 'unknown', missing: [missingFrom('whether this kernel is built with VFIO', gone)] }
    }
    return {
      kind: 'pass',
      evidence: [{ source: config.source, saw: seen.map((one) => `${one}=${config.value[one]}`).join(' ') }],
    }
  },
})
