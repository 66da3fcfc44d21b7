import { check } from '../../../checks/cpu/kvm-loading.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import type { DeviceNode } from '../../../src/model/system.ts'
import { parseModprobe } from '../../../src/parse/modprobe-conf.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, environment, fact, kernel, messages, modules } from '../../support/facts.ts'

const PATH = '/etc/modprobe.d/other-hypervisor.conf'
const conf = (text: string) => fact({ directives: parseModprobe(text, PATH), ignored: [], loadAtBoot: [] }, PATH)
const noKvm = messages(['Could not access KVM kernel module: No such file or directory'])

const open = unknown('not-collected', 'test')
function nodes(kvm: DeviceNode | null): Facts['nodes'] {
  return known({ kvm: known(kvm, '/dev/kvm'), vfio: open, iommufd: open, groups: open }, '/dev')
}
const there: DeviceNode = { path: '/dev/kvm', mode: 0o660, uid: 0, gid: 36, accessible: true }
const loadable = modules({ loadable: ['kvm', 'kvm_intel', 'irqbypass'] })
/** An Intel host on which KVM could be loaded and is not. */
const bare = { cpu: cpu('intel', ['vmx']), nodes: nodes(null), modules: loadable }

checkTable(check, [
  {
    name: 'the part for this CPU is blacklisted',
    facts: { ...bare, modprobe: conf('blacklist kvm-intel\nblacklist kvm') },
    expect: ['blacklist-of-kvm@host'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'both spellings of its name are told once, with both places',
    facts: { ...bare, modprobe: conf('blacklist kvm_intel\nblacklist kvm-intel') },
    expect: ['blacklist-of-kvm@host'],
    advises: `${PATH}:1, ${PATH}:2`,
  },
  {
    name: 'KVM is blacklisted, and QEMU found none',
    facts: { modprobe: conf('blacklist kvm_intel\nblacklist kvm'), messages: noKvm },
    expect: ['blacklist-of-kvm@host'],
    severity: 'fail',
  },
  {
    name: 'blacklisted on the command line',
    facts: { ...bare, commandLine: commandLine('ro modprobe.blacklist=nouveau,kvm_intel') },
    expect: ['blacklist-of-kvm@host'],
  },
  {
    name: 'blacklisted in the initramfs alone, which does not load it',
    facts: { ...bare, commandLine: commandLine('ro rd.driver.blacklist=kvm_intel') },
    expect: 'skip',
  },
  {
    name: 'the kernel refuses it',
    facts: { ...bare, commandLine: commandLine('ro module_blacklist=kvm_intel') },
    expect: ['kvm-barred-by-parameter@host'],
    severity: 'fail',
  },
  {
    name: 'the kernel refuses what it needs, and it is blacklisted beside that',
    facts: {
      ...bare,
      commandLine: commandLine('ro module_blacklist=floppy,kvm'),
      modprobe: conf('blacklist kvm_intel'),
    },
    expect: ['kvm-barred-by-parameter@host', 'blacklist-of-kvm@host'],
  },
  {
    name: 'an install line runs false in its place',
    facts: { ...bare, modprobe: conf('install kvm_intel /bin/false') },
    expect: ['kvm-barred-by-install@host'],
    severity: 'fail',
  },
  {
    name: 'an install line that loads it in the end',
    facts: { ...bare, modprobe: conf('install kvm_intel /sbin/modprobe -i kvm_intel nested=1') },
    expect: 'skip',
  },
  {
    name: 'KVM of the other maker is blacklisted',
    facts: { ...bare, modprobe: conf('blacklist kvm_amd') },
    expect: 'skip',
  },
  {
    name: 'it is blacklisted, and loaded all the same',
    facts: { ...bare, nodes: nodes(there), modprobe: conf('blacklist kvm_intel'), messages: noKvm },
    expect: 'skip',
  },
  {
    name: 'it is blacklisted, and this CPU could not run it anyway',
    facts: { ...bare, cpu: cpu('intel', ['sse']), modprobe: conf('blacklist kvm_intel') },
    expect: 'skip',
  },
  {
    name: 'a container has a /dev of its own',
    facts: { ...bare, environment: environment({ container: 'lxc' }), modprobe: conf('blacklist kvm_intel') },
    expect: 'skip',
  },
  {
    name: 'parts of KVM are blacklisted on Arm, which has none of them',
    facts: {
      kernel: kernel('6.12.9', 'aarch64'),
      modprobe: conf('blacklist kvm_intel\nblacklist kvm'),
      messages: noKvm,
    },
    expect: 'skip',
  },
  { name: 'neither modprobe.d nor the command line could be read', facts: bare, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
