import { defineCheck, type AnyCheck, type Evidence } from '../../src/model/check.ts'
import { parametersNamed, plainName } from '../../src/rules/parameters.ts'

const WARNING = /PCIe ACS overrides enabled/

export const check: AnyCheck = defineCheck({
  id: 'acs-override',
  area: 'isolation',
  title: 'The groups tell what the hardware isolates, not what a parameter claims',
  needs: ['commandLine'],
  uses: ['kernelLog'],
  problems: {
    'acs-override-on': {
      severity: 'warn',
      family: 'acs-missing',
      title: 'The groups of this host were split by {parameter}',
      summary:
        'This patched kernel was told to treat devices as isolated that are not. Guests work with it; a device in one guest may still reach the memory of others behind the back of the IOMMU. Use it for guests that you trust.',
      proof: 'The parameter, and the kernel line that ACS overrides are enabled.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        {
          do: 'advise',
          say: 'See what the groups are without it, and whether another slot does as well; if it stays, keep it as narrow as it will do.',
        },
      ],
      blocks: 'machine',
      sources: ['Documentation/driver-api/vfio.rst', 'the ACS override patch (not in the kernel of kernel.org)'],
    },
    'acs-override-ignored': {
      severity: 'info',
      family: 'parameter-wrong',
      title: '{parameter} does nothing on this kernel',
      summary:
        'The parameter belongs to a patch that only some kernels carry (Proxmox, Unraid, some of Arch). This one read it and split no group.',
      proof: 'The parameter on the command line, and a whole log without the line of the patch.',
      ruledOut: 'The kernel line that ACS overrides are enabled.',
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['Documentation/admin-guide/kernel-parameters.txt (not listed)'],
    },
    'acs-override-unproven': {
      severity: 'info',
      family: 'acs-missing',
      title: '{parameter} is set; whether it works could not be told',
      summary:
        'On a kernel with the patch the groups are not what the hardware isolates; on others the parameter does nothing. The start of the kernel log tells.',
      proof: 'The parameter on the command line, and a log that does not reach back to boot.',
      ruledOut: 'No such parameter.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['the ACS override patch (not in the kernel of kernel.org)'],
    },
  },
  judge(facts) {
    const { value, source } = facts.commandLine
    const written = parametersNamed(value, 'pcie_acs_override').at(-1)
    if (written === undefined) return { kind: 'pass', evidence: [{ source, saw: 'no pcie_acs_override' }] }
    const set: Evidence = { source, saw: written.text }
    const log = facts.kernelLog
    const line = log.state === 'known' ? log.value.lines.find((one) => WARNING.test(one.text)) : undefined
    const whole = log.state === 'known' && log.value.fromBoot
    const subject = { kind: 'host' } as const
    const values = { parameter: written.text }
    if (line !== undefined)
      return {
        kind: 'hits',
        hits: [
          {
            code: 'acs-override-on',
            subject,
            values,
            evidence: [set, { source: `${log.source}, line ${line.line}`, saw: line.text }],
          },
        ],
      }
    return {
      kind: 'hits',
      hits: [
        {
          code: whole ? 'acs-override-ignored' : 'acs-override-unproven',
          subject,
          values,
          words: [plainName(written.name)],
          evidence: [set],
          confidence: whole ? 'likely' : 'possible',
        },
      ],
    }
  },
})
