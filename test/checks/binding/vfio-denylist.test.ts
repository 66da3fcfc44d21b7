import { check } from '../../../checks/binding/vfio-denylist.ts'
import { known } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, kernel, modules, pciFacts } from '../../support/facts.ts'

const AT = '0000:3d:00.0'
const qat = (driver: string | null | undefined, deviceId: string = '37c8') =>
  pciFacts([endpoint({ address: AT, vendorId: '8086', deviceId, class: 0x0b4000, driver })])

checkTable(check, [
  {
    name: 'a listed device on its host driver',
    facts: { ...qat('c6xx'), kernel: kernel('6.8.0') },
    asked: [AT],
    expect: ['device-denylisted@0000:3d:00.0'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a listed device on a kernel that is not told',
    facts: qat('c6xx'),
    asked: [AT],
    expect: ['device-denylisted'],
    severity: 'warn',
    confidence: 'likely',
  },
  { name: 'before the list came', facts: { ...qat('c6xx'), kernel: kernel('5.4.0') }, asked: [AT], expect: 'pass' },
  {
    name: 'an accelerator on a kernel that may have been given its entry',
    facts: { ...qat('idxd', '0b25'), kernel: kernel('6.6.50') },
    asked: [AT],
    expect: ['device-denylisted'],
    severity: 'info',
    confidence: 'possible',
  },
  {
    name: 'an accelerator before there was a list',
    facts: { ...qat('idxd', '0b25'), kernel: kernel('5.4.0') },
    asked: [AT],
    expect: 'pass',
  },
  {
    name: 'the list is to be switched off when vfio-pci is loaded, as modprobe.d says',
    facts: {
      ...qat('c6xx'),
      kernel: kernel('6.8.0'),
      modules: modules({ loadable: ['vfio_pci'] }),
      modprobe: known(
        {
          directives: parseModprobe('options vfio-pci ids=8086:37c8 disable_denylist=1', '/etc/modprobe.d/vfio.conf'),
          ignored: [],
          loadAtBoot: [],
        },
        '/etc/modprobe.d',
      ),
    },
    asked: [AT],
    expect: 'pass',
  },
  {
    name: 'the command line says so, and the module that is loaded was not told',
    facts: {
      ...qat('c6xx'),
      kernel: kernel('6.8.0'),
      commandLine: commandLine('vfio_pci.disable_denylist=1'),
      modules: modules({ parameters: { vfio_pci: { disable_denylist: 'N' } } }),
    },
    asked: [AT],
    expect: ['device-denylisted'],
  },
  {
    name: 'the command line says so, and vfio-pci is not loaded yet',
    facts: { ...qat('c6xx'), kernel: kernel('6.8.0'), commandLine: commandLine('vfio_pci.disable_denylist=1') },
    asked: [AT],
    expect: 'pass',
  },
  {
    name: 'the list is switched off',
    facts: {
      ...qat('c6xx'),
      kernel: kernel('6.8.0'),
      modules: modules({ parameters: { vfio_pci: { disable_denylist: 'Y' } } }),
    },
    asked: [AT],
    expect: 'pass',
  },
  { name: 'it is on vfio-pci', facts: { ...qat('vfio-pci'), kernel: kernel('6.8.0') }, expect: 'pass' },
  {
    name: 'its driver is unknown',
    facts: { ...qat(undefined), kernel: kernel('6.8.0') },
    asked: [AT],
    expect: 'unknown',
  },
  { name: 'nobody wants it', facts: { ...qat('c6xx'), kernel: kernel('6.8.0') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
