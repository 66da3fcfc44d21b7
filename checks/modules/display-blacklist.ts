import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Used } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import type { Action } from '../../src/model/remedy.ts'
import { changedSinceBoot, timesKnown } from '../../src/rules/awaits-restart.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { blacklisted, type Blacklisted } from '../../src/rules/blacklists.ts'
import { moduleHolding } from '../../src/rules/driver-module.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { hasPicture, isDisplay, onHostDriver, sysfs } from '../../src/rules/pci.ts'

type Code = 'blacklist-takes-host-display' | 'blacklist-of-display-driver'

export const check: AnyCheck = defineCheck({
  id: 'display-blacklist',
  area: 'modules',
  title: 'No blacklist holds the driver of the display that the host keeps',
  needs: ['pci'],
  uses: ['modprobe', 'commandLine', 'modules', 'initramfs', 'environment', 'kernel', 'cpu'],
  problems: {
    'blacklist-takes-host-display': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{module} is blacklisted, and {address} is a display that needs it',
      summary:
        'Nobody asked to give {address} away, and it has no driver, because its driver is blacklisted for all cards. If it is to show the console of the host, hold the driver back for the one card that is given away, by its address.',
      proof: 'A blacklist line for the driver of a display without a driver, which is not to be passed through.',
      ruledOut: 'A driver on that display, or a wish to give it away.',
      remedy: [{ do: 'advise', say: 'Take the line out of {place} if the host is to use that card.' }],
      sources: ['modprobe.d(5): blacklist'],
    },
    'blacklist-of-display-driver': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'A blacklist takes {module} from {address}, the display of this host',
      summary:
        '{address} runs on {module}, and a blacklist line bears on every card of a driver. {how} Without {module} the host has at most the picture that firmware sets up, for no other display is left to it. To give a card away, reserve that one by its id or address. A module that is asked for by its name comes in spite of the line.',
      proof:
        'A blacklist line in /etc/modprobe.d, and the driver link of the display that the host was started on. It weighs where the line is younger than this boot or than the initramfs.',
      ruledOut:
        'Another display that the host keeps, another module for that card, a wish to give it away, or a driver that is built in or named for the initramfs.',
      remedy: [
        { do: 'advise', say: 'Take the line for {module} out of modprobe.d, unless a guest is to have that card.' },
        { do: 'rebuild-initramfs' },
      ],
      sources: [
        'modprobe.d(5): blacklist',
        'libkmod/libkmod-module.c: kmod_module_probe_insert_module, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY',
        'sound/hda/hdac_i915.c: snd_hdac_i915_init asks for i915 by its name',
      ],
    },
  },
  judge(facts, scope) {
    const black = blacklisted(facts).filter((one) => one.early !== true)
    if (black.length === 0) return { kind: 'skip', because: 'nothing that is shown is blacklisted' }
    const pci = facts.pci.value
    const hits: Hit<Code>[] = []
    // Two drivers for one card: the one that is not blacklisted may be missing for another reason.
    const dark = pci.functions.filter(
      (fn) => isDisplay(fn) && valueOf(fn.driver) === null && valueOf(fn.bootVga) === true,
    )
    for (const { address, kernelModules } of dark.filter((fn) => !scope.candidates.has(fn.address))) {
      const modules = valueOf(kernelModules) ?? []
      for (const { module, source } of black.filter((one) => modules.includes(one.module))) {
        hits.push({
          code: 'blacklist-takes-host-display',
          subject: { kind: 'device', address },
          values: { module, address, place: source },
          evidence: [{ source, saw: `blacklist ${module}` }],
        })
      }
    }
    // What is given away is no display of the host, nor is one without a driver, or one whose driver is barred too.
    const shown = pci.functions.filter((fn) => hasPicture(fn) && !scope.candidates.has(fn.address))
    const own = shown.find((fn) => valueOf(fn.bootVga) === true) ?? (shown.length === 1 ? shown[0] : undefined)
    const others = shown.filter((fn) => fn !== own)
    // Another display may be there that is not shown, or is none of PCI.
    const whole =
      pci.complete && pci.functions.every((fn) => fn.class.state === 'known') && foreign(facts) === undefined
    const hit = own !== undefined && whole ? judgeOwn(own, others, black, facts) : undefined
    const [first, ...rest] = hit === undefined ? hits : [...hits, hit]
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const driver = own === undefined ? null : (valueOf(own.driver) ?? null)
    if (own === undefined || driver === null)
      return { kind: 'skip', because: 'no display of the host is shown on a driver' }
    if (black.some((one) => one.module === moduleHolding(own)))
      return { kind: 'skip', because: 'the host keeps another display or driver, or whether it does could not be told' }
    return {
      kind: 'pass',
      evidence: [{ source: sysfs(own.address, 'driver'), saw: `${driver}, which no line blacklists` }],
    }
  },
})

type Facts = Used<'modprobe' | 'commandLine' | 'modules' | 'initramfs' | 'environment'>

/** The display of the host, where a line that somebody wrote bars what runs it, and none is left beside it. */
function judgeOwn(
  own: PciFunction,
  others: readonly PciFunction[],
  black: readonly Blacklisted[],
  facts: Facts,
): Hit<Code> | undefined {
  const { address } = own
  const module = moduleHolding(own)
  // Those of the distribution are in /usr/lib; nothing on the command line is younger than this boot.
  const [line, ...more] = black.filter((one) => one.module === module && one.source.startsWith('/etc/modprobe.d/'))
  if (line === undefined || onHostDriver(own) !== true || cameByName(module, facts)) return undefined
  const barred = (name: string): boolean => black.some((one) => one.module === name)
  const modules = valueOf(own.kernelModules)
  // A framebuffer driver (nvidiafb, radeonfb) is left out of stock kernels, or blacklisted by its distribution.
  if (modules?.every((name) => barred(name) || name.endsWith('fb')) !== true) return undefined
  const stays = (fn: PciFunction): boolean => fn.driver.state === 'unknown' || !barred(moduleHolding(fn))
  if (others.some((fn) => valueOf(fn.driver) !== null && stays(fn))) return undefined
  const lines: NonEmpty<Blacklisted> = [line, ...more]
  const { how, severity } = whenWritten(lines, facts)
  const seen = ({ source }: Blacklisted): Evidence => ({ source, saw: `blacklist ${module}` })
  const driver: Evidence = { source: sysfs(address, 'driver'), saw: valueOf(own.driver) ?? '' }
  const boot: readonly Evidence[] =
    valueOf(own.bootVga) === true ? [{ source: sysfs(address, 'boot_vga'), saw: '1' }] : []
  return {
    code: 'blacklist-of-display-driver',
    subject: { kind: 'device', address },
    values: { module, address, how },
    evidence: [seen(line), ...more.map(seen), driver, ...boot],
    severity,
    confidence: 'possible',
    remedy: [
      ...[...new Set(lines.map((one) => pathOf(one.source)))].map((path): Action => ({
        do: 'edit-file',
        path,
        remove: `blacklist ${module}`,
        add: '',
      })),
      { do: 'rebuild-initramfs' },
    ],
  }
}

/** Built in, or loaded by its name in the initramfs, where a blacklist does not bear on it. */
function cameByName(module: string, facts: Facts): boolean {
  if (moduleState(facts, module) === 'builtin') return true
  return valueOf(facts.initramfs)?.configuredModules.some((one) => one.module === module) === true
}

/** A line that this boot had, and its initramfs too, has been shown to be no hindrance. */
function whenWritten(
  lines: NonEmpty<Blacklisted>,
  facts: Facts,
): { readonly how: string; readonly severity: 'warn' | 'info' } {
  if (!timesKnown(facts)) return { how: 'Whether this boot had the line already could not be told.', severity: 'info' }
  if (lines.every(({ source }) => changedSinceBoot(source, facts) !== undefined))
    return { how: 'The file was changed after this boot began, so the next one may be without.', severity: 'warn' }
  const initramfs = valueOf(facts.initramfs)
  const made = initramfs === undefined ? undefined : valueOf(initramfs.imageTime)
  const timeOf = (path: string): number | undefined => initramfs?.configTimes?.find((one) => one.path === path)?.time
  if (made != null && lines.every(({ source }) => (timeOf(pathOf(source)) ?? 0) > made)) {
    const how = 'The initramfs is older than the file, so the driver may have come from there, until it is made anew.'
    return { how, severity: 'warn' }
  }
  return { how: 'It came in this boot in spite of the line, which need not be so each time.', severity: 'info' }
}

function pathOf(source: string): string {
  return source.slice(0, source.lastIndexOf(':'))
}
