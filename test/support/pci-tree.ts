import { configSpace } from './config-space.ts'
import type { Entry } from './memory-host.ts'

/** One function of a sysfs tree: attributes are files below its directory, `driver` and the like are links. */
export interface TreeFunction {
  /** Below /sys/devices, up to the directory above; the function's address follows. */
  readonly below?: string
  readonly attributes?: Readonly<Record<string, Entry>>
  /** Attributes of the default set to leave out. */
  readonly without?: readonly string[]
}

/** A sysfs tree of PCI functions, with the links as the kernel makes them. */
export function pciTree(functions: Readonly<Record<string, TreeFunction>>): Record<string, Entry> {
  const files: Record<string, Entry> = { '/sys/bus/pci/drivers/': '' }
  for (const [address, { below = 'pci0000:00', attributes = {}, without = [] }] of Object.entries(functions)) {
    const directory = `/sys/devices/${below}/${address}`
    files[`/sys/bus/pci/devices/${address}`] = { link: `../../..${directory.slice('/sys'.length)}` }
    const all: Record<string, Entry> = { ...DEFAULTS, ...attributes }
    for (const [name, entry] of Object.entries(all)) if (!without.includes(name)) files[`${directory}/${name}`] = entry
  }
  return files
}

const DEFAULTS: Readonly<Record<string, Entry>> = {
  uevent:
    'DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=144D:A80A\nPCI_SUBSYS_ID=144D:A801\nMODALIAS=pci:v0000144Dd0000A80Asv0000144Dsd0000A801bc01sc08i02\n',
  config: configSpace({ length: 256, set: { 0x08: 0x02 } }),
  resource: '0x00000000ec100000 0x00000000ec103fff 0x0000000000140204\n',
  irq: '16\n',
  enable: '1\n',
  power_state: 'D0\n',
  'power/runtime_status': 'active\n',
}
