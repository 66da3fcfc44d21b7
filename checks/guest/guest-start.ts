import { defineCheck, type AnyCheck, type Evidence, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { Action } from '../../src/model/remedy.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { kvmPart } from '../../src/rules/kvm.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'guest-start-no-kvm' | 'kvm-node-elsewhere' | 'kvm-denied' | 'kvm-taken' | 'guest-start-failed'

const KVM = ['k-access', 'k-access-enoent', 'k-init', 'l-nokvm', 'pve-no-kvm']

const SWITCH: readonly Action[] = [
  { do: 'enable-firmware-setting', setting: 'cpu-virtualization' },
  { do: 'show', what: 'cpu-flags' },
]

export const check: AnyCheck = defineCheck({
  id: 'guest-start',
  area: 'guest',
  title: 'The VMM had KVM, and the guest started',
  needs: [],
  uses: ['messages', 'attempts', 'cpu', 'kernel', 'modules', 'pci'],
  problems: {
    'guest-start-no-kvm': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'The VMM found no KVM on this host',
      summary:
        'The virtualisation of the CPU is off in firmware, its KVM module is not loaded, or this is a virtual machine without nesting. This is not the IOMMU: it is a switch of its own.',
      proof: 'The message of QEMU or libvirt that /dev/kvm is not there, or that of Proxmox that there is no KVM.',
      ruledOut: '/dev/kvm, readable and writable for the VMM.',
      explains: ['guest-start-failed'],
      remedy: SWITCH,
      blocks: 'machine',
      sources: ['QEMU accel/kvm/kvm-all.c: kvm_init', 'arch/x86/kvm/vmx/vmx.c', 'arch/x86/kvm/svm/svm.c'],
    },
    'kvm-node-elsewhere': {
      severity: 'warn',
      family: 'outside-host',
      title: 'The VMM found no KVM where it ran, and {module} is loaded on this host',
      summary:
        'The module loads only where the CPU has its virtualisation switched on, and /dev/kvm comes with it. So the VMM ran where the node does not show: in a container, a chroot or a sandbox with a /dev of its own. Or the module was loaded later.',
      proof: 'The message that /dev/kvm is not there, beside kvm_intel or kvm_amd among the loaded modules.',
      ruledOut: 'A host without either module.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'On the host, ls -l /dev/kvm shows the node. Give it to the container in which the VMM runs (docker run --device /dev/kvm, and as many layers of containers as there are).',
        },
        { do: 'run-on-host' },
      ],
      sources: ['virt/kvm/kvm_main.c: kvm_init (misc_register)', 'arch/x86/kvm/x86.c: kvm_x86_vendor_init'],
    },
    'kvm-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'The VMM may not open /dev/kvm',
      summary:
        'KVM is there, and the user of the VMM is not allowed to use it: not in the group kvm, or kept out by a container.',
      proof: 'Opening /dev/kvm gave "Permission denied".',
      ruledOut: 'Read and write access to /dev/kvm.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'grant-kvm' }],
      blocks: 'machine',
      sources: ['QEMU accel/kvm/kvm-all.c: kvm_init'],
    },
    'kvm-taken': {
      severity: 'fail',
      family: 'software-bug',
      title: 'KVM is there and could not make a virtual machine: {error}',
      summary:
        'Another hypervisor on this host (VirtualBox, VMware) may hold the virtualisation of the CPU, or the host is out of memory.',
      proof: 'KVM_CREATE_VM failed.',
      ruledOut: 'No other hypervisor running.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'stop-user', what: '/dev/kvm' }],
      blocks: 'machine',
      sources: ['virt/kvm/kvm_main.c: kvm_dev_ioctl_create_vm'],
    },
    'guest-start-failed': {
      severity: 'fail',
      family: 'software-bug',
      title: 'A guest did not start: {error}',
      summary:
        'The message does not say what stood in the way. The kernel log of that moment, and the log of QEMU, name the step that failed.',
      proof: 'A command to start a guest that ended in an error.',
      ruledOut: 'A later start that worked.',
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'guest-definition' },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/container-legacy.c'],
    },
  },
  judge(facts) {
    // Built in, it is there even where it found nothing to work with.
    const half = ['kvm_intel', 'kvm_amd'].find((name) => moduleState(facts, name) === 'loaded')
    const hits: Hit<Code>[] = raiseBy<Code>(facts.messages, (hit) => there(pick(hit), half)).map((hit) => ({
      ...hit,
      values: { error: 'the reason is not shown', module: half ?? '', ...hit.values },
      confidence: hit.code === 'kvm-denied' ? 'certain' : 'likely',
      ...(hit.code === 'guest-start-no-kvm' ? { remedy: waysToKvm(facts) } : {}),
    }))
    const missing: Missing[] = []
    // A wrapper counts only where nothing else was said: what stands behind it is the reason.
    const said = (valueOf(facts.messages)?.hits ?? []).filter((hit) => hit.severity === 'error' && hit.id !== WRAPPER)
    const wrapper = raiseBy<Code>(facts.messages, (hit) => (hit.id === WRAPPER ? 'guest-start-failed' : undefined))
    const failed = (valueOf(facts.attempts) ?? []).filter((one) => one.kind === 'start-guest' && one.error !== null)
    const [first] = failed
    if (said.length === 0 && (wrapper.length > 0 || first !== undefined)) {
      missing.push({
        what: 'why the guest did not start',
        reason: 'not-in-paste',
        source: facts.attempts.source,
        settle: [{ do: 'show', what: 'kernel-log' }],
      })
      for (const hit of wrapper) {
        hits.push({ ...hit, values: { error: 'the reason is cut off', ...hit.values }, confidence: 'possible' })
      }
      if (wrapper.length === 0 && first !== undefined) {
        const evidence: NonEmpty<Evidence> = [
          { source: `${facts.attempts.source}, line ${first.line}`, saw: `${first.command}: ${first.error}` },
        ]
        const values = { error: first.error ?? '' }
        hits.push({ code: 'guest-start-failed', subject: { kind: 'host' }, values, evidence, confidence: 'possible' })
      }
    }
    const judgement = concludeOutput<Code>(hits, 'no attempt to start a guest is shown')
    return judgement.kind === 'hits' ? { ...judgement, missing } : judgement
  },
})

/** The cheaper of the two ways first: a module that nothing loaded takes no restart. */
function waysToKvm(facts: Pick<Facts, 'cpu' | 'kernel' | 'pci'>): readonly Action[] {
  const part = kvmPart(facts)
  if (part !== null && part !== undefined) return [{ do: 'load-module', modules: part }, ...SWITCH]
  // arch/arm64/kvm/arm.c, arch/riscv/kvm/main.c: kvm says there what it lacks, and no menu has a switch for it.
  if (part === null) return [{ do: 'show', what: 'kernel-log' }]
  const say =
    'On x86, load the part of KVM for this CPU first, kvm_intel or kvm_amd, with modprobe. Only if it answers "Operation not supported" is virtualisation off in firmware, or missing.'
  return [{ do: 'advise', say }, ...SWITCH]
}

const WRAPPER = 'q-container-wrap'

function there(code: Code | undefined, half: string | undefined): Code | undefined {
  return code === 'guest-start-no-kvm' && half !== undefined ? 'kvm-node-elsewhere' : code
}

function pick(hit: MessageHit): Code | undefined {
  if (hit.id === 'k-createvm') return 'kvm-taken'
  if (hit.id === 'v-kvm-acc' && /FAIL/.test(hit.text)) return 'kvm-denied'
  if (!KVM.includes(hit.id)) return undefined
  const error = hit.values['error']
  return error === 'EACCES' || error === 'EPERM' ? 'kvm-denied' : error === 'EBUSY' ? 'kvm-taken' : 'guest-start-no-kvm'
}
