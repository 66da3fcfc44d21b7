import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { commonPartAlone, OFF_IN_FIRMWARE, virtualizationName } from '../../src/rules/kvm.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { isActive, moduleState } from '../../src/rules/modules.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code =
  | 'cpu-virt-off-in-firmware'
  | 'cpu-virt-missing'
  | 'cpu-virt-not-nested'
  | 'kvm-module-not-loaded'
  | 'kvm-node-denied'
  | 'kvm-node-missing'
  | 'kvm-start-failed'
  | 'kvm-in-encrypted-guest'
  | 'kvm-half-loaded'

const SOURCES = [
  'arch/x86/kernel/cpu/feat_ctl.c',
  'arch/x86/kvm/svm/svm.c: svm_check_processor_compat',
  'arch/x86/kvm/vmx/vmx.c',
] as const
/** What else the log or virt-host-validate may say, most telling first. */
const SAID: readonly (readonly [Code, ...string[]])[] = [
  ['kvm-in-encrypted-guest', 'kvm-sev-guest'],
  ['kvm-start-failed', 'kvm-vmx-partial', 'kvm-enable-fail'],
  ['cpu-virt-missing', 'virtualization-not-in-cpu', 'kvm-nohw-old', 'v-hwvirt'],
  ['kvm-node-missing', 'v-kvm-exists'],
]

export const check: AnyCheck = defineCheck({
  id: 'cpu-virtualization',
  area: 'cpu',
  title: 'The CPU can run guests, and /dev/kvm is there to be used',
  needs: [],
  uses: ['cpu', 'kernel', 'nodes', 'messages', 'modules', 'environment', 'identity'],
  problems: {
    'cpu-virt-off-in-firmware': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'CPU virtualisation ({feature}) is switched off in firmware',
      summary:
        'The CPU can do it and firmware locked it off, so KVM cannot run a guest. It is a switch of its own, apart from the IOMMU.',
      proof: 'The kernel line that says so.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing', 'kvm-module-not-loaded', 'guest-start-no-kvm'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'cpu-virtualization' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'cpu-virt-missing': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'The CPU shows no virtualisation ({feature}), so KVM cannot run guests',
      summary:
        'The flag is not there: firmware hides it, or this CPU has none. Without KVM, QEMU emulates the CPU; a passed-through device still works there, slowly.',
      proof: 'CPU flags read, neither vmx nor svm among them, no hypervisor flag, no /dev/kvm.',
      ruledOut: 'vmx or svm among the flags, or /dev/kvm.',
      explains: ['kvm-node-missing', 'guest-start-no-kvm'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'cpu-virtualization' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'cpu-virt-not-nested': {
      severity: 'warn',
      family: 'cpu-virt-off',
      title: 'This virtual machine was given no CPU virtualisation of its own',
      summary:
        'Guests inside it run without KVM, slowly. Nested virtualisation is switched on where this machine is defined (CPU model host-passthrough, and nested=1 of the KVM module there).',
      proof:
        'A hypervisor flag, neither vmx nor svm, no /dev/kvm; on another architecture, a virtual machine without the node.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing'],
      remedy: [{ do: 'run-on-host' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'kvm-module-not-loaded': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'KVM is not loaded ({module})',
      summary:
        'The CPU can run guests, and the kernel module that does so is not in the running kernel, so there is no /dev/kvm.',
      proof: 'vmx or svm among the flags, no /dev/kvm, and the module not among the loaded ones.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing', 'guest-start-no-kvm'],
      remedy: [{ do: 'load-module', modules: '{module}' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'kvm-node-missing': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'There is no /dev/kvm',
      summary:
        'Without it no guest runs at the speed of the CPU. What keeps KVM from starting could not be told from what was read; its module says so in the kernel log.',
      proof: '/dev was listed and has no kvm, outside of a container.',
      ruledOut: '/dev/kvm exists.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'kvm-start-failed': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'KVM could not switch virtualisation on for every CPU',
      summary:
        'One core has it and another has not: firmware set it on a part of them, or another hypervisor holds it. KVM runs on all cores or not at all.',
      proof: 'The line of KVM that names the CPU.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing', 'kvm-module-not-loaded', 'guest-start-no-kvm'],
      remedy: [{ do: 'update-firmware' }, { do: 'enable-firmware-setting', setting: 'cpu-virtualization' }],
      blocks: 'machine',
      sources: SOURCES,
    },
    'kvm-in-encrypted-guest': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'This is an encrypted virtual machine, in which KVM does not run',
      summary:
        'A guest under SEV cannot have guests of its own. What is to be passed through belongs to the host below.',
      proof: 'The line of KVM that it is not supported in an SEV guest.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing', 'kvm-module-not-loaded', 'guest-start-no-kvm', 'cpu-virt-not-nested'],
      remedy: [{ do: 'run-on-host' }],
      blocks: 'machine',
      sources: ['arch/x86/kvm/svm/svm.c: __kvm_is_svm_supported'],
    },
    'kvm-half-loaded': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'KVM is loaded without its part for this CPU (kvm_intel or kvm_amd)',
      summary:
        'The common part is there, and the part that switches virtualisation on is not, so there is no /dev/kvm. Either it refused to load, most often because firmware has VT-x or SVM off, as after a firmware update, or something keeps it from being loaded. The kernel log names the reason of a refusal.',
      proof: 'kvm among the loaded modules of an x86 host, and neither kvm_intel nor kvm_amd.',
      ruledOut: '/dev/kvm exists.',
      explains: ['kvm-node-missing', 'kvm-module-not-loaded', 'guest-start-no-kvm'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'cpu-virtualization' },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: SOURCES,
    },
    'kvm-node-denied': {
      severity: 'info',
      family: 'permissions',
      title: '/dev/kvm is not for this user by its mode',
      summary:
        'Its mode and group do not let this user in. An access list may, such as the user at the screen has; that is not seen here. Guests that libvirt or Proxmox starts need neither, for these open it as their own user. A QEMU started by hand does.',
      proof: 'The mode, owner and group of /dev/kvm, and the groups of this user.',
      ruledOut: 'Read and write permission for this user.',
      explains: ['kvm-denied'],
      remedy: [{ do: 'grant-kvm' }],
      blocks: 'machine',
      sources: ['virt/kvm/kvm_main.c: kvm_dev'],
    },
  },
  judge(facts) {
    const cpu = valueOf(facts.cpu)
    const node = facts.nodes.state === 'known' ? facts.nodes.value.kvm : facts.nodes
    const kvm = valueOf(facts.nodes) === undefined ? undefined : valueOf(valueOf(facts.nodes)!.kvm)
    const off = messagesWith(facts.messages, ...OFF_IN_FIRMWARE)
    const one = (code: Code, evidence: NonEmpty<Evidence>, values: Record<string, string> = {}): Hit<Code> => ({
      code,
      subject: { kind: 'host' },
      evidence,
      values,
    })
    const hits = (hit: Hit<Code>): { kind: 'hits'; hits: NonEmpty<Hit<Code>> } => ({ kind: 'hits', hits: [hit] })

    if (kvm !== undefined && kvm !== null) {
      if (kvm.accessible)
        return { kind: 'pass', evidence: [{ source: kvm.path, saw: `there, mode ${kvm.mode.toString(8)}` }] }
      const saw = `mode ${kvm.mode.toString(8)}, not for this user`
      return hits({
        ...one('kvm-node-denied', [{ source: kvm.path, saw, wanted: 'read and write' }]),
        confidence: 'likely',
      })
    }
    const { container = null, hypervisor = null, xenDom0 = false } = valueOf(facts.environment) ?? {}
    // Xen keeps the CPU's virtualisation to itself, and KVM says there what it says where firmware has it off.
    if (xenDom0) return { kind: 'skip', because: 'Xen runs the guests here, not KVM' }
    const [line, ...lines] = off
    const feature = virtualizationName(cpu, line?.text ?? '')
    if (line !== undefined)
      return hits(one('cpu-virt-off-in-firmware', [logEvidence(line), ...lines.map(logEvidence)], { feature }))
    const flag = cpu?.flags.find((word) => word === 'vmx' || word === 'svm')
    const virtual = hypervisor !== null || cpu?.flags.includes('hypervisor') === true
    const elsewhere = foreign(facts) !== undefined
    for (const [code, ...ids] of SAID) {
      const [said] = messagesWith(facts.messages, ...ids)
      // With the flag it is the module of the other maker that found nothing to work with; and off x86 kvm-ok seeks the
      // flags of x86 in vain.
      if (said === undefined || (code === 'cpu-virt-missing' && (flag !== undefined || elsewhere))) continue
      const given = code === 'cpu-virt-missing' && virtual ? 'cpu-virt-not-nested' : code
      return hits({ ...one(given, [logEvidence(said)], { feature }), confidence: 'likely' })
    }
    const x86 = !elsewhere && (cpu === undefined || ['intel', 'amd', 'hygon', 'zhaoxin'].includes(cpu.vendor))
    // A virtual machine without the flag has nothing that the other part could switch on.
    if (x86 && commonPartAlone(facts) && (flag !== undefined || !virtual)) {
      const evidence: Evidence = { source: facts.modules.source, saw: 'kvm, and neither kvm_intel nor kvm_amd' }
      // Current kernels hide the flag where firmware has it off (feat_ctl.c, cpu/amd.c): modprobe tells what it is.
      const load: Action[] = [
        { do: 'load-module', modules: flag === 'svm' ? 'kvm_amd' : 'kvm_intel' },
        { do: 'show', what: 'kernel-log' },
      ]
      const remedy = flag === undefined ? {} : { remedy: load }
      return hits({ ...one('kvm-half-loaded', [evidence]), confidence: 'likely', ...remedy })
    }
    const settle = [{ do: 'show', what: 'cpu-flags' } as const]
    if (cpu === undefined) {
      if (facts.cpu.state === 'known') return { kind: 'skip', because: 'no CPU is shown' }
      return { kind: 'unknown', missing: [{ ...missingFrom('the CPU', facts.cpu), settle }] }
    }
    if (kvm === undefined) {
      if (node.state === 'known') return { kind: 'skip', because: 'no /dev/kvm was looked for' }
      return { kind: 'unknown', missing: [{ ...missingFrom('/dev/kvm', node), settle }] }
    }
    // A container has a /dev of its own, which tells nothing of the host's.
    if (container !== null) return { kind: 'skip', because: `the nodes here are those of a container (${container})` }
    const missing: Evidence = { source: '/dev/kvm', saw: 'not there', wanted: 'the node' }
    if (!x86) {
      // Without x86's flags the machine itself is all that tells.
      if (hypervisor === null) return hits(one('kvm-node-missing', [missing]))
      const guest: Evidence = { source: facts.environment.source, saw: `a virtual machine: ${hypervisor}` }
      return hits({ ...one('cpu-virt-not-nested', [missing, guest]), confidence: 'likely' })
    }
    if (flag === undefined && cpu.flags.length > 0) {
      const none: Evidence = { source: facts.cpu.source, saw: 'neither vmx nor svm among the flags' }
      return hits(one(virtual ? 'cpu-virt-not-nested' : 'cpu-virt-missing', [none, missing], { feature }))
    }
    const module = flag === 'svm' ? 'kvm_amd' : 'kvm_intel'
    const state = moduleState(facts, module)
    if (flag !== undefined && isActive(state) === false) {
      const evidence: NonEmpty<Evidence> = [missing, { source: facts.modules.source, saw: `${module} is ${state}` }]
      const hit = one('kvm-module-not-loaded', evidence, { module })
      // What is not on the host cannot be loaded.
      const install: readonly Action[] = [{ do: 'install-kernel-modules', modules: module }]
      return hits(state === 'missing' ? { ...hit, remedy: install } : hit)
    }
    return hits(one('kvm-node-missing', [missing]))
  },
})
