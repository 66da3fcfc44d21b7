import { check } from '../../../checks/device/sriov.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const at = '0000:01:00.0'
const wish: Attempt = {
  kind: 'sriov-numvfs',
  command: 'echo 4 > sriov_numvfs',
  address: at,
  deviceId: null,
  driver: null,
  error: 'No such file or directory',
  line: 1,
}

checkTable(check, [
  {
    name: 'no room',
    facts: { messages: messages(['igb 0000:01:00.0: not enough MMIO resources for SR-IOV']) },
    expect: ['sriov-no-room@0000:01:00.0'],
  },
  {
    name: 'no room, on a host whose log tells of it, and nobody asks for the card',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'igb' })]),
      messages: messages(['igb 0000:01:00.0: not enough MMIO resources for SR-IOV']),
    },
    expect: ['sriov-no-room@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'no room, and the card is asked for',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'igb' })]),
      messages: messages(['igb 0000:01:00.0: not enough MMIO resources for SR-IOV']),
    },
    asked: [at],
    expect: ['sriov-no-room@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'no room at first, and the virtual functions are on now',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'igb', sriovNumVfs: 2 })]),
      messages: messages([
        'igb 0000:01:00.0: not enough MMIO resources for SR-IOV',
        'pci 0000:01:00.0: no driver bound to device; cannot configure SR-IOV',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'no room for one count, and whether any are on cannot be read',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'igb', sriovNumVfs: undefined })]),
      messages: messages(['igb 0000:01:00.0: not enough MMIO resources for SR-IOV']),
    },
    asked: [at],
    expect: ['sriov-no-room@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'bus numbers for some, which are on, and not for as many as were asked for',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'igb', sriovNumVfs: 2 })]),
      messages: messages(["igb 0000:01:00.0: can't enable 63 VFs (bus 02 out of range of [bus 01])"]),
    },
    expect: ['sriov-bus-range@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'an attempt without the token, and a guest has the function now',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'vfio-pci', msiIrqs: 4 })]),
      messages: messages(['vfio-pci 0000:01:00.0: VF token required to access device']),
    },
    expect: ['sriov-token@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'an attempt without the token, and nobody has the function',
    facts: {
      ...pciFacts([endpoint({ address: at, driver: 'vfio-pci', msiIrqs: 0 })]),
      messages: messages(['vfio-pci 0000:01:00.0: VF token required to access device']),
    },
    expect: ['sriov-token@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'no bus numbers',
    facts: { messages: messages(["igb 0000:01:00.0: can't enable 63 VFs (bus 02 out of range of [bus 01])"]) },
    expect: ['sriov-bus-range@0000:01:00.0'],
  },
  {
    name: 'no driver',
    facts: { messages: messages(['pci 0000:01:00.0: no driver bound to device; cannot configure SR-IOV']) },
    expect: ['sriov-no-driver@0000:01:00.0'],
  },
  {
    name: 'some are on already',
    facts: { messages: messages(['igb 0000:01:00.0: 4 VFs already enabled. Disable before enabling 7 VFs']) },
    expect: ['sriov-count-busy@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'too many',
    facts: {
      messages: messages(['tee: /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs: Numerical result out of range']),
    },
    expect: ['sriov-too-many@0000:01:00.0'],
  },
  ...(
    [
      ['Numerical result out of range', 'sriov-too-many'],
      ['Device or resource busy', 'sriov-count-busy'],
      ['No such file or directory', 'sriov-no-driver'],
      ['Cannot allocate memory', 'sriov-no-room'],
    ] as const
  ).map(([words, code]) => ({
    name: `the error in brackets: ${words}`,
    facts: { messages: messages([`udev: could not write sriov_numvfs (${words})`]) },
    expect: [`${code}@host`],
  })),
  {
    name: 'brackets that hold no error',
    facts: { messages: messages(['the file sriov_numvfs (see the manual) sets the number']) },
    expect: 'skip',
  },
  {
    name: 'a token is missing',
    facts: { messages: messages(['vfio-pci 0000:03:10.0: VF token required to access device']) },
    expect: ['sriov-token@0000:03:10.0'],
  },
  {
    name: 'a virtual function went elsewhere',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: VF 0000:01:10.0 bound to driver iavf while PF bound to driver vfio-pci',
      ]),
    },
    expect: ['sriov-vf-on-other-driver'],
  },
  {
    name: 'libvirt wants a network interface',
    facts: {
      messages: messages([
        'error: unsupported configuration: Interface type hostdev is currently supported on SR-IOV Virtual Functions only',
      ]),
    },
    expect: ['sriov-network-interface@host'],
  },
  ...['MAC to 52:54:00:ab:cd:ef', 'MAC/vlanid to 52:54:00:ab:cd:ef/7'].map((what) => ({
    name: `a card does not take the address for its virtual function: ${what}`,
    facts: { messages: messages([`error: Cannot set interface ${what} for ifname ens7f0 vf 3: Invalid argument`]) },
    expect: ['sriov-network-interface@host'],
    severity: 'fail' as const,
  })),
  {
    name: 'a physical function with virtual ones',
    facts: pciFacts([
      endpoint({
        address: at,
        group: 1,
        driver: 'igb',
        driverOverride: 'vfio-pci',
        sriovNumVfs: 2,
        virtualFunctions: ['0000:01:10.0'],
      }),
    ]),
    expect: ['sriov-pf-with-vfs@0000:01:00.0'],
  },
  {
    name: 'a physical function without',
    facts: pciFacts([endpoint({ address: at, group: 1, driver: 'vfio-pci', sriovNumVfs: 0 })]),
    expect: 'pass',
  },
  {
    name: 'functions of a device that offers none',
    facts: {
      ...pciFacts([endpoint({ address: at, group: 1, driver: 'igb', sriovTotalVfs: null })]),
      attempts: fact([wish]),
    },
    expect: ['sriov-not-offered@0000:01:00.0'],
  },
  {
    name: 'the answer of a driver that makes none',
    facts: { attempts: fact([wish, { ...wish, line: 3 }]) },
    expect: ['sriov-no-driver@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the answer while there are some',
    facts: { attempts: fact([{ ...wish, error: 'Device or resource busy' }]) },
    expect: ['sriov-count-busy@0000:01:00.0'],
  },
  {
    name: 'a number that was taken, or whose answer is not shown',
    facts: { attempts: fact([{ ...wish, error: null }]) },
    expect: 'skip',
  },
  {
    name: 'a driver of the host that makes none in this way',
    facts: { messages: messages(['mlx4_core 0000:01:00.0: driver does not support SR-IOV configuration via sysfs']) },
    expect: ['sriov-driver-cannot@0000:01:00.0'],
  },
  {
    name: 'the same with what was typed and answered',
    facts: {
      messages: messages(['mlx4_core 0000:01:00.0: driver does not support SR-IOV configuration via sysfs']),
      attempts: fact([wish]),
    },
    expect: ['sriov-driver-cannot@0000:01:00.0'],
  },
  {
    name: 'the old words of a kernel, with no driver on the device',
    facts: { messages: messages(['pci 0000:01:00.0: Driver does not support SRIOV configuration via sysfs']) },
    expect: ['sriov-no-driver@0000:01:00.0'],
  },
  {
    name: 'the bare answer, and a driver of the host on the device',
    facts: {
      ...pciFacts([endpoint({ address: at, group: 1, driver: 'i915', sriovTotalVfs: 7, sriovNumVfs: 0 })]),
      attempts: fact([wish]),
    },
    expect: ['sriov-driver-cannot@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the file could not be opened: the device offers none',
    facts: { attempts: fact([{ ...wish, opening: true }]) },
    expect: ['sriov-not-offered@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a shell could not open the file of an interface',
    facts: { messages: messages(['-bash: /sys/class/net/eth4/device/sriov_numvfs: No such file or directory']) },
    expect: ['sriov-not-offered@host'],
  },
  {
    name: 'tee says the same of opening and of writing',
    facts: { messages: messages(['tee: /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs: No such file or directory']) },
    expect: ['sriov-no-driver@0000:01:00.0'],
  },
  {
    name: 'a number that is too large, by the name of the interface',
    facts: { attempts: fact([{ ...wish, address: null, error: 'Numerical result out of range' }]) },
    expect: ['sriov-too-many@host'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
