import type { Step } from '../../model/remedy.ts'
import { count, groupNumber } from '../grammar.ts'
import { asRoot, tee, writeFile } from '../shell.ts'
import { type Expansion, type Ground, lines, NIXOS, step } from '../steps.ts'

/** Three ways to start a guest, three places for the limit; libvirt's system daemon sets its own. */
export const raiseMemlock: Expansion<'raise-memlock'> = (action, on) => {
  const bytes = count(action.bytes)
  const told = bytes === null || bytes === 'COUNT' ? null : ((BigInt(bytes) + 1023n) / 1024n).toString()
  const amount = told === null ? "the guest's memory and 1 GiB" : `${told} KiB`
  const kib = told ?? 'KIB'
  const libvirt = step(
    `With libvirt (qemu:///system): it allows the guest's memory and 1 GiB by itself. Only where that is too little, give the domain a limit of ${amount}.`,
    {
      edit: {
        path: 'the domain of the guest',
        text: `<memtune>\n  <hard_limit unit='KiB'>${kib}</hard_limit>\n</memtune>`,
      },
      effect: 'stops-guest',
      undo: 'Take the element out again.',
      risk: 'It limits all memory of the QEMU process: too small a limit has the guest killed.',
    },
  )
  if (on.platform.flavour === 'proxmox') {
    return [
      step(
        'Proxmox starts guests as root, whom the limit does not bind: start the guest with `qm start` and not by hand.',
      ),
    ]
  }
  return [libvirt, login(kib, on), service(told)]
}

function login(kib: string, on: Ground): Step {
  const path = '/etc/security/limits.d/90-vfio.conf'
  const say =
    'With QEMU started from your own shell: raise the limit of your user, then log in anew (`ulimit -l` shows it, in KiB).'
  if (on.platform.flavour === 'nixos') {
    const entry = `{ domain = "USERNAME"; type = "-"; item = "memlock"; value = "${kib}"; }`
    return step(say, { edit: { path: NIXOS, text: `security.pam.loginLimits = [ ${entry} ];` } })
  }
  return step(say, {
    run: `printf '%s soft memlock ${kib}\\n%s hard memlock ${kib}\\n' ${user(on)} ${user(on)} | ${tee(on.platform, path)}`,
    undo: asRoot(on.platform, `rm ${path}`),
  })
}

function service(kib: string | null): Step {
  return step(
    'With QEMU started by a systemd unit: raise the limit of the unit (systemctl edit UNIT), then restart it.',
    {
      edit: { path: 'a drop-in of the unit', text: `[Service]\nLimitMEMLOCK=${kib === null ? 'infinity' : `${kib}K`}` },
      undo: 'systemctl revert UNIT',
      effect: 'stops-guest',
    },
  )
}

const KEEP = 'Keep it for the next starts. Members of kvm may then drive every device that is bound to vfio.'
const RULE = 'SUBSYSTEM=="vfio", GROUP="kvm", MODE="0660"'

/** The group's node belongs to root; one group of users is given it. /dev/vfio/vfio is open to all by design. */
export const grantGroupNode: Expansion<'grant-group-node'> = (action, on) => {
  const { platform } = on
  const group = groupNumber(action.group)
  const path = '/etc/udev/rules.d/10-vfio-access.rules'
  const reload = asRoot(platform, 'udevadm control --reload')
  const now =
    group === null
      ? []
      : [
          step(`Give the members of the group kvm the node of IOMMU group ${group}, until the next start.`, {
            run: lines(
              asRoot(platform, `chgrp kvm /dev/vfio/${group}`),
              asRoot(platform, `chmod 660 /dev/vfio/${group}`),
            ),
            undo: `${asRoot(platform, `chgrp root /dev/vfio/${group}`)}; ${asRoot(platform, `chmod 600 /dev/vfio/${group}`)}`,
          }),
        ]
  return [
    joinKvm(
      'libvirt (qemu:///system) and Proxmox open the node as root and need nothing here. For QEMU as your own user, join the group kvm, then log in anew.',
      on,
    ),
    ...now,
    platform.flavour === 'nixos'
      ? step(KEEP, {
          edit: { path: NIXOS, text: `services.udev.extraRules = ''\n  ${RULE}\n'';` },
          undo: 'Take the lines out again and rebuild.',
        })
      : step(KEEP, {
          run: lines(writeFile(platform, [RULE], path), reload),
          undo: `${asRoot(platform, `rm ${path}`)}; ${reload}`,
        }),
  ]
}

/** In a root shell $USER is root. */
function user(on: Ground): string {
  return on.platform.root === 'sudo' ? '"$USER"' : 'USERNAME'
}

/** Busybox has no usermod. An ostree system has its groups in /usr/lib/group, where usermod does not look. */
function joinKvm(say: string, on: Ground): Step {
  const alpine = on.platform.family === 'alpine'
  const who = user(on)
  const copy = `grep -q '^kvm:' /etc/group || grep '^kvm:' /usr/lib/group | ${tee(on.platform, '/etc/group', '-a ')}`
  return step(say, {
    run: lines(
      on.platform.flavour === 'ostree' && copy,
      asRoot(on.platform, alpine ? `addgroup ${who} kvm` : `usermod -aG kvm ${who}`),
    ),
    undo: asRoot(on.platform, alpine ? `delgroup ${who} kvm` : `gpasswd -d ${who} kvm`),
  })
}

export const grantKvm: Expansion<'grant-kvm'> = (_action, on) => [
  joinKvm('Join the group kvm, which may use /dev/kvm, then log in anew.', on),
]

/** Root of a container may read no more than its manager left it (capabilities(7): CAP_SYSLOG for the kernel log). */
export const runAsRoot: Expansion<'run-as-root'> = (_action, on) =>
  on.platform.place === 'container'
    ? [step('Run vfio-doctor as root on the host of this container: it reads what does not show in here.')]
    : [step('Run vfio-doctor as root: it reads what a user may not.', { run: asRoot(on.platform, 'vfio-doctor') })]

export const runOnHost: Expansion<'run-on-host'> = (_action, on) => {
  switch (on.platform.place) {
    case 'container':
      return [step('Run vfio-doctor on the host of this container: in here it sees only a part of it.')]
    case 'guest':
      return [
        step('Run vfio-doctor on the host of this virtual machine too: what it was not given does not show in here.'),
      ]
    default:
      return [step('Run vfio-doctor on the physical host, outside of containers and virtual machines.')]
  }
}
