import { check } from '../../../checks/binding/vfio-ids.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import { known } from '../../../src/model/fact.ts'
import { parseCommandLine } from '../../../src/parse/command-line.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, commandLine, config, endpoint, fact, pciFacts, type FunctionPatch } from '../../support/facts.ts'

const [A, B] = ['0000:03:00.0', '0000:04:00.0']
const nvme = (address: string, patch: Partial<FunctionPatch> = {}) =>
  endpoint({
    vendorId: '144d',
    deviceId: 'a808',
    class: 0x010802,
    driver: 'nvme',
    group: address === B ? 2 : 1,
    ...patch,
    address,
  })
const root = [{ kind: 'disk', name: 'nvme0n1', inUse: 'mounted at /', source: '/proc/self/mountinfo' }]
const display = [{ kind: 'display', name: 'card0', inUse: 'it is the primary display', source: '/sys/class/drm' }]
const ids = commandLine('vfio-pci.ids=144d:a808')
const guest: GuestDefinition = {
  name: 'vm',
  manager: 'qemu',
  machine: null,
  firmware: null,
  memoryBytes: null,
  hostDevices: [{ address: A, managed: null, romFile: null, allFunctions: false, options: {}, text: 'vfio-pci' }],
  running: null,
  source: 'vm.sh',
}

const newCard = (driver: string, complete: boolean) => ({
  commandLine: commandLine('vfio-pci.ids=10de:1c03,10de:10f1'),
  ...pciFacts([endpoint({ address: A, vendorId: '10de', deviceId: '2504', class: 0x030000, driver })], complete),
})

const sees = (...seats: readonly ('picture' | 'keyboard')[]) =>
  seats.map((seat) => ({
    kind: seat === 'picture' ? 'display' : 'input',
    name: `${seat}0`,
    inUse: 'in use',
    source: '/sys/class',
    seat,
  }))
const GPU = '0000:01:00.0'
const IGPU = '0000:00:02.0'
const USB = '0000:00:14.0'
const seated = (patch: {
  readonly igpu?: object
  readonly gpu?: object
  readonly usb?: object
  readonly others?: readonly Parameters<typeof endpoint>[0][]
}) => ({
  ...pciFacts([
    endpoint({
      address: IGPU,
      vendorId: '8086',
      deviceId: '4680',
      class: 0x030000,
      driver: 'i915',
      group: 1,
      uses: sees('picture'),
      ...patch.igpu,
    }),
    endpoint({
      address: USB,
      vendorId: '8086',
      deviceId: '7ae0',
      class: 0x0c0330,
      driver: 'xhci_hcd',
      group: 2,
      uses: sees('keyboard'),
      ...patch.usb,
    }),
    endpoint({
      address: GPU,
      vendorId: '10de',
      deviceId: '2484',
      class: 0x030000,
      driver: 'nouveau',
      group: 3,
      ...patch.gpu,
    }),
    ...(patch.others ?? []).map((one) => endpoint({ group: 4, ...one })),
  ]),
  guests: fact([]),
})
const all = commandLine('vfio-pci.ids=10de:2484,8086:4680,8086:7ae0')
const pair = commandLine('vfio-pci.ids=10de:2484,8086:4680')
const alone = commandLine('vfio-pci.ids=10de:2484')

/** What is written for the boot loader, and is not on the running command line. */
const written = (text: string) =>
  fact({
    efi: true,
    loader: known('grub' as const, 'LoaderInfo'),
    sources: [
      {
        path: '/etc/default/grub',
        loader: 'grub' as const,
        layer: 'configured' as const,
        parameters: parseCommandLine(text).parameters,
      },
    ],
  })

const physical = (vfDeviceId: number | null) =>
  endpoint({
    address: A,
    vendorId: '8086',
    deviceId: '1572',
    driver: 'i40e',
    sriovTotalVfs: 64,
    sriovNumVfs: 0,
    ...(vfDeviceId === null
      ? {}
      : {
          config: config({ sriov: known({ enabled: false, initialVfs: 64, totalVfs: 64, numVfs: 0, vfDeviceId }, A) }),
        }),
  })
const virtual = commandLine('vfio-pci.ids=8086:154c')

checkTable(check, [
  {
    name: 'an id of virtual functions that are made later',
    facts: { ...pciFacts([physical(0x154c)]), commandLine: virtual },
    expect: 'pass',
  },
  {
    name: 'the same where the configuration space is for root',
    facts: { ...pciFacts([physical(null)]), commandLine: virtual },
    expect: 'pass',
  },
  {
    name: 'virtual functions of another id',
    facts: { ...pciFacts([physical(0x1889)]), commandLine: virtual },
    expect: ['ids-match-nothing'],
  },
  {
    name: 'a post shows another card of the same maker',
    facts: newCard('nouveau', false),
    expect: ['ids-match-none-shown@0000:03:00.0'],
    severity: 'info',
  },
  { name: 'a post shows another card, which vfio-pci has', facts: newCard('vfio-pci', false), expect: 'skip' },
  {
    name: 'a whole list has another card of the same maker',
    facts: newCard('nouveau', true),
    expect: ['ids-match-nothing', 'ids-match-nothing'],
  },
  {
    name: 'the id is that of the disk of the host too',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { uses: root })]) },
    expect: ['ids-take-host-device@0000:04:00.0'],
    severity: 'warn',
  },
  {
    name: 'any device of the maker, of the class of graphics',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:ffffffff:ffffffff:ffffffff:030000:ffffff'),
      ...pciFacts([endpoint({ address: A, vendorId: '10de', deviceId: '1b80', class: 0x030000, driver: 'vfio-pci' })]),
    },
    expect: 'pass',
  },
  {
    name: 'the id is that of the disk of the host alone',
    facts: { commandLine: ids, ...pciFacts([nvme(B, { uses: root })]) },
    expect: ['ids-take-host-device@0000:04:00.0'],
  },
  {
    name: 'the id of the sound of a card goes with the display that the host shows itself on',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:10f0'),
      ...pciFacts([
        endpoint({ address: '0000:04:00.0', vendorId: '10de', deviceId: '1b80', driver: 'nouveau', uses: display }),
        ...['0000:03:00.1', '0000:04:00.1'].map((address) =>
          endpoint({ address, vendorId: '10de', deviceId: '10f0', class: 0x040300, driver: 'snd_hda_intel' }),
        ),
      ]),
    },
    expect: ['ids-take-host-device@0000:04:00.1'],
  },
  {
    name: 'one port of a network card is used, and the other free',
    facts: {
      commandLine: commandLine('vfio-pci.ids=8086:1521'),
      ...pciFacts(
        [
          [{ kind: 'network', name: 'eth0', inUse: 'it carries the default route', source: '/sys/class/net' }] as const,
          [],
        ].map((uses, port) =>
          endpoint({ address: `0000:03:00.${port}`, vendorId: '8086', deviceId: '1521', driver: 'igb', uses }),
        ),
      ),
    },
    expect: ['ids-take-host-device@0000:03:00.0'],
  },
  {
    name: 'the user asks for the twin of the disk of the host',
    facts: { commandLine: ids, ...pciFacts([nvme(A), nvme(B, { uses: root })]) },
    asked: [A],
    expect: ['ids-take-host-device@0000:03:00.0'],
  },
  {
    name: 'the id is that of the disk of the host, which the user asks for',
    facts: { commandLine: ids, ...pciFacts([nvme(B, { uses: root })]) },
    asked: [B],
    expect: 'pass',
  },
  {
    name: 'a lone display in use is one to give away',
    facts: {
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
      ...pciFacts([
        endpoint({
          address: A,
          vendorId: '10de',
          deviceId: '1b80',
          class: 0x030000,
          driver: 'nouveau',
          uses: [
            { kind: 'display', name: 'card0', inUse: 'it is the primary display', source: '/sys/class/drm/card0' },
          ],
        }),
      ]),
    },
    expect: 'pass',
  },
  {
    name: 'who asks about another device is told to take the disk of the host out, and of no twin',
    facts: { commandLine: ids, ...pciFacts([nvme(A), nvme(B, { uses: root }), endpoint({ address: GPU, group: 3 })]) },
    asked: [GPU],
    expect: ['ids-take-host-device@0000:04:00.0'],
    severity: 'warn',
    advises: `take 144d:a808 out of the ids of vfio-pci on the kernel command line, in the settings of the boot loader: at the next start vfio-pci may take ${B} from this host. If it is meant for ${A}`,
  },
  {
    name: 'the twin of the disk of the host goes to a guest, and somebody asks about another device',
    facts: {
      commandLine: ids,
      guests: fact([guest]),
      ...pciFacts([nvme(A), nvme(B, { uses: root }), endpoint({ address: GPU, group: 3 })]),
    },
    asked: [GPU],
    expect: ['ids-take-host-device@0000:04:00.0'],
    advises: 'remove-kernel-parameter',
  },
  {
    name: 'it could not be read what the host uses',
    facts: {
      commandLine: ids,
      ...pciFacts([nvme(B, { uses: undefined }), endpoint({ address: GPU, group: 3 })]),
    },
    asked: [GPU],
    expect: 'unknown',
  },
  {
    name: 'the list is written for the boot loader, and the next start is to bring it',
    facts: {
      commandLine: commandLine('quiet'),
      boot: written('quiet vfio-pci.ids=144d:a808'),
      ...pciFacts([nvme(A), nvme(B, { uses: root }), endpoint({ address: GPU, group: 3 })]),
    },
    asked: [GPU],
    expect: ['ids-take-host-device@0000:04:00.0'],
    advises: 'in /etc/default/grub, and out of what is typed here',
  },
  {
    name: 'the written list names nothing that the host uses, nor anything that is there',
    facts: {
      commandLine: commandLine('quiet'),
      boot: written('quiet vfio-pci.ids=144d:a808,10de:ffff'),
      ...pciFacts([nvme(A), nvme(B)]),
    },
    expect: 'skip',
  },
  {
    name: 'the boot loader has the list that runs',
    facts: {
      commandLine: ids,
      boot: written('vfio-pci.ids=144d:a808'),
      ...pciFacts([nvme(B, { uses: root })]),
    },
    expect: ['ids-take-host-device'],
    advises: 'on the kernel command line',
  },
  {
    name: 'of a display too, where it is not the one that is asked about',
    facts: { commandLine: pair, ...seated({ igpu: { uses: undefined } }) },
    asked: [GPU],
    expect: 'unknown',
  },
  {
    name: 'what is asked about is no question',
    facts: { commandLine: pair, ...seated({ igpu: { uses: undefined } }) },
    asked: [GPU, IGPU],
    expect: 'pass',
  },
  {
    name: 'the list takes the last picture and the last keyboard along with the card that is asked about',
    facts: { commandLine: all, ...seated({}) },
    asked: [GPU],
    expect: [`ids-take-host-device@${IGPU}`, `ids-take-host-device@${USB}`],
    severity: 'warn',
    advises: `Leave it in only if a guest is to have ${IGPU}`,
  },
  {
    name: 'or along with any other device',
    facts: { commandLine: alone, ...seated({ igpu: { uses: [] }, gpu: { uses: sees('picture') } }) },
    asked: [USB],
    expect: [`ids-take-host-device@${GPU}`],
    severity: 'warn',
  },
  { name: 'nobody asks about anything', facts: { commandLine: all, ...seated({}) }, expect: 'pass' },
  {
    name: 'both displays are asked about',
    facts: { commandLine: pair, ...seated({}) },
    asked: [GPU, IGPU],
    expect: 'pass',
  },
  {
    name: 'the one display is asked about',
    facts: { commandLine: alone, ...seated({ igpu: { class: 0x020000, uses: [] }, gpu: { uses: sees('picture') } }) },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'a guest is to have the display that the host shows itself on',
    facts: {
      commandLine: pair,
      ...seated({}),
      guests: fact([{ ...guest, hostDevices: guest.hostDevices.map((one) => ({ ...one, address: IGPU })) }]),
    },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'what goes with the group of the card that is asked about',
    facts: { commandLine: all, ...seated({ igpu: { group: 3 }, usb: { group: 3 } }) },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'the display in the list has no picture',
    facts: {
      commandLine: pair,
      ...seated({ igpu: { uses: display.map((one) => ({ ...one, inUse: 'Xorg has it open' })) } }),
    },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'another picture and another keyboard stay',
    facts: {
      commandLine: all,
      ...seated({
        others: [
          { address: A, class: 0x030000, driver: 'ast', uses: sees('picture') },
          { address: B, class: 0x0c0330, driver: 'xhci_hcd', uses: sees('keyboard') },
        ],
      }),
    },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'another picture and another keyboard may be there',
    facts: {
      commandLine: all,
      ...seated({
        others: [
          { address: A, class: 0x030000, driver: 'ast', uses: undefined },
          { address: B, class: 0x0c0330, driver: 'xhci_hcd', uses: undefined },
        ],
      }),
    },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'the display in the list is on vfio-pci',
    facts: { commandLine: pair, ...seated({ igpu: { driver: 'vfio-pci' } }) },
    asked: [GPU],
    expect: 'pass',
  },
  {
    name: 'twins on different drivers',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B)]) },
    expect: ['ids-match-twins@0000:04:00.0'],
  },
  {
    name: 'a twin that nobody asked for',
    facts: {
      commandLine: ids,
      guests: fact([guest]),
      ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci' })]),
    },
    expect: ['ids-took-twin@0000:04:00.0'],
    severity: 'info',
  },
  {
    name: 'a twin of the one that is asked about',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci' })]) },
    asked: [A],
    expect: ['ids-took-twin@0000:03:00.0'],
    severity: 'info',
  },
  {
    name: 'twins that are both asked about',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci' })]) },
    asked: [A, B],
    expect: 'pass',
  },
  {
    name: 'a twin that a guest is given',
    facts: {
      commandLine: ids,
      guests: fact([guest]),
      ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci' })]),
    },
    asked: [B],
    expect: 'pass',
  },
  {
    name: 'a twin that was named by its address',
    facts: {
      commandLine: ids,
      ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci', driverOverride: 'vfio-pci' })]),
    },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'the other port of the card that is asked about',
    facts: {
      commandLine: ids,
      ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme('0000:03:00.1', { driver: 'vfio-pci' })]),
    },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'a twin in the group of the one that is asked about',
    facts: {
      commandLine: ids,
      ...pciFacts([nvme(A, { driver: 'vfio-pci', group: 7 }), nvme(B, { driver: 'vfio-pci', group: 7 })]),
    },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'twins on different drivers, of which one is asked about',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B)]) },
    asked: [A],
    expect: ['ids-match-twins@0000:03:00.0'],
  },
  {
    name: 'twins that are both given away',
    facts: { commandLine: ids, ...pciFacts([nvme(A, { driver: 'vfio-pci' }), nvme(B, { driver: 'vfio-pci' })]) },
    expect: 'pass',
  },
  {
    name: 'an id of no device',
    facts: { commandLine: ids, ...pciFacts([endpoint({ address: A })]) },
    expect: ['ids-match-nothing@host'],
    severity: 'warn',
  },
  {
    name: 'an id of no device beside one that works',
    facts: {
      commandLine: commandLine('vfio-pci.ids=144d:a808,10de:1b80'),
      ...pciFacts([nvme(A, { driver: 'vfio-pci' })]),
    },
    expect: ['ids-match-nothing'],
    severity: 'info',
  },
  {
    name: 'an id of no device that is shown',
    facts: { commandLine: ids, ...pciFacts([endpoint({ address: A })], false) },
    expect: 'skip',
  },
  {
    name: 'an id of a bridge is told elsewhere',
    facts: { commandLine: commandLine('vfio-pci.ids=8086:1901'), ...pciFacts([bridge({ address: '0000:00:01.0' })]) },
    expect: 'pass',
  },
  { name: 'no ids', facts: { commandLine: commandLine('quiet'), ...pciFacts([nvme(A)]) }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
