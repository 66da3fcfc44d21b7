import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { blacklisted, onceEach } from '../../src/rules/blacklists.ts'
import { kvmPart } from '../../src/rules/kvm.ts'
import { barredByInstall, barredByParameter } from '../../src/rules/load-bars.ts'
import { withoutModules } from '../../src/rules/mended-blacklist.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code = 'blacklist-of-kvm' | 'kvm-barred-by-parameter' | 'kvm-barred-by-install'

const EXPLAINS = ['guest-start-no-kvm', 'kvm-node-missing', 'kvm-module-not-loaded', 'kvm-half-loaded'] as const
const PROOF = 'and no KVM: /dev/kvm is not there and the module not loaded, or a VMM found none'
const RULED_OUT = '/dev/kvm, or a line for the module of the other maker of CPUs alone.'

export const check: AnyCheck = defineCheck({
  id: 'kvm-loading',
  area: 'cpu',
  title: 'Nothing keeps KVM from being loaded',
  needs: [],
  uses: ['modprobe', 'commandLine', 'modules', 'nodes', 'messages', 'cpu', 'kernel', 'pci', 'environment'],
  problems: {
    'blacklist-of-kvm': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: '{module} is blacklisted, so nothing loads KVM at boot',
      summary:
        'Guides for other hypervisors have KVM blacklisted, which keeps it from being loaded by itself, and modules-load.d heeds it too; firmware may well have virtualisation on.',
      proof: `A blacklist line for the module of KVM that this CPU takes, ${PROOF}.`,
      ruledOut: RULED_OUT,
      explains: EXPLAINS,
      remedy: [
        { do: 'advise', say: 'Take the lines for kvm, kvm_intel and kvm_amd out of the blacklist in {place}.' },
        { do: 'load-module', modules: '{module}' },
      ],
      blocks: 'machine',
      sources: [
        'modprobe.d(5): blacklist',
        'systemd src/shared/module-util.c: module_load_and_warn',
        'QEMU accel/kvm/kvm-all.c: kvm_init',
      ],
    },
    'kvm-barred-by-parameter': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'The kernel was told to load no {module}: {parameter}',
      summary:
        'A module that module_blacklist names is refused whoever loads it, with "Operation not permitted", so no guest runs with KVM in this boot.',
      proof: `A module that KVM takes in module_blacklist on the running command line, ${PROOF}.`,
      ruledOut: RULED_OUT,
      explains: [...EXPLAINS, 'blacklist-of-kvm', 'module-load-denied'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      blocks: 'machine',
      sources: ['kernel/module/main.c: blacklisted', 'Documentation/admin-guide/kernel-parameters.txt'],
    },
    'kvm-barred-by-install': {
      severity: 'fail',
      family: 'cpu-virt-off',
      title: 'An install line of modprobe.d keeps {module} from being loaded',
      summary:
        'modprobe runs {command} in place of loading {module}, so neither udev nor a step by hand gets it loaded.',
      proof: `An install line whose command does nothing but succeed or fail, ${PROOF}.`,
      ruledOut: RULED_OUT,
      explains: [...EXPLAINS, 'blacklist-of-kvm'],
      remedy: [
        { do: 'advise', say: 'Take this line out, in {place}: {line}' },
        { do: 'load-module', modules: '{part}' },
      ],
      blocks: 'machine',
      sources: ['modprobe.d(5): install', 'libkmod/libkmod-module.c: kmod_module_get_install_commands'],
    },
  },
  judge(facts) {
    const part = kvmPart(facts)
    if (part === null) return { kind: 'skip', because: 'KVM has no module for each maker of CPUs here' }
    const none = withoutKvm(facts)
    if (none === undefined) return { kind: 'skip', because: 'nothing shows that KVM is missing' }
    const hits: Hit<Code>[] = []
    const hit = (
      code: Code,
      evidence: Evidence,
      values: Record<string, string>,
      rest: Partial<Hit<Code>> = {},
    ): number => hits.push({ code, subject: { kind: 'host' }, values, evidence: [evidence, ...none], ...rest })
    // The common part comes with the one for the CPU, and is never loaded by an alias of its own.
    const isPart = (name: string): boolean => (part === undefined ? /^kvm_(?:intel|amd)$/.test(name) : name === part)
    const chain = [...(part === undefined ? [] : [part]), 'kvm', 'irqbypass'].filter(
      (name) => moduleState(facts, name) === 'loadable',
    )
    const bar = barredByParameter(chain, facts)
    if (bar !== undefined) {
      const { module, parameter } = bar
      const values = { module, parameter: parameter.text }
      const seen: Evidence = { source: facts.commandLine.source, saw: parameter.text }
      hit('kvm-barred-by-parameter', seen, values, { remedy: withoutModules(parameter, KVM) })
    }
    for (const { module, command, place, line } of barredByInstall(chain, facts))
      hit('kvm-barred-by-install', { source: place, saw: line }, { module, command, place, line, part: part ?? module })
    for (const { module, source, places, parameter, early } of onceEach(blacklisted(facts))) {
      if (!isPart(module) || early === true) continue
      const seen: Evidence = { source, saw: parameter?.text ?? `blacklist ${module}` }
      hit(
        'blacklist-of-kvm',
        seen,
        { module, place: places },
        parameter === undefined ? {} : { remedy: withoutModules(parameter, KVM) },
      )
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    return { kind: 'skip', because: 'no line that was read keeps KVM out' }
  },
})

const KVM = /^(?:kvm|kvm_intel|kvm_amd|irqbypass)$/

/** A VMM that found no KVM. */
const NO_KVM = ['k-access-enoent', 'k-init', 'l-nokvm', 'pve-no-kvm', 'v-kvm-exists'] as const

type Given = Pick<Facts, 'messages' | 'nodes' | 'cpu' | 'modules' | 'environment' | 'kernel' | 'pci'>

/** What shows that this boot has no KVM although the CPU can do it; undefined: nothing does. */
function withoutKvm(facts: Given): NonEmpty<Evidence> | undefined {
  const nodes = valueOf(facts.nodes)
  const node = nodes === undefined ? undefined : valueOf(nodes.kvm)
  if (node !== undefined && node !== null) return undefined
  const [said] = messagesWith(facts.messages, ...NO_KVM)
  if (said !== undefined) return [logEvidence(said)]
  const { container = null, xenDom0 = false } = valueOf(facts.environment) ?? {}
  // A container has a /dev of its own, and under Xen KVM has nothing to do.
  if (node !== null || container !== null || xenDom0) return undefined
  const part = kvmPart(facts)
  const flag = valueOf(facts.cpu)?.flags.some((word) => word === 'vmx' || word === 'svm') === true
  if (!flag || part === null || part === undefined || moduleState(facts, part) !== 'loadable') return undefined
  return [
    { source: '/dev/kvm', saw: 'not there', wanted: 'the node' },
    { source: facts.modules.source, saw: `${part} is loadable` },
  ]
}
