import { expect, test } from 'vitest'
import { check } from '../../../checks/iommu/interrupt-remapping.ts'
import { hitsOf, runCheck } from '../../../src/diagnose/run.ts'
import { known, valueOf, type Fact } from '../../../src/model/fact.ts'
import type { GuestDefinition, HostDevice } from '../../../src/model/guests.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import {
  commandLine,
  cpu,
  endpoint,
  environment,
  facts,
  guest,
  kernel,
  messages,
  modules,
  pciFacts,
} from '../../support/facts.ts'

const pci = pciFacts([endpoint({ address: '0000:01:00.0', group: 5 })])
const on = known(true, '/sys/kernel/irq/24/chip_name')
const off = known(false, '/sys/kernel/irq/*/chip_name')
const unsafe = (value: string) =>
  modules({ loaded: ['vfio_iommu_type1'], parameters: { vfio_iommu_type1: { allow_unsafe_interrupts: value } } })
const PATH = '/etc/modprobe.d/vfio.conf'
const written = known(
  {
    directives: parseModprobe('options vfio_iommu_type1 allow_unsafe_interrupts=1', PATH),
    ignored: [],
    loadAtBoot: [],
  },
  PATH,
)
const WARNING =
  'vfio-pci 0000:01:00.0: MSI interrupts are not secure, they cannot be isolated by the platform. Check that platform features like interrupt remapping are enabled. Use the "allow_unsafe_interrupts" module parameter to override'

/** A guest for each set of options of its device. */
function guestsWith(...options: readonly HostDevice['options'][]): Fact<readonly GuestDefinition[]> {
  const [one] = valueOf(guest('0000:01:00.0')) ?? []
  return known(
    one === undefined
      ? []
      : options.map((each) => ({
          ...one,
          hostDevices: one.hostDevices.map((device) => ({ ...device, options: each })),
        })),
    'guests',
  )
}
const GROUP = guestsWith({}, { iommufd: 'no' })
const CDEV = guestsWith({ iommufd: 'iommufd0' })
const BOTH = guestsWith({}, { iommufd: 'yes' })

interface Ways {
  readonly type1?: string
  readonly iommufd?: string
  readonly compat?: string
  readonly guests?: Facts['guests']
}

function ways({ type1, iommufd, compat, guests }: Ways): Partial<Facts> {
  const parameters = {
    ...(type1 === undefined ? {} : { vfio_iommu_type1: { allow_unsafe_interrupts: type1 } }),
    ...(iommufd === undefined ? {} : { iommufd: { allow_unsafe_interrupts: iommufd } }),
  }
  return {
    modules: modules({ loaded: ['iommufd'], parameters }),
    ...(compat === undefined ? {} : { kernelConfig: known({ CONFIG_IOMMUFD_VFIO_CONTAINER: compat }, 'config') }),
    ...(guests === undefined ? {} : { guests }),
  }
}

const refused = [
  'vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform',
]

checkTable(check, [
  { name: 'an interrupt chip is remapped', facts: { ...pci, interruptRemapping: on }, expect: 'pass' },
  {
    name: 'none is',
    facts: { ...pci, interruptRemapping: off },
    expect: ['interrupt-remapping-missing@host'],
    severity: 'fail',
  },
  {
    name: 'intremap=off',
    facts: { ...pci, interruptRemapping: off, commandLine: commandLine('intremap=off') },
    expect: ['interrupt-remapping-missing'],
  },
  {
    name: 'none is, and VFIO was told to go on',
    facts: { ...pci, interruptRemapping: off, modules: unsafe('Y') },
    expect: ['interrupt-remapping-unsafe'],
    severity: 'warn',
  },
  {
    name: 'none is, and VFIO will be told to go on when it is loaded',
    facts: { ...pci, interruptRemapping: off, modules: modules({ loadable: ['vfio_iommu_type1'] }), modprobe: written },
    expect: ['interrupt-remapping-unsafe'],
    severity: 'warn',
  },
  {
    name: 'the option was written after VFIO was loaded',
    facts: { ...pci, interruptRemapping: off, modules: unsafe('N'), modprobe: written },
    expect: ['interrupt-remapping-missing'],
  },
  {
    name: 'the option is written, and whether VFIO is loaded was not told',
    facts: { ...pci, messages: messages(refused), modprobe: written },
    expect: ['interrupt-remapping-missing'],
  },
  {
    name: 'told to go on without need',
    facts: { ...pci, interruptRemapping: on, modules: unsafe('Y') },
    expect: ['unsafe-interrupts-not-needed'],
    severity: 'warn',
  },
  ...(
    [
      ['type1 alone is set, and a guest goes through it', { type1: 'Y', guests: GROUP }, 'unsafe', 'warn'],
      ['type1 alone is set, and nobody knows the guests', { type1: 'Y' }, 'unsafe', 'warn'],
      ['type1 alone is set, and one of two guests uses iommufd', { type1: 'Y', guests: BOTH }, 'unsafe', 'warn'],
      ['type1 alone is set, and the guest uses iommufd', { type1: 'Y', guests: CDEV }, 'missing', 'warn'],
      ['type1 alone is set, and iommufd stands in for it', { type1: 'Y', compat: 'y' }, 'missing', 'fail'],
      ['iommufd alone is set, and the guest uses it', { iommufd: 'Y', guests: CDEV }, 'unsafe', 'warn'],
      ['iommufd alone is set, and it stands in for type1', { iommufd: 'Y', compat: 'y' }, 'unsafe', 'warn'],
      ['iommufd alone is set, and the guest goes through type1', { iommufd: 'Y', guests: GROUP }, 'missing', 'warn'],
      ['iommufd alone is set, and nobody knows the guests', { iommufd: 'Y' }, 'missing', 'warn'],
      ['both are set', { type1: 'Y', iommufd: 'Y' }, 'unsafe', 'warn'],
      ['neither is set, and the guest uses iommufd', { type1: 'N', iommufd: 'N', guests: CDEV }, 'missing', 'fail'],
    ] as const
  ).map(([name, given, code, severity]) => ({
    name,
    facts: { ...pci, interruptRemapping: off, ...ways(given) },
    expect: [`interrupt-remapping-${code}@host`],
    severity,
  })),
  {
    name: 'iommufd was told to go on without need',
    facts: { ...pci, interruptRemapping: on, ...ways({ iommufd: 'Y' }) },
    expect: ['unsafe-interrupts-not-needed'],
    advises: 'remove-module-option',
  },
  {
    name: 'iommufd prints its warning only where it goes on, so that is no refusal',
    facts: { ...pci, messages: messages([WARNING]) },
    expect: ['interrupt-remapping-unsafe'],
    severity: 'warn',
  },
  {
    name: 'the same on Arm',
    facts: { ...pci, kernel: kernel('6.12.0', 'aarch64'), messages: messages([WARNING]) },
    expect: ['interrupt-remapping-unsafe'],
    severity: 'warn',
  },
  {
    name: 'the log alone says that VFIO refused',
    facts: { ...pci, messages: messages(refused) },
    expect: ['interrupt-remapping-missing'],
  },
  {
    name: 'the log alone says that it is on',
    facts: { ...pci, messages: messages(['DMAR-IR: Enabled IRQ remapping in x2apic mode']) },
    expect: 'pass',
  },
  ...[
    'This system BIOS has enabled interrupt remapping',
    'DMAR-IR: [Firmware Bug]: ioapic 2 has no mapping iommu, interrupt remapping will be disabled',
    'DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks.',
    'AMD-Vi: Disabling interrupt remapping',
  ].map((line) => ({
    name: `the log alone says that it stays off: ${line}`,
    facts: { ...pci, messages: messages([line], false) },
    expect: ['interrupt-remapping-missing@host'],
    severity: 'fail' as const,
  })),
  {
    name: 'the command line alone leaves it off',
    facts: { ...pci, commandLine: commandLine('intel_iommu=on intremap=off') },
    expect: ['interrupt-remapping-missing@host'],
  },
  {
    name: 'one IO-APIC is not in the table, and what came of it is not shown',
    facts: { ...pci, messages: messages(['AMD-Vi: [Firmware Bug]: : IOAPIC[32] not in IVRS table'], false) },
    expect: 'unknown',
  },
  {
    name: 'a small virtual machine without an IO-APIC',
    facts: { messages: messages(['Not enabling interrupt remapping due to skipped IO-APIC setup'], false) },
    expect: 'unknown',
  },
  {
    name: 'no IOMMU at all',
    facts: { ...pciFacts([endpoint({ address: '0000:01:00.0', group: null })]), interruptRemapping: off },
    expect: 'skip',
  },
  { name: 'no such chips here', facts: { ...pci, interruptRemapping: known(null, '/sys/kernel/irq') }, expect: 'skip' },
  {
    name: 'a virtual machine whose virtual IOMMU does not remap',
    facts: { ...pci, interruptRemapping: off, environment: environment({ hypervisor: 'KVM' }) },
    expect: ['interrupt-remapping-missing@host'],
    severity: 'fail',
  },
  { name: 'no PCI function, as under Windows', facts: { ...pciFacts([]), interruptRemapping: off }, expect: 'skip' },
  {
    name: 'an Arm host whose interrupt controller does not isolate',
    facts: { ...pci, messages: messages(refused), kernel: kernel('6.6.0', 'aarch64'), cpu: cpu('arm') },
    expect: ['msi-not-isolated@host'],
    severity: 'fail',
  },
  {
    name: 'an Arm host whose chips for message interrupts are those of no ITS, before anybody tried',
    facts: { ...pci, interruptRemapping: off, kernel: kernel('6.12.0', 'aarch64') },
    expect: ['msi-not-isolated@host'],
    severity: 'fail',
  },
  {
    name: 'the same, and VFIO was told to go on',
    facts: { ...pci, interruptRemapping: off, kernel: kernel('6.12.0', 'aarch64'), modules: unsafe('Y') },
    expect: ['interrupt-remapping-unsafe@host'],
    severity: 'warn',
  },
  {
    name: 'VFIO was told to go on after it had refused',
    facts: { ...pci, messages: messages(refused), kernel: kernel('6.6.0', 'aarch64'), modules: unsafe('Y') },
    expect: ['interrupt-remapping-unsafe@host'],
    severity: 'warn',
  },
  {
    name: 'an Arm host with an ITS',
    facts: { ...pci, interruptRemapping: on, kernel: kernel('6.12.0', 'aarch64') },
    expect: 'pass',
  },
  {
    name: 'an Arm host without an IOMMU, which the chips say nothing of',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: null })]),
      interruptRemapping: off,
      kernel: kernel('6.12.0', 'aarch64'),
    },
    expect: 'skip',
  },
  {
    name: 'an Arm host that says nothing of the kind',
    facts: { ...pci, interruptRemapping: known(null, '/sys/kernel/irq'), kernel: kernel('6.6.0', 'aarch64') },
    expect: 'skip',
  },
  {
    name: 'a RISC-V host, whose chips are not told apart here',
    facts: { ...pci, interruptRemapping: off, kernel: kernel('6.6.0', 'riscv64') },
    expect: 'skip',
  },
  {
    name: 'an AMD board that leaves an IO-APIC out',
    facts: {
      ...pci,
      interruptRemapping: off,
      messages: messages([
        'AMD-Vi: [Firmware Bug]: : IOAPIC[32] not in IVRS table',
        'AMD-Vi: Disabling interrupt remapping',
      ]),
    },
    expect: ['interrupt-remapping-missing'],
  },
  {
    name: 'interrupts of the old form get past it',
    facts: {
      ...pci,
      interruptRemapping: on,
      messages: messages(['Compatibility-format IRQs enabled despite intr remapping;']),
    },
    expect: ['interrupt-remapping-bypassed'],
    severity: 'warn',
  },
  { name: 'neither the chips nor the log could be read', facts: pci, expect: 'unknown' },
])

test('the line that decides stands beside the reason', () => {
  const lines = ['AMD-Vi: [Firmware Bug]: : IOAPIC[33] not in IVRS table', 'AMD-Vi: Disabling interrupt remapping']
  const machine = facts({ ...pci, cpu: cpu('amd'), messages: messages(lines) })
  const outcome = runCheck(check, machine, { asked: [], candidates: new Map() })
  expect(hitsOf(outcome)[0]?.evidence.map((one) => one.saw)).toEqual(lines)
})
