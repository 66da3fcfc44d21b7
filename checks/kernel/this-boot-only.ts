import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { mattersToPassthrough } from '../../src/knowledge/passthrough-parameters.ts'
import { onlyThisBoot, restsOn } from '../../src/rules/this-boot-only.ts'

export const check: AnyCheck = defineCheck({
  id: 'this-boot-only',
  area: 'kernel',
  title: 'Each parameter for passthrough that this boot has is written down for the next',
  needs: [],
  uses: [
    'boot',
    'commandLine',
    'kernelConfig',
    'environment',
    'modprobe',
    'os',
    'kernel',
    'cpu',
    'acpi',
    'iommuUnits',
    'pci',
    'groups',
  ],
  problems: {
    'parameter-this-boot-only': {
      severity: 'warn',
      family: 'parameter-not-applied',
      title: '{parameters} is there for this boot alone',
      summary:
        'The running kernel was given it, and {place}, from which the boot loader starts this kernel, does not have it, nor has any other file of a boot loader on this host. It was typed at the boot menu, or taken out of the configuration since, and the next boot will be without it. Where that is meant, nothing is to be done. Where another system of this machine starts this one, the boot loader of that one may hold it.',
      proof:
        'The parameter on the running command line, with the whole boot entry of this kernel beside it; and each file of a boot loader read, none of which has it.',
      ruledOut:
        'The parameter in any entry or configuration of a boot loader, or in the configuration of the kernel itself; a start by kexec, from the network or from a live image; a boot loader whose files could not all be read.',
      remedy: [{ do: 'set-kernel-parameter', parameter: '{parameters}' }],
      sources: [
        'Documentation/admin-guide/kernel-parameters.rst',
        'grub-core/loader/i386/linux.c (GRUB)',
        'systemd-boot(7)',
        'arch/x86/kernel/setup.c: setup_arch',
        'init/main.c: setup_boot_config',
      ],
    },
  },
  judge(facts) {
    const line = facts.commandLine
    const boot = valueOf(facts.boot)
    const passing = onlyThisBoot(facts)
    if (passing !== undefined) {
      const texts = passing.parameters.map((one) => one.text)
      const lacks = `no ${texts.join(', no ')}`
      const effect = valueOf(iommuInEffect(facts))
      return {
        kind: 'hits',
        hits: [
          {
            code: 'parameter-this-boot-only',
            subject: { kind: 'host' },
            evidence: [
              { source: line.source, saw: texts.join(' ') },
              ...passing.places.map(({ path }) => ({ source: path, saw: lacks })),
            ],
            values: { parameters: texts.join(' '), place: passing.places.map((one) => one.path).join(', ') },
            // Another loader than those that are seen from here may start this kernel.
            confidence: 'likely',
            ...(passing.parameters.some((one) => restsOn(one, facts, effect)) ? {} : { severity: 'info' }),
            remedy: texts.map((parameter): Action => ({ do: 'set-kernel-parameter', parameter })),
          },
        ],
      }
    }
    const given = valueOf(line)?.parameters.filter((one) => mattersToPassthrough(one.name)) ?? []
    if (given.length === 0) return { kind: 'skip', because: 'no parameter for passthrough is seen on the running line' }
    if (boot?.unwritten === undefined)
      return { kind: 'skip', because: 'not all that may hand parameters to this kernel could be looked through' }
    if (boot.unwritten.length > 0)
      return { kind: 'skip', because: 'what is in no file of a boot loader is not missed, or may come from elsewhere' }
    const saw = `${given.map((one) => one.text).join(' ')}, each of which a file of a boot loader has too`
    return { kind: 'pass', evidence: [{ source: line.source, saw }] }
  },
})
