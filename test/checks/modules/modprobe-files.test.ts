import { check } from '../../../checks/modules/modprobe-files.ts'
import { unknown } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact, messages, modules } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const ignored = (path: string, why: 'suffix' | 'hidden', text = 'options vfio-pci ids=10de:1b80\n') =>
  fact({ directives: [], ignored: [{ path, why, text }], loadAtBoot: [] }, '/etc/modprobe.d')
const kernelModules = modules({ loaded: ['vfio_pci', 'vfio'], loadable: ['vfio_iommu_type1'] })

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
  },
  {
    name: 'a module that there is not, with the lists unread',
    facts: { modprobe: conf('options vfio_pcie ids=10de:1b80') },
    expect: 'pass',
  },
  {
    name: 'all is well',
    facts: { modprobe: conf('options vfio-pci ids=10de:1b80\nsoftdep nouveau pre: vfio-pci'), modules: kernelModules },
    expect: 'pass',
  },
  { name: 'a file for root alone', facts: { modprobe: unknown('denied', '/etc/modprobe.d') }, expect: 'unknown' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
