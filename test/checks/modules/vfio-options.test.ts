import { check } from '../../../checks/modules/vfio-options.ts'
import { unknown } from '../../../src/model/fact.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, fact, messages, modules, pciFacts } from '../../support/facts.ts'

const conf = (text: string) =>
  fact({ directives: parseModprobe(text, '/etc/modprobe.d/vfio.conf'), ignored: [], loadAtBoot: [] }, '/etc/modprobe.d')

checkTable(check, [
  {
    name: 'a comma inside the pair',
    facts: { modprobe: conf('options vfio-pci ids=10de,1b80') },
    expect: ['ids-malformed@host'],
    severity: 'warn',
  },
  {
    name: 'a blank behind the comma',
    facts: { modprobe: conf('options vfio-pci ids=10de:1b80, 10de:10f0') },
    expect: ['ids-malformed@host'],
  },
  ...['id', 'idss', 'device_ids'].map((option) => ({
    name: `${option} in place of ids`,
    facts: { modprobe: conf(`options vfio-pci ${option}=10de:1b80`) },
    expect: ['vfio-option-misspelt@host'],
    severity: 'warn' as const,
    advises: `"remove":"${option}=10de:1b80","add":"ids=10de:1b80"`,
  })),
  {
    name: 'an option of another VFIO module',
    facts: { modprobe: conf('options vfio-pci allow_unsafe_interrupts=1') },
    expect: ['vfio-option-misspelt'],
    advises: '"do":"remove-module-option","module":"vfio_pci","option":"allow_unsafe_interrupts=1"',
  },
  {
    name: 'what was written and what the kernel says of an option is one slip',
    facts: {
      modprobe: conf('options vfio-pci id=10de:1b80'),
      messages: messages(["vfio_pci: unknown parameter 'id' ignored"]),
    },
    expect: ['vfio-option-misspelt'],
  },
  {
    name: 'an option that is like none is left to the kernel',
    facts: { modprobe: conf('options vfio-pci no_reset=1') },
    expect: 'skip',
  },
  {
    name: 'an option that the loaded module shows',
    facts: {
      modprobe: conf('options vfio-pci disable_idle_d4=1'),
      modules: modules({ loaded: ['vfio_pci'], parameters: { vfio_pci: { disable_idle_d4: 'Y' } } }),
    },
    expect: 'skip',
  },
  {
    name: 'a built-in vfio-pci reads no file',
    facts: { modprobe: conf('options vfio-pci id=10de:1b80'), modules: modules({ builtin: ['vfio_pci'] }) },
    expect: 'skip',
  },
  {
    name: 'options that the modules have',
    facts: { modprobe: conf('options vfio-pci disable_idle_d3=1\noptions vfio_iommu_type1 dma_entry_limit=9') },
    expect: 'skip',
  },
  {
    name: 'the kernel says that it cannot read an id',
    facts: { messages: messages(['vfio_pci: invalid id string "10de-1b80"']) },
    expect: ['ids-malformed'],
    confidence: 'certain',
  },
  {
    name: 'what was written and what the kernel says of it is one slip',
    facts: {
      modprobe: conf('options vfio-pci ids=10de-1b80'),
      messages: messages(['vfio_pci: invalid id string "10de-1b80"']),
    },
    expect: ['ids-malformed'],
  },
  {
    name: 'upper case, 0x and subsystem ids are well',
    facts: { modprobe: conf('options vfio-pci ids=10DE:1b80,0x10de:0x10f0:1458:3702,') },
    expect: 'pass',
  },
  {
    name: 'a second list that lacks what the first has',
    facts: { modprobe: conf('options vfio-pci ids=10de:1b80\noptions vfio-pci ids=10de:10f0') },
    expect: ['ids-hidden-by-later@host'],
    confidence: 'likely',
  },
  {
    name: 'what is lost is the id of no device here',
    facts: {
      modprobe: conf('options vfio-pci ids=10de:1b80\noptions vfio-pci ids=10de:10f0'),
      ...pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '10f0' })]),
    },
    expect: 'pass',
  },
  {
    name: 'what is lost is the id of a device',
    facts: {
      modprobe: conf('options vfio-pci ids=10de:1b80\noptions vfio-pci ids=10de:10f0'),
      ...pciFacts([endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80' })]),
    },
    expect: ['ids-hidden-by-later'],
  },
  {
    name: 'a list on the command line that lacks what the file has',
    facts: {
      modprobe: conf('options vfio-pci ids=10de:1b80'),
      commandLine: commandLine('quiet vfio-pci.ids=10de:10f0'),
    },
    expect: ['ids-hidden-by-later'],
  },
  {
    name: 'the same list in both places',
    facts: { modprobe: conf('options vfio-pci ids=10de:1b80'), commandLine: commandLine('vfio-pci.ids=10de:1b80') },
    expect: 'pass',
  },
  {
    name: 'a built-in vfio-pci reads only the command line',
    facts: {
      modprobe: conf('options vfio-pci ids=10de:1b80'),
      commandLine: commandLine('vfio-pci.ids=10de:10f0'),
      modules: modules({ builtin: ['vfio_pci'] }),
    },
    expect: 'pass',
  },
  {
    name: 'ids for vfio in place of vfio-pci',
    facts: { modprobe: conf('options vfio ids=10de:1b80') },
    expect: ['ids-on-other-module@host'],
  },
  {
    name: 'ids for pci-stub are nobody else’s',
    facts: { modprobe: conf('options pci-stub ids=10de:1b80') },
    expect: 'skip',
  },
  {
    name: 'an option that the module does not know',
    facts: { messages: messages(["vfio_pci: unknown parameter 'disable_vgaa' ignored"]) },
    expect: ['vfio-option-unknown'],
    severity: 'info',
  },
  {
    name: 'an option that the module does not know beside an id that it cannot read',
    facts: {
      modprobe: conf('options vfio-pci ids=10de-1b80 no_reset=1'),
      messages: messages(["vfio_pci: unknown parameter 'no_reset' ignored"]),
    },
    expect: ['ids-malformed', 'vfio-option-unknown'],
  },
  {
    name: 'an id behind a blank, which the kernel takes for an option',
    facts: {
      modprobe: conf('options vfio-pci ids=10de:1b80, 10de:10f0'),
      messages: messages(["vfio_pci: unknown parameter '10de:10f0' ignored"]),
    },
    expect: ['ids-malformed'],
  },
  {
    name: 'an id listed twice',
    facts: {
      messages: messages([
        'vfio_pci: failed to add dynamic id [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000 (-17)',
      ]),
    },
    expect: ['ids-listed-twice'],
  },
  { name: 'a file for root alone', facts: { modprobe: unknown('denied', '/etc/modprobe.d') }, expect: 'unknown' },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
