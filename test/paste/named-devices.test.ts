import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf } from './support.ts'

function devicesOf(post: string): readonly string[] {
  return (valueOf(factsOf(post).pci)?.functions ?? []).map((one) => one.address)
}

describe('a post names its device', () => {
  it.each([
    ['in the directory that somebody looks at', '$ ls /sys/bus/pci/devices/0000:03:00.0/', ['0000:03:00.0']],
    [
      'with its colons escaped, as a shell completes it',
      String.raw`# ls -l /sys/devices/pci0000\:00/0000\:00\:1c.0/0000\:03\:00.0/`,
      ['0000:03:00.0'],
    ],
    ['in quotes', 'root@host:~# cat "/sys/bus/pci/devices/0000:03:00.0/power_state"', ['0000:03:00.0']],
    [
      'in the lines of a log, where nothing else does (KERN_DEBUG of drivers/xen/xen-pciback/conf_space.c)',
      '[   52.100000] xen-pciback: 0000:03:00.0: read 2 bytes at 0x4',
      ['0000:03:00.0'],
    ],
    ['as libvirt names it', 'GPU_VIDEO=pci_0000_03_00_0', ['0000:03:00.0']],
    ['as libvirt names it, in any command', '$ virsh nodedev-dumpxml pci_0000_03_00_0', ['0000:03:00.0']],
    ['as libvirt names it, in an error', "error: unknown device 'pci_10000_03_00_0' of a pool", ['10000:03:00.0']],
    ['and not by a number that only looks so', 'module pci_0000_0300_0 is loaded', []],
  ])('%s', (_, post, devices) => {
    expect(devicesOf(post)).toEqual(devices)
  })

  it('and a log is not asked where it does', () => {
    const post = `
      $ ls /sys/bus/pci/devices/0000:03:00.0/
      [    1.100000] ahci 0000:00:17.0: version 3.0`
    expect(devicesOf(post)).toEqual(['0000:03:00.0'])
  })

  it('and of a long log a few are taken', () => {
    const log = Array.from({ length: 20 }, (_, at) => `[    1.10000${at % 10}] ahci 0000:${10 + at}:00.0: version 3.0`)
    expect(devicesOf(log.join('\n'))).toHaveLength(8)
  })
})
