import { defineCheck, missingFrom, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Address, PciList } from '../../src/model/pci.ts'
import { concludeOutput, logGap, onlyIfWanted } from '../../src/rules/conclude.ts'
import { unlessHeld } from '../../src/rules/held-by-guest.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction, sysfs } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'
import { afterResume } from '../../src/rules/reset.ts'

const TO_D0 = [
  'q-power-stuck',
  'pci-refused-old',
  'pci-refused-d0',
  'pci-inaccessible',
  'pci-power-said',
  'pci-power-short',
  'vfio-runtime-resume',
]
const OTHER = ['pci-refused-mid', 'pci-inaccessible-any', 'pci-inaccessible-old', 'pci-suspend-fail']

type Refusal = 'device-power-stuck' | 'device-power-refused' | 'device-power-slow'
type Code = Refusal | 'device-power-woke' | 'device-power-error'

export const check: AnyCheck = defineCheck({
  id: 'device-power',
  area: 'device',
  title: 'Each device to be passed through wakes up when it is asked to',
  needs: [],
  uses: ['messages', 'pci', 'guests'],
  problems: {
    'device-power-stuck': {
      severity: 'fail',
      family: 'power-state',
      title: '{who} does not wake up',
      summary:
        'The device was asleep (D3) and did not answer when it was to be powered up, so nothing can be done with it. vfio-pci lets idle devices sleep; some do not come back from that, or their slot lost power with them. A device that fell off the bus reads the same.',
      proof:
        'The message of the kernel or of QEMU that the change to D0 failed, or "not ready … after resume; giving up".',
      ruledOut: 'power_state D0 or D3hot, and a configuration space that reads plain values.',
      explains: [
        'device-config-dead',
        'device-access-failed',
        'device-open-refused',
        'reset-failed',
        'guest-start-failed',
        'device-power-error',
        'device-power-refused',
        'rom-unreadable',
      ],
      remedy: [
        { do: 'rescan-device', address: '{address}' },
        { do: 'keep-awake', address: '{address}' },
      ],
      sources: [
        'drivers/pci/pci.c: pci_power_up, pci_bridge_wait_for_secondary_bus',
        'QEMU hw/vfio/pci.c: vfio_pci_pre_reset',
        'drivers/vfio/pci/vfio_pci_core.c: disable_idle_d3',
      ],
    },
    'device-power-woke': {
      severity: 'warn',
      family: 'power-state',
      title: '{who} did not wake up once, and is awake now',
      summary:
        'The device was asleep (D3) and did not answer when it was to be powered up: what was tried with it then failed. Now its registers read plain values, so a new attempt may work. It may happen again when it is left to sleep.',
      proof:
        'The message of the kernel or of QEMU that the change to D0 failed, and plain values in its registers now.',
      ruledOut: 'No such message, or a configuration space that reads ff.',
      explains: ['device-access-failed', 'device-open-refused', 'reset-failed', 'guest-start-failed'],
      remedy: [{ do: 'keep-awake', address: '{address}' }],
      sources: ['drivers/pci/pci.c: pci_power_up', 'drivers/vfio/pci/vfio_pci_core.c: disable_idle_d3'],
    },
    'device-power-slow': {
      severity: 'warn',
      family: 'power-state',
      title: '{who} was slow to wake up, and nothing shows that it did',
      summary:
        'The kernel waits up to a minute for a device that was asleep (D3cold) and its slot. The last line about it says that it still waits: either the log ends there, or the device never came.',
      proof: 'The kernel line "not ready … after resume; waiting", and no later "ready" or "giving up".',
      ruledOut: 'A line "ready … after resume" later on, or power_state D0.',
      explains: ['device-access-failed', 'device-open-refused', 'guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'keep-awake', address: '{address}' },
      ],
      sources: ['drivers/pci/pci.c: pci_dev_wait, pci_bridge_wait_for_secondary_bus'],
    },
    'device-power-refused': {
      severity: 'info',
      family: 'power-state',
      title: '{who} did not change its power state once',
      summary:
        'The device was to go to another state than full power and did not. By itself that does not keep it from a guest.',
      proof: 'The message of the kernel.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'It matters only where the device does not wake up.' }],
      sources: ['drivers/pci/pci.c: pci_set_low_power_state'],
    },
    'device-power-error': {
      severity: 'fail',
      family: 'power-state',
      title: 'The kernel has lost the power state of {who} ({state})',
      summary: 'The last change of its power state failed, and the device cannot be opened in this state.',
      proof: 'power_state reads "error".',
      ruledOut: 'power_state D0, D3hot or D3cold.',
      explains: ['device-open-refused', 'device-access-failed'],
      remedy: [
        { do: 'rescan-device', address: '{address}' },
        { do: 'keep-awake', address: '{address}' },
      ],
      sources: ['Documentation/ABI/testing/sysfs-bus-pci: power_state'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const came = messagesWith(facts.messages, 'pci-ready-late', 'pci-not-ready').map((one) => one.device)
    const refused = raiseBy<Refusal>(facts.messages, pick).filter(
      ({ code, subject }) =>
        code !== 'device-power-slow' ||
        (subject.kind === 'device' && !came.includes(subject.address) && !isAwake(subject.address, pci)),
    )
    const hits: Hit<Code>[] = refused.map((hit): Hit<Code> => {
      const since =
        hit.code === 'device-power-stuck' && hit.subject.kind === 'device' && isAwake(hit.subject.address, pci)
      const woke: Hit<Code> = since ? unlessHeld({ ...hit, code: 'device-power-woke' }, facts) : hit
      return onlyIfWanted(woke, facts.pci, scope)
    })
    const awake: string[] = []
    const asleep: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      const state = fn === undefined ? undefined : valueOf(fn.powerState)
      if (typeof state !== 'string') continue
      if (state === 'error')
        hits.push({
          code: 'device-power-error',
          subject: { kind: 'device', address },
          values: { address, who: address, state },
          evidence: [{ source: sysfs(address, 'power_state'), saw: state, wanted: 'D0 or D3' }],
        })
      // The kernel does not know it either.
      else if (state !== 'unknown')
        (state === 'D0' || isAwake(address, pci) ? awake : asleep).push(`${address} ${state}`)
    }
    const source = '/sys/bus/pci/devices/*/power_state'
    // Sleep is no trouble; that it ends is told by a log in which no attempt to end it failed.
    const log = facts.messages
    if (asleep.length > 0 && !(log.state === 'known' && log.value.fromBoot)) {
      const what = `whether ${asleep.join(', ')} wakes up`
      const missing = log.state === 'known' ? logGap(log, what) : missingFrom(what, log)
      const [first, ...rest] = hits
      return first === undefined
        ? { kind: 'unknown', missing: [missing] }
        : { kind: 'hits', hits: [first, ...rest], missing: [missing] }
    }
    const all = [...awake, ...asleep]
    if (hits.length === 0 && all.length > 0) {
      const seen = { source, saw: all.join(', ') }
      const quiet = { source: log.source, saw: 'no device failed to wake up in the log of this boot' }
      return { kind: 'pass', evidence: asleep.length === 0 ? [seen] : [seen, quiet] }
    }
    return concludeOutput(hits, 'no device is to be passed through, or no power state is shown')
  },
})

/**
 * The registers read plain values. An idle device on vfio-pci goes back to D3hot, which one that did not wake is never said
 * to be in (pci_power_up leaves D3cold behind).
 */
function isAwake(address: Address, pci: PciList | undefined): boolean {
  const fn = pci === undefined ? undefined : findFunction(pci, address)
  const config = fn === undefined ? undefined : valueOf(fn.config)
  const state = fn === undefined ? undefined : valueOf(fn.powerState)
  return config !== undefined && !config.dead && (state === 'D0' || state === 'D3hot')
}

function pick(hit: MessageHit): Refusal | undefined {
  if (afterResume(hit)) return hit.id === 'pci-not-ready' ? 'device-power-stuck' : 'device-power-slow'
  if (TO_D0.includes(hit.id)) return 'device-power-stuck'
  if (!OTHER.includes(hit.id)) return undefined
  return hit.values['to'] === 'D0' ? 'device-power-stuck' : 'device-power-refused'
}
