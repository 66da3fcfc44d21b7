import type { Hit } from '../model/check.ts'
import { valueOf, type Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import type { Scope } from '../model/machine.ts'
import type { PciList } from '../model/pci.ts'
import { onlyIfWanted } from './conclude.ts'
import { describe, findFunction, idOf } from './pci.ts'
import { messagesWith } from './messages.ts'
import { raise, raiseBy } from './raise.ts'
import { afterResume, badFlr } from './reset.ts'

const CODES = {
  'reset-not-returned': ['pci-not-ready'],
  'reset-none': ['q-no-reset', 'l-reset-none', 'tn-no-reset', 'xen-no-reset'],
  'reset-failed': [
    'pve-reset',
    'pve-reset-write',
    'pve-reset-continue',
    'sh-reset-enotty',
    'l-resetfail',
    'q-hotreset-info',
    'pci-acpi-rst',
    'pci-iommu-reset-fail',
    'pci-nvme-reset',
    'pci-igd-reset',
    'pci-gpu-efi-fail',
    'vendor-reset-failed',
    'l-reset-unable',
  ],
  'reset-needs-siblings': ['q-iommufd-reset-dep', 'q-group-reset-dep', 'l-reset-active'],
  'reset-methods-emptied': ['pci-reset-methods-off'],
  'reset-was-slow': ['pci-flr-pending', 'vfio-no-saved-state'],
  'reset-end-unseen': ['pci-not-ready-wait'],
  'reset-lost-state': ['vfio-reset-recovery'],
} as const

export type ResetMessage = keyof typeof CODES

/** What messages of the kernel, VMMs and shells tell of resets. */
export function judgeMessages(
  messages: Fact<MessageList>,
  pci: Fact<PciList>,
  scope: Scope,
): readonly Hit<ResetMessage | 'reset-flr-defect'>[] {
  const list = valueOf(pci)
  const raised = raiseBy<ResetMessage>(messages, pick)
  const lost = raised.flatMap((one) => (one.code === 'reset-not-returned' ? [one.values?.['address']] : []))
  const found = raised.filter(
    ({ code, values }) =>
      code !== 'reset-end-unseen' ||
      (stillAwaited(messages, values?.['address']) && !lost.includes(values?.['address'])),
  )
  const returned = raise(messages, { back: ['pci-ready-late'] }).map((one) => one.values?.['address'])
  const hits: Hit<ResetMessage | 'reset-flr-defect'>[] = found.map((hit) => {
    const fn = list === undefined || hit.subject.kind !== 'device' ? undefined : findFunction(list, hit.subject.address)
    const config = fn === undefined ? undefined : valueOf(fn.config)
    const later = returned.includes(hit.values?.['address'])
    const alive = config?.dead === false || later
    const back = hit.code === 'reset-not-returned' && alive
    const values = {
      method: 'a reset',
      since: !back ? GONE : pci.source === 'paste' && !later ? LISTED : BACK,
      ...hit.values,
    }
    const rest: Partial<Hit<ResetMessage>> = back
      ? { severity: 'warn', remedy: [{ do: 'upgrade', what: 'kernel' }] }
      : {}
    return onlyIfWanted({ ...hit, values, ...rest }, pci, scope)
  })
  for (const hit of found) {
    const fn = list === undefined ? undefined : findFunction(list, hit.values?.['address'] ?? '')
    const known = hit.code === 'reset-not-returned' && hit.values?.['method'] === 'FLR' && fn !== undefined
    if (known && badFlr(idOf(fn)))
      hits.push({ ...hit, code: 'reset-flr-defect', values: { ...hit.values, what: describe(fn) } })
  }
  return hits
}

/** What pci_dev_wait in drivers/pci/pci.c prints of a device: once it said that it waits, it ends with one of the others. */
const WAITING: readonly string[] = ['pci-not-ready-wait', 'pci-not-ready', 'pci-ready-late']

/** Whether the last that the log tells of a device is that the kernel waits for it after a reset. */
function stillAwaited(messages: Fact<MessageList>, address: string | undefined): boolean {
  const last = messagesWith(messages, ...WAITING).findLast((one) => one.device === address)
  return last?.id === 'pci-not-ready-wait' && !afterResume(last)
}

const GONE = 'Until it loses power it will answer nothing.'
const LISTED = 'A listing shows plain values of it, from before that or after.'
const BACK = 'It answers by now, so a new attempt may work; what was tried with it then failed.'

function pick(hit: MessageHit): ResetMessage | undefined {
  // No reset: the device did not wake up, which device-power tells.
  if (afterResume(hit)) return undefined
  // Proxmox says the same of every file that it writes.
  if (hit.id === 'pve-reset-write' && !hit.text.includes("/reset'")) return undefined
  for (const known of Object.keys(CODES) as ResetMessage[]) {
    const names: readonly string[] = CODES[known]
    if (names.includes(hit.id) || names.includes(hit.topic)) return known
  }
  return undefined
}
