import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { ModprobeDirective } from '../../src/model/modules.ts'
import type { Action } from '../../src/model/remedy.ts'
import { bearsOnEither, bearsOnIds, bearsOnModules, type Bearing } from '../../src/rules/bears-on.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { misspeltModules, modulesNamed, vfioMeant } from '../../src/rules/misspelt-module.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { evidenceOf } from '../../src/rules/raise.ts'

type Code =
  | 'modprobe-file-not-read'
  | 'modprobe-file-hidden'
  | 'modprobe-line-not-read'
  | 'softdep-without-effect'
  | 'modprobe-module-unknown'

const SOURCES = ['modprobe.d(5)', 'libkmod/libkmod-config.c'] as const

export const check: AnyCheck = defineCheck({
  id: 'modprobe-files',
  area: 'modules',
  title: 'What is written in modprobe.d about vfio is read',
  needs: [],
  uses: ['modprobe', 'messages', 'modules', 'pci', 'commandLine'],
  problems: {
    'modprobe-file-not-read': {
      severity: 'warn',
      family: 'parameter-not-applied',
      title: 'modprobe does not read {path}, because its name does not end in .conf',
      summary:
        'modprobe.d is read file by file, and only files named *.conf count. What {path} says about vfio has no effect.',
      proof: 'A file in modprobe.d that speaks of vfio and has another ending.',
      ruledOut: 'The ending .conf.',
      remedy: [{ do: 'rename-file', from: '{path}', to: '{path}.conf' }, { do: 'rebuild-initramfs' }, { do: 'reboot' }],
      sources: ['libkmod/libkmod-config.c: conf_files_filter_out', 'modprobe.d(5)'],
    },
    'modprobe-file-hidden': {
      severity: 'info',
      family: 'parameter-not-applied',
      title: '{path} is hidden by a file of the same name in a directory that comes first',
      summary:
        'Of files with one name only that of the first directory is read: /etc, then /run, then /usr/local/lib, then /usr/lib. What {path} says about vfio has no effect.',
      proof: 'Two files of one name in the directories of modprobe.d, the hidden one with words about vfio.',
      ruledOut: 'A name that only one of the directories has.',
      remedy: [{ do: 'advise', say: 'If the hidden file is the one that is meant, give it another name.' }],
      sources: SOURCES,
    },
    'modprobe-line-not-read': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'modprobe skips a line: {text}',
      summary:
        'A line begins with options, softdep, blacklist, install, remove, alias or weakdep and names a module, then its arguments. This one does not, and does nothing.',
      proof: 'A line of modprobe.d about vfio that has no known form, or modprobe saying that it ignores a bad line.',
      ruledOut: 'A known first word, and a module behind it.',
      explains: ['device-on-host-driver'],
      remedy: [
        { do: 'advise', say: 'Correct the line in {place}: the first word is "options", with an s.' },
        { do: 'rebuild-initramfs' },
      ],
      sources: ['libkmod/libkmod-config.c: kmod_config_parse', 'modprobe.d(5)'],
    },
    'softdep-without-effect': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'A softdep line orders nothing: {text}',
      summary:
        'The modules of a softdep stand behind pre: or post:, a word of its own with its colon. modprobe drops what stands before such a word, so this line has nothing loaded first, and no complaint says so.',
      proof: 'A softdep line of modprobe.d about vfio without the word pre: or post:.',
      ruledOut: 'The word pre: or post: in the line, with a blank on either side.',
      explains: ['device-on-host-driver', 'bind-too-late', 'bind-too-late-not-loaded'],
      remedy: [
        { do: 'advise', say: 'Correct the line in {place}, as in "softdep DRIVER pre: vfio-pci".' },
        { do: 'rebuild-initramfs' },
        { do: 'reboot' },
      ],
      sources: ['libkmod/libkmod-config.c: kmod_config_add_softdep', 'modprobe.d(5): softdep'],
    },
    'modprobe-module-unknown': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'There is no module {module}, which {place} speaks of',
      summary: 'A line about a module that does not exist does nothing and draws no complaint. {hint}',
      proof:
        'A VFIO module, or a name one letter away from a module of this host, that is neither loaded, built in nor loadable, all lists read.',
      ruledOut: 'The module in one of the lists, or an alias of that name.',
      explains: ['device-on-host-driver'],
      remedy: [
        { do: 'show', what: 'vfio-modules' },
        { do: 'advise', say: 'Put one of these names in its place in {place}, or take the line out.' },
        { do: 'rebuild-initramfs' },
        { do: 'reboot' },
      ],
      sources: ['modprobe.d(5)', 'drivers/vfio/Makefile', 'kernel/module/main.c: blacklisted'],
    },
  },
  judge(facts) {
    const modprobe = valueOf(facts.modprobe)
    const directives = modprobe?.directives ?? []
    const about = directives.filter((one) => vfioNames(one).length > 0)
    const host = { kind: 'host' } as const
    const hits: Hit<Code>[] = []
    const add = (
      code: Code,
      values: Readonly<Record<string, string>>,
      evidence: NonEmpty<Evidence>,
      more: Pick<Hit<Code>, 'remedy' | 'devices'> = {},
    ): void => {
      hits.push({ code, subject: host, values, evidence, ...more })
    }
    for (const { path, why, text } of modprobe?.ignored ?? []) {
      const line = text.split('\n').find((one) => /^\s*(?!#)\S.*vfio/.test(one) || /^\s*options\s.*\bids=/.test(one))
      // What an editor or a package manager keeps aside is meant not to be read.
      if (
        line === undefined ||
        /(?:~|\.(?:bak|old|orig|save|disabled|off|swp|dpkg-\w+|rpm\w+|pacnew|pacsave))$/.test(path)
      )
        continue
      const code: Code = why === 'suffix' ? 'modprobe-file-not-read' : 'modprobe-file-hidden'
      add(code, { path }, [{ source: path, saw: line.trim() }])
    }
    for (const one of directives) {
      if (one.kind !== 'unknown' || !/vfio|\bids=/.test(one.text)) continue
      const place = `${one.path}:${one.line}`
      const idle = /^softdep +\S+ +\S/.test(one.text)
      const fixed = mended(one.text)
      const change: readonly Action[] =
        fixed === null ? [] : [{ do: 'edit-file', path: one.path, remove: one.text, add: fixed }]
      const after: readonly Action[] = idle
        ? [{ do: 'rebuild-initramfs' }, { do: 'reboot' }]
        : [{ do: 'rebuild-initramfs' }]
      add(
        idle ? 'softdep-without-effect' : 'modprobe-line-not-read',
        { text: one.text, place },
        [{ source: place, saw: one.text }],
        {
          ...bearingOf(one.text, facts),
          ...(change.length === 0 ? {} : { remedy: [...change, ...after] }),
        },
      )
    }
    const [bad, ...others] = messagesWith(facts.messages, 'km-ignoring')
    if (bad !== undefined && !hits.some((one) => one.code === 'modprobe-line-not-read'))
      add('modprobe-line-not-read', { text: bad.text, place: 'the file that it names' }, evidenceOf([bad, ...others]))

    const told = new Set<string>()
    for (const one of about) {
      const place = `${one.path}:${one.line}`
      for (const module of vfioNames(one)) {
        // vfio_virqfd is another story, and an alias or pattern is no name.
        if (module === 'vfio_virqfd' || told.has(module) || moduleState(facts, module) !== 'missing') continue
        if (moduleState(facts, 'vfio_pci') === 'missing') continue
        told.add(module)
        const hint = /^vfio_?pcie?s?$|^vfiopci$|^vfio_type1|^vfio_iommu$/.test(module)
          ? 'The modules are called vfio, vfio-pci and vfio_iommu_type1.'
          : 'It may be of another kernel.'
        add(
          'modprobe-module-unknown',
          { module, place, hint },
          [
            { source: place, saw: module },
            { source: facts.modules.source, saw: `no ${module}` },
          ],
          { ...bearingOfDirective(one, facts), ...corrected(one.path, module, vfioMeant(facts, module)) },
        )
      }
    }
    for (const one of misspeltModules(facts)) {
      if (told.has(one.module)) continue
      told.add(one.module)
      add(
        'modprobe-module-unknown',
        { module: one.module, place: one.source, hint: `The one that is there is called ${one.meant}.` },
        [
          { source: one.source, saw: one.saw, wanted: one.meant },
          { source: facts.modules.source, saw: `${one.meant}, and no ${one.module}` },
        ],
        {
          ...bearsOnModules(facts, (module) => module === one.meant),
          remedy: one.remedy.do === 'correct-module-name' ? [one.remedy, ...TAKEN_UP] : [one.remedy],
        },
      )
    }
    const [first] = about
    if (hits.length === 0 && first !== undefined)
      return {
        kind: 'pass',
        evidence: [{ source: `${first.path}:${first.line}`, saw: `${first.kind} ${vfioNames(first).join(' ')}` }],
      }
    if (hits.length === 0 && facts.modprobe.state === 'unknown' && facts.modprobe.reason === 'denied')
      return { kind: 'unknown', missing: [missingFrom('the modprobe configuration', facts.modprobe)] }
    return concludeOutput(hits, 'modprobe.d does not speak of vfio, as far as it is shown')
  },
})

/** What takes a change of modprobe.d up: the image holds a copy. */
const TAKEN_UP: readonly Action[] = [{ do: 'rebuild-initramfs' }, { do: 'reboot' }]

function corrected(path: string, from: string, to: string | undefined): Pick<Hit<Code>, 'remedy'> {
  return to === undefined ? {} : { remedy: [{ do: 'correct-module-name', path, from, to }, ...TAKEN_UP] }
}

/** The line as it was meant, where one word is what it lacks. */
function mended(text: string): string | null {
  if (text.startsWith('option ')) return `options ${text.slice(7)}`
  const [command, module = '', first = '', ...rest] = text.split(/ +/, 64)
  if (command !== 'softdep') return null
  // "pre vfio-pci", "pre:vfio-pci", or vfio-pci alone.
  const word = /^(?:pre|post)(?=:|$)/.exec(first)?.[0] ?? ''
  const behind = [first.slice(word === '' ? 0 : word.length + 1), ...rest].filter((one) => one !== '')
  const named = behind.length > 0 && behind.every((one) => /^[\w-]{1,64}$/.test(one))
  return named ? ['softdep', module, `${word || 'pre'}:`, ...behind].join(' ') : null
}

/** A line that was to give devices to vfio-pci names their ids, or the modules that were to wait for it. */
function bearingOf(text: string, facts: Pick<Facts, 'pci'>): Bearing {
  const words = text.split(/[\s:]+/, 64).map((word) => word.replaceAll('-', '_'))
  const ids = /\bids=(\S{1,400})/.exec(text)?.[1] ?? ''
  return bearsOnEither([bearsOnIds(facts, ids), bearsOnModules(facts, (module) => words.includes(module))])
}

/** What a line that VFIO does not get was to do for which devices. */
function bearingOfDirective(one: ModprobeDirective, facts: Pick<Facts, 'pci'>): Bearing {
  if (one.kind === 'softdep') return bearsOnModules(facts, (module) => module === one.module)
  const ids = one.kind === 'options' ? one.options.filter(([name]) => name === 'ids').map(([, value]) => value) : []
  return bearsOnIds(facts, ids.join(','))
}

/** The modules of VFIO that a line speaks of. */
function vfioNames(one: ModprobeDirective): readonly string[] {
  return modulesNamed(one).filter((name) => name.includes('vfio') && /^\w{1,64}$/.test(name))
}
