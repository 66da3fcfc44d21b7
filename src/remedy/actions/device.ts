import { valueOf } from '../../model/fact.ts'
import { foreign } from '../../rules/architecture.ts'
import { atLeast } from '../../rules/kernel.ts'
import { costOf, target, usesInWords } from '../devices.ts'
import { address, count, plainText } from '../grammar.ts'
import { optionForGood } from '../module-option.ts'
import { changeParameters } from '../parameters/index.ts'
import { asRoot, write } from '../shell.ts'
import { lines, step, type Expansion } from '../steps.ts'

const NO_ADDRESS = 'Which function is meant could not be told; `lspci -D -nnk` lists them.'

function sysfs(at: string, attribute: string): string {
  return `/sys/bus/pci/devices/${at}/${attribute}`
}

export const setVfCount: Expansion<'set-vf-count'> = (action, on) => {
  const at = address(action.address)
  const number = count(action.count)
  if (at === null || number === null) return [step(NO_ADDRESS)]
  const path = sysfs(at, 'sriov_numvfs')
  const one = target(at, on.facts)
  const before = one.fn === null ? undefined : valueOf(one.fn.sriovNumVfs)
  const uses = usesInWords([one])
  // The kernel takes a new number only from 0 (drivers/pci/iov.c: sriov_numvfs_store answers EBUSY).
  const set = (wanted: string): readonly string[] =>
    wanted === '0' ? [write(on.platform, '0', path)] : [write(on.platform, '0', path), write(on.platform, wanted, path)]
  const say =
    number === '0'
      ? `Take the virtual functions of ${at} away.`
      : `Have ${at} make ${number} virtual functions, until the next start; it keeps its own driver.`
  const risk = `Every guest and every network that stands on a virtual function of ${at} loses it.`
  return [
    step(say, {
      run: lines(...set(number)),
      effect: 'stops-guest',
      undo: set(typeof before === 'number' ? String(before) : '0').join('; '),
      risk: uses === null ? risk : `${risk} ${uses}`,
    }),
  ]
}

export const resetDevice: Expansion<'reset-device'> = (action, on) => {
  const at = address(action.address)
  if (at === null) return [step(NO_ADDRESS)]
  return [
    step(`Reset ${at}, while nothing uses it. An error in answer says that the reset does not work.`, {
      run: write(on.platform, '1', sysfs(at, 'reset')),
      effect: costOf(target(at, on.facts)),
      risk: 'With a bus reset, the other functions in the slot are reset too.',
    }),
    step(
      'If it does not come back, switch the machine off wholly and on again: a mere restart leaves the slot under power.',
      {
        effect: 'reboot',
      },
    ),
  ]
}

export const rescanDevice: Expansion<'rescan-device'> = (action, on) => {
  const at = address(action.address)
  if (at === null) return [step(NO_ADDRESS)]
  const one = target(at, on.facts)
  const uses = usesInWords([one])
  const remove = write(on.platform, '1', sysfs(at, 'remove'))
  const rescan = write(on.platform, '1', '/sys/bus/pci/rescan')
  // The kernel makes no device of a function that it passes over (drivers/pci/probe.c: pci_setup_device).
  if (one.fn === null && valueOf(on.facts.pci)?.complete === true) {
    return [
      step(`Have the bus looked through again for ${at}, which the kernel has no device for now.`, {
        run: lines(rescan, `lspci -nnks ${at}`),
        undo: 'Nothing is taken away by it.',
      }),
    ]
  }
  return [
    step(`Take ${at} off the bus and look for it again, while no guest uses it.`, {
      run: lines(
        one.fn === null ? `test ! -e ${sysfs(at, 'remove')} || ${remove}` : remove,
        rescan,
        `lspci -nnks ${at}`,
      ),
      effect: costOf(one),
      undo: 'A restart finds it in any case.',
      ...(uses === null ? {} : { risk: uses }),
    }),
  ]
}

export const keepAwake: Expansion<'keep-awake'> = (action, on) => {
  const at = address(action.address)
  if (at === null) return [step(NO_ADDRESS)]
  const d3cold = sysfs(at, 'd3cold_allowed')
  const control = sysfs(at, 'power/control')
  // A kernel without ACPI has no such file (drivers/pci/pci-sysfs.c: pci_dev_attrs).
  const allow = (value: string): string => `test ! -e ${d3cold} || ${write(on.platform, value, d3cold)}`
  return [
    step(`Keep ${at} from being sent to sleep, until the next start.`, {
      run: lines(write(on.platform, 'on', control), allow('0')),
      undo: `${write(on.platform, 'auto', control)}; ${allow('1')}`,
    }),
    ...optionForGood(
      'Have vfio-pci leave idle devices awake, from when it is loaded next.',
      'vfio-pci',
      'disable_idle_d3=1',
      on,
    ),
  ]
}

/** The boot framebuffer is a platform device of its own beside the PCI function whose memory it draws in. */
export const freeFramebuffer: Expansion<'free-framebuffer'> = (action, on) => {
  const at = address(action.address)
  const card = at === null ? 'the card' : at
  const drivers = ['simple-framebuffer', 'efi-framebuffer', 'vesa-framebuffer']
  const release =
    on.platform.root === 'sudo'
      ? 'echo "${device##*/}" | sudo tee "${device%/*}/unbind"'
      : 'echo "${device##*/}" > "${device%/*}/unbind"'
  const patterns = drivers.map((name) => `/sys/bus/platform/drivers/${name}/*framebuffer.*`).join(' ')
  const console = on.platform.root === 'sudo' ? 'echo 0 | sudo tee "$console/bind"' : 'echo 0 > "$console/bind"'
  const risk = 'The console of the host is gone until the next start; have a way in by ssh.'
  // sysfb_init makes the device of whichever framebuffer (arch/x86/kernel/sysfb.c; since 5.15 drivers/firmware/sysfb.c,
  // for all), where `video=` turns efifb off alone: vesafb_probe ignores it.
  const old = foreign(on.facts) !== undefined && atLeast(on.facts.kernel, 5, 15) === false
  const more = changeParameters({ add: [old ? 'video=efifb:off' : 'initcall_blacklist=sysfb_init'], remove: [] }, on)
  const [first, ...rest] = more
  return [
    step(`Let the host's boot framebuffer go of the memory of ${card}, until the next start.`, {
      run: lines(
        `for console in /sys/class/vtconsole/vtcon*; do ! grep -q 'frame buffer' "$console/name" || ${console}; done`,
        `for device in ${patterns}; do test ! -e "$device" || ${release}; done`,
      ),
      effect: 'may-lose-display',
      undo: 'A restart brings the console back.',
      risk,
    }),
    {
      ...first,
      say: `Only if it works and is wanted at each start: ${first.say}`,
      risk: `The host then has no console on the screen until a graphics driver is loaded.`,
    },
    ...rest,
  ]
}

export const dumpRom: Expansion<'dump-rom'> = (action, on) => {
  const at = address(action.address)
  if (at === null) return [step(NO_ADDRESS)]
  const rom = sysfs(at, 'rom')
  const file = `vbios-${at.replaceAll(':', '-')}.rom`
  return [
    step(
      `Read the ROM of ${at} into ${file}, while nothing uses the card. On the card that the host started on it is a used copy, and reads wrong: start on another display for it.`,
      {
        run: lines(
          write(on.platform, '1', rom),
          `${asRoot(on.platform, `cat ${rom}`)} > ${file}`,
          write(on.platform, '0', rom),
          `head -c 2 ${file} | od -An -tx1`,
        ),
        undo: `rm ${file}`,
        risk: 'Reading the ROM of a card in use can disturb it.',
      },
    ),
    step(
      'The last command must show 55 aa. Then give the file to the guest (libvirt: <rom file=…/>, QEMU: romfile=, Proxmox: romfile= with the file in /usr/share/kvm).',
    ),
  ]
}

export const moveCard: Expansion<'move-card'> = (action) => {
  const at = address(action.address)
  return [
    step(
      `Switch the machine off and put the card${at === null || at === 'ADDRESS' ? '' : ` at ${at}`} in another slot: one that hangs on the CPU rather than on the chipset often has an IOMMU group of its own. Addresses change with it, so look at the groups again.`,
      {
        effect: 'reboot',
        undo: 'Put it back.',
      },
    ),
  ]
}

export const stopUser: Expansion<'stop-user'> = (action, on) => {
  const stop = step(`Stop what uses the device: ${plainText(action.what)}`, { effect: 'stops-guest' })
  const node = /\/dev\/vfio\/\d{1,9}\b/.exec(action.what)?.[0]
  if (node === undefined) return [stop]
  return [step('See which process has it open.', { run: asRoot(on.platform, `fuser -v ${node}`) }), stop]
}
