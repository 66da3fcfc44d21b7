import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'

const NAMES = /apparmor="DENIED"[^\n]*profile="[^"]{0,80}(?:libvirt|virt-aa-helper|virtqemud)/
const SELINUX = /avc:\s+denied\s+\{[^}]*\}[^\n]*scontext=[^ ]*:(?:svirt|virtd|virtqemud|virt_launcher)[^ ]*/

type Code = 'security-module-denied' | 'security-module-aside'

/** A policy was loaded: security/selinux/ss/services.c; include/uapi/linux/audit.h, AUDIT_MAC_POLICY_LOAD. */
const POLICY = ['SELinux:  policy capability', 'SELinux: policy capability', 'audit: type=1403 '] as const

export const check: AnyCheck = defineCheck({
  id: 'security-module',
  area: 'host',
  title: 'AppArmor and SELinux refused the VMM nothing',
  needs: ['kernelLog'],
  uses: [],
  problems: {
    'security-module-denied': {
      severity: 'warn',
      family: 'permissions',
      title: '{module} refused the VMM {what}',
      summary:
        'The rules around libvirt guests know the disks and host devices of the definition, and little else. A ROM file, a shared memory file or a node that QEMU gets by other ways must lie where the rules allow it, or be named in a local rule.',
      proof: 'A line of the audit log that denies something to a profile or domain of libvirt.',
      ruledOut: 'No such line in a whole log.',
      explains: [
        'rom-file-denied',
        'rom-file-missing',
        'group-node-denied',
        'guest-start-failed',
        'libvirt-config-denied',
      ],
      remedy: [
        {
          do: 'advise',
          say: 'Move the file to a place that the profile allows (a ROM: /usr/share/vgabios), restore its label, or add one local rule for it. Leave the security module on.',
        },
      ],
      blocks: 'machine',
      sources: ['libvirt src/security/apparmor/libvirt-qemu', 'security/apparmor/audit.c', 'security/selinux/avc.c'],
    },
    'security-module-aside': {
      severity: 'info',
      family: 'permissions',
      title: '{module} refused the VMM {what}, which a passed device does not hang on',
      summary:
        'The rules around libvirt guests leave out much that the VMM or its helper looks at in passing. Such lines are in the log of healthy hosts. Where a disk was denied, the VMM says so itself.',
      proof: 'A line of the audit log that denies something else than a device, a ROM or shared memory.',
      ruledOut: 'A denied path below /dev, a ROM file, or a file through which drivers are bound.',
      remedy: [{ do: 'nothing', why: 'No passed device hangs on it.' }],
      sources: ['libvirt src/security/apparmor/libvirt-qemu', 'security/apparmor/audit.c', 'security/selinux/avc.c'],
    },
  },
  judge(facts) {
    const { lines, fromBoot } = facts.kernelLog.value
    const { source } = facts.kernelLog
    const hits = new Map<string, Hit<Code>>()
    for (const line of lines) {
      const apparmor = line.text.includes('"DENIED"') && NAMES.test(line.text)
      const selinux = line.text.includes('denied') && SELINUX.test(line.text)
      if (!apparmor && !selinux) continue
      const what = /\b(?:name|path)="([^"]{1,200})"/.exec(line.text)?.[1] ?? 'something'
      if (hits.has(what)) continue
      const values = { module: apparmor ? 'AppArmor' : 'SELinux', what }
      const evidence = [{ source: `${source}, line ${line.line}`, saw: line.text }] as const
      // The helper of libvirt looks around in /proc and /sys and is refused there on healthy hosts.
      const idle =
        !/vfio|driver_override$|\/(?:un)?bind$|drivers_probe$|\.rom$|\.bin$|romfile|\/dev\/|\/shm\/|^config$/i.test(
          what,
        )
      const code = idle ? 'security-module-aside' : 'security-module-denied'
      hits.set(what, { code, subject: { kind: 'host' }, values, evidence })
    }
    const [first, ...rest] = hits.values()
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (fromBoot && lines.some(({ text }) => POLICY.some((words) => text.includes(words)))) {
      // kernel/audit.c: kauditd_thread prints a record only where no auditd takes it, and hosts with SELinux run one.
      const because = 'SELinux is on, so denials go to auditd where it runs: ausearch -m avc -ts boot shows them'
      return { kind: 'skip', because }
    }
    if (fromBoot) return { kind: 'pass', evidence: [{ source, saw: 'no denial for a VMM in the log of this boot' }] }
    return {
      kind: 'unknown',
      missing: [
        {
          what: 'what the security module refused',
          reason: 'incomplete',
          source,
          settle: [{ do: 'show', what: 'kernel-log' }],
        },
      ],
    }
  },
})
