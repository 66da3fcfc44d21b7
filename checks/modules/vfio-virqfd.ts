import { defineCheck, type AnyCheck, type Evidence } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

export const check: AnyCheck = defineCheck({
  id: 'vfio-virqfd',
  area: 'modules',
  title: 'No module is asked for that newer kernels have folded into vfio',
  needs: [],
  uses: ['kernel', 'messages', 'initramfs', 'modprobe', 'attempts', 'modules', 'os'],
  problems: {
    'vfio-virqfd-gone': {
      severity: 'info',
      family: 'healthy',
      title: 'vfio_virqfd is part of vfio since Linux 6.2, and missing nowhere',
      summary:
        'Older guides list it beside the other vfio modules. "Module vfio_virqfd not found" is harmless: there is nothing to install. Take the name out of the lists, and the complaint goes.',
      proof: 'modprobe saying that vfio_virqfd is not found, or its name in a list of modules on a kernel from 6.2 on.',
      ruledOut: 'A kernel before 6.2, or the name in no list.',
      explains: ['module-not-found', 'modprobe-module-unknown'],
      remedy: [{ do: 'remove-initramfs-modules', modules: 'vfio_virqfd' }],
      sources: ['drivers/vfio/Kconfig: VFIO_VIRQFD', 'drivers/vfio/Makefile'],
    },
  },
  judge(facts) {
    const said = messagesWith(facts.messages, 'virqfd-missing')
    // The message names the directory of the kernel that it is about, which need not be the running one.
    const path = /(\d{1,3})\.(\d{1,3})[^/]{0,60}$/.exec(said[0]?.values['path'] ?? '')
    const newer = path === null ? atLeast(facts.kernel, 6, 2) : Number(path[1]) * 1000 + Number(path[2]) >= 6002
    const listed: readonly Evidence[] = [
      ...(valueOf(facts.initramfs)?.configuredModules ?? []).map((one) => ({ source: one.source, saw: one.module })),
      ...(valueOf(facts.modprobe)?.loadAtBoot ?? []).map((one) => ({ source: one.path, saw: one.module })),
    ].filter((one) => one.saw === 'vfio_virqfd')
    const evidence = [...said.slice(0, 1).map(logEvidence), ...(newer === true ? listed : [])]
    const [first, ...rest] = evidence
    // An older kernel that lacks it lacks more than a name.
    if (first !== undefined && newer !== false) {
      // TrueNAS writes the name itself, and would write it again.
      const own = valueOf(facts.os)?.flavour === 'truenas'
      const remedy = own ? { remedy: [{ do: 'nothing', why: 'TrueNAS writes the list itself.' }] as const } : {}
      return {
        kind: 'hits',
        hits: [{ code: 'vfio-virqfd-gone', subject: { kind: 'host' }, evidence: [first, ...rest], ...remedy }],
      }
    }
    if (newer === false) return { kind: 'skip', because: 'this kernel has vfio_virqfd as a module' }
    if (facts.initramfs.state === 'unknown' && facts.modprobe.state === 'unknown')
      return { kind: 'skip', because: 'no list of modules is shown' }
    return {
      kind: 'pass',
      evidence: [{ source: `${facts.initramfs.source}, ${facts.modprobe.source}`, saw: 'no vfio_virqfd in the lists' }],
    }
  },
})
