import type { Area, Evidence } from '../../../src/model/check.ts'
import type { Remedy, Step } from '../../../src/model/remedy.ts'
import type { Cause, CheckReport, DeviceReport, Finding, Report } from '../../../src/model/report.ts'

/** Handmade reports. Every verdict, status, subject kind and effect is in one of them. */

const SEEN: Evidence = { source: '/sys/class/iommu', saw: 'dmar0 dmar1', wanted: 'one unit or more' }

export function step(say: string, more: Partial<Step> = {}): Step {
  return { say, effect: 'none', ...more }
}

export function device(address: string, more: Partial<DeviceReport> = {}): DeviceReport {
  return {
    address,
    id: '8086:1533',
    class: 'Ethernet controller',
    name: null,
    driver: 'igb',
    group: 14,
    verdict: 'in-use-by-host',
    because: ['device-in-use'],
    asked: false,
    candidate: null,
    steps: [],
    ...more,
  }
}

export function cause(code: string, more: Partial<Cause> = {}): Cause {
  return {
    code,
    family: 'bridge-in-group',
    severity: 'fail',
    confidence: 'certain',
    title: 'Turn the IOMMU on',
    summary: 'Without it no device can be handed to a guest. The CPU has one and the firmware offers it.',
    subject: { kind: 'host' },
    evidence: [SEEN],
    explains: [],
    remedy: [],
    ...more,
  }
}

export function passed(id: string, area: Area = 'iommu', title = 'The IOMMU is in effect'): CheckReport {
  return { id, area, title, status: 'pass', evidence: [SEEN], findings: [], missing: [] }
}

export function report(more: Partial<Report> = {}): Report {
  return {
    schema: 'vfio-doctor/report@1',
    tool: { name: 'vfio-doctor', version: '0.1.0' },
    taken: { at: '2026-11-24T16:12:09Z', source: 'live', privileged: true },
    machine: {
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.1.0-18-amd64',
      architecture: 'x86_64',
      cpu: 'Intel(R) Core(TM) i7-4790 CPU @ 3.60GHz',
      board: 'Example Corp. X1',
      bios: 'Example Corp. 1.02 2019-03-04',
      bootLoader: 'grub',
      iommu: { inEffect: true, kind: 'intel', units: 2 },
      environment: 'bare metal',
      pciFunctions: 38,
      groups: 29,
    },
    verdict: 'ready',
    headline: 'This host is ready for passthrough; name a device to see what it takes to hand it over',
    causes: [],
    devices: [],
    groups: [],
    checks: [passed('iommu-in-effect')],
    ask: [],
    ...more,
  }
}

const LEAVE: Remedy = {
  action: 'leave-bridge-alone',
  steps: [
    step("Take the bridge's id back out of vfio-pci", {
      run: 'echo 104c 8240 | sudo tee /sys/bus/pci/drivers/vfio-pci/remove_id',
      undo: 'echo 104c 8240 | sudo tee /sys/bus/pci/drivers/vfio-pci/new_id',
    }),
  ],
}
const ASSIGN: Remedy = {
  action: 'assign',
  steps: [step('Give the guest 0000:04:00.0 alone', { run: 'qemu-system-x86_64 -device vfio-pci,host=0000:04:00.0' })],
}

/** The bridge that refuses vfio-pci while the device behind it is ready: the headline case. */
export function bridgeReport(): Report {
  return report({
    verdict: 'ready',
    headline: '0000:04:00.0 Multimedia audio controller [104c:a106] can be passed through now',
    causes: [
      cause('bridge-cannot-bind', {
        severity: 'info',
        title: 'Leave the bridge 0000:03:00.0 alone',
        summary:
          'vfio-pci drives endpoints only: it refuses this PCI bridge with error -22, and no group needs it. A bridge on its own driver, or on none, does not keep a group from being viable.',
        subject: { kind: 'device', address: '0000:03:00.0' },
        evidence: [
          { source: 'kernel log, 214.159625', saw: 'vfio-pci: probe of 0000:03:00.0 failed with error -22' },
          { source: '/sys/bus/pci/devices/0000:03:00.0/class', saw: '0x060400 (PCI bridge)', wanted: 'an endpoint' },
        ],
        explains: ['probe-einval@0000:03:00.0'],
        remedy: [LEAVE],
      }),
    ],
    devices: [
      device('0000:00:1c.0', {
        class: 'PCI bridge',
        driver: 'pcieport',
        group: 5,
        verdict: 'not-assignable',
        because: [],
      }),
      device('0000:03:00.0', {
        id: '104c:8240',
        class: 'PCI bridge',
        name: 'XIO2000(A)/XIO2200A PCI Express-to-PCI Bridge',
        driver: null,
        group: 28,
        verdict: 'not-assignable',
        because: ['bridge-cannot-bind'],
      }),
      device('0000:04:00.0', {
        id: '104c:a106',
        class: 'Multimedia audio controller',
        driver: 'vfio-pci',
        group: 28,
        verdict: 'ready',
        because: [],
        asked: true,
        candidate: 'asked for',
        steps: [ASSIGN],
      }),
    ],
    groups: [{ id: 28, devices: ['0000:03:00.0', '0000:04:00.0'], viable: true, why: 'no member is on a host driver' }],
    checks: [
      passed('iommu-in-effect'),
      {
        id: 'bridge-presence',
        area: 'isolation',
        title: 'Bridges are left to the kernel',
        status: 'info',
        missing: [],
        findings: [
          {
            code: 'bridge-cannot-bind',
            family: 'bridge-in-group',
            severity: 'info',
            confidence: 'certain',
            title: 'Leave the bridge 0000:03:00.0 alone',
            summary: 'vfio-pci drives endpoints only.',
            subject: { kind: 'device', address: '0000:03:00.0' },
            evidence: [SEEN],
          },
        ],
      },
    ],
  })
}

/** Several causes of different severity and confidence, every kind of subject and effect, a group that is held. */
export function blockedReport(): Report {
  const gpu = { kind: 'device', address: '0000:01:00.0' } as const
  return report({
    verdict: 'blocked',
    headline: 'Passthrough will not work yet: turn the IOMMU on',
    machine: { ...report().machine, iommu: { inEffect: false, kind: null, units: 0 } },
    causes: [
      cause('iommu-off-kernel', {
        family: 'iommu-off-kernel',
        title: 'Turn the IOMMU on with intel_iommu=on',
        explains: ['group-missing@0000:01:00.0', 'vfio-node-missing@host'],
        evidence: [
          { source: '/proc/cmdline', saw: 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet', wanted: 'intel_iommu=on' },
          { source: '/sys/class/iommu', saw: 'empty', wanted: 'dmar0' },
        ],
        remedy: [
          {
            action: 'set-kernel-parameter',
            steps: [
              step('Add intel_iommu=on to the line GRUB_CMDLINE_LINUX_DEFAULT', {
                edit: { path: '/etc/default/grub', text: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"' },
                undo: 'Take the word out again, and run the next step once more.',
              }),
              step('Write the boot menu anew', { run: 'sudo update-grub' }),
              step('Restart the machine', { run: 'sudo reboot', effect: 'reboot', risk: 'what is not saved is lost' }),
            ],
          },
        ],
      }),
      cause('group-not-viable', {
        family: 'group-not-viable',
        confidence: 'likely',
        title: 'Free the rest of group 1',
        subject: { kind: 'group', id: 1 },
        remedy: [
          {
            action: 'bind-now',
            steps: [
              step('Hand the sound function over too', {
                run: 'sudo driverctl --nosave set-override 0000:01:00.1 vfio-pci',
                effect: 'may-lose-display',
                undo: 'sudo driverctl unset-override 0000:01:00.1',
              }),
              step('Move the default route away first', { effect: 'may-lose-network' }),
              step('Unmount the disk first', { effect: 'may-lose-disk' }),
              step('Stop the guest', { run: 'virsh shutdown guest', effect: 'stops-guest' }),
            ],
          },
        ],
      }),
      cause('rom-shadowed', {
        family: 'rom-bad',
        severity: 'warn',
        confidence: 'possible',
        title: 'Give the guest a clean copy of the option ROM',
        subject: gpu,
      }),
      ...['0000:01:00.0', '0000:01:00.1'].map((address) =>
        cause('device-on-host-driver', {
          family: 'host-driver-bound',
          severity: 'info',
          title: `${address} is on its host driver`,
          subject: { kind: 'device', address },
        }),
      ),
    ],
    devices: [
      device('0000:00:02.0', { verdict: 'cannot-tell', because: ['driver-unknown'], class: null, id: null }),
      device('0000:01:00.0', {
        name: 'GP104 [GeForce GTX 1080]',
        driver: 'nouveau',
        group: 1,
        verdict: 'blocked',
        because: ['group-not-viable', 'iommu-off-kernel'],
        candidate: 'named by guest win10',
      }),
      device('0000:01:00.1', {
        name: 'GP104 High Definition Audio',
        driver: 'snd_hda_intel',
        group: 1,
        verdict: 'blocked',
      }),
      device('0000:02:00.0', { verdict: 'ready-after-binding', because: ['device-on-host-driver'], group: 2 }),
      device('0000:03:00.0'),
      device('0000:04:00.0', { verdict: 'not-assignable', class: 'PCI bridge', group: null }),
    ],
    groups: [
      {
        id: 1,
        devices: ['0000:01:00.0', '0000:01:00.1'],
        viable: false,
        why: 'held by the host: 0000:01:00.1 on snd_hda_intel',
      },
      { id: 2, devices: ['0000:02:00.0'], viable: true, why: 'no member is on a host driver' },
      { id: 3, devices: ['0000:00:02.0'], viable: null, why: 'could not tell the driver of 0000:00:02.0' },
    ],
    checks: [
      { ...passed('iommu-in-effect'), status: 'fail', findings: [finding('fail')] },
      { ...passed('rom', 'device'), status: 'warn', findings: [finding('warn')] },
      passed('cpu', 'cpu'),
      {
        id: 'amd-only',
        area: 'iommu',
        title: 'AMD-Vi works',
        status: 'skip',
        because: 'the CPU is of Intel',
        findings: [],
        missing: [],
      },
      {
        id: 'broken',
        area: 'kernel',
        title: 'A fault of ours',
        status: 'crash',
        message: 'x is not a function',
        findings: [],
        missing: [],
      },
    ],
  })
}

function finding(severity: 'fail' | 'warn'): Finding {
  const { explains: _explains, remedy: _remedy, ...rest } = cause('iommu-off-kernel', { severity })
  return rest
}

const ROOT: Remedy = { action: 'run-as-root', steps: [step('Run it as root', { run: 'sudo vfio-doctor' })] }

/** Nothing could be told: no check passes, none fails. */
export function blankReport(): Report {
  const reasons = ['denied', 'absent', 'no-tool', 'timeout', 'unreadable', 'not-collected', 'not-in-paste'] as const
  return report({
    taken: { at: null, source: 'paste', privileged: null },
    verdict: 'cannot-tell',
    headline: 'Could not tell whether passthrough works here: see what is missing below',
    machine: {
      os: null,
      kernel: null,
      architecture: null,
      cpu: null,
      board: null,
      bios: null,
      bootLoader: null,
      iommu: { inEffect: null, kind: null, units: null },
      environment: null,
      pciFunctions: null,
      groups: null,
    },
    checks: reasons.map((reason) => ({
      id: `check-${reason}`,
      area: 'host',
      title: 'The kernel log is readable',
      status: 'unknown',
      findings: [],
      missing: [
        { what: 'the kernel log', reason, source: 'dmesg', detail: 'Operation not permitted', settle: [ROOT] },
        { what: 'the CPU', reason, source: '/proc/cpuinfo', settle: [] },
      ],
    })),
    ask: [ROOT],
  })
}

/** A worth-a-look verdict on a capture, with devices in a PCI domain of five digits (VMD). */
export function vmdReport(): Report {
  return report({
    taken: { at: '2026-10-02T08:00:00+02:00', source: 'capture', privileged: false },
    verdict: 'attention',
    headline: '10000:01:00.0 Non-Volatile memory controller can be passed through once it is bound to vfio-pci',
    devices: [
      device('10000:01:00.0', {
        class: 'Non-Volatile memory controller',
        verdict: 'ready-after-binding',
        because: ['device-unbound'],
        driver: null,
        asked: true,
        candidate: 'asked for',
        steps: [
          {
            action: 'bind-now',
            steps: [step('Bind it', { run: 'sudo driverctl set-override 10000:01:00.0 vfio-pci' })],
          },
        ],
      }),
      (({ driver: _driver, group: _group, ...rest }) => rest)(device('0000:00:0e.0', { verdict: 'cannot-tell' })),
    ],
  })
}

export const ALL: Readonly<Record<string, () => Report>> = {
  ready: report,
  bridge: bridgeReport,
  blocked: blockedReport,
  blank: blankReport,
  vmd: vmdReport,
}
