import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { kvmPart } from '../../src/rules/kvm.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { isActive, moduleState, servesGuests } from '../../src/rules/modules.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { evidenceOf } from '../../src/rules/raise.ts'

type Code =
  | 'module-not-found'
  | 'module-not-vital'
  | 'kvm-part-of-other-cpu'
  | 'module-name-unknown'
  | 'module-unfit'
  | 'module-held'
  | 'module-built-in'
  | 'install-line-failed'
  | 'modprobe-not-in-path'
  | 'insmod-by-name'

/** Modules that a host for guests loads by name; what is called otherwise is a slip, or somebody's own. */
const NAMES: ReadonlySet<string> = new Set([
  'vfio',
  'vfio_pci',
  'vfio_pci_core',
  'vfio_iommu_type1',
  'vfio_platform',
  'vfio_mdev',
  'vfio_virqfd',
  'iommufd',
  'kvm',
  'kvm_intel',
  'kvm_amd',
  'mdev',
  'kvmgt',
])

/** Without these no device is passed through. */
const VITAL = /^(?:vfio|vfio_pci|vfio_pci_core|vfio_iommu_type1|kvm|kvm_intel|kvm_amd)$/

export const check: AnyCheck = defineCheck({
  id: 'modprobe-errors',
  area: 'modules',
  title: 'modprobe did what it was asked for',
  needs: [],
  uses: ['messages', 'modules', 'attempts', 'cpu', 'kernel', 'pci'],
  problems: {
    'module-not-found': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'There is no module {module} below {path}',
      summary:
        'modprobe looked for it among the modules of the running kernel. Either that kernel was replaced by an update and not restarted into, or it comes without the module: cloud and minimal kernels leave it out, and some distributions keep it in a package of its own.',
      proof: 'modprobe saying that the module is not found in the directory of a kernel.',
      ruledOut: 'The module loaded or built in now.',
      explains: ['vfio-node-missing', 'vmm-module-missing', 'override-without-driver'],
      remedy: [{ do: 'install-kernel-modules', modules: '{module}' }],
      blocks: 'machine',
      sources: ['modprobe(8)', 'drivers/vfio/Kconfig'],
    },
    'module-not-vital': {
      severity: 'info',
      family: 'healthy',
      title: 'There is no module {module} below {path}, and no device passed through as a whole needs it',
      summary:
        'mdev, vfio_mdev and kvmgt serve parts of a split device alone, and vfio_mdev is gone since Linux 5.19; iommufd is another way to what vfio_iommu_type1 does, and drivers such as mlx5_vfio_pci add to vfio-pci what live migration takes.',
      proof: 'modprobe saying that one of these modules is not found.',
      ruledOut: 'A guest with a part of a device (mdev), or one that is to use iommufd.',
      remedy: [{ do: 'advise', say: 'Take the name out of the script or the list that asks for it.' }],
      sources: ['modprobe(8)', 'drivers/vfio/Kconfig', 'drivers/vfio/mdev/Kconfig'],
    },
    'kvm-part-of-other-cpu': {
      severity: 'info',
      family: 'healthy',
      title: 'There is no module {module} below {path}, and it is not for this CPU',
      summary:
        'kvm_intel and kvm_amd are the parts of KVM for x86, each for the CPUs of one maker. A host with another CPU runs its guests without them.',
      proof:
        'modprobe saying that one of the two is not found, and a CPU of the other maker or of another architecture.',
      ruledOut: 'A CPU of the maker that the module is for.',
      remedy: [{ do: 'advise', say: 'Take the name out of the script or the list that asks for it.' }],
      sources: ['arch/x86/kvm/Makefile', 'modprobe(8)'],
    },
    'module-name-unknown': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'No kernel has a module called {module}',
      summary:
        'The modules of VFIO are called vfio, vfio-pci and vfio_iommu_type1; the dash and the underscore are the same.',
      proof: 'modprobe saying that a module with vfio or kvm in its name is not found, which no kernel has.',
      ruledOut: 'A name of the list in the kernel source.',
      remedy: [{ do: 'load-module', modules: 'vfio-pci' }],
      sources: ['modprobe(8)', 'drivers/vfio/Makefile', 'drivers/vfio/pci/Makefile'],
    },
    'module-unfit': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'The module {module} does not fit the running kernel',
      summary:
        'The kernel found a symbol or an option in it that it does not know. The module is of another build, or was loaded alone, without those that it needs; modprobe loads them along, insmod does not.',
      proof: 'modprobe or insmod saying "Unknown symbol in module".',
      ruledOut: 'The module loaded now.',
      explains: ['vmm-module-missing', 'vfio-node-missing'],
      remedy: [{ do: 'install-kernel-modules', modules: '{module}' }],
      sources: ['modprobe(8)', 'kernel/module/main.c: simplify_symbols'],
    },
    'module-held': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{module} cannot be unloaded, because something uses it',
      summary:
        'A program has a device of that driver open, or another module needs it. A graphics driver is held by the display manager, the console and background services. A device need not lose its driver as a whole: vfio-pci can take the one device.',
      proof: 'modprobe saying that the module is in use.',
      ruledOut: 'The module not loaded now.',
      remedy: [
        {
          do: 'stop-user',
          what: 'What holds {module}: the display manager, sound servers, background services of the vendor',
        },
        {
          do: 'advise',
          say: 'For a graphics card, bind it to vfio-pci at boot in place of unloading its driver later.',
        },
      ],
      blocks: 'machine',
      sources: ['modprobe(8)', 'kernel/module/main.c: delete_module, try_stop_module'],
    },
    'module-built-in': {
      severity: 'info',
      family: 'healthy',
      title: '{module} is built into the kernel: it cannot be unloaded, and need not be loaded',
      summary:
        'It is always there. Its options are given on the kernel command line, and neither softdep nor blacklist bears on it.',
      proof: 'modprobe saying that the module is builtin.',
      ruledOut: 'No such answer.',
      remedy: [{ do: 'nothing', why: 'The driver is there.' }],
      sources: ['modprobe(8)', 'modules.builtin'],
    },
    'install-line-failed': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: 'A command of modprobe.d that stands in for loading {module} failed',
      summary:
        'An install line has modprobe run a command in place of loading the module. The command ended with an error, so the module was not loaded, or not as it was meant.',
      proof: 'modprobe saying that the command for the module failed.',
      ruledOut: 'No such answer.',
      explains: ['vfio-pci-not-loaded'],
      remedy: [{ do: 'show', what: 'modprobe-configuration' }],
      sources: ['modprobe.d(5): install'],
    },
    'modprobe-not-in-path': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'A script could not find modprobe, so it loaded no module',
      summary:
        'The script runs with a PATH that lacks the directory of modprobe (sbin, or the package kmod), as units of systemd and cron jobs do. The modules that it was to load are not there.',
      proof: 'A shell saying that the command modprobe is not found.',
      ruledOut: 'The modules loaded now.',
      explains: ['vfio-pci-not-loaded', 'vfio-node-missing', 'vmm-module-missing'],
      remedy: [
        { do: 'load-module', modules: 'vfio-pci' },
        { do: 'advise', say: 'Give the unit or script the PATH that has modprobe, or its full path.' },
      ],
      blocks: 'machine',
      sources: ['systemd.exec(5): environment', 'modprobe(8)'],
    },
    'insmod-by-name': {
      severity: 'warn',
      family: 'vfio-module-missing',
      title: 'insmod does not load {module} by its name: it takes the path of a file',
      summary:
        'insmod hands one file to the kernel, and loads nothing of what that module needs. modprobe finds the file of the running kernel by the name, loads what it needs first, and heeds modprobe.d.',
      proof: 'insmod saying that it could not load a module that was given by its name, or such a command.',
      ruledOut: 'The module loaded now, or the path of a file behind insmod.',
      explains: ['vfio-pci-not-loaded', 'vfio-node-missing', 'override-without-driver', 'write-path-no-vfio'],
      remedy: [{ do: 'load-module', modules: '{module}' }],
      blocks: 'machine',
      sources: ['kmod tools/insmod.c: kmod_module_new_from_path', 'insmod(8)'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = []
    const host = { kind: 'host' } as const
    const add = (code: Code, module: string, evidence: NonEmpty<Evidence>, path = '', sure = true): void => {
      if (hits.some((one) => one.code === code && one.values?.['module'] === module)) return
      const found: Hit<Code> = { code, subject: host, values: { module, path }, evidence }
      const base: Hit<Code> = sure ? found : { ...found, confidence: 'likely' }
      const name = module.replaceAll('-', '_')
      const state = moduleState(facts, name)
      // There by now: then it was mended since.
      const mended = code === 'module-not-found' ? state !== undefined && state !== 'missing' : isActive(state) === true
      hits.push(code !== 'module-held' && mended ? { ...base, severity: 'info' } : base)
    }
    const part = kvmPart(facts)
    for (const hit of messagesWith(facts.messages, 'km-notfound')) {
      const module = hit.values['module'] ?? 'the module'
      const name = module.replaceAll('-', '_')
      const known = NAMES.has(name) || name.endsWith('_vfio_pci')
      // vfio_virqfd is told by itself, and modules for other purposes are not our business.
      if (name === 'vfio_virqfd' || (!known && !/vfio|kvm/.test(name))) continue
      if (/^kvm_(?:intel|amd)$/.test(name) && part !== undefined && part !== name) {
        add('kvm-part-of-other-cpu', module, [logEvidence(hit)], hit.values['path'] ?? 'its directory')
        continue
      }
      const code: Code = !known ? 'module-name-unknown' : VITAL.test(name) ? 'module-not-found' : 'module-not-vital'
      add(code, module, [logEvidence(hit)], hit.values['path'] ?? 'its directory')
    }
    for (const hit of messagesWith(facts.messages, 'km-unknown-sym', 'module-not-inserted')) {
      const unfit = hit.id === 'km-unknown-sym' || /Unknown symbol|Exec format|Invalid module format/.test(hit.text)
      const module = hit.values['module'] ?? 'the module'
      // Drivers that are built on this host, for the host itself, are another matter.
      if (unfit && servesGuests(module)) add('module-unfit', module, [logEvidence(hit)])
    }
    for (const [id, code] of [
      ['km-inuse', 'module-held'],
      ['km-builtin', 'module-built-in'],
      ['km-inst-err', 'install-line-failed'],
    ] as const) {
      for (const hit of messagesWith(facts.messages, id)) {
        const module = hit.values['module'] ?? 'the module'
        // Hardened hosts bar modules of network protocols and file systems so, on purpose.
        if (code !== 'install-line-failed' || servesGuests(module)) add(code, module, evidenceOf([hit]))
      }
    }
    // delete_module answers EWOULDBLOCK, which is EAGAIN, where the module is used or others depend on it.
    for (const hit of messagesWith(facts.messages, 'module-not-removed')) {
      if (hit.values['error'] === 'EAGAIN') add('module-held', hit.values['module'] ?? 'the module', evidenceOf([hit]))
    }
    for (const hit of messagesWith(facts.messages, 'km-noload')) {
      const module = hit.values['module'] ?? ''
      if (VITAL.test(module.replaceAll('-', '_'))) add('insmod-by-name', module, [logEvidence(hit)])
    }
    for (const { kind, driver, command, line } of valueOf(facts.attempts) ?? []) {
      // The insmod of OpenWrt does take a name.
      if (kind === 'insmod' && driver !== null && VITAL.test(driver.replaceAll('-', '_')))
        add('insmod-by-name', driver, [{ source: `${facts.attempts.source}, line ${line}`, saw: command }], '', false)
    }
    const lost = messagesWith(facts.messages, 'km-no-command')[0]
    if (lost !== undefined) add('modprobe-not-in-path', 'vfio_pci', [logEvidence(lost)])
    return concludeOutput(hits, 'no complaint of modprobe is shown')
  },
})
