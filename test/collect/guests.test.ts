import { describe, expect, test } from 'vitest'
import { collectGuests } from '../../src/collect/guests.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const guests = (files: Record<string, Entry>) => collectGuests(memoryHost({ files }))

const domain = (name: string): string => `<domain><name>${name}</name></domain>`

describe('collectGuests', () => {
  test('libvirt: defined, running, transient', async () => {
    const fact = await guests({
      '/etc/libvirt/qemu/a.xml': domain('a'),
      '/etc/libvirt/qemu/b.xml': domain('b'),
      '/etc/libvirt/qemu/networks/default.xml': '<network/>',
      '/run/libvirt/qemu/b.xml': `<domstatus>${domain('b')}</domstatus>`,
      '/run/libvirt/qemu/c.xml': `<domstatus>${domain('c')}</domstatus>`,
    })
    expect(fact).toMatchObject({
      state: 'known',
      source: '/etc/libvirt/qemu',
      value: [
        { name: 'a', running: false, source: '/etc/libvirt/qemu/a.xml' },
        { name: 'b', running: true, source: '/etc/libvirt/qemu/b.xml' },
        { name: 'c', running: true, source: '/run/libvirt/qemu/c.xml' },
      ],
    })
  })

  test('libvirt: whether it runs may be unknown', async () => {
    const fact = await guests({ '/etc/libvirt/qemu/a.xml': domain('a'), '/run/libvirt/qemu': { error: 'denied' } })
    expect(fact).toMatchObject({ value: [{ running: null }] })
  })

  test('Proxmox', async () => {
    const fact = await guests({
      '/usr/sbin/qm': '',
      '/etc/pve/qemu-server/100.conf': 'name: a\nmemory: 1024\nhostpci0: 01:00\n',
      '/etc/pve/qemu-server/101.conf': 'memory: 1024\n',
      '/etc/pve/qemu-server/102.conf': 'memory: 1024\n',
      '/etc/pve/qemu-server/notes.txt': 'memory: 1\n',
      '/run/qemu-server/100.pid': '4711\n',
      '/proc/4711/stat': '',
      '/run/qemu-server/101.pid': '4712\n',
    })
    expect(fact).toMatchObject({
      state: 'known',
      value: [
        { name: 'a', running: true, firmware: 'bios', hostDevices: [{ address: '0000:01:00.0', allFunctions: true }] },
        { name: 'VM 101', running: false },
        { name: 'VM 102', running: false },
      ],
    })
  })

  test.each<[string, Record<string, Entry>, string]>([
    ['/etc/libvirt/qemu', { '/etc/libvirt/qemu': { error: 'denied' } }, 'denied'],
    ['/etc/libvirt/qemu/a.xml', { '/etc/libvirt/qemu/a.xml': { error: 'denied' } }, 'denied'],
    ['/etc/pve/qemu-server', { '/usr/sbin/qm': '', '/etc/pve/qemu-server': { error: 'denied' } }, 'denied'],
    [
      '/etc/pve/qemu-server/100.conf',
      { '/usr/sbin/qm': '', '/etc/pve/qemu-server/100.conf': { error: 'timeout' } },
      'timeout',
    ],
  ])('%s cannot be read', async (source, files, reason) => {
    expect(await guests(files)).toMatchObject({ state: 'unknown', reason, source })
  })

  test('/etc/pve is left alone where Proxmox is not installed', async () => {
    const files = { '/etc/pve/qemu-server': { error: 'timeout' as const } }
    expect(await guests(files)).toEqual({ state: 'known', value: [], source: '/etc/libvirt/qemu' })
  })
})
