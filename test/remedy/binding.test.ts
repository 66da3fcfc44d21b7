import { describe, expect, test } from 'vitest'
import { known } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { expand } from '../../src/remedy/index.ts'
import { BLANK, builtin, facts, fn, ids, pci, PLATFORMS, runs, syntaxCheck } from './support.ts'

const ubuntu = PLATFORMS['ubuntu']!
const proxmox = PLATFORMS['proxmox, grub']!
const k = <T>(value: T): { state: 'known'; value: T; source: string } => known(value, 'test')

const GPU = fn('0000:01:00.0', {
  ...ids('10de', '1b80'),
  class: k(0x030000),
  headerType: k(0),
  driver: k('nouveau'),
  kernelModules: k(['nouveau', 'nvidiafb']),
})
const SOUND = fn('0000:01:00.1', {
  ...ids('10de', '10f0'),
  class: k(0x040300),
  headerType: k(0),
  driver: k('snd_hda_intel'),
  kernelModules: k(['snd_hda_intel']),
})
const BRIDGE = fn('0000:00:01.0', {
  ...ids('8086', '1901'),
  class: k(0x060400),
  headerType: k(1),
  driver: k('pcieport'),
})
const NIC = fn('0000:05:00.0', { ...ids('8086', '1533'), class: k(0x020000), headerType: k(0), driver: k(null) })

function withPci(functions: readonly PciFunction[], more: Partial<Facts> = {}, complete = true): Facts {
  return facts({ pci: pci(functions, complete), ...more })
}

function modprobe(path: string, module: string, options: readonly (readonly [string, string])[]): Facts['modprobe'] {
  return k({ directives: [{ kind: 'options' as const, path, line: 1, module, options }], ignored: [], loadAtBoot: [] })
}

function commandLine(...texts: readonly string[]): Facts['commandLine'] {
  const parameters = texts.map((text) => {
    const [name, ...value] = text.split('=')
    return { text, name: name ?? '', value: value.length === 0 ? null : value.join('=') }
  })
  return k({ raw: texts.join(' '), parameters })
}

describe('softdeps name modules, not drivers', () => {
  const sound = (more: Partial<PciFunction>): string => {
    const one = fn('0000:00:1f.3', { ...SOUND, address: '0000:00:1f.3', driver: k('sof-audio-pci-intel-tgl'), ...more })
    const action = { do: 'bind-at-boot', addresses: one.address, ids: '10de:10f0' } as const
    return JSON.stringify(expand(action, ubuntu, withPci([one])))
  }

  test('by the link of the driver', () => {
    const script = sound({ driverModule: k('snd_sof_pci_intel_tgl'), kernelModules: k(['snd_hda_intel']) })
    expect(script).toContain('softdep snd_sof_pci_intel_tgl pre: vfio-pci')
    expect(script).not.toContain('softdep sof_audio')
  })

  test('by what claims the device, where there is no link', () => {
    const script = sound({ kernelModules: k(['snd_hda_intel']) })
    expect(script).toContain('softdep snd_hda_intel pre: vfio-pci')
    expect(script).not.toContain('softdep sof_audio')
  })

  test('none where no list has such a module, and that is said', () => {
    const one = fn('0000:00:1f.3', { ...SOUND, address: '0000:00:1f.3', driver: k('oddity'), kernelModules: k([]) })
    const lists = known(
      {
        loaded: k(['nouveau']),
        builtin: known(['ahci'], 'modules.builtin'),
        loadable: k(['vfio_pci']),
        supported: k(true),
        locked: k(false),
        parameters: {},
        directory: k(true),
      },
      'test',
    )
    const action = { do: 'bind-at-boot', addresses: one.address, ids: '10de:10f0' } as const
    const script = JSON.stringify(expand(action, ubuntu, withPci([one], { modules: lists })))
    expect(script).not.toContain('softdep oddity')
    expect(script).toContain('the driver oddity comes from could not be told')
  })
})

describe('bind-now', () => {
  test('in the order that works: load, override, unbind, probe', () => {
    const remedy = expand({ do: 'bind-now', addresses: '0000:01:00.1' }, ubuntu, withPci([SOUND]))
    expect(runs(remedy)).toEqual([
      'sudo modprobe vfio-pci',
      'echo vfio-pci | sudo tee /sys/bus/pci/devices/0000:01:00.1/driver_override',
      'echo 0000:01:00.1 | sudo tee /sys/bus/pci/devices/0000:01:00.1/driver/unbind',
      'echo 0000:01:00.1 | sudo tee /sys/bus/pci/drivers_probe',
      'lspci -nnks 0000:01:00.1',
    ])
    expect(remedy.steps[1]?.undo).toMatch(/^echo \| sudo tee .*driver_override; .*drivers_probe$/)
  })

  test('in a root shell there is no sudo', () => {
    expect(runs(expand({ do: 'bind-now', addresses: '0000:05:00.0' }, proxmox, withPci([NIC])))).toEqual([
      'modprobe vfio-pci',
      'echo vfio-pci > /sys/bus/pci/devices/0000:05:00.0/driver_override',
      'echo 0000:05:00.0 > /sys/bus/pci/drivers_probe',
      'lspci -nnks 0000:05:00.0',
    ])
  })

  test('an unknown driver is let go only if there is one', () => {
    const script = runs(expand({ do: 'bind-now', addresses: '0000:09:00.0' }, ubuntu, BLANK))
    expect(script[2]).toMatch(/^test ! -e .*\/driver \|\| echo 0000:09:00\.0 \| sudo tee .*\/driver\/unbind$/)
  })

  test('a built-in vfio-pci is not loaded', () => {
    const remedy = expand(
      { do: 'bind-now', addresses: '0000:05:00.0' },
      ubuntu,
      withPci([NIC], { modules: builtin(['vfio_pci']) }),
    )
    expect(runs(remedy).join('\n')).not.toContain('modprobe')
  })

  test('a bridge is never bound', () => {
    const remedy = expand({ do: 'bind-now', addresses: '0000:00:01.0 0000:05:00.0' }, ubuntu, withPci([BRIDGE, NIC]))
    expect(runs(remedy).join('\n')).not.toContain('0000:00:01.0')
    expect(remedy.steps.at(-1)?.say).toContain('it is a bridge')
    expect(runs(expand({ do: 'bind-now', addresses: '0000:00:01.0' }, ubuntu, withPci([BRIDGE])))).toEqual([])
  })

  test('what the host loses is said before', () => {
    const disk = fn('0000:02:00.0', {
      driver: k('nvme'),
      headerType: k(0),
      uses: k([{ kind: 'disk' as const, name: 'nvme0n1', inUse: 'mounted at /\u001b[2J', source: 'test' }]),
    })
    const step = expand({ do: 'bind-now', addresses: '0000:02:00.0' }, ubuntu, withPci([disk])).steps[1]
    expect(step).toMatchObject({ effect: 'may-lose-disk', risk: 'The host uses it now: nvme0n1 (mounted at / [2J).' })
    const nvidia = { ...GPU, driver: k('nvidia') }
    const gpu = expand({ do: 'bind-now', addresses: '0000:01:00.0' }, ubuntu, withPci([nvidia])).steps[1]
    expect(gpu?.effect).toBe('may-lose-display')
    expect(gpu?.risk).toContain('hangs')
  })

  test('a short address gets its domain, and a wide domain is kept', () => {
    expect(runs(expand({ do: 'bind-now', addresses: '04:00.0' }, ubuntu, BLANK)).join('\n')).toContain('/0000:04:00.0/')
    expect(runs(expand({ do: 'bind-now', addresses: '10000:E1:00.0' }, ubuntu, BLANK)).join('\n')).toContain(
      '/10000:e1:00.0/',
    )
  })
})

describe('bind-at-boot', () => {
  const both = { do: 'bind-at-boot', addresses: '0000:01:00.0 0000:01:00.1', ids: '10de:1b80 10de:10f0' } as const

  test('by id where no other device has it', () => {
    const remedy = expand(both, ubuntu, withPci([BRIDGE, GPU, SOUND, NIC]))
    expect(runs(remedy)).toEqual([
      "printf '%s\\n' 'options vfio-pci ids=10de:1b80,10de:10f0' 'softdep nouveau pre: vfio-pci' 'softdep nvidiafb pre: vfio-pci' 'softdep snd_hda_intel pre: vfio-pci' | sudo tee /etc/modprobe.d/vfio-0000-01-00.conf",
      ...['vfio_pci', 'vfio', 'vfio_iommu_type1'].map(
        (name) =>
          `grep -qsxF '${name}' /etc/initramfs-tools/modules || echo '${name}' | sudo tee -a /etc/initramfs-tools/modules`,
      ),
      'sudo update-initramfs -u -k all',
      'sudo reboot',
    ])
    expect(remedy.steps[0]).toMatchObject({
      effect: 'may-lose-display',
      undo: 'sudo rm /etc/modprobe.d/vfio-0000-01-00.conf',
    })
    expect(remedy.steps[0]?.risk).toContain('module_blacklist=vfio_pci')
  })

  const twin = { ...GPU, address: '0000:02:00.0' }
  const unlisted: readonly (readonly [string, Facts])[] = [
    ['a twin has the id', withPci([GPU, SOUND, twin])],
    ['the list of functions is a part', withPci([GPU, SOUND], {}, false)],
    ['the functions are not known', BLANK],
  ]
  test.each(unlisted)('by address where %s', (_name, some) => {
    const script = runs(expand(both, ubuntu, some)).join('\n')
    expect(script).not.toContain('ids=')
    expect(script).toContain(
      'install vfio-pci for a in 0000:01:00.0 0000:01:00.1; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci',
    )
    syntaxCheck(script)
  })

  test.each([
    ['mounted at /', true],
    [null, false],
  ])('an id that a twin of the host has is to be taken out first: %s', (inUse, wanted) => {
    const uses = known([{ kind: 'display' as const, name: 'card1', inUse, source: '/sys/class/drm' }], '/sys/class')
    const host = { ...twin, driver: known('nouveau', 'driver'), uses }
    const text = 'options vfio-pci ids=10de:1b80'
    const path = '/etc/modprobe.d/vfio.conf'
    const modprobe = known({ directives: parseModprobe(text, path), ignored: [], loadAtBoot: [] }, '/etc/modprobe.d')
    const { steps } = expand(both, ubuntu, withPci([GPU, SOUND, host], { modprobe }))
    expect(steps[0]?.say.includes('Before anything else, take 10de:1b80 out')).toBe(wanted)
    expect(steps[0]?.say.includes('0000:02:00.0')).toBe(wanted)
  })

  test('by address where an id is missing', () => {
    const script = runs(expand({ ...both, ids: '10de:1b80 ' }, ubuntu, withPci([GPU, SOUND]))).join('\n')
    expect(script).not.toContain('ids=')
  })

  test('a built-in vfio-pci takes its ids from the command line', () => {
    const script = runs(expand(both, ubuntu, withPci([GPU, SOUND], { modules: builtin(['vfio_pci']) }))).join('\n')
    expect(script).toContain('vfio-pci\\.ids=10de:1b80,10de:10f0')
    expect(script).not.toContain('modprobe.d')
    expect(script).not.toContain('initramfs')
  })

  test('a built-in vfio-pci by address: a rule of udev', () => {
    const script = runs(expand(both, ubuntu, withPci([GPU, SOUND, twin], { modules: builtin(['vfio_pci']) }))).join(
      '\n',
    )
    expect(script).toContain('KERNEL=="0000:01:00.0", ATTR{driver_override}="vfio-pci"')
    expect(script).not.toContain('0000:02:00.0')
    syntaxCheck(script)
  })

  test('a list that is there is made longer, since a later one would hide it', () => {
    const there = modprobe('/etc/modprobe.d/old.conf', 'vfio_pci', [['ids', '8086:1533']])
    const script = runs(expand(both, ubuntu, withPci([GPU, SOUND], { modprobe: there })))
    expect(script[0]).toMatch(/s\/ids=8086:1533.*\/ids=8086:1533,10de:1b80,10de:10f0.* \/etc\/modprobe\.d\/old\.conf$/)
    expect(script.join('\n')).not.toContain('options vfio-pci ids=')
  })

  test('the same on the command line', () => {
    const some = withPci([GPU, SOUND], {
      modules: builtin(['vfio_pci']),
      commandLine: commandLine('quiet', 'vfio-pci.ids=8086:1533'),
    })
    const script = runs(expand(both, PLATFORMS['fedora']!, some))
    expect(script[0]).toBe(
      'sudo grubby --update-kernel=ALL --remove-args="vfio-pci.ids=8086:1533" --args="vfio-pci.ids=8086:1533,10de:1b80,10de:10f0"',
    )
  })

  test('a word that is there keeps its own dash or underscore', () => {
    const some = withPci([GPU, SOUND], {
      modules: builtin(['vfio_pci']),
      commandLine: commandLine('vfio_pci.ids=10de:1b80'),
    })
    expect(runs(expand(both, PLATFORMS['fedora']!, some))[0]).toBe(
      'sudo grubby --update-kernel=ALL --remove-args="vfio_pci.ids=10de:1b80" --args="vfio_pci.ids=10de:1b80,10de:10f0"',
    )
  })

  test('a built-in vfio-pci that has the ids needs nothing more', () => {
    const some = withPci([GPU, SOUND], {
      modules: builtin(['vfio_pci']),
      commandLine: commandLine('vfio_pci.ids=10de:1b80,10de:10f0'),
    })
    const { steps } = expand(both, ubuntu, some)
    expect(steps).toHaveLength(1)
    expect(steps[0]?.say).toContain('`vfio_pci.ids=10de:1b80,10de:10f0` is on the kernel command line already')
    expect(steps[0]).not.toHaveProperty('run')
  })

  test('a built-in driver of graphics is started before a built-in vfio-pci, and one of sound after it', () => {
    const some = withPci([GPU, SOUND], {
      modules: builtin(['vfio_pci', 'nouveau', 'snd_hda_intel']),
      commandLine: commandLine('vfio-pci.ids=10de:1b80,10de:10f0'),
    })
    const { steps } = expand(both, ubuntu, some)
    expect(steps[0]?.say).toMatch(/^nouveau is built into this kernel/)
    expect(steps[0]?.run).toMatch(/0000:01:00\.0.* \/etc\/udev\/rules\.d\/10-vfio-doctor\.rules/s)
    expect(steps[0]?.run).not.toContain('0000:01:00.1')
  })

  test('an image that does not read modprobe.d gets parameters', () => {
    const script = runs(expand(both, PLATFORMS['arch, booster']!, withPci([GPU, SOUND]))).join('\n')
    expect(script).not.toContain('modprobe.d')
    expect(script).toContain('vfio-pci.ids=10de:1b80,10de:10f0')
  })

  test('nothing of modprobe.d comes before a host driver that is built in: a rule of udev', () => {
    const { steps } = expand(both, ubuntu, withPci([GPU, SOUND], { modules: builtin(['snd_hda_intel']) }))
    expect(steps[0]?.say).toMatch(/^snd_hda_intel is built into this kernel/)
    expect(steps[0]?.run).toMatch(/0000:01:00\.1.* \/etc\/udev\/rules\.d\/10-vfio-doctor\.rules/s)
    const script = steps.map((one) => one.run ?? '').join('\n')
    expect(script).not.toContain('softdep snd_hda_intel')
    expect(script).toContain('softdep nouveau pre: vfio-pci')
    expect(script.match(/reboot/g)).toHaveLength(1)
    const alone = expand(
      { ...both, addresses: '0000:01:00.1' },
      ubuntu,
      withPci([SOUND], { modules: builtin(['snd_hda_intel']) }),
    )
    expect(runs(alone).at(-1)).toBe('sudo reboot')
    expect(runs(alone).join('\n')).not.toContain('modprobe.d')
  })

  test('an ostree host gets kernel arguments', () => {
    expect(runs(expand(both, PLATFORMS['silverblue']!, withPci([GPU, SOUND])))).toEqual([
      'sudo rpm-ostree initramfs --enable --arg=--add-drivers --arg=vfio_pci --arg=--add-drivers --arg=vfio --arg=--add-drivers --arg=vfio_iommu_type1',
      'sudo rpm-ostree kargs --append-if-missing=rd.driver.pre=vfio_pci,vfio,vfio_iommu_type1',
      'sudo rpm-ostree kargs --append-if-missing=vfio-pci.ids=10de:1b80,10de:10f0',
      'sudo reboot',
    ])
  })

  test('an install line that is there is not shadowed', () => {
    const there: Facts['modprobe'] = k({
      directives: [
        {
          kind: 'install' as const,
          path: '/etc/modprobe.d/mine.conf',
          line: 3,
          module: 'vfio_pci',
          command: '/sbin/mine',
          runs: [],
        },
      ],
      ignored: [],
      loadAtBoot: [],
    })
    const { steps } = expand(both, ubuntu, facts({ modprobe: there }))
    expect(steps[0]?.say).toContain('/etc/modprobe.d/mine.conf:3')
    expect(steps[0]?.edit?.text).toContain('driver_override')
  })

  const CARD = '/etc/modprobe.d/vfio-0000-01-00.conf'
  const conf = (text: string, path = CARD): Facts['modprobe'] =>
    k({ directives: parseModprobe(text, path), ignored: [], loadAtBoot: [] })
  const typed = (steps: ReturnType<typeof expand>): string => runs(steps).join('\n')

  test('lines that an earlier run wrote for another function of the card stay', () => {
    const there = conf('options vfio-pci ids=10de:10f0\nsoftdep snd_hda_intel pre: vfio-pci')
    const { steps } = expand(both, ubuntu, withPci([GPU, SOUND], { modprobe: there }))
    const script = steps.map((one) => one.run ?? '').join('\n')
    expect(script).toMatch(/s\/ids=10de:10f0.*\/ids=10de:10f0,10de:1b80.* \/etc\/modprobe\.d\/vfio-0000-01-00\.conf$/m)
    expect(script).toContain(`echo 'softdep nouveau pre: vfio-pci' | sudo tee -a ${CARD}`)
    expect(script).not.toContain(`tee ${CARD}`)
    expect(steps[1]?.undo).toContain(`sed -i -e '/^[[:blank:]]*softdep nouveau pre: vfio-pci[[:blank:]]*$/d' ${CARD}`)
    syntaxCheck(script)
  })

  const LOOP = (list: string): string =>
    `install vfio-pci for a in ${list}; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci`

  test('an install line of an earlier run gets the functions too', () => {
    const path = '/etc/modprobe.d/vfio-0000-05-00.conf'
    const some = withPci([GPU, SOUND, twin], { modprobe: conf(LOOP('0000:05:00.0'), path) })
    const remedy = expand(both, ubuntu, some)
    const script = typed(remedy)
    expect(runs(remedy)[0]).toMatch(
      / for a in 0000:05:00\\\.0;\/ for a in 0000:05:00\.0 0000:01:00\.0 0000:01:00\.1;\/' \/etc\/modprobe\.d\/vfio-0000-05-00\.conf$/,
    )
    expect(script).not.toContain(`tee ${path}`)
    expect(script).toContain(`'softdep nouveau pre: vfio-pci'`)
    expect(script).toContain(`sudo tee ${CARD}`)
    syntaxCheck(script)
  })

  test('an install line that names the functions already stays as it is', () => {
    const there = conf(LOOP('0000:01:00.0 0000:01:00.1'))
    const script = typed(expand(both, ubuntu, withPci([GPU, SOUND, twin], { modprobe: there })))
    expect(script).not.toContain('for a in')
    expect(script).toContain(`| sudo tee -a ${CARD}`)
    expect(script).not.toContain(`tee ${CARD}`)
  })

  const RULES = '/etc/udev/rules.d/10-vfio-doctor.rules'
  test.each<[string, Facts['udevRules'], boolean]>([
    ['there are none', k([]), false],
    ['an earlier run wrote one', k([{ path: RULES, line: 1, text: '', address: '0000:05:00.0', sure: true }]), true],
    ['they are not known', BLANK.udevRules, true],
  ])('rules of udev are kept: %s', (_, udevRules, appends) => {
    const some = withPci([GPU, SOUND, twin], { modules: builtin(['vfio_pci']), udevRules })
    const remedy = expand(both, ubuntu, some)
    const script = typed(remedy)
    expect(script.includes(`tee ${RULES}`)).toBe(!appends)
    expect(script.includes(`grep -qsF 'KERNEL=="0000:01:00.1"' ${RULES} || printf`)).toBe(appends)
    expect(script.match(/ATTR\{driver_override\}/g)).toHaveLength(2)
    expect(remedy.steps[0]?.undo).toContain(
      appends ? `sed -i -e '/KERNEL=="0000:01:00\\.0"/d' -e '/KERNEL=="0000:01:00\\.1"/d' ${RULES}` : `rm ${RULES}`,
    )
    syntaxCheck(script)
    syntaxCheck(remedy.steps[0]?.undo ?? '')
  })

  test('the only display says how to get back in', () => {
    const risk = expand(both, ubuntu, withPci([GPU, SOUND])).steps[0]?.risk
    expect(risk).toContain('the screen stays dark')
    const second = fn('0000:00:02.0', {
      ...ids('8086', '3e92'),
      class: k(0x030000),
      headerType: k(0),
      bootVga: k(true),
    })
    expect(expand(both, ubuntu, withPci([GPU, SOUND, second])).steps[0]?.risk).not.toContain('the screen stays dark')
  })

  test('systems with a way of their own', () => {
    expect(expand(both, PLATFORMS['unraid']!, BLANK).steps[0]?.say).toContain('Bind Selected to VFIO at Boot')
    expect(runs(expand(both, PLATFORMS['truenas']!, BLANK))[1]).toBe(
      `sudo midclt call system.advanced.update_gpu_pci_ids '["0000:01:00.0"]'`,
    )
    expect(expand(both, PLATFORMS['talos']!, BLANK).steps[0]?.edit?.text).toContain('kind: PCIDriverRebindConfig')
    expect(expand(both, PLATFORMS['nixos']!, withPci([GPU, SOUND])).steps[0]?.edit?.text).toContain(
      'options vfio-pci ids=10de:1b80,10de:10f0',
    )
  })
})

describe('leave-bridge-alone', () => {
  const action = { do: 'leave-bridge-alone', address: '0000:03:00.0', id: '104c:8240' } as const
  const bridge = fn('0000:03:00.0', {
    ...ids('104c', '8240'),
    class: k(0x060400),
    headerType: k(1),
    driver: k(null),
    driverOverride: k(null),
  })

  test('the id out of vfio-pci, and a driver of its own if there is one', () => {
    const remedy = expand(action, ubuntu, withPci([bridge]))
    expect(runs(remedy)).toEqual([
      'echo 104c 8240 | sudo tee /sys/bus/pci/drivers/vfio-pci/remove_id',
      'echo 0000:03:00.0 | sudo tee /sys/bus/pci/drivers_probe',
    ])
    expect(remedy.steps.every((one) => one.undo === undefined && one.effect === 'none')).toBe(true)
  })

  test('an override is cleared before the bus looks again', () => {
    const script = runs(expand(action, ubuntu, withPci([{ ...bridge, driverOverride: k('vfio-pci') }])))
    expect(script[1]).toBe('echo | sudo tee /sys/bus/pci/devices/0000:03:00.0/driver_override')
    expect(script[2]).toContain('drivers_probe')
  })

  test('its id is taken out of the lists that outlast a restart, and the others stay', () => {
    const some = withPci([bridge], {
      modprobe: modprobe('/etc/modprobe.d/vfio.conf', 'vfio_pci', [['ids', '104c:8240,104c:a106']]),
      commandLine: commandLine('vfio-pci.ids=104c:8240'),
    })
    const script = runs(expand(action, PLATFORMS['fedora']!, some)).join('\n')
    expect(script).toMatch(/s\/ids=104c:8240,104c:a106.*\/ids=104c:a106/)
    expect(script).toContain('--remove-args="vfio-pci.ids=104c:8240"')
    expect(script).toContain('sudo dracut --force --regenerate-all')
  })
})

describe('the rest of binding', () => {
  test('return-to-host', () => {
    expect(runs(expand({ do: 'return-to-host', addresses: '0000:01:00.0' }, proxmox, BLANK)).slice(0, 3)).toEqual([
      'echo > /sys/bus/pci/devices/0000:01:00.0/driver_override',
      'test ! -e /sys/bus/pci/devices/0000:01:00.0/driver || echo 0000:01:00.0 > /sys/bus/pci/devices/0000:01:00.0/driver/unbind',
      'echo 0000:01:00.0 > /sys/bus/pci/drivers_probe',
    ])
  })

  test('under Xen, xen-pciback takes the place of vfio-pci', () => {
    expect(runs(expand({ do: 'bind-now', addresses: '0000:01:00.0' }, PLATFORMS['xen']!, BLANK))).toEqual([
      'sudo xl pci-assignable-add 0000:01:00.0',
    ])
  })

  test('in a container nothing is typed', () => {
    const { steps } = expand({ do: 'bind-now', addresses: '0000:01:00.0' }, PLATFORMS['container']!, BLANK)
    expect(steps).toHaveLength(1)
    expect(steps[0]?.run).toBeUndefined()
    expect(steps[0]?.say).toContain('mend it there')
  })

  test('what is bound already has nothing to mend in a container', () => {
    const { steps } = expand({ do: 'assign', addresses: '0000:01:00.0' }, PLATFORMS['container']!, BLANK)
    expect(steps[0]?.say).toContain('start the guest on its host')
    expect(steps[0]?.say).not.toContain('mend')
  })
})

describe('assign', () => {
  test('libvirt and QEMU', () => {
    const { steps } = expand({ do: 'assign', addresses: '0000:04:0a.1' }, ubuntu, BLANK)
    expect(steps.map((one) => one.edit?.text)).toEqual([
      "<hostdev mode='subsystem' type='pci' managed='yes'>\n  <source>\n    <address domain='0x0000' bus='0x04' slot='0x0a' function='0x1'/>\n  </source>\n</hostdev>",
      '-device vfio-pci,host=0000:04:0a.1',
    ])
  })

  test('libvirt leaves a device on its variant driver', () => {
    const bound = facts({ pci: pci([fn('0000:04:0a.1', { driver: known('mlx5_vfio_pci', 'test') })]) })
    const { steps } = expand({ do: 'assign', addresses: '0000:04:0a.1' }, ubuntu, bound)
    expect(steps[0]?.edit?.text).toContain("managed='no'")
  })

  test('Proxmox, with the number of the guest to fill in', () => {
    const remedy = expand({ do: 'assign', addresses: '0000:01:00.0 0000:01:00.1' }, proxmox, BLANK)
    expect(runs(remedy)).toEqual(['qm set VMID -hostpci0 0000:01:00.0 -hostpci1 0000:01:00.1'])
    expect(remedy.steps[0]?.say).toContain('VMID: the number of the guest')
  })

  test('a bridge is left out', () => {
    const { steps } = expand(
      { do: 'assign-instead', addresses: '0000:00:01.0 0000:05:00.0' },
      ubuntu,
      withPci([BRIDGE, NIC]),
    )
    expect(JSON.stringify(steps.map((one) => one.edit))).not.toContain("bus='0x00'")
    expect(steps.at(-1)?.say).toContain('bridge')
  })
})

describe('clear-driver-override', () => {
  const clear = { do: 'clear-driver-override', address: '0000:05:00.0' } as const

  test('writes the attribute', () => {
    expect(runs(expand(clear, ubuntu, withPci([NIC])))).toEqual([
      'echo | sudo tee /sys/bus/pci/devices/0000:05:00.0/driver_override',
    ])
  })

  test('of driverctl, which would set it again, by driverctl', () => {
    const kept = k([{ path: '/etc/driverctl.d/pci-0000:05:00.0', address: '0000:05:00.0', driver: 'vfio-pci' }])
    const steps = expand(clear, ubuntu, withPci([NIC], { keptOverrides: kept }))
    expect(runs(steps)).toEqual(['sudo driverctl unset-override 0000:05:00.0'])
    const told = expand({ ...clear, keptBy: 'driverctl' }, ubuntu, withPci([NIC]))
    expect(runs(told)).toEqual(['sudo driverctl unset-override 0000:05:00.0'])
  })
})
