import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Parameter } from '../../src/model/boot.ts'
import { bearsOnIds, type Bearing } from '../../src/rules/bears-on.ts'
import { moduleState } from '../../src/rules/modules.ts'
import type { Facts } from '../../src/model/machine.ts'
import { parametersNamed, sameName, switchValue } from '../../src/rules/parameters.ts'
import { DMA_MODULES, UNSAFE } from '../../src/rules/unsafe-interrupts.ts'
import { misspeltDrivers, misspeltVfioParameters, strayIds } from '../../src/rules/vfio-parameters.ts'

type Code = 'vfio-ids-torn' | 'vfio-parameter-misspelt' | 'module-name-misspelt' | 'option-for-builtin-module'

export const check: AnyCheck = defineCheck({
  id: 'vfio-parameters',
  area: 'kernel',
  title: 'Words for VFIO on the command line are ones that its modules read',
  needs: [],
  uses: ['commandLine', 'boot', 'modules', 'modprobe', 'pci', 'interruptRemapping'],
  problems: {
    'vfio-ids-torn': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'A blank on the command line tears {entry} off the ids of vfio-pci',
      summary:
        'A blank ends a parameter, so what stands behind it is a word of its own that nobody reads, and that device stays with its host driver. The ids belong into one list with commas and no blanks.',
      proof: 'A word vendor:device on the running command line, outside a list of ids.',
      ruledOut: 'All ids in one word behind vfio-pci.ids=.',
      explains: ['device-on-host-driver', 'parameter-unknown'],
      remedy: [{ do: 'set-kernel-parameter', parameter: '{fixed}', without: '{torn}' }],
      sources: ['lib/cmdline.c: next_arg', 'drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids'],
    },
    'vfio-parameter-misspelt': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'No VFIO module reads {parameter}',
      summary:
        'The kernel hands a word to a module by the name in front of the dot, and no module takes this one. What was meant may be {wanted}.',
      proof: 'The word on the running command line, or in what is written for the boot loader.',
      ruledOut: 'A parameter that modinfo lists for that module.',
      explains: ['device-on-host-driver', 'parameter-unknown', 'vfio-option-unknown'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['kernel/params.c: parse_args', 'drivers/vfio/pci/vfio_pci.c', 'drivers/vfio/vfio_iommu_type1.c'],
    },
    'module-name-misspelt': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'Nobody reads {parameter}: the driver is called {module}',
      summary:
        'The kernel hands a word to a driver by the name in front of the dot and keeps quiet about a name that no driver has. So the option is not in force.',
      proof:
        'The word on the running command line, one letter or the strokes away from a driver that has such an option.',
      ruledOut:
        'A module of the very name that is written, or the option under /sys/module/{module}/parameters with the value that was meant.',
      explains: ['parameter-unknown', 'sriov-driver-refused', 'device-on-host-driver'],
      remedy: [{ do: 'set-kernel-parameter', parameter: '{wanted}', without: '{parameter}' }],
      sources: ['kernel/params.c: parse_args', 'init/main.c: unknown_bootoption'],
    },
    'option-for-builtin-module': {
      severity: 'info',
      family: 'parameter-not-applied',
      title: '{module} is built into this kernel, so {option} in modprobe.d does not reach it',
      summary: 'modprobe.d is read by modprobe when it loads a module, and a built-in driver is never loaded. {advice}',
      proof: 'The module among the built-in ones, its option in modprobe.d and not on the running command line.',
      ruledOut: 'The module among the loadable ones, or the option in force under /sys/module.',
      remedy: [{ do: 'set-kernel-parameter', parameter: '{word}' }],
      sources: ['modprobe.d(5)', 'kernel/params.c: parse_args'],
    },
  },
  judge(facts) {
    const { commandLine: line } = facts
    const hits: Hit<Code>[] = []
    const hit = (
      code: Code,
      evidence: NonEmpty<Evidence>,
      values: Record<string, string>,
      on: Bearing & Pick<Hit, 'remedy'> = {},
    ): void => {
      hits.push({ code, subject: { kind: 'host' }, evidence, values, ...on })
    }
    // What is no list of ids gives no device away.
    const bearing = (one: Parameter): Bearing => bearsOnIds(facts, one.value ?? '')
    if (line.state === 'known') {
      const { source, value } = line
      const list = parametersNamed(value, 'vfio-pci.ids').at(-1)
      const stray = list === undefined ? [] : strayIds(value)
      if (list !== undefined && stray.length > 0) {
        const entries = [list.value ?? '', ...stray].flatMap((one) => one.split(',')).filter((one) => one !== '')
        const fixed = `vfio-pci.ids=${entries.join(',')}`
        const saw = [list.text, ...stray].join(' ')
        const values = { entry: stray.join(' '), fixed, torn: saw }
        hit('vfio-ids-torn', [{ source, saw, wanted: fixed }], values, bearsOnIds(facts, stray.join(',')))
      }
      for (const { parameter, wanted } of misspeltVfioParameters(value))
        hit(
          'vfio-parameter-misspelt',
          [{ source, saw: parameter.text, wanted }],
          { parameter: parameter.text, wanted },
          { ...bearing(parameter), ...(list === undefined ? rightWord(parameter, wanted) : {}) },
        )
      for (const { parameter, wanted } of misspeltDrivers(value)) {
        const module = wanted.split('.', 1)[0] ?? ''
        // A module of that name there is after all, or one from elsewhere.
        const named = moduleState(facts, parameter.name.split('.', 1)[0]?.replaceAll('-', '_') ?? '')
        if (named !== undefined && named !== 'missing') continue
        hit(
          'module-name-misspelt',
          [{ source, saw: parameter.text, wanted }],
          {
            parameter: parameter.text,
            module,
            wanted,
          },
          module === 'vfio-pci' ? bearing(parameter) : {},
        )
      }
    }
    // Written for the boot loader: what is misspelt there will be so in the next boot too.
    for (const { path, parameters } of valueOf(facts.boot)?.sources ?? []) {
      for (const { parameter, wanted } of misspeltVfioParameters({ raw: '', parameters })) {
        if (hits.some((one) => one.values?.['parameter'] === parameter.text)) continue
        hit(
          'vfio-parameter-misspelt',
          [{ source: path, saw: parameter.text, wanted }],
          {
            parameter: parameter.text,
            wanted,
          },
          bearing(parameter),
        )
      }
    }
    for (const one of valueOf(facts.modprobe)?.directives ?? []) {
      if (one.kind !== 'options' || !/^(?:vfio|kvm|iommufd)/.test(one.module)) continue
      if (moduleState(facts, one.module) !== 'builtin') continue
      for (const [option, text] of one.options) {
        // The ids of vfio-pci decide what binds, which the check of binding at boot tells.
        if (one.module === 'vfio_pci' && option === 'ids') continue
        const inForce = valueOf(facts.modules)?.parameters[one.module]?.[option]
        const given = valueOf(line)?.parameters.some((word) => sameName(word.name, `${one.module}.${option}`))
        if (given === true || (inForce !== undefined && plain(inForce) === plain(text))) continue
        const word = `${one.module}.${option}=${text}`
        const evidence: NonEmpty<Evidence> = [
          { source: `${one.path}:${one.line}`, saw: `options ${one.module} ${option}=${text}`, wanted: word },
          { source: facts.modules.source, saw: `${one.module} is built in` },
        ]
        const { advice, ...how } = wayFor(one.module, option, text, facts.interruptRemapping)
        hit('option-for-builtin-module', evidence, { module: one.module, option, word, advice }, how)
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (line.state === 'known')
      return { kind: 'pass', evidence: [{ source: line.source, saw: 'no word that VFIO cannot read' }] }
    return { kind: 'skip', because: 'the kernel command line is not shown' }
  },
})

/**
 * allow_unsafe_interrupts is for hosts without interrupt remapping alone (vfio_iommu_type1_attach_group and
 * iommufd_device_bind ask for it where MSIs are not isolated); elsewhere it only gives protection away.
 */
function wayFor(
  module: string,
  option: string,
  text: string,
  remapping: Facts['interruptRemapping'],
): Pick<Hit, 'remedy'> & { readonly advice: string } {
  const unsafe = option === UNSAFE && DMA_MODULES.some((one) => one === module)
  const set = switchValue(text === '' ? null : text) === true
  if (!unsafe || !set || valueOf(remapping) === false)
    return { advice: 'Options for it belong on the kernel command line.' }
  const drop = { do: 'remove-module-option', module, option } as const
  if (valueOf(remapping) === true)
    return { advice: 'This one is not needed: interrupts are remapped here. Take the line out.', remedy: [drop] }
  const say = `Do without ${option} unless interrupt remapping is shown to be missing: it lets a guest forge interrupts of the host.`
  return {
    advice: 'Whether interrupts are remapped here could not be told; where they are, this option is not needed.',
    remedy: [{ do: 'advise', say }],
  }
}

/** A list of ids keeps its value under the right name; what another option was meant to do is not for us to set. */
function rightWord(parameter: Parameter, wanted: string): Pick<Hit, 'remedy'> {
  if (parameter.value === null || !wanted.startsWith('vfio-pci.ids=')) return {}
  return { remedy: [{ do: 'set-kernel-parameter', parameter: wanted, without: parameter.text }] }
}

/** The kernel prints Y and N for what people write as 1, y, 0, n. */
function plain(text: string): string {
  return /^[1yY]$/.test(text) ? 'Y' : /^[0nN]$/.test(text) ? 'N' : text
}
