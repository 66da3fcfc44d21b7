import { defineCheck, type AnyCheck, type Hit, type Subject } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { changedSinceBoot, timesKnown } from '../../src/rules/awaits-restart.ts'
import { bearsOnModules } from '../../src/rules/bears-on.ts'
import { blacklisted, onceEach } from '../../src/rules/blacklists.ts'
import { OFTEN_BUILT_IN } from '../../src/rules/boot-binding.ts'
import { globMatches } from '../../src/rules/glob.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { moduleHolding as driverModule } from '../../src/rules/driver-module.ts'
import { mendedBlacklist, withoutModules } from '../../src/rules/mended-blacklist.ts'
import { isActive, moduleState } from '../../src/rules/modules.ts'
import { lastParameter, parametersNamed } from '../../src/rules/parameters.ts'
import { findFunction, onHostDriver, sysfs } from '../../src/rules/pci.ts'

type Code =
  | 'blacklist-glob'
  | 'blacklist-not-heeded'
  | 'blacklist-of-vfio'
  | 'module-blacklist-dash'
  | 'softdep-of-builtin'

export const check: AnyCheck = defineCheck({
  id: 'driver-order',
  area: 'modules',
  title: 'What is written to hold host drivers back does so',
  needs: [],
  uses: ['modprobe', 'commandLine', 'modules', 'pci', 'initramfs', 'environment'],
  problems: {
    'blacklist-glob': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'A blacklist line takes no pattern: {module} blacklists nothing',
      summary:
        'modprobe compares the name letter for letter, so {module} fits no module. softdep does take patterns, and leaves the driver to the other devices of the host.',
      proof: 'A blacklist line of modprobe.d with *, ? or [ in the name.',
      ruledOut: 'Plain module names.',
      explains: ['device-on-host-driver'],
      remedy: [
        { do: 'advise', say: 'Name each module in {place} on a line of its own, or have vfio-pci loaded first.' },
      ],
      sources: ['libkmod/libkmod-module.c: kmod_module_apply_filter', 'modprobe.d(5)'],
    },
    'blacklist-not-heeded': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{module} is blacklisted and has {address} all the same',
      summary: 'blacklist only keeps modprobe from choosing a module by the ids of a device. {how}',
      proof: 'A blacklist line for the module, and the driver link of the function.',
      ruledOut: 'The function on another driver.',
      explains: ['device-on-host-driver'],
      remedy: [{ do: 'bind-at-boot', addresses: '{address}', ids: '{id}' }],
      sources: ['modprobe.d(5): blacklist', 'modules.builtin'],
    },
    'blacklist-of-vfio': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: '{module} is blacklisted on this host',
      summary: 'libvirt refuses to load a blacklisted driver, and nothing loads it at boot by itself.',
      proof: 'A blacklist line for a VFIO module, or its name in a blacklist on the command line.',
      ruledOut: 'No such line.',
      explains: ['vmm-module-blacklisted', 'vfio-pci-not-loaded', 'device-on-host-driver'],
      remedy: [{ do: 'advise', say: 'Take it out of the blacklist in {place}, and rebuild the initramfs.' }],
      sources: ['modprobe.d(5): blacklist', 'kernel/module/main.c: blacklisted'],
    },
    'module-blacklist-dash': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'module_blacklist wants underscores: {module} is the name of no module',
      summary:
        'For this parameter the kernel compares names byte for byte, and modules are called with underscores. {module} blocks nothing. {how}',
      proof: 'A name with a dash in module_blacklist on the running command line.',
      ruledOut: 'Underscores, or the parameter modprobe.blacklist, where both are the same.',
      explains: ['device-on-host-driver'],
      remedy: [{ do: 'set-kernel-parameter', parameter: '{fixed}', without: '{parameter}' }],
      sources: ['kernel/module/main.c: blacklisted'],
    },
    'softdep-of-builtin': {
      severity: 'warn',
      family: 'bind-too-late',
      title: 'A softdep on {module} does nothing where {module} is built into the kernel',
      summary:
        'softdep orders modules as they are loaded, and a built-in driver is never loaded: it takes its devices before the initramfs starts. {how}',
      proof: 'A softdep line of modprobe.d for a driver in the list of built-in modules.',
      ruledOut: 'The driver among the loaded or loadable modules.',
      explains: ['device-on-host-driver'],
      remedy: [
        {
          do: 'advise',
          say: 'Hand the device over by its address once the host is up (driver_override, driverctl), or leave it to libvirt (managed) or Proxmox when the guest starts.',
        },
      ],
      sources: [
        'modprobe.d(5): softdep',
        'modules.builtin',
        'Documentation/ABI/testing/sysfs-bus-pci: driver_override',
      ],
    },
  },
  judge(facts, scope) {
    const directives = valueOf(facts.modprobe)?.directives ?? []
    const line = valueOf(facts.commandLine)
    const pci = valueOf(facts.pci)
    const host: Subject = { kind: 'host' }
    const hits: Hit<Code>[] = []
    const black = blacklisted(facts)
    const held = [...scope.candidates.keys()].flatMap((address) => {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      return fn !== undefined && onHostDriver(fn) === true ? [fn] : []
    })
    /** The words that name VFIO go out of the command line, or the line of the file. */
    const outOfLine = (source: string, name: string): Pick<Hit, 'remedy'> => {
      if (line === undefined || source !== facts.commandLine.source) return {}
      const remedy = parametersNamed(line, name).flatMap((one) => withoutModules(one, VFIO))
      return remedy.length === 0 ? {} : { remedy }
    }
    for (const { module, source, places, early } of onceEach(black)) {
      const evidence = [{ source, saw: `blacklist ${module}` }] as const
      if (/[*?[]/.test(module)) {
        const values = { module, place: source }
        const bearing = bearsOnModules(facts, (name) => globMatches(module, name))
        const hit: Hit<Code> = { code: 'blacklist-glob', subject: host, values, evidence, ...bearing }
        // Where no wanted device is on such a driver, nothing hangs on it.
        const matters = held.some((fn) => globMatches(module, driverModule(fn)))
        hits.push(matters ? hit : { ...hit, severity: 'info' })
        continue
      }
      // Loaded all the same, or built in: then libvirt has nothing to load.
      if (VFIO.test(module) && early !== true && isActive(moduleState(facts, module)) !== true)
        hits.push({
          code: 'blacklist-of-vfio',
          subject: host,
          values: { module, place: places },
          evidence,
          ...outOfLine(source, 'modprobe.blacklist'),
        })
      for (const fn of held.filter((one) => driverModule(one) === module)) {
        const builtin = moduleState(facts, module) === 'builtin'
        const late = !builtin && changedSinceBoot(source, facts) !== undefined
        const cause = late
          ? 'The file was changed after this boot began, so the line may not have been there when this one was loaded.'
          : 'This one was loaded by its name, as a dependency, or in an initramfs without that line.'
        const how = builtin
          ? 'This one is built into the kernel and is never loaded. Reserve the device by its address, for when the host is up.'
          : `${cause} Have vfio-pci loaded before it, or reserve the device by its address.`
        const driver = valueOf(fn.driver) ?? ''
        const id = `${valueOf(fn.vendorId)}:${valueOf(fn.deviceId)}`
        hits.push({
          ...(late ? { confidence: 'possible' } : builtin || timesKnown(facts) ? {} : { confidence: 'likely' }),
          code: 'blacklist-not-heeded',
          subject: { kind: 'device', address: fn.address },
          values: { module, address: fn.address, how, id },
          evidence: [...evidence, { source: sysfs(fn.address, 'driver'), saw: driver }],
        })
      }
    }
    // The last one counts (core_param in kernel/module/main.c, param_set_charp).
    const barred = line === undefined ? undefined : lastParameter(line, 'module_blacklist')
    for (const module of (barred?.value ?? '').split(',')) {
      const wanted = module.replaceAll('-', '_')
      const values = { module, place: facts.commandLine.source }
      const evidence = [{ source: facts.commandLine.source, saw: `module_blacklist=…${module}` }] as const
      if (barred !== undefined && module.includes('-')) {
        const bearing = bearsOnModules(facts, (name) => name === wanted)
        hits.push({
          code: 'module-blacklist-dash',
          subject: host,
          evidence,
          ...bearing,
          ...mendedBlacklist(barred, module, VFIO),
        })
      } else if (VFIO.test(module) && isActive(moduleState(facts, module)) !== true)
        hits.push({
          code: 'blacklist-of-vfio',
          subject: host,
          values,
          evidence,
          ...outOfLine(facts.commandLine.source, 'module_blacklist'),
        })
    }
    for (const one of directives) {
      if (one.kind !== 'softdep' || !one.pre.some((name) => name.startsWith('vfio'))) continue
      const state = moduleState(facts, one.module)
      const guess = state === undefined && OFTEN_BUILT_IN.has(one.module)
      if (state !== 'builtin' && !guess) continue
      const source = `${one.path}:${one.line}`
      const about = held.filter((fn) => driverModule(fn) === one.module || valueOf(fn.driver) === one.module)
      const how = guess ? 'Many distributions build this one in; whether this kernel does could not be told.' : ''
      const evidence = [{ source, saw: `softdep ${one.module} pre: ${one.pre.join(' ')}` }] as const
      const hit: Hit<Code> = {
        code: 'softdep-of-builtin',
        subject: host,
        values: { module: one.module, how },
        evidence,
        ...bearsOnModules(facts, (name) => name === one.module),
      }
      // Where no wanted device is on that driver, the line is a harmless leftover.
      const idle = about.length === 0 && (!guess || pci?.complete === true)
      const told: Hit<Code> = guess ? { ...hit, confidence: 'possible' } : hit
      hits.push(idle ? { ...told, severity: 'info' } : told)
    }
    const [first] = black
    if (hits.length === 0 && first !== undefined && facts.modules.state === 'known')
      return { kind: 'pass', evidence: [{ source: first.source, saw: `blacklist ${first.module}` }] }
    return concludeOutput(hits, 'nothing that is shown holds a host driver back')
  },
})

const VFIO = /^vfio(?:_pci(?:_core)?|_iommu_type1)?$/
