import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Problem,
} from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { bearsOnParameters } from '../../src/rules/bears-on.ts'
import { asksForIommu } from '../../src/rules/intel-iommu-list.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { iommuMaker } from '../../src/rules/iommu-maker.ts'
import { switchedOffBy } from '../../src/rules/iommu-switch.ts'
import {
  loaderInUse,
  optional,
  stoppingFiles,
  stranded,
  type Stage,
  type Stranded,
} from '../../src/rules/parameter-layers.ts'
import { stopHits } from '../../src/rules/grub-stops.ts'
import { remedyOf } from '../../src/rules/stranded-remedy.ts'

type Code = `${'parameter' | 'iommu-on'}-${Stage}` | 'grub-line-no-assignment' | 'grub-quote-open'

const IOMMU_OFF = ['iommu-default-off', 'iommu-off-in-kernel', 'iommu-disabled-by-parameter', 'iommu-told-off']
const BINDING = ['device-on-host-driver']
const SOURCES = [
  'Documentation/admin-guide/kernel-parameters.rst',
  'util/grub.d/10_linux.in (GRUB)',
  'util/grub-mkconfig.in (GRUB): set -e, the order of the files, which a shell reads',
  'kernel-install(8)',
  'proxmox-boot/zz-proxmox-boot, update_esps: get_first_line (proxmox-kernel-helper)',
] as const

type Words = Pick<Problem, 'title' | 'summary' | 'proof' | 'ruledOut' | 'remedy'>

const WORDS: Readonly<Record<Stage, Words>> = {
  'not-generated': {
    title: '{parameters} is written down and was never carried to what the boot loader reads',
    summary:
      '{place} has it, and {lacking}, which the boot loader really reads, does not. A restart alone changes nothing: it must be carried there first.',
    proof:
      'The parameter in the file that people edit, neither in the generated boot entry nor on the running command line.',
    ruledOut: 'The parameter on the running command line.',
    remedy: [{ do: 'regenerate-boot-entries' }],
  },
  'not-booted': {
    title: '{parameters} waits for a restart',
    summary:
      'The next boot will have it: {place} holds it already. This kernel was started before that, or from another entry of the menu.',
    proof: 'The parameter in the boot entry of this kernel and not on the running command line.',
    ruledOut: 'The parameter on the running command line.',
    remedy: [{ do: 'reboot' }],
  },
  'other-loader': {
    title: '{parameters} is written for a boot loader that is not in use',
    summary:
      'Another boot loader than the one that started this host ({loader}) reads {place}, so what is written there has no effect.',
    proof: 'The boot loader that started this kernel, and the parameter only in the files of another.',
    ruledOut: 'The parameter on the running command line.',
    remedy: [{ do: 'set-kernel-parameter', parameter: '{parameters}' }],
  },
  'not-running': {
    title: '{parameters} is written down, and this boot did not have it',
    summary:
      '{place} has it and the running command line has not. Either the boot entry was not generated since, or the host was not restarted, or another boot loader starts it; what the loader reads could not be seen.',
    proof: 'The parameter in a configuration and not on the running command line.',
    ruledOut: 'The parameter on the running command line.',
    remedy: [{ do: 'regenerate-boot-entries' }],
  },
  'past-first-line': {
    title: '{parameters} stands past the first line of {place}',
    summary:
      'proxmox-boot-tool writes the first line of {place} into the boot entries and passes over all others, so what stands there never reaches the kernel. The whole command line belongs on one line.',
    proof: 'The parameter on a later line of /etc/kernel/cmdline alone, on a host that proxmox-boot-tool looks after.',
    ruledOut: 'The parameter on the first line, or on the running command line.',
    remedy: [{ do: 'join-lines', path: '{place}' }, { do: 'regenerate-boot-entries' }],
  },
  overwritten: {
    title: '{parameters} is written in {place}, and {by} sets that list anew',
    summary:
      'What writes the boot entries reads its files one after the other, and the last to set a variable wins: grub-mkconfig reads /etc/default/grub from top to bottom and then, where the distribution has it so, the files of /etc/default/grub.d; limine-entry-tool reads its drop-ins and then /etc/default/limine. Here {by} wins: what {place} holds before it never reaches the entries. The parameter belongs into the line that wins as well.',
    proof: 'The variable set in one line, with the parameter, and set again in a later line or file, without it.',
    ruledOut: 'The later line takes up what was there before; or the parameter on the running command line.',
    remedy: [{ do: 'set-kernel-parameter', parameter: '{parameters}' }],
  },
  'no-assignment': {
    title: 'grub-mkconfig stops in {place}, at a line with a blank beside its =',
    summary:
      'The line is `{line}`. To the shell that reads the file it is no assignment but a command, which there is not, and grub-mkconfig ends at the first command that fails. So grub.cfg stays as it was, whatever else is changed in the file.',
    proof: 'A line that begins with a name of GRUB and has blanks before or after its =.',
    ruledOut: 'No blank beside the =.',
    remedy: [{ do: 'mend-assignments', path: '{place}' }, { do: 'regenerate-boot-entries' }],
  },
}

const OPEN_QUOTE: Words = {
  title: 'grub-mkconfig stops in {place}, where a quote of line {line} is never closed',
  summary:
    'The line is `{text}`. The shell that reads the file looks for the other half of that quote up to the end of the file, and gives up. So grub.cfg stays as it was, whatever else is changed in the file.',
  proof: 'A quote that is open at the end of the file; the line is the one whose closing mends it.',
  ruledOut: 'All quotes of the file closed, be it some lines further down.',
  remedy: [{ do: 'close-quote', path: '{place}', line: '{line}', mark: '{mark}' }],
}

function problem(words: Words, severity: Problem['severity'], explains: readonly string[]): Problem {
  return { ...words, severity, explains, family: 'parameter-not-applied', sources: SOURCES }
}

export const check: AnyCheck = defineCheck({
  id: 'parameter-layers',
  area: 'kernel',
  title: 'What is written for the kernel command line reached the running kernel',
  needs: [],
  uses: ['boot', 'commandLine', 'kernelLog', 'cpu', 'acpi', 'pci', 'groups', 'iommuUnits'],
  problems: {
    'iommu-on-not-generated': problem(WORDS['not-generated'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-not-booted': problem(WORDS['not-booted'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-other-loader': problem(WORDS['other-loader'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-not-running': problem(WORDS['not-running'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-past-first-line': problem(WORDS['past-first-line'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-overwritten': problem(WORDS.overwritten, 'fail', [...IOMMU_OFF, ...BINDING]),
    'iommu-on-no-assignment': problem(WORDS['no-assignment'], 'fail', [...IOMMU_OFF, ...BINDING]),
    'parameter-not-generated': problem(WORDS['not-generated'], 'warn', BINDING),
    'parameter-not-booted': problem(WORDS['not-booted'], 'warn', BINDING),
    'parameter-other-loader': problem(WORDS['other-loader'], 'warn', BINDING),
    'parameter-not-running': problem(WORDS['not-running'], 'warn', BINDING),
    'parameter-past-first-line': problem(WORDS['past-first-line'], 'warn', BINDING),
    'parameter-overwritten': problem(WORDS.overwritten, 'warn', BINDING),
    'parameter-no-assignment': problem(WORDS['no-assignment'], 'warn', BINDING),
    'grub-line-no-assignment': {
      ...problem(WORDS['no-assignment'], 'warn', []),
      remedy: [{ do: 'mend-assignments', path: '{place}' }],
    },
    'grub-quote-open': problem(OPEN_QUOTE, 'warn', []),
  },
  judge(facts) {
    const { boot, commandLine: line } = facts
    const settle: readonly Action[] = [{ do: 'show', what: 'kernel-command-line' }]
    const shown =
      boot.state === 'known' ? boot.source !== 'paste' || boot.value.sources.length > 0 : boot.reason !== 'not-in-paste'
    if (!shown) return { kind: 'skip', because: 'no configuration of a boot loader is shown' }
    if (boot.state === 'unknown')
      return { kind: 'unknown', missing: [missingFrom('where kernel parameters are written', boot)] }
    const layers = boot.value.sources
    const both = layers.some((one) => one.layer === 'generated') && layers.some((one) => one.layer === 'configured')
    if (line.state === 'unknown' && !both)
      return { kind: 'unknown', missing: [{ ...missingFrom('the kernel command line', line), settle }] }
    const running = line.state === 'known' ? line : UNSHOWN
    const effect = valueOf(iommuInEffect(facts))
    const firmwareOff = valueOf(facts.acpi)?.tables.every((one) => one !== 'DMAR') === true
    const asking = running.value.parameters.some(asksForIommu)
    const maker = iommuMaker(facts)
    const grouped = new Map<Stage, Stranded[]>()
    // The kernel prints its line twice; in a post one of the two may be torn, and the whole one counts.
    const logged = (valueOf(facts.kernelLog)?.lines ?? [])
      .filter((one) => /^(?:Kernel c|C)ommand line: /.test(one.text))
      .flatMap((one) => one.text.split(/\s+/))
    for (const one of stranded(boot.value, running, maker)) {
      if (logged.includes(one.parameter.text)) continue
      // What the next boot will have is all that the files tell.
      if (line.state === 'unknown' && one.stage !== 'not-generated') continue
      grouped.set(one.stage, [...(grouped.get(one.stage) ?? []), one])
    }
    const loader = loaderInUse(boot.value, running.value) ?? 'could not be told'
    const stops = stoppingFiles(boot.value, running.value)
    const hits = [...grouped].map(([stage, ones]): Hit<Code> => {
      const iommu = effect !== true && !firmwareOff && !asking && ones.some((one) => asksForIommu(one.parameter))
      const code: Code = `${iommu ? 'iommu-on' : 'parameter'}-${stage}`
      const parameters = ones.map((one) => one.parameter.text)
      const sources = [...new Set(ones.flatMap((one) => one.places))]
      const lacking = [...new Set(ones.flatMap((one) => one.lacking.map((source) => source.path)))]
      const unkept = [...new Set(ones.flatMap((one) => (one.unkept ?? []).map((source) => source.path)))]
      const lacks = `no ${parameters.join(', no ')}`
      const shown: readonly Evidence[] =
        line.state === 'known' ? [{ source: line.source, saw: lacks, wanted: parameters.join(' ') }] : []
      const places: readonly Evidence[] = [
        ...shown,
        ...sources.map((source) => ({
          source: source.path,
          saw: written(source.path, ones),
          wanted: 'read by the boot loader',
        })),
        ...lacking.map((path) => ({ source: path, saw: lacks })),
        ...unkept.map((path) => ({ source: path, saw: lacks, wanted: 'there too, or the next generation drops it' })),
      ]
      const evidence: NonEmpty<Evidence> = [places[0]!, ...places.slice(1)]
      const remedy = remedyOf(stage, ones, loader, stops, switchedOffBy(running.value, maker))
      const idle = !iommu && ones.every((one) => optional(one, effect))
      return {
        code,
        subject: { kind: 'host' },
        evidence,
        values: {
          parameters: parameters.join(' '),
          place: sources.map((one) => one.path).join(', '),
          lacking: lacking.join(', '),
          by: ones.find((one) => one.by !== undefined)?.by ?? '',
          line: sources.find((one) => one.stops !== undefined)?.stops ?? '',
          loader,
        },
        confidence: ones.every((one) => one.sure) && line.state === 'known' ? 'certain' : 'likely',
        ...(iommu
          ? {}
          : bearsOnParameters(
              facts,
              ones.map((one) => one.parameter),
            )),
        // Without groups having been looked at, the kernel may turn VT-d on by itself.
        ...(idle && stage !== 'no-assignment'
          ? { severity: 'info' }
          : iommu && effect === undefined
            ? { severity: 'warn' }
            : {}),
        ...(remedy === undefined ? {} : { remedy }),
      }
    })
    hits.push(...stopHits(stops, grouped.has('no-assignment')))
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (line.state === 'unknown')
      return { kind: 'unknown', missing: [{ ...missingFrom('the kernel command line', line), settle }] }
    // A place that may hold more of them and could not be read; a capture need not hold each place that is looked for.
    const [shut, ...more] = (boot.value.unread ?? [])
      .filter((one) => one.reason !== 'not-collected')
      .map(({ path, reason }) => missingFrom(`the parameters in ${path}`, { state: 'unknown', reason, source: path }))
    if (layers.length === 0 && shut !== undefined) return { kind: 'unknown', missing: [shut, ...more] }
    if (layers.length === 0) return { kind: 'skip', because: 'no configuration of a boot loader was found' }
    const saw = `each parameter for passthrough that stands in ${[...new Set(layers.map((one) => one.path))].join(', ')}`
    const missing = shut === undefined ? {} : { missing: [shut, ...more] }
    return { kind: 'pass', evidence: [{ source: line.source, saw }], ...missing }
  },
})

/** In the place of a running line that was not shown: then only the files are compared. */
const UNSHOWN = { state: 'known', value: { raw: '', parameters: [] }, source: '/proc/cmdline' } as const

function written(path: string, ones: readonly Stranded[]): string {
  return ones
    .filter((one) => one.places.some((place) => place.path === path))
    .map((one) => one.parameter.text)
    .join(' ')
}
