import { describe, expect, test } from 'vitest'
import { FIRMWARE_SETTINGS, BOARD_FAMILIES } from '../../src/knowledge/firmware-menus.ts'
import { known } from '../../src/model/fact.ts'
import type { EnvironmentFacts } from '../../src/model/system.ts'
import { expand, genericPlatform, platformOf } from '../../src/remedy/index.ts'
import { BLANK, boot, facts, os, platform } from './support.ts'

function environment(some: Partial<EnvironmentFacts>) {
  return known({ hypervisor: null, container: null, xenDom0: false, wsl: false, ...some }, 'test')
}

function board(system: string | null, name: string | null) {
  return known({ system, board: name, biosVendor: null, biosVersion: 'F5', biosDate: null }, 'test')
}

describe('platformOf', () => {
  test('of a blank machine, nothing is told', () => {
    expect(platformOf(BLANK)).toEqual(genericPlatform())
  })

  test.each([
    ['ubuntu', [], 'debian'],
    ['rocky', ['rhel', 'centos', 'fedora'], 'fedora'],
    ['opensuse-tumbleweed', ['opensuse', 'suse'], 'suse'],
    ['something-new', ['arch'], 'arch'],
    ['slackware', [], null],
    ['constructor', [], null],
  ] as const)('family of %s', (id, like, family) => {
    expect(platformOf(facts({ os: os(id, 'plain', like) }))).toMatchObject({ family, system: id, root: 'sudo' })
  })

  test.each([
    ['proxmox', 'grub', 'proxmox-grub'],
    ['proxmox', 'systemd-boot', 'proxmox-systemd-boot'],
    ['proxmox', null, null],
    ['ostree', 'grub-bls', 'ostree'],
    ['plain', 'limine', 'limine'],
  ] as const)('loader of %s with %s', (flavour, loader, wanted) => {
    const told = platformOf(facts({ os: os('x', flavour), boot: boot(loader) }))
    expect(told.loader).toBe(wanted)
  })

  test.each([
    ['proxmox', 'debian'],
    ['unraid', 'slackware'],
    ['plain', 'alpine'],
  ] as const)('%s is typed in a root shell', (flavour, id) => {
    expect(platformOf(facts({ os: os(id, flavour) })).root).toBe('plain')
  })

  test.each([
    [{}, 'host'],
    [{ hypervisor: 'kvm' }, 'guest'],
    [{ container: 'lxc', hypervisor: 'kvm' }, 'container'],
    [{ xenDom0: true, hypervisor: 'xen' }, 'xen'],
    [{ wsl: true, container: 'wsl' }, 'wsl'],
  ] as const)('place of %o', (some, place) => {
    expect(platformOf(facts({ environment: environment(some) })).place).toBe(place)
  })

  test.each([
    ['PowerEdge R740', 'Dell Inc.', 'Dell PowerEdge'],
    ['OptiPlex 7050', 'Dell Inc. 0NW6H5', 'Dell (desktops and notebooks)'],
    ['ProLiant DL380 Gen10', null, 'HPE ProLiant'],
    ['ThinkPad T480', 'LENOVO', 'Lenovo (ThinkPad and others)'],
    ['ThinkSystem SR650', 'Lenovo', 'Lenovo ThinkSystem'],
    ['Super Server', 'Supermicro X11SSM-F', 'Supermicro'],
    [null, 'ASRock X570 Taichi', 'ASRock'],
    [null, 'ASUSTeK COMPUTER INC. ROG STRIX', 'ASUS'],
    [null, 'Gigabyte Technology Co., Ltd. B650M', 'Gigabyte'],
    [null, 'Micro-Star International Co., Ltd. MAG B550', 'MSI'],
    ['NUC10i7FNH', 'Intel Corporation', 'Intel NUC and boards'],
  ])('board family of %s, %s', (system, name, wanted) => {
    expect(platformOf(facts({ board: board(system, name) })).board?.name).toBe(wanted)
  })

  test('an unknown maker is no family', () => {
    expect(platformOf(facts({ board: board('Emsisoft 9000', 'Omsix') })).board).toBeNull()
  })
})

describe('firmware settings', () => {
  test('the menu of the board, and other names', () => {
    const on = platformOf(facts({ board: board(null, 'ASUSTeK COMPUTER INC. PRIME') }))
    const say = expand({ do: 'enable-firmware-setting', setting: 'vt-d' }, on, BLANK).steps[1]?.say
    expect(say).toContain('Advanced > System Agent (SA) Configuration > VT-d')
    expect(say).toContain('Intel VT for Directed I/O')
  })

  test('without a known board, the words to look for', () => {
    for (const setting of Object.keys(FIRMWARE_SETTINGS) as (keyof typeof FIRMWARE_SETTINGS)[]) {
      const { steps } = expand({ do: 'enable-firmware-setting', setting }, genericPlatform(), BLANK)
      expect(steps[1]?.say).toContain(FIRMWARE_SETTINGS[setting].words[0])
      expect(steps.some((one) => one.effect === 'reboot')).toBe(true)
    }
  })

  test('in a guest it is the host that gives it', () => {
    const { steps } = expand({ do: 'enable-firmware-setting', setting: 'vt-d' }, platform({ place: 'guest' }), BLANK)
    expect(steps).toHaveLength(1)
    expect(steps[0]?.say).toContain('virtual IOMMU')
  })

  test('eleven families, each with the two switches it has', () => {
    expect(BOARD_FAMILIES).toHaveLength(11)
    for (const one of BOARD_FAMILIES)
      expect(one.menus['cpu-virtualization'] ?? one.menus['vt-d'], one.name).toBeDefined()
  })
})
