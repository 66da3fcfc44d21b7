import { describe, expect, test } from 'vitest'
import { collectPci } from '../../src/collect/pci.ts'
import type { Host } from '../../src/host/host.ts'
import type { Fact } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { configSpace, pcie } from '../support/config-space.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'
import { pciTree, type TreeFunction } from '../support/pci-tree.ts'

const A = '0000:00:06.0'

function functionsOf(host: Host): readonly PciFunction[] {
  const fact = collectPci(host)
  if (fact.state === 'unknown') throw new Error(fact.detail)
  return fact.value.functions
}

function one(tree: TreeFunction, more: Readonly<Record<string, Entry>> = {}): PciFunction {
  const [fn] = functionsOf(memoryHost({ files: { ...pciTree({ [A]: tree }), ...more } }))
  if (fn === undefined) throw new Error('no function')
  return fn
}

/** The value, or the reason why there is none. */
function said(fact: Fact<unknown>): unknown {
  return fact.state === 'known' ? fact.value : `? ${fact.reason}`
}

describe('attributes', () => {
  test.each<[keyof PciFunction, Readonly<Record<string, Entry>>, unknown]>([
    ['vendorId', {}, '144d'],
    ['deviceId', {}, 'a80a'],
    ['subsystem', {}, '144d:a801'],
    ['subsystem', { uevent: 'PCI_ID=144D:A80A\nPCI_SUBSYS_ID=0000:0000\n' }, null],
    ['class', {}, 0x010802],
    ['class', { uevent: 'PCI_CLASS=30000\n' }, 0x030000],
    ['revision', {}, 2],
    ['driver', {}, null],
    ['driver', { driver: { link: '../../../bus/pci/drivers/vfio-pci' } }, 'vfio-pci'],
    ['driverOverride', { driver_override: '(null)\n' }, null],
    ['driverOverride', { driver_override: '\n' }, null],
    ['driverOverride', { driver_override: 'vfio-pci\n' }, 'vfio-pci'],
    ['driverOverride', {}, null],
    ['vfioDev', {}, false],
    ['vfioDev', { 'vfio-dev/vfio0/dev': '511:0\n' }, true],
    ['group', {}, null],
    ['group', { iommu_group: { link: '../../../kernel/iommu_groups/14' } }, 14],
    ['iommuUnit', {}, null],
    ['iommuUnit', { iommu: { link: '../../virtual/iommu/dmar1' } }, 'dmar1'],
    ['physicalFunction', {}, null],
    ['physicalFunction', { physfn: { link: '../0000:00:05.0' } }, '0000:00:05.0'],
    ['virtualFunctions', {}, []],
    [
      'virtualFunctions',
      {
        virtfn0: { link: '../0000:00:07.0' },
        virtfn10: { link: '../0000:00:08.2' },
        virtfn2: { link: '../0000:00:07.2' },
      },
      ['0000:00:07.0', '0000:00:07.2', '0000:00:08.2'],
    ],
    ['sriovTotalVfs', {}, null],
    ['sriovTotalVfs', { sriov_totalvfs: '63\n' }, 63],
    ['sriovNumVfs', { sriov_numvfs: '0\n' }, 0],
    ['sriovAutoprobe', { sriov_drivers_autoprobe: '1\n' }, true],
    ['bootVga', {}, null],
    ['bootVga', { boot_vga: '1\n' }, true],
    ['bootVga', { boot_vga: '0\n' }, false],
    ['resetMethods', {}, null],
    ['resetMethods', { reset_method: '\n' }, []],
    ['resetMethods', { reset_method: 'flr bus\n' }, ['flr', 'bus']],
    ['resettable', {}, false],
    ['resettable', { reset: { error: 'denied' } }, true],
    ['powerState', {}, 'D0'],
    ['runtimeStatus', {}, 'active'],
    ['d3coldAllowed', {}, null],
    ['d3coldAllowed', { d3cold_allowed: '0\n' }, false],
    ['irq', {}, 16],
    ['irq', { irq: 'many\n' }, '? unreadable'],
    ['msiIrqs', {}, 0],
    ['msiIrqs', { 'msi_irqs/31': 'msix\n', 'msi_irqs/32': 'msix\n' }, 2],
    ['enabled', {}, true],
    ['enabled', { enable: '0\n' }, false],
    ['numaNode', {}, null],
    ['numaNode', { numa_node: '-1\n' }, null],
    ['numaNode', { numa_node: '1\n' }, 1],
    ['headerType', {}, 0],
    ['multifunction', { config: configSpace({ headerType: 0x80 }) }, true],
    ['driver', { driver: { link: '../../../bus/pci/drivers/evil\u001b[2Jname' } }, 'evilname'],
  ])('%s of %j', (field, attributes, value) => {
    expect(said(one({ attributes })[field] as Fact<unknown>)).toEqual(value)
  })

  test('without uevent the single files tell', () => {
    const attributes = {
      vendor: '0x10de\n',
      device: '0x1b80\n',
      subsystem_vendor: '0x1458\n',
      subsystem_device: '0x3702\n',
      class: '0x030000\n',
    }
    const fn = one({ attributes, without: ['uevent'] })
    expect([fn.vendorId, fn.deviceId, fn.subsystem, fn.class].map(said)).toEqual([
      '10de',
      '1b80',
      '1458:3702',
      0x030000,
    ])
  })

  test('BARs', () => {
    expect(said(one({}).resources)).toMatchObject([{ index: 0, kind: 'memory', start: 0xec100000n, size: 0x4000n }])
  })

  test('a directory that may not be listed says neither yes nor no', () => {
    const path = `/sys/bus/pci/devices/${A}`
    const inner = memoryHost({ files: pciTree({ [A]: {} }) })
    const denied = { ok: false, error: 'denied', code: 'EACCES' } as const
    const host: Host = {
      ...inner,
      list: (at) => (at === path ? denied : inner.list(at)),
      link: (at) => (at.startsWith(`${path}/`) ? denied : inner.link(at)),
    }
    const [fn] = functionsOf(host)
    expect([fn?.driver, fn?.vfioDev, fn?.group, fn?.resettable].map((fact) => fact && said(fact))).toEqual([
      '? denied',
      '? denied',
      '? denied',
      '? denied',
    ])
  })
})

describe('place', () => {
  test.each([
    ['on a root bus', 'pci0000:00', null],
    ['below a root port', 'pci0000:00/0000:00:01.0', '0000:00:01.0'],
    ['on the root bus of VMD', 'pci0000:00/0000:00:0e.0/pci10000:e0', null],
    ['below a port of VMD', 'pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0', '10000:e0:06.0'],
    ['on a host bridge of a platform', 'platform/40000000.pcie/pci0000:00', null],
  ])('%s', (_, below, parent) => {
    expect(said(one({ below }).parent)).toBe(parent)
  })
})

describe('configuration space', () => {
  const D0 = 'D0\n'
  test.each<[string, Readonly<Record<string, string>>, readonly string[], boolean]>([
    ['D0', { power_state: D0, 'power/runtime_status': 'active\n' }, [], true],
    ['D3hot', { power_state: 'D3hot\n', 'power/runtime_status': 'suspended\n' }, [], true],
    ['unknown, as without a driver', { power_state: 'unknown\n', 'power/runtime_status': 'active\n' }, [], true],
    ['D3cold', { power_state: 'D3cold\n', 'power/runtime_status': 'suspended\n' }, [], false],
    ['D0 on the way down', { power_state: D0, 'power/runtime_status': 'suspending\n' }, [], false],
    ['error', { power_state: 'error\n', 'power/runtime_status': 'active\n' }, [], false],
    ['before 5.11, active', { 'power/runtime_status': 'active\n' }, ['power_state'], true],
    ['before 5.11, suspended', { 'power/runtime_status': 'suspended\n' }, ['power_state'], false],
    ['before 5.11, unsupported', { 'power/runtime_status': 'unsupported\n' }, ['power_state'], false],
    ['a kernel without power management', {}, ['power_state', 'power/runtime_status'], true],
  ])('%s', (_, attributes, without, read) => {
    const fn = one({ attributes, without })
    expect(fn.config.state).toBe(read ? 'known' : 'unknown')
    if (!read) expect(said(fn.config)).toBe('? not-collected')
  })

  test.each([
    ['suspended', 'D3hot', false],
    ['suspending', 'D0', false],
    ['active', 'D3cold', false],
    ['active', 'D0', true],
    ['unsupported', 'unknown', true],
  ])('a port above that is %s in %s', (status, state, read) => {
    const port = { 'power/runtime_status': `${status}\n`, power_state: `${state}\n` }
    const files = pciTree({
      '0000:00:01.0': { attributes: port },
      '0000:01:00.0': { below: 'pci0000:00/0000:00:01.0' },
    })
    const fn = functionsOf(memoryHost({ files })).find((at) => at.address === '0000:01:00.0')
    expect(fn?.config.state).toBe(read ? 'known' : 'unknown')
  })

  test('VMD asleep: what hangs below it is left alone', () => {
    const files = pciTree({
      '0000:00:0e.0': { attributes: { 'power/runtime_status': 'suspended\n', power_state: 'D3hot\n' } },
      '10000:e0:06.0': { below: 'pci0000:00/0000:00:0e.0/pci10000:e0' },
    })
    const [vmd, port] = functionsOf(memoryHost({ files }))
    expect([vmd?.config.state, port?.config.state]).toEqual(['known', 'unknown'])
  })

  test('an unreadable power state is no leave to read', () => {
    expect(said(one({ attributes: { power_state: { error: 'denied' } } }).config)).toBe('? not-collected')
  })

  test('nothing that wakes or changes a device is opened', () => {
    const opened: string[] = []
    const inner = memoryHost({
      files: pciTree({
        [A]: {
          attributes: {
            vpd: 'x',
            rom: 'x',
            resource0: 'x',
            reset: 'x',
            current_link_speed: 'x',
            current_link_width: 'x',
            power_state: 'D3cold\n',
          },
        },
      }),
    })
    const host: Host = {
      ...inner,
      readText: (path, limit) => (opened.push(path), inner.readText(path, limit)),
      readBytes: (path, limit) => (opened.push(path), inner.readBytes(path, limit)),
    }
    functionsOf(host)
    expect(opened.filter((path) => path.startsWith(`/sys/bus/pci/devices/${A}/`)).length).toBeGreaterThan(3)
    expect(opened.filter((path) => /\/(config|vpd|rom|resource\d|reset|current_link\w+)$/.test(path))).toEqual([])
  })

  test('extended capabilities are looked for as far as they go, and not in virtual functions', () => {
    const far = Array.from({ length: 0x400 }, () => 0)
    const extended = [
      [0x01, far],
      [0x0d, [0x1f, 0, 0x1d, 0]],
    ] as const
    const config = configSpace({ length: 4096, capabilities: [pcie(4)], extended })
    const physical = one({ attributes: { config } })
    expect(physical.config).toMatchObject({
      value: { length: 4096, acs: { value: { capability: 0x1f, control: 0x1d } } },
    })
    const virtual = one({ attributes: { config, physfn: { link: '../0000:00:05.0' } } })
    expect(virtual.config).toMatchObject({ value: { length: 256, acs: { state: 'unknown' }, flr: { value: false } } })
    expect(said(virtual.irq)).toBe('? not-collected')
  })

  test('64 bytes are a header alone', () => {
    const config = configSpace({ length: 64, headerType: 1, capabilities: [pcie(4)] })
    const fn = one({ attributes: { config } })
    expect(fn.config).toMatchObject({ value: { length: 64, pcieType: { state: 'unknown', reason: 'denied' } } })
    expect(said(fn.headerType)).toBe(1)
  })

  test('a dead function', () => {
    const fn = one({ attributes: { config: new Uint8Array(256).fill(0xff) } })
    expect(fn.config).toMatchObject({ state: 'known', value: { dead: true } })
    expect([fn.headerType, fn.multifunction].map(said)).toEqual([0, '? not-collected'])
  })

  test.each([
    ['bus numbers', { secondary_bus_number: '1\n' }, '60900', 1],
    ['bus numbers of CardBus', { secondary_bus_number: '1\n' }, '60700', 2],
    ['class 0604', {}, '60400', 1],
    ['class 0607', {}, '60700', 2],
    ['class 0300', {}, '30000', 0],
    ['another bridge class', {}, '68000', '? not-collected'],
  ])('the header of a sleeping function by %s', (_, more, code, type) => {
    const attributes = { ...more, uevent: `PCI_ID=10DE:1B80\nPCI_CLASS=${code}\n`, power_state: 'D3cold\n' }
    expect(said(one({ attributes }).headerType)).toBe(type)
  })
})

describe('the module of a driver', () => {
  const bound = { attributes: { driver: { link: '../../../bus/pci/drivers/serial' } } }
  const at = '/sys/bus/pci/drivers/serial'

  test('by its link', () => {
    const fn = one(bound, { [`${at}/uevent`]: '', [`${at}/module`]: { link: '../../../../module/8250_pci' } })
    expect(said(fn.driverModule)).toBe('8250_pci')
    expect(fn.driverModule.source).toBe(`${at}/module`)
  })

  test('built in where the directory of the driver has no such link', () => {
    expect(said(one(bound, { [`${at}/uevent`]: '', [`${at}/bind`]: '' }).driverModule)).toBeNull()
  })

  test('unknown where the directory is not the kernel’s own, or the name is odd', () => {
    expect(said(one(bound).driverModule)).toBe('? absent')
    expect(said(one(bound, { [`${at}/0000:00:06.0`]: { link: '../x' } }).driverModule)).toBe('? absent')
    const odd = { attributes: { driver: { link: '../../../bus/pci/drivers/..' } } }
    expect(said(one(odd).driverModule)).toBe('? unreadable')
  })

  test('without a driver there is none', () => expect(said(one({}).driverModule)).toBeNull())
})

describe('names and modules', () => {
  test('from the host’s own lists', () => {
    const fn = one(
      {},
      {
        '/usr/share/hwdata/pci.ids': '144d  Samsung\n\ta80a  NVMe SSD Controller PM9A1\n',
        '/proc/sys/kernel/osrelease': '6.8.0-test\n',
        '/lib/modules/6.8.0-test/modules.alias': 'alias pci:v*d*sv*sd*bc01sc08i02* nvme\n',
      },
    )
    expect(said(fn.name)).toBe('Samsung NVMe SSD Controller PM9A1')
    expect(fn.name.source).toBe('/usr/share/hwdata/pci.ids')
    expect(said(fn.kernelModules)).toEqual(['nvme'])
  })

  test('without the lists they are unknown', () => {
    expect([one({}).name, one({}).kernelModules].map(said)).toEqual(['? absent', '? absent'])
  })
})

describe('the list', () => {
  test('a kernel without PCI has no functions; a missing sysfs proves nothing', () => {
    expect(said(collectPci(memoryHost({ files: { '/sys/bus/usb/': '' } })))).toEqual({ functions: [], complete: true })
    expect(collectPci(memoryHost()).state).toBe('unknown')
  })

  test('wide domains stand with the others', () => {
    const files = pciTree({ '10000:e0:06.0': { below: 'pci10000:e0' }, [A]: {} })
    expect(functionsOf(memoryHost({ files })).map((at) => at.address)).toEqual([A, '10000:e0:06.0'])
  })
})
