import { describe, expect, test } from 'vitest'
import { collectCpu } from '../../src/collect/cpu.ts'
import { collectEnvironment } from '../../src/collect/environment.ts'
import { collectIdentity } from '../../src/collect/identity.ts'
import { collectKernel, collectKernelConfig } from '../../src/collect/kernel.ts'
import { collectLimits } from '../../src/collect/limits.ts'
import { collectMemory } from '../../src/collect/memory.ts'
import { collectNodes } from '../../src/collect/nodes.ts'
import { collectOs } from '../../src/collect/os.ts'
import { collectSecurity } from '../../src/collect/security.ts'
import type { Host } from '../../src/host/host.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const at = (files: Readonly<Record<string, Entry>>, uid = 0): Host => memoryHost({ files, uid })
const DENIED = { error: 'denied' } as const

describe('the distribution and its flavour', () => {
  const debian = 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n'
  const tumbleweed = 'ID="opensuse-tumbleweed"\n'
  const os = '/etc/os-release'
  const update = '/usr/sbin/transactional-update'
  test.each<[string, Readonly<Record<string, Entry>>, string]>([
    ['plain', { [os]: debian }, 'plain'],
    ['Proxmox calls itself Debian', { [os]: debian, '/usr/bin/pveversion': '' }, 'proxmox'],
    ['TrueNAS calls itself Debian', { [os]: debian, '/usr/bin/midclt': '' }, 'truenas'],
    ['NixOS', { [os]: 'ID=nixos\n' }, 'nixos'],
    ['Talos', { [os]: 'ID=talos\n' }, 'talos'],
    ['Unraid', { [os]: 'ID=slackware\n', '/etc/unraid-version': 'version="7.0.0"\n' }, 'unraid'],
    ['ostree by its mark', { [os]: 'ID=fedora\n', '/run/ostree-booted': '' }, 'ostree'],
    ['ostree by its parameter', { [os]: 'ID=fedora\n', '/proc/cmdline': 'quiet ostree=/ostree/boot.1/x\n' }, 'ostree'],
    ['MicroOS', { [os]: 'ID="opensuse-microos"\n' }, 'transactional'],
    [
      'a read-only root',
      { [os]: tumbleweed, [update]: '', '/proc/self/mounts': '/dev/sda / btrfs ro,noatime 0 0\n' },
      'transactional',
    ],
    [
      'a tool that is not in use',
      { [os]: tumbleweed, [update]: '', '/proc/self/mounts': '/dev/sda / btrfs rw 0 0\n' },
      'plain',
    ],
  ])('%s', (_, files, flavour) => {
    expect(collectOs(at(files))).toMatchObject({ state: 'known', value: { flavour } })
  })

  test('the fallback of os-release(5)', () => {
    expect(collectOs(at({ '/usr/lib/os-release': debian }))).toMatchObject({
      source: '/usr/lib/os-release',
      value: { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' },
    })
  })

  test.each([
    ['none', {}, 'absent'],
    ['denied', { [os]: DENIED }, 'denied'],
    ['empty', { [os]: '' }, 'unreadable'],
  ])('unknown: %s', (_, files, reason) => {
    expect(collectOs(at(files))).toMatchObject({ state: 'unknown', reason })
  })
})

const RELEASE = '/proc/sys/kernel/osrelease'

describe('the kernel', () => {
  test.each<[string, Readonly<Record<string, Entry>>, object]>([
    [
      'with arch',
      { [RELEASE]: '6.8.12-4-pve\n', '/proc/sys/kernel/arch': 'x86_64\n' },
      { release: '6.8.12-4-pve', version: [6, 8, 12], architecture: 'x86_64' },
    ],
    [
      'before 6.1, by its CPU listing',
      { [RELEASE]: '5.15.0\n', '/proc/cpuinfo': 'CPU implementer : 0x41\nFeatures : fp asimd\n' },
      { release: '5.15.0', version: [5, 15, 0], architecture: 'aarch64' },
    ],
    ['not tellable', { [RELEASE]: '5.15.0\n' }, { release: '5.15.0', version: [5, 15, 0], architecture: 'unknown' }],
    [
      'from the banner',
      { '/proc/version': 'Linux version 3.13.0-24-generic (buildd@x) (gcc) #46\n' },
      { release: '3.13.0-24-generic', version: [3, 13, 0], architecture: 'unknown' },
    ],
  ])('%s', (_, files, value) => {
    expect(collectKernel(at(files))).toMatchObject({ state: 'known', value })
  })

  test('unknown where nothing says it, or nothing sensible', () => {
    expect(collectKernel(at({}))).toMatchObject({ state: 'unknown', reason: 'absent' })
    expect(collectKernel(at({ [RELEASE]: 'weird\n' }))).toMatchObject({ state: 'unknown', source: RELEASE })
  })
})

describe('the configuration of the kernel', () => {
  const files = { [RELEASE]: '6.8.0\n' }
  const config = 'CONFIG_VFIO=m\n# CONFIG_VFIO_NOIOMMU is not set\n'
  const value = { CONFIG_VFIO: 'm', CONFIG_VFIO_NOIOMMU: 'n' }

  test.each([
    '/boot/config-6.8.0',
    '/lib/modules/6.8.0/config',
    '/usr/lib/modules/6.8.0/config',
    '/usr/lib/kernel/config-6.8.0',
  ])('from %s', async (path) => {
    expect(await collectKernelConfig(at({ ...files, [path]: config }))).toEqual({ state: 'known', value, source: path })
  })

  test.each(['zcat /proc/config.gz', 'gzip -dc /proc/config.gz'])('by %s', async (program) => {
    const host = memoryHost({ files: { ...files, '/proc/config.gz': '' }, programs: { [program]: config } })
    expect(await collectKernelConfig(host)).toEqual({ state: 'known', value, source: '/proc/config.gz' })
  })

  test('unknown, with the reason', async () => {
    expect(await collectKernelConfig(at(files))).toMatchObject({ state: 'unknown', reason: 'absent' })
    expect(await collectKernelConfig(at({ ...files, '/boot/config-6.8.0': DENIED }))).toMatchObject({
      reason: 'denied',
    })
    expect(await collectKernelConfig(at({ ...files, '/proc/config.gz': '' }))).toMatchObject({ reason: 'no-tool' })
    expect(await collectKernelConfig(at({ ...files, '/boot/config-6.8.0': 'gone' }))).toMatchObject({
      state: 'unknown',
    })
  })

  test('a release cannot lead out of the directory', async () => {
    const host = at({ [RELEASE]: '../../etc/secret\n', '/etc/secret': config, '/boot/config-x/': '' })
    expect(await collectKernelConfig(host)).toMatchObject({ state: 'unknown' })
  })
})

test('the cpu is read from the beginning of a long listing', () => {
  const block = 'vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\nflags\t\t: svm\n\n'
  expect(collectCpu(at({ '/proc/cpuinfo': block.repeat(5000) }))).toMatchObject({
    value: { vendor: 'amd', model: 'AMD EPYC' },
  })
  expect(collectCpu(at({}))).toMatchObject({ state: 'unknown', source: '/proc/cpuinfo' })
})

describe('what stands between', () => {
  const cpu = (flags: string): string => `vendor_id\t: GenuineIntel\nflags\t\t: ${flags}\n`
  const metal = { '/proc/cpuinfo': cpu('vmx') }
  const guest = { '/proc/cpuinfo': cpu('vmx hypervisor') }
  const arm = { '/proc/cpuinfo': 'CPU implementer\t: 0x41\nFeatures\t: asimd\n' }
  const dmi = (vendor: string, product: string): Readonly<Record<string, Entry>> => ({
    '/sys/class/dmi/id/sys_vendor': `${vendor}\n`,
    '/sys/class/dmi/id/product_name': `${product}\n`,
  })
  const clocks = (text: string): Readonly<Record<string, Entry>> => ({
    '/sys/devices/system/clocksource/clocksource0/available_clocksource': text,
  })

  test.each<[string, Readonly<Record<string, Entry>>, string | null]>([
    ['bare metal', { ...metal, ...dmi('ASUSTeK COMPUTER INC.', 'System Product Name') }, null],
    ['QEMU', { ...guest, ...dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)') }, 'QEMU'],
    ['QEMU that hides the flag', { ...metal, ...dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)') }, 'QEMU'],
    ['VMware', { ...guest, ...dmi('VMware, Inc.', 'VMware Virtual Platform') }, 'VMware'],
    ['VirtualBox', { ...guest, ...dmi('innotek GmbH', 'VirtualBox') }, 'VirtualBox'],
    ['Hyper-V', { ...guest, ...dmi('Microsoft Corporation', 'Virtual Machine') }, 'Hyper-V'],
    ['a Surface', { ...metal, ...dmi('Microsoft Corporation', 'Surface Pro') }, null],
    ['EC2', { ...guest, ...dmi('Amazon EC2', 'm5.large') }, 'Amazon EC2'],
    ['EC2 metal', { ...metal, ...dmi('Amazon EC2', 'm5.metal') }, null],
    ['EC2 metal on Arm', { ...arm, ...dmi('Amazon EC2', 'c7g.metal') }, null],
    ['EC2 on Arm', { ...arm, ...dmi('Amazon EC2', 'c7g.large') }, 'Amazon EC2'],
    ['a Chromebook', { ...metal, ...dmi('Google', 'Eve') }, null],
    ['no DMI, KVM by its clock', { ...guest, ...clocks('kvm-clock tsc acpi_pm\n') }, 'KVM'],
    ['no DMI, Hyper-V by its clock', { ...guest, ...clocks('hyperv_clocksource_tsc_page acpi_pm\n') }, 'Hyper-V'],
    ['a hypervisor without a name', guest, 'unknown'],
    ['Xen', { ...metal, '/sys/hypervisor/type': 'xen\n' }, 'Xen'],
    ['a device tree', { ...arm, '/proc/device-tree/hypervisor/compatible': 'linux,kvm\0' }, 'KVM'],
    [
      'QEMU by its device tree',
      { ...arm, '/proc/device-tree/fw-cfg@9020000/compatible': 'qemu,fw-cfg-mmio\0' },
      'QEMU',
    ],
    ['kvmtool by its device tree', { ...arm, '/proc/device-tree/compatible': 'linux,dummy-virt\0' }, 'unknown'],
    ['an Arm board by its device tree', { ...arm, '/proc/device-tree/compatible': 'raspberrypi,5\0' }, null],
    ['Arm board', { ...arm, '/proc/device-tree/model': 'x\0' }, null],
  ])('hypervisor: %s', (_, files, hypervisor) => {
    expect(collectEnvironment(at(files))).toMatchObject({
      state: 'known',
      value: { hypervisor, xenDom0: false, wsl: false },
    })
  })

  const flag = '/proc/cpuinfo'
  test.each<[string, Readonly<Record<string, Entry>>, string]>([
    ['by its vendor', { ...guest, ...dmi('Amazon EC2', 'm5.large') }, `${flag}, /sys/class/dmi/id/sys_vendor`],
    [
      'by its product',
      { ...guest, ...dmi('Google', 'Google Compute Engine') },
      `${flag}, /sys/class/dmi/id/product_name`,
    ],
    ['by DMI alone', { ...arm, ...dmi('Amazon EC2', 'c7g.large') }, '/sys/class/dmi/id/sys_vendor'],
    ['by nothing', guest, flag],
  ])('where the name of the hypervisor was read: %s', (_, files, source) => {
    expect(collectEnvironment(at(files)).source).toBe(source)
  })

  test.each<[string, Readonly<Record<string, Entry>>, string | null]>([
    ['none', { '/proc/1/environ': 'HOME=/\0', '/proc/1/cgroup': '0::/init.scope\n' }, null],
    ['systemd says', { '/run/systemd/container': 'systemd-nspawn\n' }, 'systemd-nspawn'],
    ['docker', { '/.dockerenv': '' }, 'docker'],
    ['podman', { '/run/.containerenv': 'engine="podman"\n' }, 'podman'],
    ['lxc by PID 1', { '/proc/1/environ': 'TERM=linux\0container=lxc\0' }, 'lxc'],
    [
      'PID 1 not readable, its group is',
      { '/proc/1/environ': DENIED, '/proc/1/cgroup': '1:name=systemd:/lxc/101\n' },
      'lxc',
    ],
    ['OpenVZ', { '/proc/vz/': '' }, 'openvz'],
    ['an OpenVZ host', { '/proc/vz/': '', '/proc/bc/': '' }, null],
  ])('container: %s', (_, files, container) => {
    expect(collectEnvironment(at({ ...metal, ...files }))).toMatchObject({ value: { container, hypervisor: null } })
  })

  test.each([
    ['xenfs', { '/proc/xen/capabilities': 'control_d\n' }, true],
    ['features', { '/sys/hypervisor/properties/features': '00002705\n' }, false],
    ['features with the bit', { '/sys/hypervisor/properties/features': '00000f05\n' }, true],
    ['a domU', { '/proc/xen/capabilities': '\n' }, false],
  ])('Xen dom0: %s', (_, files, xenDom0) => {
    expect(collectEnvironment(at({ ...guest, ...files }))).toMatchObject({ value: { xenDom0 } })
  })

  test('WSL', () => {
    const files = { ...guest, [RELEASE]: '5.15.153.1-microsoft-standard-WSL2\n' }
    expect(collectEnvironment(at(files))).toMatchObject({ value: { wsl: true } })
  })

  test('each claim has its source', () => {
    const files = { ...guest, ...dmi('QEMU', 'Standard PC'), '/.dockerenv': '' }
    expect(collectEnvironment(at(files)).source).toBe('/proc/cpuinfo, /sys/class/dmi/id/sys_vendor, /.dockerenv')
    expect(collectEnvironment(at(metal)).source).toBe('/proc/cpuinfo')
  })

  test('unknown where the CPU cannot be read', () => {
    expect(collectEnvironment(at({}))).toMatchObject({ state: 'unknown' })
  })
})

test('user and groups by name, or by number', () => {
  const files = { '/etc/group': 'kvm:x:993:\n', '/etc/passwd': 'me:x:1000:1000::/:/bin/sh\n' }
  const host = (user: string | null): Host => ({
    ...at(files),
    identity: () => ({ uid: 1000, gids: [993, 77], user, privileged: false }),
  })
  expect(collectIdentity(host(null))).toMatchObject({ value: { uid: 1000, user: 'me', groups: ['kvm', '77'] } })
  expect(collectIdentity(host('i'))).toMatchObject({ value: { user: 'i' } })
})

describe('device nodes', () => {
  const node = (mode: number, uid = 0, gid = 0): Entry => ({ stat: { kind: 'character', mode, uid, gid } })
  const me = { uid: 1000, gids: [1000, 993], user: 'me', privileged: false }

  test('known absence', () => {
    const absent = { state: 'known', value: null }
    expect(collectNodes(at({ '/dev/null': node(0o666) }))).toMatchObject({
      value: { kvm: absent, vfio: absent, iommufd: absent, groups: { state: 'known', value: [] } },
    })
  })

  test('an empty /dev is that of no running system', () => {
    const unseen = { state: 'unknown', reason: 'absent' }
    expect(collectNodes(at({ '/dev/': '' }))).toMatchObject({
      value: { kvm: unseen, vfio: unseen, iommufd: unseen, groups: unseen },
    })
  })

  test('groups in order, and nothing else of the directory', () => {
    const files = {
      '/dev/vfio/vfio': node(0o666),
      '/dev/vfio/10': node(0o600),
      '/dev/vfio/9': node(0o600),
      '/dev/vfio/noiommu-0': node(0o600),
      '/dev/vfio/devices/vfio0': node(0o600),
    }
    const nodes = collectNodes(at(files))
    const groups = nodes.state === 'known' && nodes.value.groups.state === 'known' ? nodes.value.groups.value : []
    expect(groups.map((one) => one.path)).toEqual(['/dev/vfio/noiommu-0', '/dev/vfio/9', '/dev/vfio/10'])
  })

  test('a directory that may not be listed', () => {
    expect(collectNodes(at({ '/dev/vfio': DENIED }))).toMatchObject({
      value: { groups: { state: 'unknown', reason: 'denied' } },
    })
  })

  test.each([
    ['everybody', node(0o666), true],
    ['my group', node(0o660, 0, 993), true],
    ['another group', node(0o660, 0, 108), false],
    ['my own', node(0o600, 1000), true],
    ['my own, closed to me though open to others', node(0o066, 1000), false],
    ['my group, closed to it though open to others', node(0o606, 0, 993), false],
    ['only for reading', node(0o644), false],
  ])('accessible: %s', (_, entry, accessible) => {
    const host = { ...at({ '/dev/kvm': entry }), identity: () => me }
    expect(collectNodes(host)).toMatchObject({ value: { kvm: { value: { accessible } } } })
  })

  test('root may, whatever the mode', () => {
    expect(collectNodes(at({ '/dev/kvm': node(0) }))).toMatchObject({ value: { kvm: { value: { accessible: true } } } })
  })

  test('a plain file in its place is no node', () => {
    expect(collectNodes(at({ '/dev/kvm': '' }))).toMatchObject({ value: { kvm: { state: 'unknown' } } })
  })
})

test('limits and memory', () => {
  const limits = 'Max locked memory         8388608              8388608              bytes     \n'
  expect(collectLimits(at({ '/proc/self/limits': limits }))).toMatchObject({ value: { memlockSoft: 8_388_608 } })
  expect(collectLimits(at({ '/proc/self/limits': 'x' }))).toMatchObject({ state: 'unknown' })
  expect(collectMemory(at({ '/proc/meminfo': 'x' }))).toMatchObject({ state: 'unknown' })
})

describe('huge pages: the largest pool counts', () => {
  const meminfo = 'MemTotal: 1000 kB\nHugePages_Total: 100\nHugePages_Free: 50\nHugepagesize: 2048 kB\n'
  const pool = (kilobytes: number, total: string, free: string): Readonly<Record<string, Entry>> => ({
    [`/sys/kernel/mm/hugepages/hugepages-${kilobytes}kB/nr_hugepages`]: total,
    [`/sys/kernel/mm/hugepages/hugepages-${kilobytes}kB/free_hugepages`]: free,
  })
  test.each<[string, Readonly<Record<string, Entry>>, object]>([
    ['the default alone', {}, { hugePagesTotal: 100, hugePagesFree: 50, hugePageBytes: 2_097_152 }],
    [
      'gigabytes',
      pool(1_048_576, '16\n', '4\n'),
      { hugePagesTotal: 16, hugePagesFree: 4, hugePageBytes: 1_073_741_824 },
    ],
    ['an empty other', pool(1_048_576, '0\n', '0\n'), { hugePagesTotal: 100 }],
    ['nonsense', pool(1_048_576, 'many\n', '0\n'), { hugePagesTotal: 100 }],
  ])('%s', (_, files, wanted) => {
    expect(collectMemory(at({ '/proc/meminfo': meminfo, ...files }))).toMatchObject({ value: wanted })
  })
})

describe('security', () => {
  const lockdown = { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }
  const variable = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
  test.each<[string, Readonly<Record<string, Entry>>, object]>([
    ['locked down', lockdown, { lockdown: 'integrity', secureBoot: false }],
    ['no lockdown in this kernel', { '/sys/kernel/security/lsm': 'capability' }, { lockdown: null, secureBoot: false }],
    ['on', { ...lockdown, [variable]: new Uint8Array([6, 0, 0, 0, 1]) }, { secureBoot: true }],
    ['off', { ...lockdown, [variable]: new Uint8Array([6, 0, 0, 0, 0]) }, { secureBoot: false }],
    ['odd', { ...lockdown, [variable]: new Uint8Array([1]) }, { secureBoot: null }],
    ['UEFI without the variable', { ...lockdown, '/sys/firmware/efi/efivars/Boot0000-x': '' }, { secureBoot: false }],
    ['UEFI with nothing mounted', { ...lockdown, '/sys/firmware/efi/efivars/': '' }, { secureBoot: null }],
    ['refused', { ...lockdown, [variable]: DENIED }, { secureBoot: null }],
  ])('%s', (_, files, value) => {
    expect(collectSecurity(at(files))).toMatchObject({ state: 'known', value })
  })

  test.each<[string, Readonly<Record<string, Entry>>, string]>([
    ['not mounted', { '/sys/kernel/security/': '' }, 'absent'],
    ['refused', { '/sys/kernel/security/lockdown': DENIED }, 'denied'],
    ['odd', { '/sys/kernel/security/lockdown': 'what\n' }, 'unreadable'],
  ])('unknown: %s', (_, files, reason) => {
    expect(collectSecurity(at(files))).toMatchObject({ state: 'unknown', reason })
  })
})
