import { VFIO_PACKAGES } from '../../knowledge/distributions.ts'
import { UNLOAD_COSTS } from '../../knowledge/host-modules.ts'
import { valueOf } from '../../model/fact.ts'
import type { Step } from '../../model/remedy.ts'
import { parametersNamed } from '../../rules/parameters.ts'
import { count, moduleName, option, parameter, plainText, words } from '../grammar.ts'
import { loadEarly, loadEarlyNoMore } from '../initramfs.ts'
import { dropOption, optionLines } from '../modprobe.ts'
import { optionForGood, optionsByLine } from '../module-option.ts'
import { changeParameters } from '../parameters/index.ts'
import { rebuild } from '../rebuild.ts'
import { appendLine, asRoot, deleteLine, write } from '../shell.ts'
import { type Expansion, type Ground, lines, NIXOS, reboot, step } from '../steps.ts'

const NO_MODULE = 'Which module is meant could not be told.'

export const loadModule: Expansion<'load-module'> = (action, on) => {
  const { platform } = on
  const modules = words(action.modules, moduleName).good
  if (modules.length === 0) return [step(NO_MODULE)]
  const list = modules.join(' ')
  const now = step(`Load ${modules.join(', ')} now.`, {
    run: asRoot(platform, `modprobe -a ${list}`),
    undo: asRoot(platform, `modprobe -r ${list}`),
  })
  const say = 'Have it loaded at each start.'
  if (platform.flavour === 'nixos') {
    const text = `boot.kernelModules = [ ${modules.map((name) => `"${name}"`).join(' ')} ];`
    return [now, step(say, { edit: { path: NIXOS, text } })]
  }
  // OpenRC reads modules-load.d too (openrc/init.d/modules), so one place serves all.
  const path = '/etc/modules-load.d/vfio.conf'
  if (platform.flavour === 'unraid')
    return [now, step(`${say} On Unraid a line \`modprobe -a ${list}\` in /boot/config/go does it.`)]
  return [
    now,
    step(say, {
      run: lines(...modules.map((name) => appendLine(platform, name, path))),
      undo: modules.map((name) => deleteLine(platform, name, path)).join('; '),
    }),
  ]
}

export const unloadModule: Expansion<'unload-module'> = (action, on) => {
  const modules = words(action.modules, moduleName).good
  if (modules.length === 0) return [step(NO_MODULE)]
  const costs = modules.map((name) => UNLOAD_COSTS[name.replaceAll('-', '_')] ?? 'none')
  return [
    step(`Unload ${modules.join(', ')}. "In use" in answer means that something holds it still; \`lsmod\` says what.`, {
      run: asRoot(on.platform, `modprobe -r ${modules.join(' ')}`),
      effect: costs.find((cost) => cost !== 'none') ?? 'none',
      undo: asRoot(on.platform, `modprobe -a ${modules.join(' ')}`),
    }),
  ]
}

export const installKernelModules: Expansion<'install-kernel-modules'> = (action, on) => {
  const { platform } = on
  const modules = words(action.modules, moduleName).good
  const names = modules.length === 0 ? 'the module' : modules.join(', ')
  const { modules: known, os } = on.facts
  // What the packages below add are drivers; KVM comes with the kernel of each distribution.
  const kvm = modules.filter((name) => name.startsWith('kvm'))
  const symbols =
    kvm.length > 0
      ? kvm.map((name) => `CONFIG_${name.replaceAll('-', '_').toUpperCase()}`).join(' and ')
      : 'CONFIG_VFIO_PCI and CONFIG_VFIO_IOMMU_TYPE1'
  const whole = known.state === 'known' && known.value.supported.state === 'known' && !known.value.supported.value
  if (whole) {
    return [
      step(
        `The running kernel has no ${names}, and takes no modules: start a kernel that is built with ${symbols}, such as the one of the distribution.`,
      ),
    ]
  }
  // Those made from Ubuntu have its kernel packages, not those of Debian.
  const ubuntu = platform.system === 'ubuntu' || (os.state === 'known' && os.value.like.includes('ubuntu'))
  if (ubuntu && platform.flavour === 'plain' && kvm.length === 0) {
    return [
      step(`The running kernel has no ${names}. On Ubuntu the package with the rest of the drivers may be missing.`, {
        run: asRoot(platform, 'apt install linux-modules-extra-"$(uname -r)"'),
        undo: asRoot(platform, 'apt remove linux-modules-extra-"$(uname -r)"'),
      }),
    ]
  }
  const way =
    platform.flavour === 'plain' && platform.family !== null && kvm.length === 0 ? VFIO_PACKAGES[platform.family] : null
  if (way !== null) {
    return [
      step(`The running kernel has no ${names}. ${way.why}`, { run: asRoot(platform, way.command) }),
      reboot(on, 'Restart the host into that kernel.'),
    ]
  }
  return [
    step(
      `The running kernel has no ${names}. If a newer kernel was installed since the last start, restarting is enough; else install a kernel that is built with ${symbols}.`,
      { run: 'uname -r\nls /lib/modules' },
    ),
  ]
}

export const setModuleOption: Expansion<'set-module-option'> = (action, on) => {
  const module = moduleName(action.module)
  const text = option(action.option)
  if (/noiommu/.test(action.option)) {
    return [
      step('Leave no-IOMMU mode off: a device cannot be assigned to a virtual machine in it. It needs the IOMMU.'),
    ]
  }
  if (module === null || text === null) {
    return [step(`Give the module this option by hand: ${plainText(`${action.module} ${action.option}`)}`)]
  }
  const first = optionForGood(`Give ${module} the option ${text}, from when it is loaded next.`, module, text, on)
  if (optionsByLine(module, on)) return first
  return [...first, reboot(on, 'Restart the host, or unload the module and load it again.')]
}

export const removeModuleOption: Expansion<'remove-module-option'> = (action, on) => {
  const module = moduleName(action.module)
  const text = option(action.option)
  if (module === null || text === null) {
    return [step(`Take this option of the module out by hand: ${plainText(`${action.module} ${action.option}`)}`)]
  }
  const say = `Take the option ${text} of ${module} out of modprobe.d.`
  const onLine = givenOnLine(module, text, on)
  if (onLine.length > 0) {
    const filed = optionLines(module, on)?.some(({ options }) => options.some((one) => isOption(one, text)))
    const drop = filed === true ? [dropOption(say, module, text, on), ...rebuild(on)] : []
    return [...drop, ...changeParameters({ add: [], remove: onLine }, on)] as [Step, ...Step[]]
  }
  const also =
    on.facts.commandLine.state === 'known'
      ? ''
      : ` (It can stand on the kernel command line too, as ${module}.${text}.)`
  return [
    dropOption(`${say}${also}`, module, text, on),
    ...rebuild(on),
    reboot(on, 'Restart the host, or unload the module and load it again.'),
  ]
}

/** The words of the running command line that give a module this option (a name alone: with any value). */
function givenOnLine(module: string, text: string, on: Ground): readonly string[] {
  const line = valueOf(on.facts.commandLine)
  if (line === undefined) return []
  const given = parametersNamed(line, `${module}.${text.split('=', 1)[0] ?? ''}`)
  const meant = given.filter((one) => isOption([text.split('=', 1)[0] ?? '', one.value ?? ''], text))
  return [...new Set(meant.flatMap((one) => parameter(one.text) ?? []))]
}

function isOption([name, value]: readonly [string, string], text: string): boolean {
  return text.includes('=') ? `${name}=${value}` === text : name === text
}

export const unsafeInterrupts: Expansion<'unsafe-interrupts'> = ({ module = 'vfio_iommu_type1' }, on) => {
  const risk =
    'A guest that has a device can then send interrupts of its choice to the host, and so disturb or stop it. Only for guests that you trust, and only where interrupt remapping is shown to be missing.'
  const text = 'allow_unsafe_interrupts=1'
  const path = `/sys/module/${module}/parameters/allow_unsafe_interrupts`
  return [
    step(
      'The last resort, where the firmware cannot give interrupt remapping: let vfio work without it, until the next start.',
      {
        run: lines(asRoot(on.platform, `modprobe ${module}`), write(on.platform, '1', path)),
        undo: write(on.platform, '0', path),
        risk,
      },
    ),
    ...optionForGood('Keep it for the next starts.', module, text, on),
  ]
}

export const setType1EntryLimit: Expansion<'set-type1-entry-limit'> = (action, on) => {
  const entries = count(action.entries)
  if (entries === null)
    return [step('Raise dma_entry_limit of vfio_iommu_type1 above the number of mappings that the guest needs.')]
  const path = '/sys/module/vfio_iommu_type1/parameters/dma_entry_limit'
  return [
    step('Raise the number of mappings that a guest may have; it counts for guests started from now on.', {
      run: write(on.platform, entries, path),
      undo: write(on.platform, '65535', path),
    }),
    ...optionForGood('Keep it for the next starts.', 'vfio_iommu_type1', `dma_entry_limit=${entries}`, on),
  ]
}

export const rebuildInitramfs: Expansion<'rebuild-initramfs'> = (_action, on) => rebuild(on)

export const addInitramfsModules: Expansion<'add-initramfs-modules'> = (action, on) => {
  const modules = words(action.modules, moduleName).good
  if (modules.length === 0) return [step(NO_MODULE)]
  return loadEarly(modules, on)
}

export const removeInitramfsModules: Expansion<'remove-initramfs-modules'> = (action, on) => {
  const modules = words(action.modules, moduleName).good
  if (modules.length === 0) return [step(NO_MODULE)]
  const { platform } = on
  const told = action.tool !== undefined && platform.initramfs === null
  return loadEarlyNoMore(modules, told ? { ...on, platform: { ...platform, initramfs: action.tool } } : on)
}
