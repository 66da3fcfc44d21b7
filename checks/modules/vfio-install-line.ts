import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'

type Code = 'install-script-not-in-image'

export const check: AnyCheck = defineCheck({
  id: 'vfio-install-line',
  area: 'modules',
  title: 'An install line for vfio-pci finds its script',
  needs: ['modprobe'],
  uses: ['initramfs', 'pci'],
  problems: {
    'install-script-not-in-image': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The script {script} of the install line for vfio-pci is not in the initramfs',
      summary:
        'In the initramfs modprobe runs this script in place of loading vfio-pci, and does not find it. So vfio-pci is not loaded there, and the host drivers come first.',
      proof:
        'An install line for vfio-pci with a path, and a listing of the image that has modprobe.d and not the path.',
      ruledOut: 'The path in the image, or an image without modprobe.d.',
      explains: ['device-on-host-driver', 'bind-too-late', 'bind-too-late-not-loaded'],
      remedy: [
        {
          do: 'advise',
          say: 'Have the tool that makes the initramfs put {script} in, or use an install line that needs no script.',
        },
        { do: 'rebuild-initramfs' },
      ],
      sources: ['modprobe.d(5): install', 'mkinitcpio.conf(5): FILES', 'dracut.conf(5): install_items'],
    },
  },
  judge(facts, scope) {
    const initramfs = valueOf(facts.initramfs)
    const content = initramfs?.content
    const image = content === undefined ? undefined : valueOf(content)
    const pci = valueOf(facts.pci)
    const host = { kind: 'host' } as const
    const hits: Hit<Code>[] = []
    const found: Evidence[] = []
    const missing: Missing[] = []
    // Where all are bound, the line did its work after the initramfs, or another did.
    const wanted = [...scope.candidates.keys()].map((at) => (pci === undefined ? undefined : findFunction(pci, at)))
    const bound = wanted.length > 0 && wanted.every((fn) => fn !== undefined && onVfio(fn) === true)
    const lines = facts.modprobe.value.directives.flatMap((one) =>
      one.kind === 'install' && one.module === 'vfio_pci' ? [one] : [],
    )
    for (const { path, line, command } of lines) {
      const place = `${path}:${line}`
      const saw = `install vfio-pci ${command}`
      const script = /^\/[\w./-]{1,200}(?= |$)/.exec(command)?.[0]
      const file = script?.slice(1)
      // Merged /usr: the listing may have it under usr/.
      const inside = image?.some((one) => one === file || one === `usr/${file}` || `usr/${one}` === file)
      const carried = image?.some((one) => one === path.slice(1))
      if (script !== undefined && content !== undefined && carried === true && inside === false && !isShell(script)) {
        const evidence = [
          { source: place, saw },
          { source: content.source, saw: `no ${script}` },
        ] as const
        const over: Partial<Hit<Code>> = bound ? { severity: 'info' } : {}
        hits.push({ code: 'install-script-not-in-image', subject: host, values: { script, place }, evidence, ...over })
      } else if (script !== undefined && !isShell(script) && (image !== undefined || !isBusybox(command))) {
        const gap = content ?? facts.initramfs
        if (gap.state === 'unknown') missing.push(missingFrom('what the initramfs holds', gap))
        else found.push({ source: gap.source, saw: inside === true ? script : `no ${path}` })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [gap, ...gaps] = missing
    if (gap !== undefined) return { kind: 'unknown', missing: [gap, ...gaps] }
    const [seen, ...others] = found
    if (seen !== undefined) return { kind: 'pass', evidence: [seen, ...others] }
    const none = 'there is no install line for vfio-pci'
    return { kind: 'skip', because: lines.length === 0 ? none : 'the install line runs no script' }
  },
})

function isShell(path: string): boolean {
  return /\/(?:modprobe|sh|bash|true|false|echo)$/.test(path)
}

/** One program that is many: what it runs is no file of its own. That it is in the image is asked where the image is known. */
function isBusybox(command: string): boolean {
  return /^\/(?:usr\/)?s?bin\/(?:busybox|toybox) (?:modprobe|true|false|echo)(?= |$)/.test(command)
}
