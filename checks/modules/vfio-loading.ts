import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { barredByGap, barredByInstall, barredByParameter } from '../../src/rules/load-bars.ts'
import { withoutModules } from '../../src/rules/mended-blacklist.ts'
import { isActive, moduleState, wantsType1 } from '../../src/rules/modules.ts'

type Code = 'module-loading-off' | 'vfio-barred-by-parameter' | 'vfio-barred-by-install' | 'install-script-gone'

const EXPLAINS = [
  'vfio-pci-not-loaded',
  'vfio-type1-not-loaded',
  'override-without-driver',
  'blacklist-of-vfio',
  'vfio-node-missing',
  'write-path-no-vfio',
  'vmm-module-missing',
  'install-line-failed',
] as const

export const check: AnyCheck = defineCheck({
  id: 'vfio-loading',
  area: 'modules',
  title: 'Nothing keeps vfio-pci from being loaded',
  needs: ['modules'],
  uses: ['modprobe', 'installGaps', 'commandLine', 'kernelConfig', 'kernel', 'cpu'],
  problems: {
    'module-loading-off': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'This host loads no more modules until its next start, and {module} is not loaded',
      summary:
        'kernel.modules_disabled is 1, as hardened hosts have it once they are up, and nothing can take that back while the host runs. Modules that modules-load.d names are loaded before the settings of sysctl.d.',
      proof: '/proc/sys/kernel/modules_disabled reads 1, and the module is neither loaded nor built in.',
      ruledOut: 'The module loaded, or the switch at 0.',
      explains: [...EXPLAINS, 'kvm-module-not-loaded', 'module-load-denied', 'modules-need-root'],
      remedy: [
        {
          do: 'advise',
          say: 'Name vfio-pci in a file of /etc/modules-load.d, or take kernel.modules_disabled out of sysctl.d.',
        },
        { do: 'reboot' },
      ],
      sources: ['Documentation/admin-guide/sysctl/kernel.rst: modules_disabled', 'systemd-sysctl.service(8)'],
    },
    'vfio-barred-by-parameter': {
      severity: 'fail',
      family: 'parameter-wrong',
      title: 'The kernel was told to load no {module}: {parameter}',
      summary:
        'A module that module_blacklist names is refused whoever loads it, with "Operation not permitted", so no device can go to VFIO in this boot.',
      proof: 'The name in module_blacklist on the running command line, and the module not loaded.',
      ruledOut: 'The module loaded or built in.',
      explains: [...EXPLAINS, 'module-load-denied'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['kernel/module/main.c: blacklisted', 'Documentation/admin-guide/kernel-parameters.txt'],
    },
    'vfio-barred-by-install': {
      severity: 'fail',
      family: 'parameter-wrong',
      title: 'An install line of modprobe.d keeps {module} from being loaded',
      summary:
        'modprobe runs {command} in place of loading {module}, so neither libvirt nor a step by hand gets it loaded.',
      proof: 'An install line whose command does nothing but succeed or fail, and the module not loaded.',
      ruledOut: 'The module loaded or built in, or an install line that loads it in the end.',
      explains: EXPLAINS,
      remedy: [{ do: 'advise', say: 'Take this line out, in {place}: {line}' }, { do: 'rebuild-initramfs' }],
      sources: ['modprobe.d(5): install', 'libkmod/libkmod-module.c: kmod_module_get_install_commands'],
    },
    'install-script-gone': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'The script {script}, which modprobe runs in place of loading vfio-pci, is {why}',
      summary:
        'An install line of modprobe.d names it. modprobe fails with it then, so neither libvirt nor a step by hand gets vfio-pci loaded.',
      proof:
        'An install line for vfio-pci that does nothing but run this file, no such file or none that may be executed, and the module not loaded.',
      ruledOut: 'The module loaded or built in, the file there and executable, or a line that does more.',
      explains: EXPLAINS,
      remedy: [{ do: 'advise', say: '{mend}, or take this line out, in {place}: {line}' }, { do: 'rebuild-initramfs' }],
      sources: ['modprobe.d(5): install', 'libkmod/libkmod-module.c: command_do'],
    },
  },
  judge(facts, scope) {
    const { source } = facts.modules
    if (scope.candidates.size === 0) return { kind: 'skip', because: 'no device is to be passed through' }
    const wanted = stillToLoad(facts)
    const [module] = wanted
    if (module === undefined)
      return {
        kind: 'pass',
        evidence: [{ source, saw: 'the modules of VFIO are loaded, or there is nothing to load' }],
      }
    const subject = { kind: 'host' } as const
    const absent: Evidence = { source, saw: `no ${module}` }
    const hits: Hit<Code>[] = []
    const { locked } = facts.modules.value
    if (valueOf(locked) === true) {
      const evidence = [{ source: locked.source, saw: '1', wanted: '0' }, absent] as const
      hits.push({ code: 'module-loading-off', subject, values: { module }, evidence })
    }
    const bar = barredByParameter(wanted, facts)
    if (bar !== undefined) {
      const { module: barred, parameter } = bar
      const values = { module: barred, parameter: parameter.text }
      const evidence = [
        { source: facts.commandLine.source, saw: parameter.text },
        { source, saw: `no ${barred}` },
      ] as const
      const remedy = withoutModules(parameter, /^vfio(?:_|$)/)
      hits.push({ code: 'vfio-barred-by-parameter', subject, values, evidence, remedy })
    }
    for (const one of barredByInstall(wanted, facts)) {
      const values = { module: one.module, command: one.command, place: one.place, line: one.line }
      const evidence = [
        { source: one.place, saw: one.line },
        { source, saw: `no ${one.module}` },
      ] as const
      hits.push({ code: 'vfio-barred-by-install', subject, values, evidence })
    }
    const { line, gap } = (wanted.includes('vfio_pci') ? barredByGap(facts) : undefined) ?? {}
    if (line !== undefined && gap != null && !('state' in gap)) {
      const place = `${line.path}:${line.line}`
      const text = `install vfio-pci ${line.command}`
      const mend = gap.why === 'absent' ? 'Put the script there' : `Make the script executable: chmod +x ${gap.path}`
      const values = { script: gap.path, why: gap.why === 'absent' ? 'not there' : gap.why, mend, place, line: text }
      const evidence = [
        { source: place, saw: text },
        { source: gap.path, saw: gap.why },
        { source, saw: 'no vfio_pci' },
      ] as const
      hits.push({ code: 'install-script-gone', subject, values, evidence })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (gap != null && 'state' in gap) {
      const missing = missingFrom('whether the script that modprobe runs for vfio-pci is there', gap)
      return { kind: 'unknown', missing: [missing] }
    }
    return { kind: 'pass', evidence: [{ source, saw: `${wanted.join(', ')} can be loaded` }] }
  },
})

/** What loading vfio-pci takes along, as far as it is at hand and not in the kernel yet. */
function stillToLoad(facts: Pick<Facts, 'modules' | 'kernelConfig' | 'kernel' | 'cpu'>): readonly string[] {
  const state = (name: string): ReturnType<typeof moduleState> => moduleState(facts, name)
  const bound = isActive(state('vfio_pci')) === true
  const chain = bound ? [] : ['vfio_pci', 'vfio_pci_core', 'vfio', 'vfio_virqfd']
  return [...chain, ...(wantsType1(facts) ? ['vfio_iommu_type1'] : [])].filter((name) => state(name) === 'loadable')
}
