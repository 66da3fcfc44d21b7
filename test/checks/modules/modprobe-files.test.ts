import { check } from '../../../checks/modules/modprobe-files.ts'
import { unknown } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, fact, messages, modules } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const ignored = (path: string, why: 'suffix' | 'hidden', text = 'options vfio-pci ids=10de:1b80\n') =>
  fact({ directives: [], ignored: [{ path, why, text }], loadAtBoot: [] }, '/etc/modprobe.d')
const kernelModules = modules({ loaded: ['vfio_pci', 'vfio'], loadable: ['vfio_iommu_type1'] })
const withDrivers = modules({
  builtin: ['xhci_pci'],
  loaded: ['vfio_pci', 'vfio', 'nouveau', 'snd_hda_intel'],
  loadable: ['vfio_iommu_type1', 'nvidia', 'amdgpu', 'e1000e', 'ixgbe', 'igb'],
})

checkTable(check, [
  {
    name: 'a file without .conf',
    facts: { modprobe: ignored('/etc/modprobe.d/vfio', 'suffix') },
    expect: ['modprobe-file-not-read@host'],
    severity: 'warn',
  },
  {
    name: 'a file without .conf that only has vfio in a comment',
    facts: { modprobe: ignored('/etc/modprobe.d/README', 'suffix', '# options vfio-pci ids=\nsoftdep a pre: b\n') },
    expect: 'skip',
  },
  { name: 'a backup copy', facts: { modprobe: ignored('/etc/modprobe.d/vfio.conf.bak', 'suffix') }, expect: 'skip' },
  {
    name: 'a file that is hidden',
    facts: { modprobe: ignored('/usr/lib/modprobe.d/vfio.conf', 'hidden') },
    expect: ['modprobe-file-hidden'],
    severity: 'info',
  },
  ...['pre vfio-pci', 'pre:vfio-pci', 'vfio-pci'].map((text) => ({
    name: `softdep with ${text}`,
    facts: { modprobe: conf(`softdep nouveau ${text}`) },
    expect: ['softdep-without-effect@host'],
    severity: 'warn' as const,
    advises: '"add":"softdep nouveau pre: vfio-pci"',
  })),
  {
    name: 'softdep with a word that begins like pre',
    facts: { modprobe: conf('softdep nouveau post: presto vfio-pci') },
    expect: 'pass',
  },
  {
    name: 'softdep with nothing that can be mended',
    facts: { modprobe: conf('softdep nouveau "pre:" vfio-pci') },
    expect: ['softdep-without-effect'],
    advises: '"do":"advise"',
  },
  {
    name: 'softdep with one word of VFIO behind it',
    facts: { modprobe: conf('softdep vfio-pci') },
    expect: ['modprobe-line-not-read'],
  },
  {
    name: 'softdep without a colon that is not about vfio',
    facts: { modprobe: conf('softdep nouveau pre drm') },
    expect: 'skip',
  },
  {
    name: 'option in place of options',
    facts: { modprobe: conf('option vfio-pci ids=10de:1b80') },
    expect: ['modprobe-line-not-read'],
  },
  {
    name: 'modprobe complains of a line',
    facts: {
      messages: messages([
        "modprobe: ERROR: /etc/modprobe.d/vfio.conf line 2: ignoring bad line starting with 'option'",
      ]),
    },
    expect: ['modprobe-line-not-read'],
  },
  {
    name: 'a module that there is not',
    facts: { modprobe: conf('options vfio_pcie ids=10de:1b80'), modules: kernelModules },
    expect: ['modprobe-module-unknown'],
    advises: '"from":"vfio_pcie","to":"vfio_pci"',
  },
  {
    name: 'a module of VFIO with one letter wrong',
    facts: { modprobe: conf('options vfio-pcl ids=10de:1b80'), modules: kernelModules },
    expect: ['modprobe-module-unknown'],
    advises: '"from":"vfio_pcl","to":"vfio_pci"',
  },
  {
    name: 'a module of VFIO that may be of another kernel',
    facts: { modprobe: conf('options vfio_ccw x=1'), modules: kernelModules },
    expect: ['modprobe-module-unknown'],
    advises: 'vfio-modules',
  },
  {
    name: 'a module that there is not, with the lists unread',
    facts: { modprobe: conf('options vfio_pcie ids=10de:1b80') },
    expect: 'pass',
  },
  ...[
    'softdep nouveu pre: vfio-pci',
    'blacklist nouvaeu',
    'options snd-hda-intell power_save=0',
    'softdep nouveau pre: vifo-pci',
  ].map((line) => ({
    name: `one letter away from a module that is there: ${line}`,
    facts: { modprobe: conf(line), modules: withDrivers },
    expect: ['modprobe-module-unknown@host'],
    severity: 'warn' as const,
    // A blacklist that comes true may take from the host what it runs on.
    advises: line.startsWith('blacklist')
      ? `"advise","say":"Correct the name in ${PATH}`
      : `"correct-module-name","path":"${PATH}"`,
  })),
  ...['modprobe.blacklist=amdgpu,nouveu', 'module_blacklist=nouveu', 'rd.driver.pre=vfoi-pci'].map((word) => ({
    name: `on the command line: ${word}`,
    facts: { commandLine: commandLine(`quiet ${word}`), modules: withDrivers },
    expect: ['modprobe-module-unknown@host'],
    advises: `"without":"${word}"`,
  })),
  {
    name: 'in both places: told once',
    facts: {
      modprobe: conf('blacklist nouveu\noptions nouveu modeset=0'),
      commandLine: commandLine('module_blacklist=nouveu'),
      modules: withDrivers,
    },
    expect: ['modprobe-module-unknown'],
  },
  {
    name: 'a module of that very name there is',
    facts: { modprobe: conf('blacklist nouveu'), modules: modules({ loadable: ['nouveau', 'nouveu'] }) },
    expect: 'skip',
  },
  {
    name: 'an alias of that name there is',
    facts: { modprobe: conf('alias nouve* nouveau\noptions nouveu modeset=0'), modules: withDrivers },
    expect: 'skip',
  },
  {
    name: 'the module that may be meant is not on this host',
    facts: { modprobe: conf('blacklist radoen'), modules: withDrivers },
    expect: 'skip',
  },
  ...['blacklist ohci_pci', 'blacklist e1000', 'blacklist ixgb', 'options igc x=1', 'blacklist nvidiafb'].map(
    (line) => ({
      name: `a module of other kernels, whose name is near that of another: ${line}`,
      facts: { modprobe: conf(line), modules: withDrivers },
      expect: 'skip' as const,
    }),
  ),
  {
    name: 'a misspelt name, and the modules of this host were not listed',
    facts: { modprobe: conf('softdep nouveu pre: radeon'), commandLine: commandLine('module_blacklist=nouveu') },
    expect: 'skip',
  },
  {
    name: 'all is well',
    facts: { modprobe: conf('options vfio-pci ids=10de:1b80\nsoftdep nouveau pre: vfio-pci'), modules: kernelModules },
    expect: 'pass',
  },
  { name: 'a file for root alone', facts: { modprobe: unknown('denied', '/etc/modprobe.d') }, expect: 'unknown' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
