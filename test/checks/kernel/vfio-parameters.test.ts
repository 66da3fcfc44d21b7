import { check } from '../../../checks/kernel/vfio-parameters.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { parseCommandLine } from '../../../src/parse/command-line.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, modules } from '../../support/facts.ts'

function options(module: string, ...list: readonly (readonly [string, string])[]): Facts['modprobe'] {
  const directive = { path: '/etc/modprobe.d/vfio.conf', line: 1, kind: 'options', module, options: list } as const
  return known({ directives: [directive], ignored: [], loadAtBoot: [] }, '/etc/modprobe.d')
}

function written(text: string): Facts['boot'] {
  const missing = unknown('not-in-paste', 'paste')
  const source = {
    path: 'grub',
    loader: 'grub',
    layer: 'configured',
    parameters: parseCommandLine(text).parameters,
  } as const
  return known({ efi: true, loader: missing, sources: [source] }, 'paste')
}

checkTable(check, [
  {
    name: 'a blank in the list',
    facts: { commandLine: commandLine('vfio-pci.ids=10de:1b80, 10de:10f0') },
    expect: ['vfio-ids-torn'],
    advises: '"parameter":"vfio-pci.ids=10de:1b80,10de:10f0","without":"vfio-pci.ids=10de:1b80, 10de:10f0"',
  },
  {
    name: 'a list as it should be, with a subsystem',
    facts: { commandLine: commandLine('vfio-pci.ids=10de:1b80:1043:85a3,8086:10d3') },
    expect: 'pass',
  },
  {
    name: 'an underscore in place of the dot',
    facts: { commandLine: commandLine('vfio_pci_ids=10de:1b80') },
    expect: ['vfio-parameter-misspelt'],
    advises: '"parameter":"vfio-pci.ids=10de:1b80","without":"vfio_pci_ids=10de:1b80"',
  },
  {
    name: 'a stroke in place of the dot, beside a list that would be hidden',
    facts: { commandLine: commandLine('vfio-pci.ids=8086:10d3 vfio-pci-ids=10de:1b80') },
    expect: ['vfio-parameter-misspelt'],
    advises: '{"do":"remove-kernel-parameter","parameter":"vfio-pci-ids=10de:1b80"}',
  },
  {
    name: 'a word without ids',
    facts: { commandLine: commandLine('vfio_pci_ids') },
    expect: ['vfio-parameter-misspelt'],
    advises: 'remove-kernel-parameter',
  },
  {
    name: 'the right option of the wrong module',
    facts: { commandLine: commandLine('vfio.allow_unsafe_interrupts=1') },
    expect: ['vfio-parameter-misspelt'],
  },
  {
    name: 'options that are there',
    facts: {
      commandLine: commandLine(
        'vfio-pci.disable_idle_d3=1 vfio_iommu_type1.allow_unsafe_interrupts=1 vfio_pci.dyndbg=+p',
      ),
    },
    expect: 'pass',
  },
  ...[
    '915.enable_guc=7',
    'i951.enable_guc=3',
    '1915.max_vfs=7',
    'kvm-amdd.nested=1',
    'nvidia-dm.modeset=1',
    'vifo-pci.ids=10de:1b80',
    'vfiopci.ids=10de:1b80',
    'vfio-pcie.ids=10de:1b80',
    'vfio_iommu_type_1.allow_unsafe_interrupts=1',
    'kvmintel.nested=1',
  ].map((word) => ({
    name: `the name of the driver is one letter off in ${word}`,
    facts: { commandLine: commandLine(`quiet ${word}`) },
    expect: ['module-name-misspelt'],
  })),
  ...[
    'i915.enable_guc=3',
    'xe.max_vfs=7',
    'nvidia-drm.modeset=1',
    'radeon.modeset=0',
    'vfio_ap.ids=1',
    'vfio_platform.reset_required=0',
    'vfiopci.colour=1',
    'snd_hda_intel.power_save=0',
    'systemd.unified_cgroup_hierarchy=1',
    'usbcore.autosuspend=-1',
    'a915.debug=1',
    'enable_guc=3',
  ].map((word) => ({
    name: `nothing is told of ${word}`,
    facts: { commandLine: commandLine(`quiet ${word}`) },
    expect: 'pass' as const,
  })),
  {
    name: 'a module of that very name there is',
    facts: { commandLine: commandLine('kvm_amdd.nested=1'), modules: modules({ loadable: ['kvm_amdd'] }) },
    expect: 'pass',
  },
  {
    name: 'the list of modules has no vfiopci, and the right word is put in its place',
    facts: { commandLine: commandLine('vfiopci.ids=10de:1b80'), modules: modules({ loadable: ['vfio_pci'] }) },
    expect: ['module-name-misspelt'],
    advises: 'vfio-pci.ids=10de:1b80',
  },
  {
    name: 'a vfiopci from elsewhere there is',
    facts: { commandLine: commandLine('vfiopci.ids=10de:1b80'), modules: modules({ loaded: ['vfiopci'] }) },
    expect: 'pass',
  },
  {
    name: 'no module of that name there is',
    facts: { commandLine: commandLine('kvm_amdd.nested=1'), modules: modules({ loadable: ['kvm_amd'] }) },
    expect: ['module-name-misspelt'],
    advises: 'kvm_amdd.nested=1',
  },
  {
    name: 'an option in modprobe.d for a built-in module',
    facts: { modules: modules({ builtin: ['kvm'] }), modprobe: options('kvm', ['ignore_msrs', '1']) },
    expect: ['option-for-builtin-module'],
    severity: 'info',
  },
  {
    name: 'unsafe interrupts for a built-in module where interrupts are remapped',
    facts: {
      modules: modules({ builtin: ['vfio_iommu_type1'] }),
      modprobe: options('vfio_iommu_type1', ['allow_unsafe_interrupts', '1']),
      interruptRemapping: known(true, '/proc/interrupts'),
    },
    expect: ['option-for-builtin-module'],
    severity: 'info',
    advises: '"do":"remove-module-option","module":"vfio_iommu_type1"',
  },
  {
    name: 'the same where they are not',
    facts: {
      modules: modules({ builtin: ['vfio_iommu_type1'] }),
      modprobe: options('vfio_iommu_type1', ['allow_unsafe_interrupts', '1']),
      interruptRemapping: known(false, '/proc/interrupts'),
    },
    expect: ['option-for-builtin-module'],
    severity: 'info',
    advises: 'vfio_iommu_type1.allow_unsafe_interrupts=1',
  },
  {
    name: 'the same where that could not be told',
    facts: {
      modules: modules({ builtin: ['vfio_iommu_type1'] }),
      modprobe: options('vfio_iommu_type1', ['allow_unsafe_interrupts', '1']),
    },
    expect: ['option-for-builtin-module'],
    severity: 'info',
    advises: 'unless interrupt remapping is shown to be missing',
  },
  {
    name: 'an option that is in force all the same',
    facts: {
      commandLine: commandLine('quiet'),
      modules: modules({ builtin: ['kvm'], parameters: { kvm: { ignore_msrs: 'Y' } } }),
      modprobe: options('kvm', ['ignore_msrs', '1']),
    },
    expect: 'pass',
  },
  {
    name: 'the same on the command line',
    facts: {
      commandLine: commandLine('kvm.ignore_msrs=1'),
      modules: modules({ builtin: ['kvm'] }),
      modprobe: options('kvm', ['ignore_msrs', '1']),
    },
    expect: 'pass',
  },
  {
    name: 'an option for a module that is loaded',
    facts: {
      commandLine: commandLine('quiet'),
      modules: modules({ loaded: ['kvm'] }),
      modprobe: options('kvm', ['ignore_msrs', '1']),
    },
    expect: 'pass',
  },
  {
    name: 'built in or not could not be told',
    facts: { commandLine: commandLine('quiet'), modprobe: options('kvm', ['ignore_msrs', '1']) },
    expect: 'pass',
  },
  {
    name: 'written for the boot loader with a dash in place of the dot',
    facts: { boot: written('vfio-pci-ids=1b36:0010') },
    expect: ['vfio-parameter-misspelt@host'],
  },
  {
    name: 'written and running are one finding',
    facts: { boot: written('vfio-pci-ids=1b36:0010'), commandLine: commandLine('vfio-pci-ids=1b36:0010') },
    expect: ['vfio-parameter-misspelt'],
  },
  { name: 'written as it should be', facts: { boot: written('vfio-pci.ids=1b36:0010') }, expect: 'skip' },
  { name: 'nothing is shown', facts: {}, expect: 'skip' },
])
