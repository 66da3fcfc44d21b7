import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import {
  imageHasOptions,
  isGraphicsModule,
  lateFunctions,
  loadedEarlyBy,
  onCommandLine,
  softdepOnVfio,
} from '../../src/rules/boot-binding.ts'
import { moduleHolding } from '../../src/rules/driver-module.ts'
import { listedIds } from '../../src/rules/candidates.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code =
  | 'mkinitcpio-without-modconf'
  | 'initramfs-vfio-after-graphics'
  | 'mkinitcpio-kms-first'
  | 'dracut-adds-without-loading'

const host = { kind: 'host' } as const
const EXPLAINS = ['device-on-host-driver', 'bind-too-late', 'bind-too-late-not-loaded']

export const check: AnyCheck = defineCheck({
  id: 'initramfs-order',
  area: 'modules',
  title: 'The initramfs is told to load vfio-pci before the host drivers',
  needs: ['initramfs', 'pci'],
  uses: ['modprobe', 'modules', 'commandLine', 'environment'],
  problems: {
    'mkinitcpio-without-modconf': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'HOOKS of mkinitcpio lacks modconf, so the ids do not get into the image',
      summary:
        'The hook modconf copies modprobe.d into the image. Without it vfio-pci is loaded there without its ids, and with no softdep.',
      proof:
        'HOOKS of mkinitcpio without modconf, ids in modprobe.d alone, and a device that is to be bound and is not.',
      ruledOut: 'modconf among the hooks, or the ids on the command line.',
      explains: [...EXPLAINS, 'initramfs-without-options'],
      remedy: [
        { do: 'advise', say: 'Add modconf to HOOKS in the settings of mkinitcpio, before kms and block.' },
        { do: 'rebuild-initramfs' },
        { do: 'reboot' },
      ],
      sources: ['mkinitcpio(8): modconf', 'mkinitcpio.conf(5): HOOKS'],
    },
    'initramfs-vfio-after-graphics': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The initramfs loads {driver} before vfio-pci',
      summary:
        'Modules are loaded in the order in which they are listed, and {driver} stands before vfio_pci. So it takes {addresses} first.',
      proof: 'The list of modules in the settings of the tool, with the host driver in front.',
      ruledOut: 'vfio_pci in front, or a softdep that draws it there.',
      explains: EXPLAINS,
      remedy: [
        { do: 'advise', say: 'Move vfio_pci, vfio and vfio_iommu_type1 to the front of the list in {path}.' },
        { do: 'rebuild-initramfs' },
        { do: 'reboot' },
      ],
      sources: ['mkinitcpio.conf(5): MODULES', 'initramfs-tools(7)'],
    },
    'mkinitcpio-kms-first': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The kms hook brings {driver} into the image, and nothing loads vfio-pci before it',
      summary:
        'mkinitcpio puts graphics drivers into the image for an early console. Without vfio_pci in MODULES or a softdep {driver} takes {addresses}. The hook can stay: vfio-pci only has to come first.',
      proof: 'kms among the hooks, no vfio_pci among MODULES, no softdep, and the device on a graphics driver.',
      ruledOut: 'vfio_pci among MODULES, or a softdep on it.',
      explains: EXPLAINS,
      remedy: [{ do: 'add-initramfs-modules', modules: 'vfio_pci vfio vfio_iommu_type1' }, { do: 'reboot' }],
      sources: ['mkinitcpio(8): kms', 'mkinitcpio.conf(5): MODULES'],
    },
    'dracut-adds-without-loading': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'dracut puts vfio-pci into the image and is not told to load it',
      summary:
        'add_drivers only copies a module. force_drivers, or rd.driver.pre on the command line, has it loaded before udev looks at the devices.',
      proof: 'vfio_pci in add_drivers or drivers only, no softdep, and a device that is to be bound and is not.',
      ruledOut: 'force_drivers, rd.driver.pre=vfio-pci or a softdep.',
      explains: EXPLAINS,
      remedy: [{ do: 'add-initramfs-modules', modules: 'vfio_pci vfio vfio_iommu_type1' }, { do: 'reboot' }],
      sources: ['dracut.conf(5): add_drivers, force_drivers', 'dracut.cmdline(7): rd.driver.pre'],
    },
  },
  judge(facts, scope) {
    if (inDom0(facts)) return { kind: 'skip', because: DOM0_SKIP }
    const { tool, hooks, configuredModules } = facts.initramfs.value
    const late = lateFunctions(facts, scope)
    if (late.length === 0) return { kind: 'skip', because: 'no device that is listed for vfio-pci is on a host driver' }
    if (moduleState(facts, 'vfio_pci') === 'builtin') return { kind: 'skip', because: 'vfio-pci is built in' }
    const hits: Hit<Code>[] = []
    const listed = listedIds(facts)
    const [entry] = listed
    const directives = valueOf(facts.modprobe)?.directives ?? []
    const lineKnown = facts.commandLine.state === 'known'
    const inFilesAlone = !listed.some((one) => onCommandLine(one, facts))
    const noModconf = tool === 'mkinitcpio' && hooks !== null && hooks.length > 0 && !hooks.includes('modconf')
    // FILES of mkinitcpio may bring the file in without the hook.
    const carried = imageHasOptions(facts)
    if (noModconf && inFilesAlone && entry !== undefined && carried !== true) {
      const evidence: NonEmpty<Evidence> = [
        { source: 'HOOKS of mkinitcpio', saw: hooks.join(' '), wanted: 'modconf' },
        { source: entry.source, saw: `ids lists ${entry.text}` },
      ]
      const hit: Hit<Code> = { code: 'mkinitcpio-without-modconf', subject: host, values: {}, evidence }
      hits.push(lineKnown && carried === false ? hit : { ...hit, confidence: 'likely' })
    }
    const early = loadedEarlyBy(facts)
    const own = configuredModules.findIndex((one) => one.module === 'vfio_pci')
    for (const driver of new Set(late.map(moduleHolding))) {
      const addresses = late.filter((fn) => moduleHolding(fn) === driver).map((fn) => fn.address)
      const devices = addresses
      const values = { driver, addresses: addresses.join(', '), path: configuredModules[own]?.source ?? '' }
      if (softdepOnVfio(directives, driver) !== undefined) continue
      const at = configuredModules.findIndex((one) => one.module === driver)
      const [theirs, ours] = [configuredModules[at], configuredModules[own]]
      if (
        theirs !== undefined &&
        ours !== undefined &&
        theirs.source === ours.source &&
        at < own &&
        !/add_drivers/.test(ours.source)
      ) {
        const evidence: NonEmpty<Evidence> = [
          { source: ours.source, saw: `${driver} … vfio_pci`, wanted: 'vfio_pci first' },
        ]
        hits.push({ code: 'initramfs-vfio-after-graphics', subject: host, values, evidence, devices })
      } else if (
        early === undefined &&
        tool === 'mkinitcpio' &&
        hooks?.includes('kms') === true &&
        isGraphicsModule(driver)
      ) {
        const evidence: NonEmpty<Evidence> = [{ source: 'HOOKS of mkinitcpio', saw: hooks.join(' ') }]
        hits.push({ code: 'mkinitcpio-kms-first', subject: host, values, evidence, devices, confidence: 'likely' })
      }
    }
    const softdep = late.some((fn) => softdepOnVfio(directives, moduleHolding(fn)) !== undefined)
    const copied = configuredModules[own]
    if (tool === 'dracut' && copied !== undefined && early === undefined && lineKnown && !softdep) {
      const evidence: NonEmpty<Evidence> = [{ source: copied.source, saw: copied.module, wanted: 'force_drivers' }]
      hits.push({ code: 'dracut-adds-without-loading', subject: host, values: {}, evidence })
    }
    const devices = late.map((fn) => fn.address)
    const [first, ...rest] = hits.map((hit): Hit<Code> => ({ devices, ...hit }))
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    if (early === undefined) return { kind: 'skip', because: 'vfio-pci is not asked for in the initramfs' }
    return { kind: 'pass', evidence: [{ source: early, saw: 'vfio_pci is to be loaded early' }] }
  },
})
