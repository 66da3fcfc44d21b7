import { check } from '../../../checks/modules/vfio-loading.ts'
import type { RunGap } from '../../../src/model/modules.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, fact, kernel, modules, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/hardening.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const card = pciFacts([endpoint({ address: '0000:01:00.0', driver: 'e1000e' })])
const asked = ['0000:01:00.0']
const SCRIPT = '/usr/local/bin/vfio.sh'
const gaps = (...whys: readonly RunGap['why'][]) =>
  fact<readonly RunGap[]>(
    whys.map((why) => ({ path: SCRIPT, why })),
    PATH,
  )
const all = ['vfio', 'vfio_pci', 'vfio_pci_core', 'vfio_iommu_type1']
const loadable = modules({ loadable: all })
const loaded = modules({ loaded: all, loadable: all })

checkTable(check, [
  { name: 'it can be loaded', facts: { ...card, modules: loadable }, asked, expect: 'pass' },
  {
    name: 'an install line that does nothing',
    facts: { ...card, modules: loadable, modprobe: conf('install vfio-pci /bin/false # never') },
    asked,
    expect: ['vfio-barred-by-install@host'],
    severity: 'fail',
  },
  {
    name: 'busybox does nothing just as well',
    facts: { ...card, modules: loadable, modprobe: conf('install vfio-pci /bin/busybox false') },
    asked,
    expect: ['vfio-barred-by-install@host'],
    severity: 'fail',
  },
  {
    name: 'busybox loads it in the end',
    facts: { ...card, modules: loadable, modprobe: conf('install vfio-pci /bin/busybox modprobe -i vfio-pci') },
    asked,
    expect: 'pass',
  },
  ...(['absent', 'not executable'] as const).map((why) => ({
    name: `the script of an install line is ${why}`,
    facts: {
      ...card,
      modules: loadable,
      modprobe: conf(`install vfio-pci ${SCRIPT} 10de:1b80`),
      installGaps: gaps(why),
    },
    asked,
    expect: ['install-script-gone@host'],
    severity: 'fail' as const,
  })),
  {
    name: 'the script is there',
    facts: { ...card, modules: loadable, modprobe: conf(`install vfio-pci ${SCRIPT}`), installGaps: gaps() },
    asked,
    expect: 'pass',
  },
  {
    name: 'the script could not be looked at',
    facts: { ...card, modules: loadable, modprobe: conf(`install vfio-pci ${SCRIPT}`) },
    asked,
    expect: 'unknown',
  },
  {
    name: 'without the script the line still loads the module',
    facts: {
      ...card,
      modules: loadable,
      modprobe: conf(`install vfio-pci ${SCRIPT}; /sbin/modprobe -i vfio-pci`),
      installGaps: gaps('absent'),
    },
    asked,
    expect: 'pass',
  },
  {
    name: 'the script is gone, and the module loaded',
    facts: { ...card, modules: loaded, modprobe: conf(`install vfio-pci ${SCRIPT}`), installGaps: gaps('absent') },
    asked,
    expect: 'pass',
  },
  {
    name: 'an install line with a pattern',
    facts: { ...card, modules: loadable, modprobe: conf('install vfio_iommu* /usr/bin/true') },
    asked,
    expect: ['vfio-barred-by-install@host'],
  },
  {
    name: 'the same on POWER, which has a back end of its own',
    facts: {
      ...card,
      modules: loadable,
      modprobe: conf('install vfio_iommu* /usr/bin/true'),
      kernel: kernel('6.1.0', 'ppc64le'),
    },
    asked,
    expect: 'pass',
  },
  {
    name: 'an install line that loads it in the end',
    facts: {
      ...card,
      modules: loadable,
      modprobe: conf('install vfio-pci false || /sbin/modprobe --ignore-install vfio-pci'),
    },
    asked,
    expect: 'pass',
  },
  {
    name: 'the install line came too late: it is loaded',
    facts: { ...card, modules: loaded, modprobe: conf('install vfio-pci /bin/false') },
    asked,
    expect: 'pass',
  },
  {
    name: 'the kernel is told to refuse it',
    facts: { ...card, modules: loadable, commandLine: commandLine('quiet module_blacklist=nouveau,vfio_pci') },
    asked,
    expect: ['vfio-barred-by-parameter@host'],
    severity: 'fail',
  },
  {
    name: 'a later list takes the place of the one that names it',
    facts: {
      ...card,
      modules: loadable,
      commandLine: commandLine('module_blacklist=vfio_pci module_blacklist=nouveau'),
    },
    asked,
    expect: 'pass',
  },
  {
    name: 'the kernel compares byte for byte, so a dash bars nothing',
    facts: { ...card, modules: loadable, commandLine: commandLine('module_blacklist=vfio-pci') },
    asked,
    expect: 'pass',
  },
  {
    name: 'loading is switched off',
    facts: { ...card, modules: modules({ loadable: all, locked: true }) },
    asked,
    expect: ['module-loading-off@host'],
    severity: 'fail',
  },
  {
    name: 'loading is switched off, and all was loaded before',
    facts: { ...card, modules: modules({ loaded: all, loadable: all, locked: true }) },
    asked,
    expect: 'pass',
  },
  {
    name: 'loading is switched off before the back end came',
    facts: { ...card, modules: modules({ loaded: ['vfio', 'vfio_pci'], loadable: all, locked: true }) },
    asked,
    expect: ['module-loading-off@host'],
  },
  {
    name: 'nobody wants a device',
    facts: { ...card, modules: modules({ loadable: all, locked: true }) },
    expect: 'skip',
  },
  { name: 'the modules could not be read', facts: { ...card }, asked, expect: 'unknown' },
])
