import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { unknown, valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Facts, Scope } from '../../src/model/machine.ts'
import type { InstallLine } from '../../src/model/modules.ts'
import { installLines } from '../../src/rules/install-line.ts'
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
        'In the initramfs modprobe runs this line in place of loading vfio-pci, and the script is not found. What it does, loading vfio-pci or naming the devices for it, is not done there, and the host drivers come first.',
      proof:
        'An install line for vfio-pci that runs a file by its path, and a listing of the image that has the file of the line and not the other.',
      ruledOut: 'The path in the image, an image without the file of the line, or another such line before it.',
      explains: ['device-on-host-driver', 'bind-too-late', 'bind-too-late-not-loaded'],
      remedy: [
        {
          do: 'advise',
          say: 'Have the tool that makes the initramfs put {script} in, or use an install line that needs no script.',
        },
        { do: 'rebuild-initramfs' },
      ],
      sources: [
        'modprobe.d(5): install',
        'libkmod/libkmod-module.c: kmod_module_get_install_commands',
        'mkinitcpio.conf(5): FILES',
        'dracut.conf(5): install_items',
      ],
    },
  },
  judge(facts, scope) {
    const lines = installLines(facts.modprobe.value.directives)
    const [first] = lines
    if (first === undefined) return { kind: 'skip', because: 'there is no install line for vfio-pci' }
    const content = facts.initramfs.state === 'known' ? facts.initramfs.value.content : facts.initramfs
    const image = content.state === 'known' ? new Set(content.value.map(merged)) : undefined
    // In the image kmod obeys the first of those that are in there.
    const line = image === undefined ? first : lines.find((one) => holds(image, one.path))
    const runs = (line ?? first).runs.filter((one) => image !== undefined || one.kind === 'script')
    const [run, ...others] = runs
    if (run === undefined) return { kind: 'skip', because: 'the install line runs no script' }
    if (content.state === 'unknown')
      return { kind: 'unknown', missing: [missingFrom('what the initramfs holds', content)] }
    const { source } = content
    if (line === undefined) return { kind: 'pass', evidence: [{ source, saw: `no ${first.path}` }] }
    const place = `${line.path}:${line.line}`
    const absent = runs.filter((one) => image !== undefined && !holds(image, one.path))
    const lost = absent.find((one) => one.sure)
    const [doubtful] = absent
    if (lost !== undefined) {
      const script = lost.path
      const evidence: NonEmpty<Evidence> = [
        { source: place, saw: `install vfio-pci ${line.command}` },
        { source, saw: `no ${script}` },
        ...lines.flatMap((one) => passedOver(one, line)).slice(0, MOST_OTHERS),
      ]
      const over: Partial<Hit<Code>> = allBound(facts, scope) ? { severity: 'info' } : {}
      const subject = { kind: 'host' } as const
      const hit = {
        code: 'install-script-not-in-image',
        subject,
        values: { script, place },
        evidence,
        ...over,
      } as const
      return { kind: 'hits', hits: [hit] }
    }
    if (doubtful !== undefined) {
      const depends = unknown('not-collected', place, 'that depends on a condition, and nothing is run to find out')
      const missing = missingFrom(`whether ${doubtful.path}, which the initramfs does not hold, is run there`, depends)
      return { kind: 'unknown', missing: [missing] }
    }
    return { kind: 'pass', evidence: [{ source, saw: [run, ...others].map((one) => one.path).join(', ') }] }
  },
})

/** Other lines that are told of. */
const MOST_OTHERS = 3

/** A line that would come into question, had kmod not met another before. */
function passedOver(one: InstallLine, obeyed: InstallLine): readonly Evidence[] {
  if (one === obeyed) return []
  return [{ source: `${one.path}:${one.line}`, saw: `install vfio-pci ${one.command} (not obeyed there)` }]
}

/** Whether these names, each as `merged` makes it, have a path. */
function holds(image: ReadonlySet<string>, path: string): boolean {
  return image.has(merged(path.slice(1)))
}

/** Where /usr is merged, and /sbin with /bin, links lead to what the listing has. */
function merged(file: string): string {
  return file.replace(/^(?:\.?\/)?(?:usr\/)?(?=(?:s?bin|lib(?:64)?)\/)/, '').replace(/^sbin\//, 'bin/')
}

/** Where all are bound, the line did its work after the initramfs, or another did. */
function allBound(facts: Pick<Facts, 'pci'>, scope: Scope): boolean {
  const pci = valueOf(facts.pci)
  const wanted = [...scope.candidates.keys()].map((at) => (pci === undefined ? undefined : findFunction(pci, at)))
  return wanted.length > 0 && wanted.every((fn) => fn !== undefined && onVfio(fn) === true)
}
