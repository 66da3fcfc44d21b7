import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchCommand } from '../../src/parse/search-command.ts'

const log = (...tables: readonly string[]) => [{ kind: 'log', tables, groups: false }]

describe('a search of the log tells of the tables whose lines it would have shown', () => {
  it.each([
    ['dmesg | grep -e DMAR -e IOMMU', log('DMAR')],
    ['sudo dmesg | grep DMAR', log('DMAR')],
    ['dmesg|grep -iE "dmar|amd-vi"', log('DMAR', 'IVRS')],
    ["dmesg -T | egrep '(DMAR|IVRS)' | less", log('DMAR', 'IVRS')],
    ["dmesg | grep 'DMAR\\|AMD-Vi' | head -n 20", log('DMAR', 'IVRS')],
    ['journalctl -k -b 0 | grep -i dmar', log('DMAR')],
    ['grep -i "AMD-Vi" /var/log/dmesg', log('IVRS')],
    ['dmesg | grep -i iommu', [{ kind: 'log', tables: [], groups: true }]],
    ['dmesg 2>/dev/null | grep -i -e DMAR', log('DMAR')],
  ])('%s', (command, places) => {
    expect(searchCommand(command)).toEqual({ places, counts: false })
  })

  it.each([
    // Another case than the kernel's, or a sign that is no alternative without -E.
    'dmesg | grep amd-vi',
    'dmesg | grep -e dmar',
    "dmesg | grep 'DMAR|AMD-Vi'",
    'dmesg | grep DMAR\\|IOMMU',
    // Less than all of what was found, or another log than that of this boot.
    'dmesg | grep DMAR | grep enabled',
    'dmesg | grep -v DMAR',
    'dmesg -l err | grep DMAR',
    'journalctl -b -1 | grep DMAR',
    'journalctl -u libvirtd | grep DMAR',
    'cat /proc/cpuinfo | grep DMAR',
    'dmesg | grep -i vt-d',
    'dmesg',
    'grep -r DMAR /etc',
    'echo dmesg | grep DMAR > out',
  ])('not %s', (command) => {
    expect(searchCommand(command)).toBeNull()
  })
})

describe('a listing', () => {
  it.each([
    ['find /sys/kernel/iommu_groups/ -type l', ['groups'], false],
    ['ls -la /sys/kernel/iommu_groups', ['groups'], false],
    ['ls /sys/kernel/iommu_groups | wc -l', ['groups'], true],
    ['find /sys/kernel/iommu_groups -type l | sort -V', ['groups'], false],
    ['./iommu-groups.sh', ['groups'], false],
    ['sudo bash ls-iommu.sh', ['groups'], false],
    ['for d in /sys/kernel/iommu_groups/*/devices/*; do echo $d; done', ['groups'], false],
    ['ls /sys/class/iommu', ['units'], false],
    ['ls /sys/class/iommu; find /sys/kernel/iommu_groups -type l', ['units', 'groups'], false],
    ['ls /sys/firmware/acpi/tables | grep DMAR', ['directory'], false],
  ])('%s', (command, kinds, counts) => {
    const found = searchCommand(command)
    expect(found?.places.map((one) => one.kind)).toEqual(kinds)
    expect(found?.counts).toBe(counts)
  })

  it.each([
    'find /sys/kernel/iommu_groups/12/devices -type l',
    'find /sys/kernel/iommu_groups -name 0000:01:00.0',
    'ls /sys/kernel/iommu_groups /sys/class/iommu',
    'ls /sys/class/iommu; lspci',
    'iommu_bind.sh',
    'ls',
  ])('not %s', (command) => {
    expect(searchCommand(command)).toBeNull()
  })
})

it('takes any text, in time that its length bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('dmesg ', '| ', 'grep ', '-e ', '"', "'", '\\', '$(', '`', ';', '&&', 'DMAR '), {
        maxLength: 120,
      }),
      (parts) => {
        const found = searchCommand(parts.join(''))
        expect(found === null || found.places.length > 0).toBe(true)
      },
    ),
  )
  expect(searchCommand(`dmesg | grep ${'('.repeat(100_000)}`)).toBeNull()
})
