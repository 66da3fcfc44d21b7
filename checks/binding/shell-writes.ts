import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Attempt } from '../../src/model/guests.ts'
import type { Address } from '../../src/model/pci.ts'
import type { Action } from '../../src/model/remedy.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'bind-write-error': [
    'sh-bind-enodev',
    'sh-bind-ebusy',
    'sh-bind-einval',
    'sh-bind-einval-go',
    'sh-bind-enodev-go',
    'sh-bind-eagain',
  ],
  'new-id-malformed': ['sh-newid-einval'],
  'new-id-known': ['sh-newid-eexist', 'sh-newid-eexist-go'],
  'sysfs-write-refused': ['sh-write-error'],
  'group-type-busy': ['sh-type-ebusy', 'sh-type-eperm'],
} as const

type Code = keyof typeof CODES

export const check: AnyCheck = defineCheck({
  id: 'shell-writes',
  area: 'binding',
  title: 'What was written to sysfs by hand was accepted',
  needs: [],
  uses: ['attempts', 'messages', 'pci'],
  problems: {
    'bind-write-error': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'Binding {who} by hand failed: {error}',
      summary:
        '"No such device" means that the driver does not match the device (no id and no driver_override for it), that the address is not written in full, or, before 5.14, any refusal. "Device or resource busy" means that it still has a driver, "Invalid argument" that the driver refused it. driver_override before the probe avoids all but the last.',
      proof: 'The answer of the shell to the write.',
      ruledOut: 'The device on the driver now.',
      remedy: [
        { do: 'bind-now', addresses: '{address}' },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['drivers/base/bus.c: bind_store', 'drivers/base/dd.c: device_driver_attach'],
    },
    'new-id-malformed': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'The id written to new_id is not in the form that it wants',
      summary:
        'new_id wants vendor and device as two hexadecimal numbers with a blank between them, and no address. It also takes every device with that id; driver_override names one device alone.',
      proof: 'The answer "Invalid argument" to a write to new_id.',
      ruledOut: 'An accepted write.',
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      blocks: 'machine',
      sources: ['drivers/pci/pci-driver.c: new_id_store'],
    },
    'new-id-known': {
      severity: 'info',
      family: 'id-collision',
      title: 'vfio-pci has the id already, and that binds nothing',
      summary:
        'The answer "File exists" means that the id was given before, for this device or for another with the same id. It is harmless. To bind one device of several that share an id, name it in driver_override and have it probed.',
      proof: 'The answer "File exists" to a write to new_id.',
      ruledOut: 'No such answer.',
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: ['drivers/pci/pci-driver.c: new_id_store'],
    },
    'sysfs-write-refused': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'A write by hand was refused: {error}',
      summary:
        'What was written, and where, is not shown with the answer. For bind, "No such device" mostly means that the driver does not match the device, and "Device or resource busy" that it still has another driver.',
      proof: 'The answer of the shell.',
      ruledOut: 'The command that goes with it.',
      explains: [],
      remedy: [{ do: 'show', what: 'kernel-log' }],
      blocks: 'machine',
      sources: ['drivers/base/bus.c: bind_store'],
    },
    'group-type-busy': {
      severity: 'info',
      family: 'host-driver-bound',
      title: 'The type of an IOMMU group cannot be changed while a driver has one of its devices',
      summary: 'Passing a device through needs no change of that type.',
      proof: 'The answer to a write to the type attribute.',
      ruledOut: 'No such write.',
      remedy: [{ do: 'nothing', why: 'VFIO brings its own domain.' }],
      sources: ['drivers/iommu/iommu.c: iommu_group_store_type'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const done = (address: string | null): boolean => {
      const fn = address === null || pci === undefined ? undefined : findFunction(pci, address)
      return fn !== undefined && onVfio(fn) === true
    }
    const hits: Hit<Code>[] = []
    for (const attempt of valueOf(facts.attempts) ?? []) {
      const code = codeOf(attempt)
      if (code === undefined) continue
      const { address } = attempt
      const values = { who: address ?? 'a device', address: address ?? 'this host', error: attempt.error ?? '' }
      const hit: Hit<Code> = {
        code,
        subject: address === null ? { kind: 'host' } : { kind: 'device', address },
        values,
        evidence: [
          { source: `${facts.attempts.source}, line ${attempt.line}`, saw: `${attempt.command}: ${attempt.error}` },
        ],
        confidence: 'likely',
        ...unnamed(code, address),
      }
      if (!hits.some((one) => one.code === code && one.values?.['address'] === values.address))
        hits.push(done(address) ? { ...hit, severity: 'info' } : hit)
    }
    // The shell session tells more than the bare answer, and the answer is not told twice.
    for (const hit of raise<Code>(facts.messages, CODES)) {
      if (hits.some((one) => one.code === hit.code || hit.code === 'sysfs-write-refused')) continue
      const error = messagesWith(facts.messages, ...CODES[hit.code])[0]?.values['error'] ?? 'the write was refused'
      const address = hit.subject.kind === 'device' ? hit.subject.address : null
      hits.push({ ...hit, values: { ...hit.values, error }, confidence: 'likely', ...unnamed(hit.code, address) })
    }
    return concludeOutput(hits, 'no refused write to sysfs is shown')
  },
})

/** No command can be given for a device that the answer does not name. */
function unnamed(code: Code, address: Address | null): { readonly remedy?: readonly Action[] } {
  if (address !== null || code === 'group-type-busy' || code === 'sysfs-write-refused') return {}
  return {
    remedy: [
      { do: 'show', what: 'lspci' },
      { do: 'show', what: 'kernel-log' },
    ],
  }
}

function codeOf(attempt: Attempt): Code | undefined {
  const error = attempt.error ?? ''
  if (error === '' || /Permission denied/i.test(error)) return undefined
  if (attempt.kind === 'bind' || attempt.kind === 'drivers-probe') return 'bind-write-error'
  if (attempt.kind !== 'new-id') return undefined
  if (/File exists/i.test(error)) return 'new-id-known'
  return /Invalid argument/i.test(error) ? 'new-id-malformed' : undefined
}
