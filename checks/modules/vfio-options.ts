import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { ModprobeDirective } from '../../src/model/modules.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { bearsOnIds } from '../../src/rules/bears-on.ts'
import { matching } from '../../src/rules/candidates.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { misspeltOptions } from '../../src/rules/misspelt-option.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { parametersNamed, parseIds } from '../../src/rules/parameters.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code =
  | 'ids-malformed'
  | 'ids-hidden-by-later'
  | 'ids-on-other-module'
  | 'vfio-option-misspelt'
  | 'vfio-option-unknown'
  | 'ids-listed-twice'

const SOURCES = ['drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids', 'modprobe.d(5)'] as const

interface Given {
  readonly value: string
  readonly source: string
  /** Written for this module. */
  readonly module: string
  /** Behind a blank, where the kernel takes them for options of their own. */
  readonly stray: readonly string[]
}

export const check: AnyCheck = defineCheck({
  id: 'vfio-options',
  area: 'modules',
  title: 'The options of vfio-pci are in the form that it reads',
  needs: [],
  uses: ['modprobe', 'commandLine', 'messages', 'modules', 'pci'],
  problems: {
    'ids-malformed': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'vfio-pci cannot read the id "{entry}"',
      summary:
        'An entry is vendor:device, four hexadecimal digits each, and commas stand between entries, without blanks. vfio-pci skips {entry} and goes on with the rest. {hint}',
      proof: 'The entry in the ids of vfio-pci, or the line "invalid id string" of the kernel.',
      ruledOut: 'Two hexadecimal numbers with a colon between them.',
      explains: ['device-on-host-driver'],
      remedy: [
        { do: 'advise', say: 'Write the entry anew, as vendor:device, in {place}.' },
        { do: 'rebuild-initramfs' },
      ],
      sources: SOURCES,
    },
    'ids-hidden-by-later': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'vfio-pci is given ids more than once, and only the last list counts',
      summary:
        'The last ids= replaces the ones before it, so {lost} of {place} was not given to vfio-pci. Put all ids into one list.',
      proof: 'Two lists of ids for vfio-pci, and an entry of an earlier one that the last one lacks.',
      ruledOut: 'One list, or a last list that has all the entries.',
      explains: ['device-on-host-driver', 'bind-too-late'],
      remedy: [
        { do: 'advise', say: 'Join the lists in {last}, and delete the other in {place}.' },
        { do: 'rebuild-initramfs' },
      ],
      sources: ['kernel/params.c: param_set_copystring', 'libkmod/libkmod-module.c: kmod_module_get_options'],
    },
    'ids-on-other-module': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'The ids in {place} are written for {module}, not for vfio-pci',
      summary: 'Only vfio-pci has the option ids. Written for {module} they reach nobody.',
      proof: 'A line with ids= for a VFIO module of another name.',
      ruledOut: 'The name vfio-pci or vfio_pci in that line.',
      explains: ['device-on-host-driver'],
      remedy: [
        { do: 'remove-module-option', module: '{module}', option: 'ids={value}' },
        { do: 'set-module-option', module: 'vfio_pci', option: 'ids={value}' },
      ],
      sources: SOURCES,
    },
    'vfio-option-misspelt': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{module} has no option {option}, which {place} gives it',
      summary:
        'The kernel ignores an option that the module does not have, says so in its log when it loads the module, and goes on. What was meant may be {wanted}.',
      proof:
        'An options line of modprobe.d for a VFIO module, with a name that no release of that module reads, and that is close to one it reads or is one of another.',
      ruledOut: 'The option under /sys/module/{module}/parameters, or a module that is built in and reads no file.',
      explains: ['device-on-host-driver', 'vfio-option-unknown'],
      remedy: [{ do: 'remove-module-option', module: '{module}', option: '{word}' }],
      sources: ['drivers/vfio/pci/vfio_pci.c: module_param', 'kernel/module/main.c: unknown_module_param_cb'],
    },
    'vfio-option-unknown': {
      severity: 'info',
      family: 'parameter-not-applied',
      title: '{module} has no option {parameter} on this kernel',
      summary:
        'The kernel ignored the option: it is misspelt, has a blank in it, or is not in this build. One such is disable_vga, which needs a kernel with VGA support in vfio-pci.',
      proof: 'The line "unknown parameter … ignored" of the kernel.',
      ruledOut: 'No such line in a log from the start of this boot.',
      remedy: [{ do: 'remove-module-option', module: '{module}', option: '{parameter}' }],
      sources: ['kernel/module/main.c: unknown_module_param_cb', 'drivers/vfio/pci/vfio_pci.c'],
    },
    'ids-listed-twice': {
      severity: 'info',
      family: 'id-collision',
      title: 'An id is listed twice for vfio-pci',
      summary: 'vfio-pci has the id already and says so ({errno}). That is harmless.',
      proof: 'The line "failed to add dynamic id" with -17.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'The id is there.' }],
      sources: ['drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids', 'drivers/pci/pci-driver.c: pci_add_dynid'],
    },
  },
  judge(facts) {
    const host = { kind: 'host' } as const
    const hits: Hit<Code>[] = []
    const directives = valueOf(facts.modprobe)?.directives ?? []
    const line = valueOf(facts.commandLine)
    const onLine = (line === undefined ? [] : parametersNamed(line, 'vfio-pci.ids')).map((one): Given => ({
      value: one.value ?? '',
      source: facts.commandLine.source,
      module: 'vfio_pci',
      stray: [],
    }))
    const builtin = moduleState(facts, 'vfio_pci') === 'builtin'
    const inFiles = directives.flatMap(givenBy)
    const own = [...inFiles.filter((one) => one.module === 'vfio_pci' && !builtin), ...onLine]
    const pci = valueOf(facts.pci)

    for (const one of own) {
      const wrong = [...one.value.split(',').filter((text) => !isId(text)), ...one.stray]
      if (wrong.length === 0) continue
      const saw = ['ids=' + one.value, ...one.stray].join(' ')
      const evidence: NonEmpty<Evidence> = [{ source: one.source, saw, wanted: 'vendor:device,vendor:device' }]
      const taken = one.value.split(',').filter(isId)
      const devices = pci?.functions.filter((fn) => !takes(taken, fn)).map((fn) => fn.address)
      const bearing = devices === undefined ? {} : { devices }
      hits.push({ code: 'ids-malformed', subject: host, values: malformed(wrong, one), evidence, ...bearing })
    }
    for (const hit of messagesWith(facts.messages, 'vfio-ids-invalid')) {
      const entry = hit.values['entry'] ?? ''
      if (hits.some((one) => one.values?.['entry']?.includes(entry) === true)) continue
      const values = { entry, place: 'the list of ids', hint: '' }
      hits.push({ code: 'ids-malformed', subject: host, values, evidence: [logEvidence(hit)] })
    }
    const last = own.at(-1)
    for (const earlier of own.slice(0, -1)) {
      const lost = words(earlier.value).filter((text) => !words(last?.value ?? '').includes(text))
      if (last === undefined || lost.length === 0) continue
      const evidence: NonEmpty<Evidence> = [
        { source: earlier.source, saw: `ids=${earlier.value}` },
        { source: last.source, saw: `ids=${last.value}` },
      ]
      const values = { lost: lost.join(', '), place: earlier.source, last: last.source }
      // An id that nothing here has is lost on nobody.
      if (pci?.complete === true && !pci.functions.some((fn) => takes(lost, fn))) continue
      const bearing = bearsOnIds(facts, lost.join(','))
      hits.push({ code: 'ids-hidden-by-later', subject: host, values, evidence, confidence: 'likely', ...bearing })
    }
    for (const one of inFiles.filter(({ module }) => module !== 'vfio_pci' && module.includes('vfio'))) {
      const values = { module: one.module, place: one.source, value: one.value }
      const evidence: NonEmpty<Evidence> = [{ source: one.source, saw: `options ${one.module} ids=${one.value}` }]
      hits.push({ code: 'ids-on-other-module', subject: host, values, evidence, ...bearsOnIds(facts, one.value) })
    }
    hits.push(...misspeltOptions(facts))
    const unknown = messagesWith(facts.messages, 'mod-param-unknown').filter((one) =>
      (one.values['module'] ?? '').startsWith('vfio'),
    )
    for (const hit of unknown) {
      const values = { module: hit.values['module'] ?? 'vfio_pci', parameter: hit.values['parameter'] ?? '' }
      const cause = hits.findIndex(
        (one) =>
          one.code === causeOf(values.parameter) ||
          (one.code === 'vfio-option-misspelt' && one.values?.['option'] === values.parameter),
      )
      const known = hits[cause]
      if (known !== undefined) hits[cause] = { ...known, evidence: [...known.evidence, logEvidence(hit)] }
      else hits.push({ code: 'vfio-option-unknown', subject: host, values, evidence: [logEvidence(hit)] })
    }
    const [twice] = messagesWith(facts.messages, 'vfio-ids-dup')
    if (twice !== undefined) {
      const values = { errno: twice.values['errno'] ?? '-17' }
      hits.push({ code: 'ids-listed-twice', subject: host, values, evidence: [logEvidence(twice)] })
    }
    const [some] = own
    if (hits.length === 0 && some !== undefined)
      return { kind: 'pass', evidence: [{ source: some.source, saw: `ids=${some.value}` }] }
    if (hits.length === 0 && facts.modprobe.state === 'unknown' && facts.modprobe.reason === 'denied')
      return { kind: 'unknown', missing: [missingFrom('the modprobe configuration', facts.modprobe)] }
    return concludeOutput(hits, 'no option of vfio-pci is set')
  },
})

/** An unknown option that is `ids`, or an id behind a blank, is what a finding about the ids comes to. */
function causeOf(parameter: string): Code | undefined {
  if (parameter === 'ids') return 'ids-on-other-module'
  return /^[0-9a-f]{4}[:,_-][0-9a-f]{4}/i.test(parameter) ? 'ids-malformed' : undefined
}

function givenBy(one: ModprobeDirective): readonly Given[] {
  if (one.kind !== 'options') return []
  const source = `${one.path}:${one.line}`
  // "ids=a:b, c:d": behind the blank the kernel sees another option.
  const stray = one.options.flatMap(([name, value]) =>
    value === '' && /^[0-9a-f]{4}[:,][0-9a-f]{4}/i.test(name) ? [name.replaceAll('_', '-')] : [],
  )
  return one.options.flatMap(([name, value]) => (name === 'ids' ? [{ value, source, module: one.module, stray }] : []))
}

/** As sscanf("%x:%x…") takes it: blanks before a number are skipped, an empty entry is passed over. */
function isId(text: string): boolean {
  return text === '' || /^\s{0,8}(?:0x)?[0-9a-f]{1,8}:\s{0,8}(?:0x)?[0-9a-f]{1,8}/i.test(text)
}

function malformed(wrong: readonly string[], one: Given): Readonly<Record<string, string>> {
  const half = wrong.some((text) => /^(?:0x)?[0-9a-f]{4}$/i.test(text.trim()))
  const hint =
    one.stray.length > 0
      ? 'What stands behind a blank does not reach the list at all.'
      : half
        ? 'A comma inside a pair makes two entries of it, neither of which is an id.'
        : ''
  return { entry: wrong.map((text) => text.trim()).join(', '), place: one.source, hint }
}

function takes(entries: readonly string[], fn: PciFunction): boolean {
  return entries.flatMap((text) => parseIds(text, '')).some((one) => matching([fn], one).length > 0)
}

function words(value: string): readonly string[] {
  return value
    .split(',')
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== '')
}
