import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Facts } from '../../src/model/machine.ts'
import { isActive, moduleState, servesGuests } from '../../src/rules/modules.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code =
  | 'module-signature-refused'
  | 'module-load-denied'
  | 'modules-need-root'
  | 'other-module-refused'
  | 'lockdown-denied'

export const check: AnyCheck = defineCheck({
  id: 'module-signature',
  area: 'host',
  title: 'Secure Boot and lockdown stand in the way of no module',
  needs: [],
  uses: ['messages', 'security', 'modules'],
  problems: {
    'module-signature-refused': {
      severity: 'fail',
      family: 'secure-boot',
      title: 'The kernel refused an unsigned or unknown module: {line}',
      summary:
        'With Secure Boot the kernel takes only modules that are signed with a key it knows. VFIO itself is signed by the distribution and works with Secure Boot on; modules built on this host (DKMS: vendor-reset, graphics drivers, SR-IOV) need a key of yours, enrolled once.',
      proof: 'The line of the kernel or of modprobe that the key was rejected or is missing.',
      ruledOut: 'The module loaded now.',
      explains: ['vmm-module-missing', 'guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Sign the module with a key of yours and enrol that key (MOK). Secure Boot can stay on.',
        },
      ],
      blocks: 'machine',
      sources: ['kernel/module/signing.c: module_sig_check', 'Documentation/admin-guide/module-signing.rst'],
    },
    'module-load-denied': {
      severity: 'fail',
      family: 'secure-boot',
      title: 'The kernel does not let this module in: operation not permitted',
      summary:
        'Loading was refused: not root, loading switched off (modules_disabled), or a kernel that is locked down.',
      proof: 'modprobe said "Operation not permitted".',
      ruledOut: 'The module loaded now, or a modprobe by an ordinary user.',
      explains: ['vmm-module-missing', 'guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Load it as root (sudo modprobe {module}). If root is refused too, `cat /proc/sys/kernel/modules_disabled` tells whether loading is off until the next start (1), and the kernel log why else.',
        },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['kernel/module/main.c: may_init_module'],
    },
    'modules-need-root': {
      severity: 'fail',
      family: 'permissions',
      title: 'Whoever ran this may not load or unload modules: operation not permitted',
      summary:
        'Unloading was refused with "Operation not permitted". Secure Boot and lockdown never refuse that: only a caller who is not root gets this answer, or a kernel whose modules_disabled is 1. What the same session or script was refused with this answer has the same reason.',
      proof: 'modprobe -r or rmmod said "Operation not permitted".',
      ruledOut: 'The modules loaded now, or the same commands as root.',
      explains: ['vmm-module-missing', 'guest-start-failed', 'vfio-pci-not-loaded', 'write-needs-root'],
      remedy: [
        {
          do: 'advise',
          say: 'Run the commands, or the script as a whole, as root (sudo). If root is refused too, `cat /proc/sys/kernel/modules_disabled` tells whether modules are locked until the next start (1).',
        },
      ],
      blocks: 'machine',
      sources: ['kernel/module/main.c: delete_module, may_init_module', 'security/lockdown/lockdown.c'],
    },
    'other-module-refused': {
      severity: 'info',
      family: 'secure-boot',
      title: 'The kernel did not take {module}, and VFIO does without it',
      summary:
        'The module is of a vendor, or was built on this host (DKMS). With Secure Boot it has to be signed with a key that the kernel knows; "Operation not permitted" also comes where it is not root who loads it. Passing devices through hangs on VFIO and KVM alone.',
      proof: 'The line of modprobe, with the name of a module that is none of VFIO or KVM.',
      ruledOut: 'The module loaded now.',
      remedy: [
        {
          do: 'advise',
          say: 'If the host or a guest needs it: load it as root, signed with a key of yours that is enrolled (MOK). Secure Boot can stay on.',
        },
      ],
      sources: ['kernel/module/signing.c: module_sig_check', 'Documentation/admin-guide/module-signing.rst'],
    },
    'lockdown-denied': {
      severity: 'info',
      family: 'secure-boot',
      title: 'Lockdown refused a program direct access: {line}',
      summary:
        'With Secure Boot the kernel is locked down, and refuses programs direct access to PCI devices, memory or registers. VFIO is not concerned: guests with passed devices run as before.',
      proof: 'The kernel line "Lockdown: … is restricted".',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'VFIO asks for nothing that lockdown forbids.' }],
      sources: ['security/lockdown/lockdown.c', 'kernel_lockdown(7)'],
    },
  },
  judge(facts) {
    const all = valueOf(facts.messages)?.hits ?? []
    const notRoot = all.some(deniedRemoval)
    const codeOf = (one: MessageHit): Code | undefined => pick(one, notRoot)
    const hits = raiseBy<Code>(facts.messages, codeOf).map((found): Hit<Code> => {
      const mine = all.filter((one) => codeOf(one) === found.code)
      if (found.code === 'modules-need-root') return ofUser(found, mine, facts)
      const names = mine.flatMap((one) => one.values['module'] ?? [])
      const active = names.map((name) => isActive(moduleState(facts, name.replaceAll('-', '_'))))
      const mended = names.length > 0 && active.every((one) => one === true)
      // The kernel itself does not name the module: it may be one that no guest needs, and is where VFIO and KVM are in.
      const there = ['vfio_pci', 'kvm'].every((name) => isActive(moduleState(facts, name)) === true)
      const nameless: Partial<Hit<Code>> = names.length > 0 ? {} : { severity: there ? 'info' : 'warn' }
      const hit: Hit<Code> = {
        ...found,
        values: { module: 'MODULE', ...found.values },
        ...(mended ? { severity: 'info' } : nameless),
      }
      const security = facts.security
      const value = valueOf(security)
      if (hit.code === 'lockdown-denied' || hit.code === 'other-module-refused') return hit
      if (value === undefined) return hit.code === 'module-load-denied' ? { ...hit, confidence: 'possible' } : hit
      const saw = `Secure Boot ${value.secureBoot === true ? 'on' : value.secureBoot === false ? 'off' : 'unknown'}, lockdown ${value.lockdown ?? 'none'}`
      const evidence = [...hit.evidence, { source: security.source, saw }] as const
      const locked = value.secureBoot === true || (value.lockdown ?? 'none') !== 'none'
      if (hit.code === 'module-load-denied') return { ...hit, evidence, confidence: locked ? 'likely' : 'possible' }
      return { ...hit, evidence }
    })
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const messages = facts.messages
    if (messages.state === 'known' && messages.value.fromBoot)
      return { kind: 'pass', evidence: [{ source: messages.source, saw: 'no refused module in the log of this boot' }] }
    const reason = messages.state === 'unknown' ? messages.reason : 'incomplete'
    return {
      kind: 'unknown',
      missing: [
        {
          what: 'whether a module was refused',
          reason,
          source: messages.source,
          settle: [{ do: 'show', what: 'kernel-log' }],
        },
      ],
    }
  },
})

/** delete_module asks for CAP_SYS_MODULE and for modules_disabled alone, and for neither lockdown nor a signature. */
function deniedRemoval(hit: MessageHit): boolean {
  return hit.topic === 'module-not-removed' && hit.values['error'] === 'EPERM'
}

/** Where a module that VFIO needs was to be loaded, and is not in by now, no guest starts: else it is a step that failed. */
function ofUser(found: Hit<Code>, lines: readonly MessageHit[], facts: Pick<Facts, 'modules'>): Hit<Code> {
  const wanted = lines.filter((one) => !deniedRemoval(one)).flatMap((one) => one.values['module'] ?? [])
  const state = wanted.map((name) => isActive(moduleState(facts, name.replaceAll('-', '_'))))
  const severity = wanted.length === 0 ? 'warn' : state.every((one) => one === true) ? 'info' : 'fail'
  return { ...found, severity, confidence: 'likely' }
}

/** VFIO does without most that a host loads: drivers of vendors, vendor-reset. */
function pick(hit: MessageHit, notRoot: boolean): Code | undefined {
  if (deniedRemoval(hit)) return 'modules-need-root'
  const code = refused(hit)
  if (notRoot && code === 'module-load-denied' && servesGuests(hit.values['module'] ?? '')) return 'modules-need-root'
  const { module } = hit.values
  return code !== undefined && module !== undefined && !servesGuests(module) ? 'other-module-refused' : code
}

function refused(hit: MessageHit): Code | undefined {
  if (hit.topic === 'module-signature-refused' || hit.id === 'mod-reject') return 'module-signature-refused'
  if (hit.id === 'lockdown-hit') return byLockdown(hit.values['what'] ?? '')
  return hit.id === 'km-insert' && hit.values['error'] === 'EPERM' ? 'module-load-denied' : undefined
}

/**
 * What lockdown names is one of lockdown_reasons (security/security.c). Where signatures are not enforced as such, it is
 * lockdown that keeps an unsigned module out (kernel/module/signing.c: module_sig_check); and each start of a locked-down
 * kernel asks whether it may hibernate (kernel/power/hibernate.c: hibernation_available), which nobody tried to.
 */
function byLockdown(what: string): Code | undefined {
  if (what === 'unsigned module loading') return 'module-signature-refused'
  return what === 'hibernation' ? undefined : 'lockdown-denied'
}
