import { defineCheck, missingFrom, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'

type Code = 'kernel-log-cut' | 'kernel-log-several-boots' | 'kernel-log-other-kernel'

/** The first words of every boot (linux_banner, init/version.c). */
const BANNER = /^Linux version (\S+)/

export const check: AnyCheck = defineCheck({
  id: 'kernel-log',
  area: 'kernel',
  title: 'The kernel log is of this boot and reaches back to its start',
  needs: [],
  uses: ['kernelLog', 'kernel'],
  problems: {
    'kernel-log-cut': {
      severity: 'info',
      family: 'healthy',
      title: 'The start of this boot is gone from the kernel log',
      summary:
        'The buffer of the kernel is a ring, and newer lines overwrote the first ones. What is not in the log may have been printed all the same, so nothing here is concluded from a line that is missing.',
      proof: 'A log without the banner "Linux version" among its first lines.',
      ruledOut: 'The banner at its start.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['kernel/printk/printk.c', 'init/version.c: linux_banner'],
    },
    'kernel-log-several-boots': {
      severity: 'info',
      family: 'healthy',
      title: 'The log holds {count} boots',
      summary:
        'Lines of an earlier boot tell of an earlier setup: what was mended since still looks broken in them. The last boot is the one that counts.',
      proof: 'More than one banner "Linux version" in the log.',
      ruledOut: 'One banner.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['init/version.c: linux_banner'],
    },
    'kernel-log-other-kernel': {
      severity: 'info',
      family: 'healthy',
      title: 'The log is of kernel {logged}, and {running} is running',
      summary: 'It was written by another boot than this one, so its lines need not be true of this kernel.',
      proof: 'The release in the banner of the log and the release of the running kernel.',
      ruledOut: 'The same release.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['init/version.c: linux_banner', 'uname(2)'],
    },
  },
  judge(facts) {
    const log = facts.kernelLog
    if (log.state === 'unknown') {
      if (log.reason === 'not-in-paste') return { kind: 'skip', because: 'no kernel log is shown' }
      const missing = missingFrom('the kernel log', log)
      const settle = missing.settle.length > 0 ? missing.settle : [{ do: 'show', what: 'kernel-log' } as const]
      return { kind: 'unknown', missing: [{ ...missing, settle }] }
    }
    const { source, value } = log
    const banners = value.lines.filter((one) => one.text.startsWith('Linux version '))
    const last = banners.at(-1)
    const running = valueOf(facts.kernel)?.release
    const logged = BANNER.exec(last?.text ?? '')?.[1]
    const at = (line: number | undefined): string => `${source}, line ${line ?? 1}`
    const host = { kind: 'host' } as const
    const hits: Hit<Code>[] = []
    if (banners.length > 1 && last !== undefined) {
      const evidence = [{ source: at(last.line), saw: last.text, wanted: 'one such line' }] as const
      hits.push({
        code: 'kernel-log-several-boots',
        subject: host,
        evidence,
        values: { count: String(banners.length) },
      })
    }
    if (last !== undefined && logged !== undefined && running !== undefined && logged !== running) {
      const evidence = [{ source: at(last.line), saw: logged, wanted: running }] as const
      hits.push({ code: 'kernel-log-other-kernel', subject: host, evidence, values: { logged, running } })
    }
    // A post shows a few lines as a rule: there that is no finding.
    if (!value.fromBoot && banners.length === 0 && !source.startsWith('paste')) {
      const saw = value.lines[0]?.text ?? 'no line'
      hits.push({
        code: 'kernel-log-cut',
        subject: host,
        evidence: [{ source, saw, wanted: 'a line that begins with Linux version' }],
      })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (!value.fromBoot) return { kind: 'skip', because: 'only a part of a log is shown' }
    return { kind: 'pass', evidence: [{ source, saw: last?.text ?? 'it reaches back to the start of the boot' }] }
  },
})
