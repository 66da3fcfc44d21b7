import { describe, expect, test } from 'vitest'
import { check as inEffect } from '../../../checks/iommu/iommu-in-effect.ts'
import { check } from '../../../checks/kernel/parameter-layers.ts'
import type { BootFacts, Loader, ParameterSource } from '../../../src/model/boot.ts'
import { known, unknown, type Fact } from '../../../src/model/fact.ts'
import { found, tie } from '../../../src/diagnose/causes.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { membership } from '../../../src/diagnose/subjects.ts'
import { parseCommandLine } from '../../../src/parse/command-line.ts'
import { parseGrubDefaults } from '../../../src/parse/grub-default.ts'
import { readKernelLog } from '../../../src/parse/kernel-log.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, facts, pciFacts } from '../../support/facts.ts'

function at(path: string, layer: ParameterSource['layer'], text: string, loader: Loader = 'grub'): ParameterSource {
  return { path, loader, layer, parameters: parseCommandLine(text).parameters }
}
const defaults = (text: string): ParameterSource => at('/etc/default/grub', 'configured', text)
const entry = (text: string): ParameterSource => at('/boot/grub/grub.cfg', 'generated', text)
function boot(loader: Loader | null | undefined, ...sources: readonly ParameterSource[]): Fact<BootFacts> {
  const which = loader === undefined ? unknown('not-in-paste', 'paste') : known(loader, 'LoaderInfo')
  return known({ efi: true, loader: which, sources }, loader === undefined ? 'paste' : '/boot')
}
/** /etc/kernel/cmdline of proxmox-boot-tool, with lines below the first. */
function later(first: string, rest: string): ParameterSource {
  const source = at('/etc/kernel/cmdline', 'configured', first, 'proxmox-systemd-boot')
  const passedOver = parseCommandLine(rest).parameters.map(
    (parameter) => ({ parameter, why: 'past-first-line' }) as const,
  )
  return { ...source, passedOver }
}
/** A place where the rest may be for another kernel. */
function perhaps(source: ParameterSource, rest: string): ParameterSource {
  return { ...source, perhaps: parseCommandLine(rest).parameters }
}
/** /etc/default/grub as it is parsed, with what is read after it. */
function grubFiles(main: string, dropIn?: string): readonly ParameterSource[] {
  const files = [
    { path: '/etc/default/grub', text: main },
    ...(dropIn === undefined ? [] : [{ path: '/etc/default/grub.d/50-cloudimg.cfg', text: dropIn }]),
  ]
  return parseGrubDefaults(files).sources.map((one) => ({ ...one, loader: 'grub', layer: 'configured' }))
}
const LIST = 'GRUB_CMDLINE_LINUX_DEFAULT'
const tool = (text: string): ParameterSource => at('/etc/default/limine', 'configured', text, 'limine')
const menu = (text: string): ParameterSource => at('/boot/limine.conf', 'generated', text, 'limine')
const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 3 })])
const none = commandLine('root=/dev/sda1 quiet')

checkTable(check, [
  {
    name: 'the running line is not shown, and the entry lacks what the variable has',
    facts: {
      ...off,
      boot: boot(undefined, defaults('intel_iommu=on'), at('boot entry', 'generated', 'ro quiet', 'grub-bls')),
    },
    expect: ['iommu-on-not-generated'],
    confidence: 'likely',
  },
  {
    name: 'the running line is not shown, and the entry has all',
    facts: { boot: boot(undefined, defaults('intel_iommu=on'), entry('quiet intel_iommu=on')) },
    expect: 'unknown',
  },
  {
    name: 'written in /etc/default/grub, and grub.cfg lacks it: the generator must run',
    facts: {
      ...off,
      commandLine: none,
      cpu: cpu('intel'),
      boot: boot('grub', defaults('intel_iommu=on'), entry('quiet')),
    },
    expect: ['iommu-on-not-generated'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'grub.cfg has it already: a restart is wanted',
    facts: { ...off, commandLine: none, boot: boot('grub', defaults('intel_iommu=on'), entry('intel_iommu=on')) },
    expect: ['iommu-on-not-booted'],
    severity: 'fail',
  },
  {
    name: 'written for GRUB on a host that systemd-boot starts',
    facts: {
      ...off,
      commandLine: none,
      boot: boot(
        'proxmox-systemd-boot',
        at('/etc/default/grub', 'configured', 'intel_iommu=on', 'proxmox-grub'),
        at('/etc/kernel/cmdline', 'configured', 'root=ZFS=rpool', 'proxmox-systemd-boot'),
      ),
    },
    expect: ['iommu-on-other-loader'],
    severity: 'fail',
  },
  {
    name: 'a drop-in sets the list anew',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST}="quiet intel_iommu=on"`, `${LIST}="console=ttyS0"`), entry('quiet')),
    },
    expect: ['iommu-on-overwritten'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a drop-in that may do so, under a condition',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST}="intel_iommu=on"`, `if true; then\n${LIST}="a"\nfi`), entry('quiet')),
    },
    expect: ['iommu-on-overwritten'],
    confidence: 'likely',
  },
  {
    name: 'a later line of the same file, and a parameter that decides on drivers',
    facts: {
      ...on,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST}="module_blacklist=nouveau"\n${LIST}="quiet"\n`), entry('quiet')),
    },
    expect: ['parameter-overwritten'],
    severity: 'warn',
  },
  {
    name: 'a drop-in that takes up what was there',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST}="intel_iommu=on"`, `${LIST}="$${LIST} quiet"`), entry('quiet')),
    },
    expect: ['iommu-on-not-generated'],
  },
  {
    name: 'what was set anew matters to nobody, or runs all the same',
    facts: {
      commandLine: commandLine('iommu=pt'),
      boot: boot('grub', ...grubFiles(`${LIST}="quiet iommu=pt"`, `${LIST}="splash"`), entry('iommu=pt')),
    },
    expect: 'pass',
  },
  {
    name: 'blanks round the sign',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST} = "quiet intel_iommu=on"\n`), entry('quiet')),
    },
    expect: ['iommu-on-no-assignment'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'blanks round the sign, and a parameter that decides on drivers',
    facts: {
      ...on,
      commandLine: none,
      boot: boot('grub', ...grubFiles(`${LIST}= "module_blacklist=nouveau"\n`), entry('quiet')),
    },
    expect: ['parameter-no-assignment'],
  },
  {
    name: 'blanks round the sign of another variable: no change of the file would be carried on',
    facts: {
      commandLine: commandLine('quiet'),
      boot: boot('grub', ...grubFiles(`GRUB_TIMEOUT = 5\n${LIST}="quiet"\n`), entry('quiet')),
    },
    expect: ['grub-line-no-assignment'],
    severity: 'warn',
  },
  {
    name: 'the same in a file that another boot loader passes by',
    facts: {
      commandLine: commandLine('quiet'),
      boot: boot('systemd-boot', ...grubFiles('GRUB_TIMEOUT = 5\n')),
    },
    expect: 'pass',
  },
  {
    name: 'a quote that is left open: the generator would stop at it',
    facts: {
      ...off,
      commandLine: none,
      cpu: cpu('intel'),
      boot: boot('grub', ...grubFiles(`A=1\n${LIST}="quiet intel_iommu=on\nGRUB_CMDLINE_LINUX=""\n`), entry('quiet')),
    },
    expect: ['iommu-on-not-generated', 'grub-quote-open'],
    advises: '{"do":"close-quote","path":"/etc/default/grub","line":"2","mark":"\\""}',
  },
  {
    name: 'a quote of another variable that is left open',
    facts: {
      commandLine: commandLine('quiet'),
      boot: boot('grub', ...grubFiles(`GRUB_TIMEOUT="5\n${LIST}="quiet"\n`), entry('quiet')),
    },
    expect: ['grub-quote-open'],
    severity: 'warn',
    confidence: 'certain',
  },
  {
    name: 'quotes in comments, a value of two lines, and an apostrophe between double quotes',
    facts: {
      commandLine: commandLine('quiet'),
      boot: boot('grub', ...grubFiles(`# don't "\nA="it's\nso"\n${LIST}="quiet"\n`), entry('quiet')),
    },
    expect: 'pass',
  },
  {
    name: 'an open quote in a file that another boot loader passes by',
    facts: { commandLine: commandLine('quiet'), boot: boot('systemd-boot', ...grubFiles('GRUB_TIMEOUT="5\n')) },
    expect: 'pass',
  },
  {
    name: 'a line that proxmox-boot-tool does not take',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('proxmox-systemd-boot', later('root=a', 'intel_iommu=on iommu=pt')),
    },
    expect: ['iommu-on-past-first-line'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'what decides on drivers, on such a line',
    facts: {
      ...on,
      commandLine: none,
      boot: boot('proxmox-systemd-boot', later('root=a', 'module_blacklist=nouveau')),
    },
    expect: ['parameter-past-first-line'],
    severity: 'warn',
  },
  {
    name: 'the same where the loader could not be told',
    facts: { ...off, commandLine: none, boot: boot(undefined, later('root=a', 'intel_iommu=on')) },
    expect: ['iommu-on-past-first-line'],
    confidence: 'likely',
  },
  {
    name: 'written for another loader, while this one says iommu=off: that has to go as well',
    facts: {
      ...off,
      commandLine: commandLine('quiet iommu=off'),
      boot: boot('systemd-boot', defaults('intel_iommu=on')),
    },
    expect: ['iommu-on-other-loader'],
    advises: '"without":"iommu=off"',
  },
  {
    name: 'written for another loader, while this one says intel_iommu=off: that has to go as well',
    facts: {
      ...off,
      commandLine: commandLine('quiet intel_iommu=off'),
      boot: boot('systemd-boot', defaults('intel_iommu=on')),
    },
    expect: ['iommu-on-other-loader'],
    advises: '"without":"intel_iommu=off"',
  },
  {
    name: 'a later line of a file that GRUB does not read either',
    facts: { ...off, commandLine: none, boot: boot('proxmox-grub', later('root=a', 'intel_iommu=on')) },
    expect: ['iommu-on-other-loader'],
  },
  {
    name: 'a later line that the running kernel has all the same',
    facts: {
      commandLine: commandLine('root=a iommu=pt'),
      boot: boot('proxmox-systemd-boot', later('root=a', 'iommu=pt')),
    },
    expect: 'pass',
  },
  {
    name: 'the first line has it, and a later one too',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('proxmox-systemd-boot', later('root=a intel_iommu=on', 'intel_iommu=on')),
    },
    expect: ['iommu-on-not-running'],
  },
  {
    name: 'the entry of Limine that starts lacks it',
    facts: { ...off, commandLine: none, boot: boot('limine', tool('intel_iommu=on'), menu('quiet')) },
    expect: ['iommu-on-not-generated'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'an entry of Limine has it, and which one starts is not told',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('limine', tool('intel_iommu=on'), perhaps(menu('quiet'), 'intel_iommu=on')),
    },
    expect: ['iommu-on-not-running'],
    confidence: 'likely',
  },
  {
    name: 'each entry that may start has it',
    facts: {
      ...off,
      commandLine: none,
      boot: boot('limine', tool('intel_iommu=on'), perhaps(menu('intel_iommu=on'), 'quiet splash')),
    },
    expect: ['iommu-on-not-booted'],
    confidence: 'certain',
  },
  {
    name: 'the tool has it for a kernel that may be another one',
    facts: { ...off, commandLine: none, boot: boot('limine', perhaps(tool('quiet'), 'intel_iommu=on'), menu('quiet')) },
    expect: ['iommu-on-not-generated'],
    confidence: 'likely',
  },
  {
    name: 'a word that the running line has, and that may stand in an entry',
    facts: { ...off, commandLine: commandLine('iommu=pt'), boot: boot('limine', perhaps(menu('quiet'), 'iommu=pt')) },
    expect: 'pass',
  },
  {
    name: 'written, and what the loader reads could not be seen',
    facts: { ...off, commandLine: none, boot: boot('grub', defaults('intel_iommu=on')) },
    expect: ['iommu-on-not-running'],
    confidence: 'likely',
  },
  {
    name: 'a post that shows both layers and no groups proves less',
    facts: { commandLine: none, boot: boot(undefined, defaults('intel_iommu=on iommu=pt')) },
    expect: ['iommu-on-not-running'],
    severity: 'warn',
  },
  {
    name: 'with an IOMMU in effect the parameter is a note',
    facts: { ...on, commandLine: none, boot: boot('grub', defaults('intel_iommu=on iommu=pt'), entry('quiet')) },
    expect: ['parameter-not-generated'],
    severity: 'info',
  },
  {
    name: 'ids for vfio-pci that wait for a restart',
    facts: {
      ...on,
      commandLine: none,
      boot: boot('grub', defaults('vfio-pci.ids=10de:1b80'), entry('vfio-pci.ids=10de:1b80')),
    },
    expect: ['parameter-not-booted'],
    severity: 'warn',
  },
  {
    name: 'ids for vfio-pci in the file of another loader',
    facts: { ...on, commandLine: none, boot: boot('systemd-boot', defaults('vfio-pci.ids=10de:1b80')) },
    expect: ['parameter-other-loader'],
  },
  {
    name: 'ids for vfio-pci, and what the loader reads could not be seen',
    facts: { ...on, commandLine: none, boot: boot('grub', defaults('vfio-pci.ids=10de:1b80')) },
    expect: ['parameter-not-running'],
    severity: 'warn',
  },
  {
    name: 'a hyphen and an underscore are the same in a name',
    facts: {
      ...on,
      commandLine: commandLine('vfio_pci.ids=10de:1b80'),
      boot: boot('grub', defaults('vfio-pci.ids=10de:1b80')),
    },
    expect: 'pass',
  },
  {
    name: 'a generated entry of GRUB with boot loader entries is fed by the same file',
    facts: {
      ...off,
      commandLine: none,
      boot: boot(
        'grub-bls',
        defaults('intel_iommu=on'),
        at('/boot/loader/entries/a.conf', 'generated', 'ro', 'grub-bls'),
      ),
    },
    expect: ['iommu-on-not-generated'],
  },
  {
    name: 'a post whose running line gives systemd-boot away',
    facts: {
      commandLine: commandLine('initrd=\\EFI\\proxmox\\5.4.34-1-pve\\initrd.img root=ZFS=rpool/ROOT/pve-1'),
      boot: boot(undefined, at('GRUB_CMDLINE_LINUX_DEFAULT (paste, line 3)', 'configured', 'quiet intel_iommu=on')),
    },
    expect: ['iommu-on-other-loader'],
    confidence: 'likely',
  },
  {
    name: 'the running line asks for the IOMMU in other words',
    facts: {
      ...off,
      commandLine: commandLine('intel_iommu=on,sm_on'),
      boot: boot('grub', defaults('intel_iommu=on'), entry('intel_iommu=on')),
    },
    expect: ['parameter-not-booted'],
    severity: 'info',
  },
  {
    name: 'firmware hides VT-d, so the parameter is not what is missing',
    facts: {
      ...off,
      commandLine: none,
      acpi: known({ tables: ['FACP'], dmar: unknown('denied', 'x'), ivrs: unknown('denied', 'x') }, '/sys/firmware'),
      boot: boot('grub', defaults('intel_iommu=on'), entry('quiet')),
    },
    expect: ['parameter-not-generated'],
    severity: 'info',
  },
  {
    name: 'a post that tore the running line in two',
    facts: {
      commandLine: known(parseCommandLine('ro intel_iommu=on v'), 'paste, line 10'),
      boot: boot(
        undefined,
        at(
          'a list of kernel parameters (paste, line 11)',
          'configured',
          'fio-pci.disable_vga=1 vfio-pci.ids=8086:4692',
        ),
        at('GRUB_CMDLINE_LINUX (paste, line 53)', 'configured', 'vfio-pci.disable_vga=1 vfio-pci.ids=8086:4692'),
      ),
    },
    expect: 'pass',
  },
  {
    name: 'the log has the whole line',
    facts: {
      commandLine: known(parseCommandLine('ro v'), 'paste, line 10'),
      kernelLog: known(readKernelLog('Command line: ro vfio-pci.ids=8086:4692'), 'paste'),
      boot: boot(undefined, at('GRUB_CMDLINE_LINUX (paste, line 53)', 'configured', 'vfio-pci.ids=8086:4692')),
    },
    expect: 'pass',
  },
  {
    name: 'everything arrived',
    facts: {
      ...off,
      commandLine: commandLine('intel_iommu=on'),
      boot: boot('grub', defaults('intel_iommu=on'), entry('intel_iommu=on')),
    },
    expect: 'pass',
  },
  {
    name: 'a parameter of the other vendor is no loss',
    facts: { ...off, commandLine: none, cpu: cpu('amd'), boot: boot('grub', defaults('intel_iommu=on amd_iommu=on')) },
    expect: 'pass',
  },
  {
    name: 'quiet and root are nobody’s business',
    facts: { commandLine: commandLine('root=/dev/sda1'), boot: boot('grub', defaults('quiet splash')) },
    expect: 'pass',
  },
  {
    name: 'a post without any configuration',
    facts: { commandLine: none, boot: unknown('not-in-paste', 'paste') },
    expect: 'skip',
  },
  {
    name: 'the running command line is not shown',
    facts: { boot: boot(undefined, defaults('intel_iommu=on')) },
    expect: 'unknown',
  },
  {
    name: 'the places could not be read',
    facts: { commandLine: none, boot: unknown('denied', '/boot') },
    expect: 'unknown',
  },
  {
    name: 'the only places that may hold parameters are for root',
    facts: {
      commandLine: none,
      boot: known(
        { efi: true, loader: known('grub', 'test'), sources: [], unread: [{ path: '/boot', reason: 'denied' }] },
        'test',
      ),
    },
    expect: 'unknown',
  },
  {
    name: 'a machine that no loader of this system starts',
    facts: { commandLine: none, boot: known({ efi: true, loader: known(null, 'test'), sources: [] }, 'test') },
    expect: 'skip',
  },
])

describe('what carries it to the boot loader', () => {
  const cmdline = at('/etc/kernel/cmdline', 'configured', 'intel_iommu=on', 'systemd-boot')
  const kept = at('/etc/kernelstub/configuration', 'configured', 'intel_iommu=on', 'kernelstub')
  const table: readonly (readonly [string, Fact<BootFacts>, string])[] = [
    [
      'an entry that a person wrote',
      boot('systemd-boot', cmdline, at('/boot/loader/entries/arch.conf', 'generated', 'ro', 'systemd-boot')),
      'set-kernel-parameter',
    ],
    [
      'an entry of kernel-install',
      boot('systemd-boot', cmdline, at('/boot/loader/entries/0a1b-6.12.9-2.conf', 'generated', 'ro', 'systemd-boot')),
      'regenerate-boot-entries',
    ],
    [
      'kernelstub',
      boot('kernelstub', kept, at('/boot/efi/loader/entries/Pop_OS-current.conf', 'generated', 'ro', 'kernelstub')),
      'set-kernel-parameter',
    ],
    ['a line below the first', boot('proxmox-systemd-boot', later('root=a', 'intel_iommu=on')), 'join-lines'],
    [
      'a whole command line below the first',
      boot('proxmox-systemd-boot', later('root=a', 'root=a intel_iommu=on')),
      'set-kernel-parameter',
    ],
    [
      'a list that a drop-in sets anew',
      boot('grub', ...grubFiles(`${LIST}="intel_iommu=on"`, `${LIST}=""`), entry('')),
      'set-kernel-parameter',
    ],
    [
      'a line that is no assignment',
      boot('grub', ...grubFiles(`${LIST} ="intel_iommu=on"`), entry('')),
      'mend-assignments',
    ],
    [
      'a whole line above one that is no assignment',
      boot('grub', ...grubFiles(`${LIST}="intel_iommu=on"\nGRUB_TIMEOUT = 5`), entry('')),
      'mend-assignments',
    ],
    ['a quote that is left open', boot('grub', ...grubFiles(`${LIST}="intel_iommu=on`), entry('')), 'close-quote'],
    [
      'a list that came with the image',
      boot(
        'ostree',
        at('/usr/lib/bootc/kargs.d/10.toml', 'configured', 'intel_iommu=on', 'ostree'),
        at('/boot/loader/entries/ostree-1.conf', 'generated', 'ro', 'ostree'),
      ),
      'set-kernel-parameter',
    ],
    [
      'what stands in grub.cfg and in the file that it is made of',
      boot('grub', defaults('intel_iommu=on'), entry('intel_iommu=on')),
      'reboot',
    ],
    [
      'what was put into grub.cfg by hand, which the next update-grub drops',
      boot('grub', defaults('quiet'), entry('quiet intel_iommu=on')),
      'set-kernel-parameter',
    ],
    ['the same, and the file was not seen', boot('grub', entry('quiet intel_iommu=on')), 'reboot'],
    [
      'what was put into extlinux.conf by hand',
      boot(
        'extlinux',
        at('/etc/update-extlinux.conf', 'configured', 'quiet', 'extlinux'),
        at('/boot/extlinux.conf', 'generated', 'quiet intel_iommu=on', 'extlinux'),
      ),
      'set-kernel-parameter',
    ],
    [
      'what grubby put into an entry',
      boot(
        'grub-bls',
        at('/etc/default/grub', 'configured', 'quiet', 'grub-bls'),
        at('/boot/loader/entries/0a1b-6.12.9-200.fc41.conf', 'generated', 'quiet intel_iommu=on', 'grub-bls'),
      ),
      'reboot',
    ],
    [
      'what a person put into an entry of their own',
      boot(
        'systemd-boot',
        at('/etc/kernel/cmdline', 'configured', 'quiet', 'systemd-boot'),
        at('/boot/loader/entries/arch.conf', 'generated', 'intel_iommu=on', 'systemd-boot'),
      ),
      'reboot',
    ],
    [
      'an image that may have been built with more than the file',
      boot(
        'uki',
        at('/etc/kernel/cmdline', 'configured', 'quiet', 'uki'),
        at('/efi/EFI/Linux/a.efi', 'generated', 'intel_iommu=on', 'uki'),
      ),
      'reboot',
    ],
  ]
  test.each(table)('%s', (_, written, wanted) => {
    const machine = facts({ ...off, commandLine: none, cpu: cpu('intel'), boot: written })
    const [first] = found([runCheck(check, machine, { asked: [], candidates: new Map() })])
    expect(first?.finding.code).toMatch(
      /^iommu-on-(not-generated|not-booted|past-first-line|overwritten|no-assignment)$/,
    )
    expect(first?.actions[0]?.do).toBe(wanted)
  })
  test('beside what the configuration has, only what it lacks is set anew', () => {
    const sources = [defaults('iommu=pt'), entry('iommu=pt intel_iommu=on')]
    const machine = facts({ ...off, commandLine: none, cpu: cpu('intel'), boot: boot('grub', ...sources) })
    const [first] = found([runCheck(check, machine, { asked: [], candidates: new Map() })])
    expect(first?.actions).toEqual([{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }])
    expect(first?.finding.evidence.at(-1)?.source).toBe('/etc/default/grub')
  })
})

describe('the stage stands above what it leads to', () => {
  test('an IOMMU that is off by default, because the generator did not run', () => {
    const machine = facts({
      ...off,
      commandLine: none,
      cpu: cpu('intel'),
      kernelConfig: known({ CONFIG_INTEL_IOMMU: 'y' }, '/boot/config-6.1.0'),
      acpi: known({ tables: ['DMAR'], dmar: unknown('denied', 'x'), ivrs: unknown('denied', 'x') }, '/sys/firmware'),
      boot: boot('grub', defaults('intel_iommu=on'), entry('quiet')),
    })
    const scope = { asked: [], candidates: new Map() }
    const outcomes = [check, inEffect].map((one) => runCheck(one, machine, scope))
    const [first, ...rest] = tie(found(outcomes), membership(machine))
    expect(first?.cause.finding.code).toBe('iommu-on-not-generated')
    expect(first?.explains).toEqual(['iommu-default-off@host'])
    expect(rest).toEqual([])
  })
})
