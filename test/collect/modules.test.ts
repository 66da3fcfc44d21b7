import { describe, expect, test } from 'vitest'
import { collectCommandLine } from '../../src/collect/command-line.ts'
import { collectModprobe } from '../../src/collect/modprobe.ts'
import { collectModules } from '../../src/collect/modules.ts'
import type { ModprobeFacts, ModuleFacts } from '../../src/model/modules.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const RELEASE = { '/proc/sys/kernel/osrelease': '6.8.0-1-generic\n' }
const MODULES = '/lib/modules/6.8.0-1-generic'

function modules(files: Record<string, Entry>): ModuleFacts {
  const fact = collectModules(memoryHost({ files: { ...RELEASE, ...files } }))
  if (fact.state === 'unknown') throw new Error('collectModules always knows')
  return fact.value
}

describe('collectModules', () => {
  test('an ordinary host', () => {
    const facts = modules({
      '/proc/modules': 'vfio_pci 16384 0 - Live 0x0\n',
      [`${MODULES}/modules.builtin`]: 'kernel/drivers/nvme/host/nvme-core.ko\n',
      [`${MODULES}/modules.dep`]: 'kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n',
      '/sys/module/vfio_pci/parameters/ids': '10de:1b80\n',
      '/sys/module/vfio_pci/parameters/disable_idle_d3': 'N\n',
      '/sys/module/kvm/parameters/secret': { error: 'denied' },
    })
    expect(facts.supported).toMatchObject({ state: 'known', value: true })
    expect(facts.loaded).toMatchObject({ state: 'known', value: ['vfio_pci'] })
    expect(facts.builtin).toMatchObject({ state: 'known', value: ['nvme_core'] })
    expect(facts.loadable).toMatchObject({ state: 'known', value: ['vfio_pci'] })
    expect(facts.directory).toMatchObject({ state: 'known', value: true, source: MODULES })
    expect(facts.parameters).toEqual({ vfio_pci: { ids: '10de:1b80', disable_idle_d3: 'N' }, kvm: {} })
  })

  test('a kernel without loadable modules: none, and that is known', () => {
    const facts = modules({
      '/sys/module/vfio_pci/parameters/ids': '\n',
      '/sys/module/loaded/initstate': 'live\n',
    })
    expect(facts.supported).toMatchObject({ state: 'known', value: false, source: '/proc/modules' })
    expect(facts.loaded).toMatchObject({ state: 'known', value: [] })
    expect(facts.loadable).toMatchObject({ state: 'known', value: [] })
    expect(facts.builtin).toMatchObject({ state: 'known', value: ['vfio_pci'], source: '/sys/module' })
  })

  test('a kernel without loadable modules has none, whatever a container shows of its files', () => {
    const facts = modules({ '/.dockerenv': '', '/sys/module/kvm/parameters/x': '\n' })
    expect(facts.directory).toMatchObject({ state: 'unknown', reason: 'not-collected' })
    expect(facts.loadable).toMatchObject({ state: 'known', value: [], source: '/proc/modules' })
  })

  test('loading was switched off; a kernel that lacks the switch cannot have it', () => {
    const locked = (files: Record<string, Entry>) => modules({ '/proc/modules': '', ...files }).locked
    expect(locked({ '/proc/sys/kernel/modules_disabled': '1\n' })).toMatchObject({ state: 'known', value: true })
    expect(locked({ '/proc/sys/kernel/modules_disabled': '0\n' })).toMatchObject({ state: 'known', value: false })
    expect(locked({})).toMatchObject({ state: 'known', value: false })
    expect(locked({ '/proc/sys/kernel/modules_disabled': { error: 'denied' } })).toMatchObject({ state: 'unknown' })
  })

  test('without /proc nothing is concluded', () => {
    const fact = collectModules(memoryHost())
    expect(fact).toMatchObject({
      state: 'known',
      value: {
        supported: { state: 'unknown', reason: 'absent' },
        loaded: { state: 'unknown', reason: 'absent' },
        directory: { state: 'unknown', reason: 'absent' },
        loadable: { state: 'unknown', reason: 'absent' },
      },
    })
  })

  test('the kernel was upgraded and its modules are gone', () => {
    const facts = modules({ '/proc/modules': '', '/lib/modules/6.9.0/modules.dep': '' })
    expect(facts.directory).toMatchObject({ state: 'known', value: false })
    expect(facts.loadable).toMatchObject({ state: 'known', value: [] })
  })

  test('in a container a missing directory says nothing of the host', () => {
    const facts = modules({
      '/proc/modules': 'kvm 1 0 - Live 0x0\n',
      '/sys/module/vfio_pci/parameters/ids': '\n',
      '/usr/lib/modules/': '',
      '/run/systemd/container': 'lxc\n',
    })
    expect(facts.directory).toMatchObject({ state: 'unknown', reason: 'not-collected' })
    expect(facts.loadable).toMatchObject({ state: 'unknown', reason: 'not-collected' })
    expect(facts.builtin).toMatchObject({ state: 'known', value: ['vfio_pci'] })
  })

  test('a directory that may not be read is not an absent one', () => {
    const facts = modules({ '/proc/modules': '', [`${MODULES}/modules.dep`]: { error: 'denied' } })
    expect(facts.loadable).toMatchObject({ state: 'unknown', reason: 'denied' })
    expect(facts.directory).toMatchObject({ state: 'known', value: true })
  })

  test('a release that is no file name is not made into a path', () => {
    const fact = collectModules(memoryHost({ files: { '/proc/sys/kernel/osrelease': '../../etc' } }))
    expect(fact).toMatchObject({ value: { directory: { state: 'unknown', reason: 'unreadable' } } })
  })
})

function modprobe(files: Record<string, Entry>): ModprobeFacts {
  const fact = collectModprobe(memoryHost({ files }))
  if (fact.state === 'unknown') throw new Error(`unknown: ${fact.detail ?? fact.reason}`)
  return fact.value
}

describe('collectModprobe', () => {
  test('a higher directory hides, and the rest is read by name over all directories', () => {
    const facts = modprobe({
      '/lib': { link: 'usr/lib' },
      '/usr/lib/modprobe.d/b.conf': 'blacklist hidden',
      '/usr/lib/modprobe.d/a.conf': 'blacklist first',
      '/etc/modprobe.d/b.conf': 'blacklist second',
      '/run/modprobe.d/c.conf': 'blacklist third',
    })
    expect(facts.directives.map((one) => one.kind === 'blacklist' && one.module)).toEqual(['first', 'second', 'third'])
    expect(facts.ignored).toEqual([{ path: '/usr/lib/modprobe.d/b.conf', why: 'hidden', text: 'blacklist hidden' }])
  })

  test('a real /lib is read last', () => {
    const facts = modprobe({ '/lib/modprobe.d/a.conf': 'blacklist old', '/usr/lib/modprobe.d/b.conf': 'blacklist b' })
    expect(facts.directives.map((one) => one.path)).toEqual(['/lib/modprobe.d/a.conf', '/usr/lib/modprobe.d/b.conf'])
  })

  test('a link to /dev/null hides', () => {
    const facts = modprobe({
      '/etc/modprobe.d/a.conf': { link: '/dev/null' },
      '/usr/lib/modprobe.d/a.conf': 'blacklist x',
    })
    expect(facts.directives).toEqual([])
    expect(facts.ignored.map((one) => one.why)).toEqual(['hidden'])
  })

  test('a file without .conf is kept only if it speaks of binding', () => {
    const facts = modprobe({
      '/etc/modprobe.d/vfio': 'options vfio-pci ids=10de:1b80\u001b[0m',
      '/etc/modprobe.d/README': 'hello',
      '/etc/modprobe.d/sub.conf/': '',
    })
    expect(facts.directives).toEqual([])
    expect(facts.ignored).toEqual([
      { path: '/etc/modprobe.d/vfio', why: 'suffix', text: 'options vfio-pci ids=10de:1b80' },
    ])
  })

  test('names loaded at boot, once each', () => {
    const facts = modprobe({
      '/etc/modules': 'vfio-pci\nkvm\n',
      '/etc/modules-load.d/modules.conf': { link: '../modules' },
      '/etc/modules-load.d/x.conf': 'vfio\n',
      '/usr/lib/modules-load.d/x.conf': 'hidden\n',
    })
    expect(facts.loadAtBoot).toEqual([
      { module: 'vfio_pci', path: '/etc/modules-load.d/modules.conf' },
      { module: 'kvm', path: '/etc/modules-load.d/modules.conf' },
      { module: 'vfio', path: '/etc/modules-load.d/x.conf' },
    ])
  })

  test('one file that may not be read leaves the whole unknown', () => {
    const files = { '/etc/modprobe.d/a.conf': { error: 'denied' as const }, '/etc/modprobe.d/b.conf': 'blacklist b' }
    expect(collectModprobe(memoryHost({ files }))).toMatchObject({
      state: 'unknown',
      reason: 'denied',
      source: '/etc/modprobe.d/a.conf',
    })
  })

  test('no configuration at all is known to be none', () => {
    expect(modprobe({})).toEqual({ directives: [], ignored: [], loadAtBoot: [] })
  })
})

test('collectCommandLine', () => {
  expect(collectCommandLine(memoryHost({ files: { '/proc/cmdline': 'quiet\n' } }))).toMatchObject({
    state: 'known',
    source: '/proc/cmdline',
    value: { raw: 'quiet' },
  })
  expect(collectCommandLine(memoryHost({ files: { '/proc/cmdline': { error: 'denied' } } }))).toMatchObject({
    state: 'unknown',
    reason: 'denied',
  })
})
