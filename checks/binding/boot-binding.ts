import { defineCheck, type AnyCheck, type Evidence, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { LogLine } from '../../src/model/log.ts'
import type { Used } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { awaitsRestart, type Awaiting } from '../../src/rules/awaits-restart.ts'
import { notRebooted, type Waiting } from '../../src/rules/not-rebooted.ts'
import { idsFor, idsGiven, onCommandLine, wishedFor } from '../../src/rules/boot-binding.ts'
import { builtInCourse, whyGivenBack } from '../../src/rules/built-in-vfio.ts'
import { concludeOutput, concludeWith } from '../../src/rules/conclude.ts'
import { heldByBuiltIn, moduleHolding } from '../../src/rules/driver-module.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { keptByHost } from '../../src/rules/needed-by-host.ts'
import { matching } from '../../src/rules/candidates.ts'
import {
  describe,
  findFunction,
  idOf,
  isBridge,
  isVfioDriver,
  onHostDriver,
  onVfio,
  sysfs,
} from '../../src/rules/pci.ts'
import { logEvidence, probeErrors } from '../../src/rules/probe-errors.ts'
import { whyLate } from '../../src/rules/why-late.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code =
  | 'bind-too-late'
  | 'bind-too-late-builtin'
  | 'bind-too-late-not-loaded'
  | 'ids-not-read-by-builtin'
  | 'not-rebooted'
  | 'override-too-late'

type Uses = Used<
  'modules' | 'modprobe' | 'commandLine' | 'initramfs' | 'messages' | 'guests' | 'kernelLog' | 'environment'
>

const EXPLAINS = ['device-on-host-driver', 'vfio-pci-not-loaded', 'vmm-bind-failed', 'guest-unmanaged-device']

export const check: AnyCheck = defineCheck({
  id: 'boot-binding',
  area: 'binding',
  title: 'Devices that vfio-pci is to take at boot are on it',
  needs: ['pci'],
  uses: ['modules', 'modprobe', 'commandLine', 'initramfs', 'messages', 'guests', 'environment', 'kernelLog'],
  problems: {
    'bind-too-late': {
      severity: 'warn',
      family: 'bind-too-late',
      title: '{driver} took {address} before vfio-pci could',
      summary:
        'The id {id} is listed for vfio-pci, and an id takes only a device that has no driver. {driver} was there first. {reason}',
      proof: 'A driver link to a host driver, and the id of the function in the ids of vfio-pci, which is loaded.',
      ruledOut: 'The function on vfio-pci, or its id not listed.',
      explains: EXPLAINS,
      remedy: [{ do: 'bind-at-boot', addresses: '{address}', ids: '{id}' }],
      sources: ['drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids', 'drivers/base/dd.c: __driver_attach'],
    },
    'bind-too-late-builtin': {
      severity: 'warn',
      family: 'bind-too-late',
      title: '{driver} is built into the kernel and takes {address} before any module is loaded',
      summary:
        '{reason} Neither softdep nor blacklist bears on a driver that is built in. Move the device by its address later in the boot, or leave it to libvirt (managed) or Proxmox when the guest starts.',
      proof:
        "A driver link to a host driver whose module is in the kernel's list of built-in ones or that has no module, and the id listed.",
      ruledOut: 'The function on vfio-pci, or a host driver that is a module.',
      explains: [...EXPLAINS, 'softdep-of-builtin', 'blacklist-not-heeded'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: [
        'modules.builtin',
        'drivers/base/module.c: module_add_driver',
        'drivers/Makefile',
        'modprobe.d(5)',
        'Documentation/ABI/testing/sysfs-bus-pci: driver_override',
      ],
    },
    'bind-too-late-not-loaded': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'Nothing loaded vfio-pci, so the id {id} of {address} was never used',
      summary:
        'ids are read when vfio-pci is loaded, and listing them loads nothing. It was not loaded in this boot, so {driver} has the device. {reason}',
      proof: 'The id listed, and vfio_pci among the loadable modules, not among the loaded ones.',
      ruledOut: 'vfio_pci loaded or built in.',
      explains: EXPLAINS,
      remedy: [{ do: 'bind-at-boot', addresses: '{address}', ids: '{id}' }],
      sources: ['modprobe.d(5): options', 'drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids'],
    },
    'ids-not-read-by-builtin': {
      severity: 'warn',
      family: 'parameter-not-applied',
      title: 'vfio-pci is built in here and reads no modprobe.d, so {id} was not given to it',
      summary:
        'Options of modprobe.d reach modules alone. A built-in vfio-pci takes its ids from the kernel command line, where {id} is missing.',
      proof: 'vfio_pci among the built-in modules, the id in modprobe.d, and no such id on the running command line.',
      ruledOut: 'The id on the command line, or vfio_pci a module.',
      explains: EXPLAINS,
      remedy: [{ do: 'bind-at-boot', addresses: '{address}', ids: '{id}' }],
      sources: ['modprobe.d(5)', 'kernel/params.c: parse_args', 'modules.builtin'],
    },
    'not-rebooted': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'The host has not been restarted since {path} was changed',
      summary:
        '{path} was changed after this boot began. Modules read such files as they are loaded, so {addresses} went to {drivers} by what was written before. {reason} Restart the host before you change anything else.',
      proof:
        'The ids, or what has vfio-pci loaded first, in a file that is younger than this boot, and an initramfs that is younger still or has no part in it.',
      ruledOut: 'Files older than this boot, or an initramfs older than the files, which is to be rebuilt first.',
      explains: [...EXPLAINS, 'bind-too-late', 'bind-too-late-not-loaded', 'blacklist-not-heeded'],
      remedy: [{ do: 'reboot' }],
      binds: true,
      sources: ['fs/proc/stat.c: btime', 'modprobe.d(5)', 'update-initramfs(8)', 'dracut(8)', 'mkinitcpio(8)'],
    },
    'override-too-late': {
      severity: 'warn',
      family: 'bind-too-late',
      title: '{address} is reserved for {override}, and {driver} still has it',
      summary:
        'driver_override acts when a device is probed next. It was written after {driver} had taken the device, and takes nothing away; the device must be let go and probed again.',
      proof: 'driver_override names a VFIO driver, and the driver link a host driver.',
      ruledOut: 'The function on that driver, or driver_override "(null)".',
      explains: EXPLAINS,
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: [
        'Documentation/ABI/testing/sysfs-bus-pci: driver_override',
        'drivers/pci/pci-driver.c: pci_match_device',
      ],
    },
  },
  judge(facts, scope) {
    if (inDom0(facts)) return { kind: 'skip', because: DOM0_SKIP }
    const pci = facts.pci.value
    const hits: Hit<Code>[] = []
    const done: string[] = []
    const waiting: Waiting[] = []
    const missing: Missing[] = []
    for (const [address, reason] of scope.candidates) {
      const fn = findFunction(pci, address)
      if (fn === undefined || isBridge(fn) === true) continue
      const ids = idsFor(fn, facts)
      if (onVfio(fn) === true && ids.length > 0) done.push(address)
      if (onHostDriver(fn) !== true) continue
      // Of twins of which vfio-pci has one, the other may be meant to stay.
      const twin = pci.functions.some((one) => onVfio(one) === true && ids.some((id) => matching([one], id).length > 0))
      // So is what the host runs on: its id is listed by mistake, or for a twin.
      const kept = twin || keptByHost(fn, pci.functions, ids)
      if (kept && !wishedFor(reason)) continue
      const awaiting = awaitsRestart(fn, facts)
      const hit = judgeOne(fn, facts, awaiting)
      if (hit === 'untold') missing.push(whyGivenBack(fn, facts))
      if (hit === undefined || hit === 'untold') continue
      const managed = isManaged(address, facts)
      hits.push(managed ? { ...hit, severity: 'info' } : hit)
      if (awaiting !== undefined && hit.code !== 'override-too-late') waiting.push({ fn, managed, awaiting })
    }
    hits.push(...notRebooted(waiting))
    const [untold, ...others] = missing
    if (untold !== undefined) return concludeWith(hits, [untold, ...others])
    if (hits.length === 0 && done.length > 0) {
      return {
        kind: 'pass',
        evidence: [
          { source: '/sys/bus/pci/devices/*/driver', saw: `listed by id and on a VFIO driver: ${done.join(', ')}` },
        ],
      }
    }
    return concludeOutput(hits, 'no device on a host driver is listed for vfio-pci')
  },
})

function judgeOne(fn: PciFunction, facts: Uses, awaiting: Awaiting | undefined): Hit<Code> | 'untold' | undefined {
  const { address } = fn
  const driver = valueOf(fn.driver) ?? ''
  const override = valueOf(fn.driverOverride) ?? null
  const ids = idsFor(fn, facts)
  const values = { address, driver, id: idOf(fn) ?? '', override: override ?? '', what: describe(fn) }
  const link: Evidence = { source: sysfs(address, 'driver'), saw: driver, wanted: 'vfio-pci' }
  const listed = ids.map((one): Evidence => ({ source: one.source, saw: `ids lists ${one.text}` }))
  const hit = (code: Code, reason: string, more: readonly Evidence[], sure: boolean): Hit<Code> => {
    const evidence: NonEmpty<Evidence> = [link, ...listed, ...more]
    const base = { code, subject: { kind: 'device', address } as const, values: { ...values, reason }, evidence }
    return sure ? base : { ...base, confidence: 'likely' }
  }
  if (override !== null && isVfioDriver(override))
    return hit('override-too-late', '', [{ source: sysfs(address, 'driver_override'), saw: override }], true)
  if (ids.length === 0 || cameFirst(address, facts)) return undefined
  const vfio = moduleState(facts, 'vfio_pci')
  // Then the kernel has none to be early or late.
  if (vfio === 'missing') return undefined
  const built = (name: string): Evidence => ({ source: facts.modules.source, saw: `${name} is built in` })
  if (vfio === 'builtin') {
    if (!ids.some((one) => onCommandLine(one, facts)))
      return hit('ids-not-read-by-builtin', '', [built('vfio_pci')], facts.commandLine.state === 'known')
    const course = builtInCourse(fn, facts)
    if (course !== 'built-in-before') return course === 'untold' ? course : undefined
    const both = 'vfio-pci is built in too, and is started after the drivers of graphics cards, disks and networks.'
    return hit('bind-too-late-builtin', both, [hostBuilt(fn, facts), built('vfio_pci')], true)
  }
  if (heldByBuiltIn(fn, facts) === true)
    return hit('bind-too-late-builtin', 'vfio-pci is a module, so it comes after.', [hostBuilt(fn, facts)], true)
  const reason = whyLate(fn, facts, awaiting)
  if (vfio === 'loadable')
    return hit(
      'bind-too-late-not-loaded',
      reason.text,
      [{ source: facts.modules.source, saw: 'no vfio_pci' }],
      reason.inferred !== true,
    )
  const added = idsGiven(fn, facts)
  // Only where the log shows its order is it read, and not inferred, who came first.
  const before = linesOf(driver, address, facts.kernelLog).find((one) => one.line < (added[0]?.line ?? 0))
  const log: Evidence[] =
    before === undefined ? [] : [{ source: `${facts.kernelLog.source}, line ${before.line}`, saw: before.text }]
  const seen = [...log, ...added.slice(0, 1).map(logEvidence), ...reason.evidence]
  return hit('bind-too-late', reason.text, seen, before !== undefined && vfio === 'loaded')
}

/** By the list of what is built in, else by the driver that has no module. */
function hostBuilt(fn: PciFunction, facts: Pick<Uses, 'modules'>): Evidence {
  const module = moduleHolding(fn)
  if (moduleState(facts, module) === 'builtin') return { source: facts.modules.source, saw: `${module} is built in` }
  return { source: fn.driverModule.source, saw: 'no such link: the driver is built in' }
}

/** vfio-pci was in time: it refused the function, or this boot's log has a line of it as the driver, and it gave it back since. */
function cameFirst(address: string, { kernelLog, messages }: Pick<Uses, 'kernelLog' | 'messages'>): boolean {
  if (probeErrors(messages).some((one) => one.address === address && isVfioDriver(one.driver))) return true
  // A post may hold lines of several boots.
  return !kernelLog.source.startsWith('paste') && linesOf('vfio-pci', address, kernelLog).length > 0
}

/** What a driver said of a function that it has or tries (drivers/base/core.c: dev_printk puts its name in front). */
function linesOf(driver: string, address: string, log: Uses['kernelLog']): readonly LogLine[] {
  return (valueOf(log)?.lines ?? []).filter((one) => one.text.startsWith(`${driver} ${address}: `))
}

function isManaged(address: string, facts: Pick<Uses, 'guests'>): boolean {
  return (valueOf(facts.guests) ?? []).some((guest) =>
    guest.hostDevices.some((one) => one.address === address && (one.managed === true || guest.manager === 'proxmox')),
  )
}
