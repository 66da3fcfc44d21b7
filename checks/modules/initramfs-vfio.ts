import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { InitramfsFacts, InitramfsTool } from '../../src/model/boot.ts'
import type { Needed, Used } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import type { Action } from '../../src/model/remedy.ts'
import { awaitsRestart, iso } from '../../src/rules/awaits-restart.ts'
import { imageHasModule, imageHasOptions, lateFunctions, onCommandLine } from '../../src/rules/boot-binding.ts'
import { moduleHolding } from '../../src/rules/driver-module.ts'
import { listedIds, matching } from '../../src/rules/candidates.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { idOf } from '../../src/rules/pci.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code =
  | 'initramfs-stale'
  | 'initramfs-without-vfio'
  | 'initramfs-without-options'
  | 'initramfs-ostree'
  | 'initramfs-other-tool'

type Seen = Needed<'initramfs'> & Used<'modprobe' | 'modules' | 'commandLine' | 'os' | 'pci'>

const host = { kind: 'host' } as const

const EXPLAINS = ['device-on-host-driver', 'bind-too-late', 'bind-too-late-not-loaded']

export const check: AnyCheck = defineCheck({
  id: 'initramfs-vfio',
  area: 'modules',
  title: 'What is to bind devices early has reached the initramfs',
  needs: ['initramfs'],
  uses: ['modprobe', 'modules', 'commandLine', 'os', 'pci', 'environment', 'messages'],
  problems: {
    'initramfs-stale': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The initramfs is older than {path}',
      summary:
        '{path} was changed after {image} was made. Drivers are loaded first from the image, by the copy of the settings in there, so the change has no effect before it is rebuilt.',
      proof:
        'The time of the image, and a later one of a file that goes into it; a device that is to be bound early and is not.',
      ruledOut: 'An image that is younger than all of these files.',
      explains: EXPLAINS,
      remedy: [{ do: 'rebuild-initramfs' }, { do: 'reboot' }],
      sources: ['modprobe.d(5)', 'update-initramfs(8)', 'dracut(8)', 'mkinitcpio(8)'],
    },
    'initramfs-without-vfio': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The initramfs holds {driver} and not vfio-pci',
      summary:
        '{driver} is loaded from the image, before the root file system and vfio-pci on it can be reached, and takes {addresses}. Put vfio-pci into the image, to be loaded first.',
      proof: 'A listing of the image of the running kernel with the host driver and without vfio-pci.',
      ruledOut: 'vfio-pci in the image or built in, or a host driver that is not in it.',
      explains: EXPLAINS,
      remedy: [{ do: 'add-initramfs-modules', modules: 'vfio_pci vfio vfio_iommu_type1' }, { do: 'reboot' }],
      sources: ['dracut.conf(5)', 'mkinitcpio.conf(5)', 'initramfs-tools(7)'],
    },
    'initramfs-without-options': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'vfio-pci is loaded from the initramfs without its ids',
      summary:
        'The ids stand in {path}, which is not in the image. vfio-pci is loaded there once, without options, and reads none later.',
      proof: 'A listing of the image with vfio-pci and without the file of the ids, and no ids on the command line.',
      ruledOut: 'The file in the image, or ids on the command line.',
      explains: EXPLAINS,
      remedy: [{ do: 'rebuild-initramfs' }, { do: 'reboot' }],
      sources: ['modprobe.d(5): options', 'mkinitcpio(8): modconf', 'dracut(8)'],
    },
    'initramfs-ostree': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'On this system modprobe.d does not reach the initramfs by itself',
      summary:
        'The image is built by the vendor of the system, not on this host, so {path} is not in it. Give the ids as a kernel argument, and have vfio-pci in the image and loaded first.',
      proof:
        'An ostree system, ids in /etc/modprobe.d and none on the command line, and a device that is not on vfio-pci.',
      ruledOut: 'Ids on the command line.',
      explains: EXPLAINS,
      remedy: [{ do: 'bind-at-boot', addresses: '{addresses}', ids: '{ids}' }],
      sources: ['rpm-ostree(1): kargs, initramfs-etc', 'dracut.cmdline(7): rd.driver.pre'],
    },
    'initramfs-other-tool': {
      severity: 'warn',
      family: 'bind-too-late',
      title: '{path} is not read: {tool} makes the initramfs here',
      summary:
        'The modules that {path} asks for are not put in, because another tool reads that file. They belong into the settings of {tool}.',
      proof: 'The tool that made the image, and vfio modules in the settings of another one only.',
      ruledOut: 'The modules in the settings of the tool in use.',
      explains: EXPLAINS,
      remedy: [{ do: 'add-initramfs-modules', modules: 'vfio_pci vfio vfio_iommu_type1' }],
      sources: ['initramfs-tools(7)', 'dracut.conf(5)', 'mkinitcpio.conf(5)', 'booster(1)'],
    },
  },
  judge(facts, scope) {
    if (inDom0(facts)) return { kind: 'skip', because: DOM0_SKIP }
    const initramfs = facts.initramfs.value
    const listed = listedIds(facts)
    const early = listed.length > 0 || initramfs.configuredModules.some(({ module }) => module === 'vfio_pci')
    if (!early) return { kind: 'skip', because: 'nothing is to be bound from the initramfs' }
    // Who is on a host driver although vfio-pci was to have it; where all are bound, the image does its work.
    const late = lateFunctions(facts, scope)
    const missing: Missing[] = []
    if (initramfs.content.state === 'unknown') missing.push(missingFrom('what the initramfs holds', initramfs.content))
    if (facts.pci.state === 'unknown') return { kind: 'unknown', missing: [missingFrom('the PCI devices', facts.pci)] }
    const { functions, complete } = facts.pci.value
    const meant = functions.filter((fn) => listed.some((one) => matching([fn], one).length > 0))
    const untold = meant.find((fn) => fn.driver.state === 'unknown')
    if (late.length === 0 && untold?.driver.state === 'unknown') {
      const base = missingFrom(`the driver of ${untold.address}`, untold.driver)
      return { kind: 'unknown', missing: [{ ...base, settle: [...base.settle, { do: 'show', what: 'lspci' }] }] }
    }
    if (late.length === 0 && meant.length === 0) {
      const because = complete
        ? 'no device has an id that is listed for vfio-pci'
        : 'no device with a listed id is shown'
      return { kind: 'skip', because }
    }
    if (late.length === 0) {
      const saw = 'no device that is listed for vfio-pci is on a host driver'
      return { kind: 'pass', evidence: [{ source: facts.pci.source, saw }] }
    }
    // Where the image has no part in it, its age does not matter.
    const waiting = late.every((fn) => awaitsRestart(fn, facts) !== undefined)
    const hits: Hit<Code>[] = [...ostree(facts, late), ...(waiting ? [] : stale(initramfs)), ...otherTool(initramfs)]
    for (const driver of new Set(late.map(moduleHolding))) {
      const absent = imageHasModule(facts, driver) === true && imageHasModule(facts, 'vfio_pci') === false
      if (!absent || moduleState(facts, 'vfio_pci') === 'builtin') continue
      const held = late.filter((fn) => moduleHolding(fn) === driver)
      const values = { driver, addresses: held.map((fn) => fn.address).join(', ') }
      const evidence: NonEmpty<Evidence> = [{ source: initramfs.content.source, saw: `${driver}, no vfio_pci` }]
      const devices = held.map((fn) => fn.address)
      hits.push({ code: 'initramfs-without-vfio', subject: host, values, evidence, devices })
    }
    hits.push(...withoutOptions(facts))
    const devices = late.map((fn) => fn.address)
    const [first, ...rest] = hits.map((hit): Hit<Code> => ({ devices, ...hit }))
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [unknown, ...others] = missing
    if (unknown !== undefined) return { kind: 'unknown', missing: [unknown, ...others] }
    if (waiting) return { kind: 'skip', because: 'what is configured awaits a restart of the host' }
    return {
      kind: 'pass',
      evidence: [{ source: initramfs.content.source, saw: 'vfio-pci and its options, as they are configured' }],
    }
  },
})

function ostree(facts: Seen, late: readonly PciFunction[]): readonly Hit<Code>[] {
  if (valueOf(facts.os)?.flavour !== 'ostree') return []
  const listed = listedIds(facts)
  const [first] = listed
  if (first === undefined || facts.commandLine.state === 'unknown') return []
  if (listed.some((one) => onCommandLine(one, facts))) return []
  const addresses = late.map((fn) => fn.address).join(' ')
  const ids = late.map((fn) => idOf(fn) ?? '').join(' ')
  const values = { path: first.source, addresses, ids }
  const evidence: NonEmpty<Evidence> = [
    { source: first.source, saw: `ids lists ${first.text}` },
    { source: facts.commandLine.source, saw: 'no vfio-pci.ids' },
  ]
  return [{ code: 'initramfs-ostree', subject: host, values, evidence }]
}

/** Times tell no more than that a file was touched later, and not which: so it is likely, not certain. */
function stale(initramfs: InitramfsFacts): readonly Hit<Code>[] {
  const time = valueOf(initramfs.imageTime) ?? null
  const newest = valueOf(initramfs.newestConfigTime) ?? null
  if (time === null || newest === null || newest.time <= time) return []
  const image = initramfs.image ?? 'the image of the running kernel'
  const evidence: NonEmpty<Evidence> = [
    { source: image, saw: `made ${iso(time)}` },
    { source: newest.path, saw: `changed ${iso(newest.time)}`, wanted: 'older than the image' },
  ]
  return [
    { code: 'initramfs-stale', subject: host, values: { path: newest.path, image }, evidence, confidence: 'likely' },
  ]
}

const TOOL_OF_PATH: readonly (readonly [RegExp, InitramfsTool])[] = [
  [/^\/etc\/initramfs-tools\//, 'initramfs-tools'],
  [/^\/etc\/dracut/, 'dracut'],
  [/^\/etc\/mkinitcpio/, 'mkinitcpio'],
  [/^\/etc\/booster/, 'booster'],
]

function otherTool({ tool, configuredModules }: InitramfsFacts): readonly Hit<Code>[] {
  if (tool === null) return []
  const asked = configuredModules.filter(({ module }) => module === 'vfio_pci')
  const toolOf = (source: string): InitramfsTool | undefined =>
    TOOL_OF_PATH.find(([pattern]) => pattern.test(source))?.[1]
  const [first] = asked
  if (first === undefined || asked.some(({ source }) => (toolOf(source) ?? tool) === tool)) return []
  const values = { path: first.source, tool }
  const evidence: NonEmpty<Evidence> = [{ source: first.source, saw: first.module, wanted: `settings of ${tool}` }]
  return [{ code: 'initramfs-other-tool', subject: host, values, evidence }]
}

function withoutOptions(facts: Seen): readonly Hit<Code>[] {
  const { content } = facts.initramfs.value
  const paths = valueOf(content)
  const listed = listedIds(facts)
  const [first] = listed
  if (paths === undefined || first === undefined || listed.some((one) => onCommandLine(one, facts))) return []
  if (imageHasModule(facts, 'vfio_pci') !== true) return []
  if (imageHasOptions(facts) === true) return []
  const path = first.source.replace(/:\d+$/, '')
  const evidence: NonEmpty<Evidence> = [{ source: content.source, saw: `vfio_pci, and no ${path}` }]
  // An image of dracut that is not made for this host alone never gets the file, unless its settings name it.
  const named: readonly Action[] = [
    { do: 'add-initramfs-modules', modules: 'vfio_pci vfio vfio_iommu_type1' },
    { do: 'reboot' },
  ]
  const remedy = facts.initramfs.value.tool === 'dracut' ? { remedy: named } : {}
  return [{ code: 'initramfs-without-options', subject: host, values: { path }, evidence, ...remedy }]
}
