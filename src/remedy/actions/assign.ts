import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { findFunction, onVfio } from '../../rules/pci.ts'
import { targets } from '../devices.ts'
import { plainBlock, plainText } from '../grammar.ts'
import { some, step, type Expansion, type Ground } from '../steps.ts'
import { leftOut } from './bind.ts'

const NONE = 'There is no function here that a guest could be given.'

export const assign: Expansion<'assign'> = (action, on) => {
  const all = targets(action.addresses, on.facts)
  const steps = give(
    all.functions.map((one) => one.address),
    'Give the guest',
    on,
  )
  return some([...steps, ...leftOut(all)], NONE)
}

export const assignInstead: Expansion<'assign-instead'> = (action, on) => {
  const all = targets(action.addresses, on.facts)
  const steps = give(
    all.functions.map((one) => one.address),
    'Give the guest what is behind the bridge, and not the bridge:',
    on,
  )
  return some([...steps, ...leftOut(all)], NONE)
}

function give(list: readonly string[], verb: string, on: Ground): readonly Step[] {
  if (list.length === 0) return []
  const say = `${verb} ${list.join(', ')}`
  if (on.platform.place === 'xen') return xen(list, say)
  const proxmox = step(`${say}, on Proxmox.`, {
    run: `qm set VMID ${list.map((at, index) => `-hostpci${index} ${at}`).join(' ')}`,
    undo: `qm set VMID -delete ${list.map((_, index) => `hostpci${index}`).join(',')}`,
    risk: 'hostpci numbers that the guest has already are replaced. With a q35 machine add ,pcie=on to each.',
  })
  if (on.platform.flavour === 'proxmox') return [proxmox]
  const others = [
    step(`${say}, with libvirt (virsh edit GUEST, inside <devices>).`, {
      edit: { path: 'the domain of the guest', text: list.map((at) => hostdev(at, !onVariant(at, on))).join('\n') },
      undo: 'Take the element out again.',
    }),
    step(`${say}, with QEMU started by hand.`, {
      edit: { path: 'the command line of QEMU', text: list.map((at) => `-device vfio-pci,host=${at}`).join(' ') },
      undo: 'Take the argument out again.',
    }),
  ]
  return on.platform.flavour === null ? [...others, proxmox] : others
}

/** On a variant driver of VFIO, from which libvirt would take it to bind it to vfio-pci where it manages the device. */
function onVariant(at: string, { facts }: Ground): boolean {
  const pci = valueOf(facts.pci)
  const fn = pci === undefined ? undefined : findFunction(pci, at)
  const driver = fn === undefined ? undefined : valueOf(fn.driver)
  return fn !== undefined && typeof driver === 'string' && onVfio(fn) === true && driver !== 'vfio-pci'
}

/** libvirt, "Host device assignment" of the domain format: each part in hexadecimal. */
function hostdev(at: string, managed: boolean): string {
  const [domain, bus, slot, fn] = at === 'ADDRESS' ? ['DDDD', 'BB', 'DD', 'F'] : at.split(/[:.]/)
  return [
    `<hostdev mode='subsystem' type='pci' managed='${managed ? 'yes' : 'no'}'>`,
    '  <source>',
    `    <address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`,
    '  </source>',
    '</hostdev>',
  ].join('\n')
}

/** Xen's own way: dom0 has no IOMMU groups and no vfio. */
function xen(list: readonly string[], say: string): readonly Step[] {
  const text = `pci = [ ${list.map((at) => `'${at}'`).join(', ')} ]`
  return [
    step(`${say}, with xl.`, {
      edit: { path: "the guest's xl configuration", text },
      undo: 'Take the line out again.',
    }),
  ]
}

export const changeGuest: Expansion<'change-guest'> = (action, on) => {
  const proxmox = on.platform.flavour === 'proxmox'
  const edit = (path: string, text: string | undefined, who: string): readonly Step[] =>
    text === undefined ? [] : [step(who, { edit: { path, text: standIns(plainBlock(text)) }, effect: 'stops-guest' })]
  const others = [
    ...edit(
      'the domain of the guest',
      action.xml,
      'With libvirt (virsh edit GUEST); it counts from the next start of the guest.',
    ),
    ...edit('the command line of QEMU', action.qemu, 'With QEMU started by hand.'),
  ]
  const own = edit(
    "the guest's configuration",
    action.proxmox,
    'With Proxmox; it counts from the next start of the guest.',
  )
  const shown = proxmox && own.length > 0 ? own : on.platform.flavour === null ? [...others, ...own] : others
  return [step(plainText(action.say)), ...shown]
}

/** What nobody filled in is a word in capitals, as in commands; the step before says what it is. */
function standIns(text: string): string {
  return text.replace(/\{([a-z]{1,40})\}/g, (_, name: string) => name.toUpperCase())
}
