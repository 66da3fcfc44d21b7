import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SCENES, sceneFiles } from '../../scripts/scenes/index.ts'
import type { Entry } from '../support/memory-host.ts'
import { doctor, hasControls, temporaryDirectory, writeTree } from './support.ts'

const directory = temporaryDirectory()
/** Clears the screen, sets a title, turns the reading direction, breaks the line. */
const EVIL = '\u001b[2J\u001b]0;owned\u0007\u202egpj.exe\u202c\r\u009b31m'
const GPU = '/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0'

/** The healthy desktop, as a tree of real files, with these things in place of its own. */
function rootWith(name: string, files: Readonly<Record<string, Entry>>): string {
  const scene = SCENES.find((one) => one.slug === 'intel-desktop-healthy')
  if (scene === undefined) throw new Error('there is no such scene')
  const root = join(directory, name)
  writeTree(root, { ...sceneFiles(scene), ...files })
  return root
}

/** Every text in a parsed report. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(texts)
}

const TREES: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'names with escape sequences': {
    '/etc/os-release': `PRETTY_NAME="Fedora ${EVIL}"\nID=fedora\n`,
    '/sys/class/dmi/id/product_name': `Board ${EVIL}\n`,
    '/usr/share/hwdata/pci.ids': `10de  NVIDIA ${EVIL}\n\t2484  GA104 ${EVIL}\n`,
    '/proc/cmdline': `root=/dev/sda1 intel_iommu=on evil="${EVIL}" vfio-pci.ids=${EVIL}\n`,
    '/etc/modprobe.d/evil.conf': `options vfio-pci ids=10de:2484 # ${EVIL}\nblacklist ${EVIL}\n`,
    [`${GPU}/driver_override`]: `vfio-pci${EVIL}\n`,
    '/etc/libvirt/qemu/evil.xml': `<domain type='kvm'><name>${EVIL.replaceAll('\u001b', '').replaceAll('\u0007', '')}\u001b[2J</name></domain>`,
    '/var/log/kern.log': `Feb  1 10:00:00 host kernel: [    0.000000] Linux version 6.12.9-200.fc41.x86_64 x\nFeb  1 10:00:01 host kernel: [    1.000000] vfio-pci 0000:01:00.0: ${EVIL}: probe of 0000:01:00.0 failed with error -22 ${EVIL}\n`,
  },
  'a kernel log of megabyte lines and binary': {
    '/var/log/kern.log': Buffer.concat([
      Buffer.from('Feb  1 10:00:00 host kernel: [    0.000000] Linux version 6.12.9-200.fc41.x86_64 x\n'),
      Buffer.from(`Feb  1 10:00:01 host kernel: [    1.000000] DMAR: ${'A'.repeat(3_000_000)}\n`),
      Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7919) % 256)),
      Buffer.from(`\nvfio-pci ${'0000:01:00.0 '.repeat(200_000)}\n`),
    ]),
  },
  'sysfs attributes that say nonsense': {
    [`${GPU}/uevent`]: '\u0000\u0001nonsense\n',
    [`${GPU}/class`]: 'purple\n',
    [`${GPU}/vendor`]: '\n',
    [`${GPU}/resource`]: Buffer.alloc(5000, 0xff),
    [`${GPU}/config`]: Buffer.alloc(3),
    [`${GPU}/reset_method`]: `${'flr '.repeat(1000)}${EVIL}\n`,
    [`${GPU}/power_state`]: 'D9\n',
    '/sys/kernel/iommu_groups/14/reserved_regions': 'here be dragons\n',
    '/sys/firmware/acpi/tables/DMAR': Buffer.alloc(48, 0xff),
    '/sys/devices/virtual/iommu/dmar0/intel-iommu/cap': 'zz\n',
    '/proc/meminfo': 'MemTotal: lots\n',
    '/proc/self/limits': '',
    '/proc/modules': Buffer.alloc(4096, 0x80),
  },
}

describe.each(Object.entries(TREES))('%s', (name, files) => {
  const root = rootWith(name.replaceAll(' ', '-'), files)

  test.each(['text', 'markdown'])('leave a whole %s report without control characters', (format) => {
    const run = doctor(['--root', root, '01:00.0', '--format', format, '--verbose'])
    expect(run.stderr).toBe('')
    expect([0, 1]).toContain(run.status)
    expect(run.stdout).toContain('01:00.0')
    expect(hasControls(run.stdout)).toBe(false)
  })

  test('leave a whole JSON report without control characters in its texts', () => {
    const run = doctor(['--root', root, '--format', 'json'])
    expect(run.stderr).toBe('')
    const report = JSON.parse(run.stdout) as { checks: { id: string; status: string }[] }
    expect(report.checks.filter((one) => one.status === 'crash')).toEqual([])
    expect(texts(report).filter((text) => hasControls(text.replaceAll('\n', '')))).toEqual([])
  })
})

test('attributes that are broken make their facts unknown, and the rest is still told', () => {
  const broken = { [`${GPU}/class`]: 'purple\n', [`${GPU}/uevent`]: '\n', [`${GPU}/config`]: Buffer.alloc(3) }
  const root = rootWith('broken', broken)
  const run = doctor(['--root', root, '--format', 'json', '01:00.0'])
  const report = JSON.parse(run.stdout) as { devices: { address: string; verdict: string }[] }
  expect(report.devices.find((one) => one.address === '0000:01:00.0')?.verdict).toBe('cannot-tell')
  expect(report.devices.find((one) => one.address === '0000:01:00.1')?.verdict).not.toBe('cannot-tell')
})
