import { expect, test } from 'vitest'
import { check } from '../../../checks/modules/driver-order.ts'
import type { InitramfsFacts } from '../../../src/model/boot.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { found } from '../../../src/diagnose/causes.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { candidates } from '../../../src/rules/candidates.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, fact, facts, modules, pciFacts } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const gpu = (driver: string | null) =>
  endpoint({
    address: '0000:01:00.0',
    vendorId: '10de',
    deviceId: '1b80',
    class: 0x030000,
    driver,
    bootVga: true,
    kernelModules: ['nouveau'],
  })
const usb = endpoint({
  address: '0000:02:00.0',
  vendorId: '1106',
  deviceId: '3483',
  class: 0x0c0330,
  driver: 'xhci_hcd',
})

const BOOTED = 1_700_000_000
const changedAt = (seconds: number) =>
  fact<InitramfsFacts>({
    tool: 'initramfs-tools',
    image: '/boot/initrd.img',
    configuredModules: [],
    hooks: null,
    content: unknown('denied', '/boot/initrd.img'),
    imageTime: known(BOOTED - 9000, '/boot/initrd.img'),
    newestConfigTime: known({ path: PATH, time: BOOTED + seconds }, PATH),
    configTimes: [{ path: PATH, time: BOOTED + seconds }],
    clock: known({ booted: BOOTED, now: null }, '/proc/stat'),
  })

checkTable(check, [
  {
    name: 'KVM is blacklisted, and nobody wanted it',
    facts: { modprobe: conf('blacklist kvm_intel') },
    expect: 'skip',
  },
  {
    name: 'a pattern in a blacklist line',
    facts: { modprobe: conf('blacklist nvidia*'), ...pciFacts([gpu('nvidia')]) },
    asked: ['0000:01:00.0'],
    expect: ['blacklist-glob@host'],
    severity: 'warn',
  },
  {
    name: 'a pattern in a blacklist line, and no wanted device on such a driver',
    facts: { modprobe: conf('blacklist nvidia*') },
    expect: ['blacklist-glob@host'],
    severity: 'info',
  },
  {
    name: 'a blacklisted driver has the device, and the line is older than this boot',
    facts: { modprobe: conf('blacklist nouveau'), ...pciFacts([gpu('nouveau')]), initramfs: changedAt(-5000) },
    asked: ['0000:01:00.0'],
    expect: ['blacklist-not-heeded@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a blacklisted driver has the device, and the line may be younger than its loading',
    facts: { modprobe: conf('blacklist nouveau'), ...pciFacts([gpu('nouveau')]), initramfs: changedAt(5000) },
    asked: ['0000:01:00.0'],
    expect: ['blacklist-not-heeded@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'a blacklisted driver has the device, and no times were read',
    facts: { modprobe: conf('blacklist nouveau'), ...pciFacts([gpu('nouveau')]) },
    asked: ['0000:01:00.0'],
    confidence: 'likely',
    expect: ['blacklist-not-heeded@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'a blacklisted driver has a device that nobody wants to give away',
    facts: { modprobe: conf('blacklist nouveau'), ...pciFacts([gpu('nouveau')]), modules: modules({}) },
    expect: 'pass',
  },
  {
    name: 'vfio-pci in both spellings',
    facts: { modprobe: conf('blacklist vfio-pci\nblacklist vfio_pci') },
    expect: ['blacklist-of-vfio'],
    advises: ':2',
  },
  { name: 'vfio-pci itself', facts: { modprobe: conf('blacklist vfio-pci') }, expect: ['blacklist-of-vfio'] },
  {
    name: 'vfio-pci on the command line',
    facts: { commandLine: commandLine('module_blacklist=vfio_pci') },
    expect: ['blacklist-of-vfio'],
  },
  {
    name: 'vfio-pci on the command line, the word being of it alone',
    facts: { commandLine: commandLine('module_blacklist=vfio_pci') },
    expect: ['blacklist-of-vfio'],
    advises: '"do":"remove-kernel-parameter","parameter":"module_blacklist=vfio_pci"',
  },
  {
    name: 'vfio-pci on the command line beside another module',
    facts: { commandLine: commandLine('modprobe.blacklist=nouveau,vfio-pci') },
    expect: ['blacklist-of-vfio'],
    advises: '"parameter":"modprobe.blacklist=nouveau","without":"modprobe.blacklist=nouveau,vfio-pci"',
  },
  {
    name: 'vfio-pci in a file',
    facts: { modprobe: conf('blacklist vfio-pci'), commandLine: commandLine('quiet') },
    expect: ['blacklist-of-vfio'],
    advises: PATH,
  },
  {
    name: 'a dash in module_blacklist',
    facts: { commandLine: commandLine('module_blacklist=snd-hda-intel') },
    expect: ['module-blacklist-dash@host'],
    severity: 'warn',
    advises: '"parameter":"module_blacklist=snd_hda_intel","without":"module_blacklist=snd-hda-intel"',
  },
  {
    name: 'vfio-pci with a dash in module_blacklist, which would bar it if it were spelt right',
    facts: { commandLine: commandLine('module_blacklist=vfio-pci') },
    expect: ['module-blacklist-dash@host'],
    severity: 'info',
    advises: '"do":"remove-kernel-parameter","parameter":"module_blacklist=vfio-pci"',
  },
  {
    name: 'vfio-pci with a dash beside other names',
    facts: { commandLine: commandLine('module_blacklist=nouveau,vfio-pci,snd-hda-intel') },
    expect: ['module-blacklist-dash', 'module-blacklist-dash'],
    advises: '"parameter":"module_blacklist=nouveau,snd_hda_intel"',
  },
  {
    name: 'a dash in modprobe.blacklist is well',
    facts: { commandLine: commandLine('modprobe.blacklist=snd-hda-intel'), modules: modules({}) },
    expect: 'pass',
  },
  {
    name: 'a softdep on a built-in driver that has the device',
    facts: {
      modprobe: conf('softdep xhci_pci pre: vfio-pci'),
      modules: modules({ builtin: ['xhci_pci'] }),
      ...pciFacts([usb]),
    },
    asked: ['0000:02:00.0'],
    expect: ['softdep-of-builtin@host'],
    severity: 'warn',
    confidence: 'certain',
  },
  {
    name: 'a softdep on a built-in driver that has no wanted device',
    facts: { modprobe: conf('softdep xhci_pci pre: vfio-pci'), modules: modules({ builtin: ['xhci_pci'] }) },
    expect: ['softdep-of-builtin'],
    severity: 'info',
  },
  {
    name: 'a softdep on a driver that is often built in, on a kernel of which nothing is known',
    facts: { modprobe: conf('softdep xhci_hcd pre: vfio-pci') },
    expect: ['softdep-of-builtin'],
    confidence: 'possible',
  },
  {
    name: 'the same where no wanted device is on that driver',
    facts: { modprobe: conf('softdep xhci_hcd pre: vfio-pci'), ...pciFacts([{ ...usb, driver: fact('vfio-pci') }]) },
    expect: ['softdep-of-builtin'],
    severity: 'info',
  },
  {
    name: 'vfio-pci is blacklisted and loaded all the same, or built in',
    facts: {
      modprobe: conf('blacklist vfio-pci\nblacklist vfio_iommu_type1'),
      modules: modules({ loaded: ['vfio_pci'], builtin: ['vfio_iommu_type1'] }),
    },
    expect: 'pass',
  },
  {
    name: 'vfio-pci is held back in the initramfs alone',
    facts: { commandLine: commandLine('rd.driver.blacklist=vfio-pci') },
    expect: 'skip',
  },
  {
    name: 'of two module_blacklist the last counts',
    facts: { commandLine: commandLine('module_blacklist=vfio_pci module_blacklist=nouveau') },
    expect: 'skip',
  },
  {
    name: 'a softdep on a module',
    facts: { modprobe: conf('softdep nouveau pre: vfio-pci'), modules: modules({ loadable: ['nouveau'] }) },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])

test('of a built-in driver nobody is told to load vfio-pci before it', () => {
  const asked = [usb.address]
  const machine = facts({
    modprobe: conf('blacklist xhci_pci'),
    modules: modules({ builtin: ['xhci_pci'] }),
    ...pciFacts([usb]),
  })
  const [hit] = found([runCheck(check, machine, { asked, candidates: candidates(machine, asked) })])
  expect(hit?.finding.summary).toContain('built into the kernel')
  expect(hit?.finding.summary).not.toContain('loaded before')
})
