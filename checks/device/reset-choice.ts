import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction } from '../../src/rules/pci.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code = 'reset-method-unsupported' | 'reset-method-unknown'

/** pci_reset_fn_methods in drivers/pci/pci.c; the last since 6.11. */
const METHODS: ReadonlySet<string> = new Set([
  'default',
  'device_specific',
  'acpi',
  'flr',
  'af_flr',
  'pm',
  'bus',
  'cxl_bus',
])

/** A command and its answer in one sentence. */
const WRITTEN = /\becho (?:-n )?["']?([a-z_]{2,32})["']? ?>\S{0,200}reset_method\b/

const SOURCES = [
  'drivers/pci/pci.c (before 6.14 pci-sysfs.c): reset_method_store',
  'Documentation/ABI/testing/sysfs-bus-pci: reset_method',
] as const

export const check: AnyCheck = defineCheck({
  id: 'reset-choice',
  area: 'device',
  title: 'The reset method that was chosen is one that the device has',
  needs: [],
  uses: ['attempts', 'messages', 'pci'],
  problems: {
    'reset-method-unsupported': {
      severity: 'info',
      family: 'reset-failure',
      title: '{who} cannot be reset by {method}',
      summary:
        'The kernel asks before it takes a method, and leaves the methods as they were where one does not fit. device_specific fits where the kernel, or the module vendor-reset once it is loaded, has a reset of its own for this very device. Few devices have one: vendor-reset knows AMD cards up to the first Navi.',
      proof:
        'The kernel line "Unsupported reset method", or "Invalid argument" in answer to a method that kernels have.',
      ruledOut: 'The method in reset_method.',
      explains: ['sysfs-write-refused'],
      remedy: [
        {
          do: 'advise',
          say: 'Read reset_method of the device: it names what the kernel can use. Leave it so, or write the word default.',
        },
      ],
      sources: SOURCES,
    },
    'reset-method-unknown': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'No kernel has a reset method called {method}',
      summary: 'The methods are device_specific, acpi, flr, af_flr, pm, bus and cxl_bus. What was set before stays.',
      proof: 'The kernel line "Invalid reset method", or "Invalid argument" in answer to such a name.',
      ruledOut: 'A name of the list.',
      explains: ['sysfs-write-refused'],
      remedy: [{ do: 'advise', say: 'Write one of those that reset_method lists, or the word default.' }],
      sources: SOURCES,
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const hits: Hit<Code>[] = []
    const add = (code: Code, address: string | null, method: string, evidence: Hit<Code>['evidence']): void => {
      const fn = pci === undefined || address === null ? undefined : findFunction(pci, address)
      if (fn !== undefined && valueOf(fn.resetMethods)?.includes(method) === true) return
      if (hits.some((one) => one.code === code && one.values?.['method'] === method)) return
      const subject: Hit<Code>['subject'] = address === null ? { kind: 'host' } : { kind: 'device', address }
      hits.push({ code, subject, values: { who: address ?? 'the device', method }, evidence })
    }
    for (const hit of messagesWith(facts.messages, 'pci-reset-method-unsup', 'pci-reset-method-bad')) {
      const code = hit.id === 'pci-reset-method-bad' ? 'reset-method-unknown' : 'reset-method-unsupported'
      add(code, hit.device, hit.values['method'] ?? 'this method', [logEvidence(hit)])
    }
    for (const { kind, address, value, error, command, line } of valueOf(facts.attempts) ?? []) {
      const words = value?.split(/[ ,]+/) ?? []
      if (kind !== 'reset-method' || error !== 'Invalid argument' || words.length === 0) continue
      const strange = words.find((word) => !METHODS.has(word))
      // Of several it is not told which one did not fit.
      const code = strange === undefined ? 'reset-method-unsupported' : 'reset-method-unknown'
      const evidence = [{ source: `${facts.attempts.source}, line ${line}`, saw: `${command}: ${error}` }] as const
      add(code, address, strange ?? words.join(' or '), evidence)
    }
    for (const hit of messagesWith(facts.messages, 'sh-write-error')) {
      const method = WRITTEN.exec(hit.text)?.[1]
      if (method === undefined || hit.values['error'] !== 'EINVAL') continue
      const code = METHODS.has(method) ? 'reset-method-unsupported' : 'reset-method-unknown'
      add(code, hit.device, method, [logEvidence(hit)])
    }
    return concludeOutput(hits, 'no refused choice of a reset method is shown')
  },
})
