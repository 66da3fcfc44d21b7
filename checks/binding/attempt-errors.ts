import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Attempt } from '../../src/model/guests.ts'
import type { Used } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { idsFor } from '../../src/rules/boot-binding.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { autoprobeOff } from '../../src/rules/autoprobe-off.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction, idOf, isBridge, isVfioDriver, onVfio, sysfs } from '../../src/rules/pci.ts'
import { logEvidence, probeErrors } from '../../src/rules/probe-errors.ts'

type Code =
  | 'bind-address-short'
  | 'bind-address-absent'
  | 'bind-without-match'
  | 'bind-vf-autoprobe-off'
  | 'bind-still-on-driver'
  | 'new-id-twin'
  | 'unbind-not-there'
  | 'write-path-no-vfio'
  | 'write-path-missing'

type Uses = Used<'attempts' | 'messages' | 'pci' | 'commandLine' | 'modprobe' | 'kernel'>

const BUS = 'drivers/base/bus.c: bind_store, unbind_store'

export const check: AnyCheck = defineCheck({
  id: 'attempt-errors',
  area: 'binding',
  title: 'What was tried by hand failed for no reason that can be told',
  needs: [],
  uses: ['attempts', 'messages', 'pci', 'commandLine', 'modprobe', 'kernel'],
  problems: {
    'bind-address-short': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'The address was written without its domain, which sysfs does not know',
      summary:
        'bind, unbind and drivers_probe compare the whole name. {written} fits no device: the name has the domain in front, mostly 0000 and a colon, which lspci leaves out unless it is asked for it.',
      proof: 'A write of an address without a domain, and the answer "No such device".',
      ruledOut: 'An address with four or more digits before the first colon.',
      explains: ['bind-write-error', 'unbind-not-there'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: [BUS],
    },
    'bind-address-absent': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{address} was written to sysfs, and this host has no such device',
      summary:
        'No function has that address, so the write cannot succeed. Addresses change when cards or firmware settings change.',
      proof: 'The address in what was typed, and a whole list of PCI functions without it.',
      ruledOut: 'A function with that address.',
      explains: ['bind-write-error', 'unbind-not-there', 'write-path-missing'],
      remedy: [{ do: 'show', what: 'lspci' }],
      sources: [BUS],
    },
    'bind-without-match': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'vfio-pci was not told that {address} is for it, so it did not match',
      summary:
        'bind works only where the driver matches the device. vfio-pci matches by driver_override or by an id it was given, and neither is set for {address}. driver_override is the better of the two: it means this one device.',
      proof: 'bind answered with "No such device", driver_override is empty, and no id was given for the function.',
      ruledOut: 'driver_override naming the driver, or its id in ids or new_id.',
      explains: ['bind-write-error'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: [BUS, 'drivers/pci/pci-driver.c: pci_match_device'],
    },
    'bind-vf-autoprobe-off': {
      severity: 'warn',
      family: 'sriov',
      title: '{address} is a virtual function whose device keeps drivers away (sriov_drivers_autoprobe is 0)',
      summary:
        'With sriov_drivers_autoprobe at 0 on {parent} no driver may take its virtual functions, bind by hand included, unless driver_override names it.',
      proof: 'bind answered with "No such device", and sriov_drivers_autoprobe of the physical function is 0.',
      ruledOut: 'sriov_drivers_autoprobe 1, or driver_override set.',
      explains: ['bind-write-error', 'bind-without-match'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: ['drivers/pci/pci-driver.c: pci_device_can_probe', 'Documentation/ABI/testing/sysfs-bus-pci'],
    },
    'bind-still-on-driver': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{address} could not be bound, because {driver} still has it',
      summary:
        'A device goes to a driver only when no other has it. bind does not take it away from {driver}: unbind it there first.',
      proof: 'bind answered "Device or resource busy" (before 5.14 "No such device"), and the driver link is there.',
      ruledOut: 'No driver link.',
      explains: ['bind-write-error', 'device-on-host-driver'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: ['drivers/base/dd.c: device_driver_attach'],
    },
    'new-id-twin': {
      severity: 'warn',
      family: 'id-collision',
      title: 'The id was given to vfio-pci before, and giving it again binds no second device',
      summary:
        'new_id takes each id once, for all devices that have it; the second time it answers "File exists" and does nothing. {hint} Name each device by its address (driver_override) and have it probed.',
      proof: 'The answer "File exists" to a write to new_id, and a device with that id that vfio-pci does not have.',
      ruledOut: 'Every device with that id on vfio-pci.',
      explains: ['new-id-known'],
      remedy: [{ do: 'bind-now', addresses: '{addresses}' }],
      sources: ['drivers/pci/pci-driver.c: new_id_store', 'Documentation/ABI/testing/sysfs-bus-pci: driver_override'],
    },
    'unbind-not-there': {
      severity: 'info',
      family: 'healthy',
      title: 'There was nothing to unbind: {who} was not on that driver',
      summary:
        'unbind answers "No such device" when the device is on another driver, or on none. Nothing was changed by it.',
      proof: 'The answer "No such device" to a write to unbind.',
      ruledOut: 'No such answer.',
      remedy: [{ do: 'nothing', why: 'The device was free of that driver already.' }],
      sources: [BUS],
    },
    'write-path-no-vfio': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: 'vfio-pci was not loaded, so its directory in sysfs was not there',
      summary:
        '/sys/bus/pci/drivers/vfio-pci appears when vfio-pci is loaded, and driver_override does not load it. Load it, then write again, and have the device probed.',
      proof: 'A look or a write at /sys/bus/pci/drivers/vfio-pci, and the answer "No such file or directory".',
      ruledOut: 'vfio-pci loaded or built in.',
      explains: ['bind-write-error', 'write-path-missing', 'override-without-driver', 'device-unbound'],
      remedy: [{ do: 'load-module', modules: 'vfio-pci' }],
      sources: ['drivers/base/bus.c: bus_add_driver'],
    },
    'write-path-missing': {
      severity: 'info',
      family: 'healthy',
      title: '{who} was on no driver, or has another address, so the path was not there',
      summary:
        'The link driver below a device is there only while it has a driver, and the directory only where the address is right and has its domain. A device without a driver needs no unbind.',
      proof: 'A write below the directory of a device, and the answer "No such file or directory".',
      ruledOut: 'No such answer.',
      remedy: [{ do: 'show', what: 'lspci' }],
      sources: ['drivers/base/dd.c: driver_sysfs_add'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = []
    for (const attempt of valueOf(facts.attempts) ?? []) {
      const hit = attempt.error === null ? undefined : judgeOne(attempt, attempt.error, facts)
      const again = hits.some((one) => one.code === hit?.code && one.values?.['who'] === hit.values?.['who'])
      if (hit !== undefined && !again) hits.push(hit)
    }
    for (const hit of messagesWith(facts.messages, 'sh-newid-eexist')) {
      if (hits.some((one) => one.code === 'new-id-twin')) break
      const values = { who: 'a device', addresses: '', hint: '' }
      const evidence: NonEmpty<Evidence> = [logEvidence(hit)]
      hits.push({
        code: 'new-id-twin',
        subject: { kind: 'host' },
        values,
        evidence,
        confidence: 'possible',
        severity: 'info',
      })
    }
    for (const hit of messagesWith(facts.messages, 'sh-unbind-enodev')) {
      if (hits.some((one) => one.code === 'unbind-not-there')) break
      const evidence: NonEmpty<Evidence> = [logEvidence(hit)]
      hits.push({ code: 'unbind-not-there', subject: { kind: 'host' }, values: { who: 'the device' }, evidence })
    }
    return concludeOutput(hits, 'nothing that was tried by hand is shown to have failed')
  },
})

function judgeOne(attempt: Attempt, error: string, facts: Uses): Hit<Code> | undefined {
  const { address, command, kind } = attempt
  const pci = valueOf(facts.pci)
  const fn = address === null || pci === undefined ? undefined : findFunction(pci, address)
  const typed: Evidence = { source: `${facts.attempts.source}, line ${attempt.line}`, saw: `${command}: ${error}` }
  const hit = (
    code: Code,
    confidence: 'certain' | 'likely' | 'possible' = 'certain',
    more: readonly Evidence[] = [],
    values: Readonly<Record<string, string>> = {},
  ): Hit<Code> => ({
    code,
    subject: address === null ? { kind: 'host' } : { kind: 'device', address },
    values: { who: address ?? 'the device', address: address ?? 'the device', ...values },
    evidence: [typed, ...more],
    confidence,
  })
  const noDevice = /No such device/i.test(error)
  if (/No such file or directory/i.test(error)) {
    const directory = /\/(?:drivers\/vfio-pci|module\/vfio_pci)(?![\w-])/.test(command)
    if (directory && kind !== 'sriov-numvfs') return hit('write-path-no-vfio', 'likely')
    return kind === 'unbind' || kind === 'override' ? hit('write-path-missing', 'likely') : undefined
  }
  if (kind === 'new-id') return /File exists/i.test(error) ? twin(attempt, facts, hit) : undefined
  if (kind !== 'bind' && kind !== 'unbind' && kind !== 'drivers-probe') return undefined
  const written = /(?:^|[\s"'=])([0-9a-f]{2}:[01][0-9a-f]\.[0-7])(?=[\s"']|$)/i.exec(command)?.[1]
  if (noDevice && written !== undefined && address !== null)
    return hit('bind-address-short', 'certain', [], { written })
  if (noDevice && address !== null && pci?.complete === true && fn === undefined)
    return hit('bind-address-absent', 'certain', [{ source: facts.pci.source, saw: `no ${address}` }])
  if (kind === 'unbind') return noDevice ? hit('unbind-not-there') : undefined
  if (fn === undefined || address === null || isBridge(fn) === true || onVfio(fn) === true) return undefined
  const driver = valueOf(fn.driver)
  // Since 5.14 a device that has a driver is busy, and "No such device" is the answer where the driver does not match.
  const held = /busy/i.test(error) || (noDevice && atLeast(facts.kernel, 5, 14) !== true)
  if (kind === 'bind' && typeof driver === 'string' && held && driver !== attempt.driver)
    return hit('bind-still-on-driver', 'likely', [{ source: sysfs(address, 'driver'), saw: driver }], { driver })
  return noDevice && kind === 'bind' ? unmatched(attempt, fn, facts, hit) : undefined
}

type Make = (
  code: Code,
  confidence?: 'certain' | 'likely' | 'possible',
  more?: readonly Evidence[],
  values?: Readonly<Record<string, string>>,
) => Hit<Code>

function unmatched(attempt: Attempt, fn: PciFunction, facts: Uses, hit: Make): Hit<Code> | undefined {
  const override = valueOf(fn.driverOverride)
  if (typeof override === 'string' && isVfioDriver(override)) return undefined
  const off = autoprobeOff(fn, valueOf(facts.pci))
  if (off !== undefined) return hit('bind-vf-autoprobe-off', off.confidence, [off.evidence], { parent: off.parent })
  const given = (valueOf(facts.attempts) ?? []).some(
    (one) =>
      one.line < attempt.line &&
      ((one.kind === 'new-id' && (one.deviceId === null || one.deviceId === idOf(fn))) ||
        (one.kind === 'override' && one.address === fn.address)),
  )
  // Before 5.14 any refusal of the driver came out as this answer; what the driver said is told by itself.
  const refused = probeErrors(facts.messages).some((one) => one.address === fn.address)
  if (given || refused || typeof override === 'string' || idsFor(fn, facts).length > 0) return undefined
  const read = override === null && facts.commandLine.state === 'known' && facts.modprobe.state === 'known'
  const saw = override === null ? '(null)' : 'not shown'
  return hit('bind-without-match', read ? 'likely' : 'possible', [
    { source: sysfs(fn.address, 'driver_override'), saw },
  ])
}

function twin(attempt: Attempt, facts: Uses, hit: Make): Hit<Code> | undefined {
  const pci = valueOf(facts.pci)
  const same = pci?.functions.filter((fn) => idOf(fn) === attempt.deviceId && isBridge(fn) !== true) ?? []
  const left = same.filter((fn) => onVfio(fn) !== true)
  // All of them bound: nothing was to be gained by it, and nothing is lost.
  if (pci?.complete === true && attempt.deviceId !== null && same.length > 0 && left.length === 0) return undefined
  const list = left.map((fn) => fn.address)
  const hint = list.length === 0 ? '' : `Without vfio-pci are ${list.join(', ')}.`
  return hit('new-id-twin', list.length > 0 ? 'likely' : 'possible', [], { addresses: list.join(' '), hint })
}
