import { mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { known } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { Action, Showable } from '../../src/model/remedy.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { expand } from '../../src/remedy/index.ts'
import { bash, BLANK, boot, builtin, facts, fn, os, pci, PLATFORMS, platform, runs, syntaxCheck } from './support.ts'

const ubuntu = PLATFORMS['ubuntu']!
const proxmox = PLATFORMS['proxmox, grub']!
const k = <T>(value: T): { state: 'known'; value: T; source: string } => known(value, 'test')

const ROOT = mkdtempSync(join(tmpdir(), 'vfio-doctor-'))
afterAll(() => rmSync(ROOT, { recursive: true, force: true }))

/** Runs a step's commands against one file of ours that stands for `path`. */
function edited(action: Action, path: string, before: string, some: Facts = BLANK, on = ubuntu): string {
  const file = join(ROOT, 'file.conf')
  writeFileSync(file, before)
  const run = expand(action, on, some).steps[0]?.run ?? ''
  const here = run
    .replaceAll(/\bsudo /g, '')
    .replaceAll(path, file)
    .replaceAll('find /etc/modprobe.d', `find ${ROOT}`)
  bash(here)
  bash(here)
  rmSync(`${file}.bak-vfio-doctor`, { force: true })
  return readFileSync(file, 'utf8')
}

function initramfs(
  content: readonly string[],
  image: string | null = null,
  configuredModules: readonly { readonly module: string; readonly source: string }[] = [],
): Facts['initramfs'] {
  return k({
    tool: 'dracut' as const,
    image,
    configuredModules,
    hooks: null,
    content: known(content, 'test'),
    imageTime: known(null, 'test'),
    newestConfigTime: known(null, 'test'),
  })
}

describe('the initramfs', () => {
  test.each([
    ['ubuntu', 'sudo update-initramfs -u -k all'],
    ['fedora', 'sudo dracut --force --regenerate-all'],
    ['opensuse', 'sudo dracut --force --regenerate-all'],
    [
      'ubuntu, dracut',
      'for image in /boot/vmlinuz-*; do sudo dracut --force "/boot/initrd.img-${image#/boot/vmlinuz-}" "${image#/boot/vmlinuz-}"; done',
    ],
    ['arch', 'sudo mkinitcpio -P'],
    ['arch, booster', 'sudo /usr/lib/booster/regenerate_images'],
    ['alpine, extlinux', 'mkinitfs "$(uname -r)"'],
    ['proxmox, systemd-boot', 'update-initramfs -u -k all'],
    ['microos', 'sudo transactional-update --continue initrd'],
    ['opensuse, bls', 'sudo sdbootutil mkinitrd'],
    ['cachyos', 'sudo limine-mkinitcpio'],
    ['arch, limine', 'sudo mkinitcpio -P'],
    ['endeavouros', `sudo sh -c 'if command -v reinstall-kernels; then reinstall-kernels; else dracut-rebuild; fi'`],
    ['uki, dracut', 'sudo dracut --force --regenerate-all'],
    [
      'silverblue',
      'test ! -e /etc/modprobe.d/vfio.conf || sudo rpm-ostree initramfs-etc --track=/etc/modprobe.d/vfio.conf',
    ],
    ['nixos', 'sudo nixos-rebuild boot'],
  ])('rebuild on %s', (name, command) => {
    expect(runs(expand({ do: 'rebuild-initramfs' }, PLATFORMS[name]!, BLANK))).toEqual([command])
  })

  test('dracut writes the image that the boot entry names', () => {
    const on = platform({ system: 'arch', family: 'arch', loader: 'grub', initramfs: 'dracut' })
    const image = facts({ initramfs: initramfs([], '/boot/initramfs-linux.img') })
    expect(runs(expand({ do: 'rebuild-initramfs' }, on, image))).toEqual([
      'sudo dracut --force /boot/initramfs-linux.img "$(uname -r)"',
    ])
    expect(expand({ do: 'rebuild-initramfs' }, on, BLANK).steps[0]?.say).toContain('initramfs-linux.img')
  })

  test('a unified image that kernel-install makes is made by it', () => {
    const made = facts({ boot: boot('uki', [['/etc/kernel/cmdline', 'uki']]) })
    expect(runs(expand({ do: 'rebuild-initramfs' }, PLATFORMS['uki, dracut']!, made))).toEqual([
      'sudo kernel-install add-all',
    ])
  })

  test('an unknown tool is found out first, and each case is one step', () => {
    const { steps } = expand(
      { do: 'add-initramfs-modules', modules: 'vfio_pci' },
      platform({ family: 'debian' }),
      BLANK,
    )
    expect(steps.map((one) => one.say.split(' (')[0])).toEqual([
      expect.stringContaining('could not be told'),
      'If the image is made by initramfs-tools',
      'If the image is made by dracut',
    ])
    expect(steps[1]?.run).toMatch(/initramfs-tools\/modules.*\nsudo update-initramfs -u -k all$/)
  })

  test.each([
    ['MODULES=()\n', 'MODULES=(vfio_pci vfio )\n'],
    ['MODULES=(btrfs)\n', 'MODULES=(vfio_pci vfio btrfs)\n'],
    ['MODULES=(vfio_pci vfio btrfs)\n', 'MODULES=(vfio_pci vfio btrfs)\n'],
  ])('mkinitcpio: %j', (before, after) => {
    const action = { do: 'add-initramfs-modules', modules: 'vfio_pci vfio' } as const
    expect(edited(action, '/etc/mkinitcpio.conf', before, BLANK, PLATFORMS['arch']!)).toBe(after)
  })

  test.each([
    ['features="ata base xfs"\n', 'features="vfio ata base xfs"\n'],
    ['features="ata vfio"\n', 'features="ata vfio"\n'],
    ['features="vfio"\n', 'features="vfio"\n'],
  ])('mkinitfs: %j', (before, after) => {
    const action = { do: 'add-initramfs-modules', modules: 'vfio_pci' } as const
    const { steps } = expand(action, PLATFORMS['alpine, extlinux']!, BLANK)
    const file = join(ROOT, 'mkinitfs.conf')
    writeFileSync(file, before)
    const [, settings] = (steps[0]?.run ?? '').split('\n')
    bash((settings ?? '').replaceAll('/etc/mkinitfs/mkinitfs.conf', file))
    expect(readFileSync(file, 'utf8')).toBe(after)
  })

  test('dracut loads a module early only by force_drivers', () => {
    const [first] = runs(expand({ do: 'add-initramfs-modules', modules: 'vfio_pci vfio' }, PLATFORMS['fedora']!, BLANK))
    expect(first).toContain(`'force_drivers+=" vfio_pci vfio "'`)
  })

  test('dracut is told the files of modprobe.d, which an image that is not for this host alone lacks', () => {
    const action = { do: 'add-initramfs-modules', modules: 'vfio_pci' } as const
    const there = facts({
      modprobe: k({
        directives: [
          { kind: 'options' as const, path: '/etc/modprobe.d/gpu.conf', line: 1, module: 'vfio_pci', options: [] },
        ],
        ignored: [],
        loadAtBoot: [],
      }),
    })
    expect(runs(expand(action, PLATFORMS['fedora']!, there))).toContain(
      `grep -qsxF 'install_items+=" /etc/modprobe.d/gpu.conf "' /etc/dracut.conf.d/vfio.conf || echo 'install_items+=" /etc/modprobe.d/gpu.conf "' | sudo tee -a /etc/dracut.conf.d/vfio.conf`,
    )
  })

  test('an ostree system has modules put into an image of its own, unless they are in there', () => {
    const action = { do: 'add-initramfs-modules', modules: 'vfio_pci' } as const
    const early = 'sudo rpm-ostree kargs --append-if-missing=rd.driver.pre=vfio_pci'
    expect(runs(expand(action, PLATFORMS['silverblue']!, BLANK))).toEqual([
      'sudo rpm-ostree initramfs --enable --arg=--add-drivers --arg=vfio_pci',
      early,
    ])
    const inside = facts({ initramfs: initramfs(['usr/lib/modules/6.8/kernel/drivers/vfio/pci/vfio-pci.ko.xz']) })
    expect(runs(expand(action, PLATFORMS['silverblue']!, inside))).toEqual([early])
  })

  test('names that the running system loads are taken out where they stand, and no image is made', () => {
    const modprobe: Facts['modprobe'] = k({
      directives: [],
      ignored: [],
      loadAtBoot: [{ module: 'vfio_virqfd', path: '/etc/modules' }],
    })
    const script = runs(
      expand({ do: 'remove-initramfs-modules', modules: 'vfio_virqfd' }, proxmox, facts({ modprobe })),
    )
    expect(script).toHaveLength(2)
    expect(script[1]).toMatch(/^sed -i .* \/etc\/modules$/)
  })

  test('a list that is a link is changed behind the link', () => {
    const modprobe: Facts['modprobe'] = k({
      directives: [],
      ignored: [],
      loadAtBoot: [{ module: 'vfio_virqfd', path: '/etc/modules-load.d/modules.conf' }],
    })
    const script = runs(
      expand({ do: 'remove-initramfs-modules', modules: 'vfio_virqfd' }, proxmox, facts({ modprobe })),
    )
    const target = join(ROOT, 'modules')
    const link = join(ROOT, 'modules.conf')
    writeFileSync(target, 'vfio\nvfio_virqfd\n')
    symlinkSync(target, link)
    bash(script.join('\n').replaceAll('/etc/modules-load.d/modules.conf', link))
    expect(readlinkSync(link)).toBe(target)
    expect(readFileSync(target, 'utf8')).toBe('vfio\n\n')
    expect(readFileSync(`${target}.bak-vfio-doctor`, 'utf8')).toBe('vfio\nvfio_virqfd\n')
  })

  test('nothing below /etc is written by hand on NixOS', () => {
    for (const action of [
      { do: 'grant-group-node', group: '28' },
      { do: 'raise-memlock', bytes: '1024' },
    ] as const)
      expect(runs(expand(action, PLATFORMS['nixos']!, BLANK)).join('\n')).not.toContain('/etc/')
  })

  test('the variable behind the path of a list is no part of it', () => {
    const place = '/etc/dracut.conf.d/gpu.conf'
    const configured = [{ module: 'vfio_virqfd', source: `${place}: force_drivers` }]
    const action = { do: 'remove-initramfs-modules', modules: 'vfio_virqfd' } as const
    const before = 'force_drivers+=" vfio_pci vfio_virqfd vfio "\n'
    const on = facts({ initramfs: initramfs([], null, configured) })
    expect(edited(action, place, before, on, PLATFORMS['fedora']!)).toBe('force_drivers+=" vfio_pci  vfio "\n')
  })

  test('names are taken out of the file that has them, in either spelling', () => {
    const there = initramfs([], null, [{ module: 'vfio_virqfd', source: '/etc/mkinitcpio.conf.d/gpu.conf:2' }])
    const action = { do: 'remove-initramfs-modules', modules: 'vfio_virqfd' } as const
    const before = '# vfio_virqfd\nMODULES=(vfio_pci vfio-virqfd vfio_virqfd_x vfio_virqfd)\n'
    expect(
      edited(action, '/etc/mkinitcpio.conf.d/gpu.conf', before, facts({ initramfs: there }), PLATFORMS['arch']!),
    ).toBe('# vfio_virqfd\nMODULES=(vfio_pci  vfio_virqfd_x )\n')
  })
})

describe('modules and their options', () => {
  test('load now and at each start', () => {
    expect(runs(expand({ do: 'load-module', modules: 'vfio-pci' }, proxmox, BLANK))).toEqual([
      'modprobe -a vfio-pci',
      "grep -qsxF 'vfio-pci' /etc/modules-load.d/vfio.conf || echo 'vfio-pci' | tee -a /etc/modules-load.d/vfio.conf",
    ])
  })

  test('unloading says what it costs', () => {
    expect(expand({ do: 'unload-module', modules: 'nvidia_drm nvidia' }, ubuntu, BLANK).steps[0]?.effect).toBe(
      'may-lose-display',
    )
    expect(expand({ do: 'unload-module', modules: 'pci-stub' }, ubuntu, BLANK).steps[0]?.effect).toBe('none')
  })

  test('an option of a module, of a built-in driver, and of a fixed image', () => {
    const action = { do: 'set-module-option', module: 'vfio_pci', option: 'disable_denylist=1' } as const
    expect(runs(expand(action, ubuntu, BLANK))[0]).toContain('options vfio_pci disable_denylist=1')
    expect(runs(expand(action, PLATFORMS['fedora']!, facts({ modules: builtin(['vfio_pci']) })))[0]).toContain(
      'vfio_pci.disable_denylist=1',
    )
    expect(runs(expand(action, PLATFORMS['silverblue']!, BLANK))[0]).toBe(
      'sudo rpm-ostree kargs --append-if-missing=vfio_pci.disable_denylist=1',
    )
  })

  test.each([
    ['options vfio_iommu_type1 allow_unsafe_interrupts=1\n', ''],
    [
      'options vfio-iommu-type1 allow_unsafe_interrupts=Y dma_entry_limit=9\n',
      'options vfio-iommu-type1 dma_entry_limit=9\n',
    ],
    ['options kvm ignore_msrs=1\n', 'options kvm ignore_msrs=1\n'],
    [
      '# options vfio_iommu_type1 allow_unsafe_interrupts=1\n',
      '# options vfio_iommu_type1 allow_unsafe_interrupts=1\n',
    ],
  ])('an option out of %j', (before, after) => {
    const action = {
      do: 'remove-module-option',
      module: 'vfio_iommu_type1',
      option: 'allow_unsafe_interrupts',
    } as const
    expect(edited(action, '/nowhere', before)).toBe(after)
  })

  describe('an option that is to go', () => {
    const action = {
      do: 'remove-module-option',
      module: 'vfio_iommu_type1',
      option: 'allow_unsafe_interrupts',
    } as const
    const typed = (line: string, conf: string = ''): string => {
      const modprobe = k({ directives: parseModprobe(conf, '/etc/modprobe.d/a.conf'), ignored: [], loadAtBoot: [] })
      return runs(expand(action, ubuntu, facts({ commandLine: k(parseCommandLine(line)), modprobe }))).join('\n')
    }
    test('of the command line', () => {
      const script = typed('quiet vfio-iommu-type1.allow_unsafe_interrupts=1')
      expect(script).toContain('vfio-iommu-type1\\.allow_unsafe_interrupts=1')
      expect(script).not.toContain('modprobe.d')
    })
    test('of both', () => {
      const script = typed(
        'vfio_iommu_type1.allow_unsafe_interrupts',
        'options vfio_iommu_type1 allow_unsafe_interrupts=1',
      )
      expect(script).toContain('/etc/default/grub')
      expect(script).toContain('/etc/modprobe.d/a.conf')
      expect(script).toContain('update-initramfs')
    })
    test('of modprobe.d alone', () => {
      const script = typed('vfio_iommu_type1.dma_entry_limit=9', 'options vfio_iommu_type1 allow_unsafe_interrupts=1')
      expect(script).toContain('/etc/modprobe.d/a.conf')
      expect(script).not.toContain('/etc/default/grub')
    })
    test('of a line that was not read', () => {
      const [first] = expand(action, ubuntu, BLANK).steps
      expect(first?.say).toContain('It can stand on the kernel command line too')
    })
  })

  test('no-IOMMU mode is refused', () => {
    const { steps } = expand(
      { do: 'set-module-option', module: 'vfio', option: 'enable_unsafe_noiommu_mode=1' },
      ubuntu,
      BLANK,
    )
    expect(steps.every((one) => one.run === undefined)).toBe(true)
  })

  test('unsafe interrupts come with their risk', () => {
    const { steps } = expand({ do: 'unsafe-interrupts' }, ubuntu, BLANK)
    expect(steps[0]?.risk).toContain('guest')
    expect(steps[0]?.run).toContain('allow_unsafe_interrupts')
  })

  test.each([
    ['ubuntu', 'sudo apt install linux-modules-extra-"$(uname -r)"'],
    ['fedora', 'sudo dnf install kernel-modules-"$(uname -r)"'],
    ['opensuse', 'sudo zypper install kernel-default'],
    ['alpine, extlinux', 'apk add linux-lts'],
  ])('missing modules on %s', (name, command) => {
    expect(runs(expand({ do: 'install-kernel-modules', modules: 'vfio-pci' }, PLATFORMS[name]!, BLANK))[0]).toBe(
      command,
    )
  })

  test('KVM is in no package of drivers', () => {
    const action = { do: 'install-kernel-modules', modules: 'kvm_intel' } as const
    for (const on of [ubuntu, PLATFORMS['fedora']!]) {
      const { steps } = expand(action, on, BLANK)
      expect(steps[0]?.run).toBe('uname -r\nls /lib/modules')
      expect(steps[0]?.say).toContain('CONFIG_KVM_INTEL')
      expect(steps[0]?.say).not.toContain('VFIO')
    }
  })

  test('missing modules on what is made from Ubuntu, and on a kernel that takes none', () => {
    const action = { do: 'install-kernel-modules', modules: 'vfio-pci' } as const
    const mint = platform({ system: 'linuxmint', family: 'debian' })
    expect(runs(expand(action, mint, facts({ os: os('linuxmint', 'plain', ['ubuntu', 'debian']) })))[0]).toBe(
      'sudo apt install linux-modules-extra-"$(uname -r)"',
    )
    const plain = builtin([])
    if (plain.state === 'unknown') throw new Error('made known there')
    const modules: Facts['modules'] = k({ ...plain.value, supported: known(false, 'test') })
    expect(runs(expand(action, ubuntu, facts({ modules })))).toEqual([])
  })
})

describe('files', () => {
  test.each([
    ['vfio_virqfd', '', 'vfio\nvfio_virqfd\nvfio_virqfd_x\n', 'vfio\nvfio_virqfd_x\n'],
    ['a.b/c', 'x&y', 'a.b/c a+b/c\n', null],
    ['ids=10de,1b80', 'ids=10de:1b80', 'options vfio-pci ids=10de,1b80\n', 'options vfio-pci ids=10de:1b80\n'],
    ['', 'softdep nvidia pre: vfio-pci', 'a\n', 'a\nsoftdep nvidia pre: vfio-pci\n'],
    ['MODULES="x"', 'MODULES="x y"', 'MODULES="x"\n', 'MODULES="x y"\n'],
  ])('edit: %j by %j', (remove, add, before, after) => {
    const action = { do: 'edit-file', path: '/etc/modules', remove, add } as const
    if (after === null) {
      // `&` is no part of the grammar: said in words.
      expect(expand(action, ubuntu, BLANK).steps[0]?.run).toBeUndefined()
      return
    }
    expect(edited(action, '/etc/modules', before)).toBe(after)
  })

  test('no copy is left in modprobe.d', () => {
    const script = runs(
      expand({ do: 'edit-file', path: '/etc/modprobe.d/vfio.conf', remove: 'a', add: 'b' }, ubuntu, BLANK),
    )
    expect(script.join('\n')).not.toContain('.bak')
  })

  test.each([
    '/etc/../root/x',
    '/home/x/y',
    'etc/x',
    '/etc/a b',
    '/etc/$(x)',
    '/etc/x;y',
    '/etc/.hidden/x',
    `/etc/${'a/'.repeat(20)}b`,
  ])('a path that is not typed: %s', (path) => {
    expect(runs(expand({ do: 'rename-file', from: path, to: '/etc/x.conf' }, ubuntu, BLANK))).toEqual([])
    expect(runs(expand({ do: 'edit-file', path, remove: 'a', add: 'b' }, ubuntu, BLANK))).toEqual([])
  })

  test('rename', () => {
    const action = { do: 'rename-file', from: '/etc/modprobe.d/vfio', to: '/etc/modprobe.d/vfio.conf' } as const
    expect(runs(expand(action, ubuntu, BLANK))).toEqual(['sudo mv -n /etc/modprobe.d/vfio /etc/modprobe.d/vfio.conf'])
  })
})

describe('rights and limits', () => {
  test('memory is rounded up to KiB', () => {
    const { steps } = expand({ do: 'raise-memlock', bytes: '1025' }, ubuntu, BLANK)
    expect(steps[0]?.edit?.text).toContain("<hard_limit unit='KiB'>2</hard_limit>")
    expect(steps[1]?.run).toContain('memlock 2\\n')
    expect(steps[2]?.edit?.text).toContain('LimitMEMLOCK=2K')
  })

  test('one node for one group of users', () => {
    const script = runs(expand({ do: 'grant-group-node', group: '28' }, ubuntu, BLANK))
    expect(script).toContain('sudo chgrp kvm /dev/vfio/28')
    expect(script.join('\n')).toContain('SUBSYSTEM=="vfio", GROUP="kvm", MODE="0660"')
    expect(runs(expand({ do: 'grant-kvm' }, PLATFORMS['alpine, extlinux']!, BLANK))).toEqual(['addgroup USERNAME kvm'])
    expect(runs(expand({ do: 'grant-kvm' }, ubuntu, BLANK))).toEqual(['sudo usermod -aG kvm "$USER"'])
    expect(runs(expand({ do: 'grant-kvm' }, PLATFORMS['silverblue']!, BLANK))[0]).toContain('/usr/lib/group')
  })
})

describe('devices', () => {
  test('virtual functions go by way of zero, and the undo knows how many there were', () => {
    const some = facts({ pci: pci([fn('0000:05:00.0', { sriovNumVfs: k(2) })]) })
    const remedy = expand({ do: 'set-vf-count', address: '0000:05:00.0', count: '4' }, proxmox, some)
    const path = '/sys/bus/pci/devices/0000:05:00.0/sriov_numvfs'
    expect(runs(remedy)).toEqual([`echo 0 > ${path}`, `echo 4 > ${path}`])
    expect(remedy.steps[0]?.undo).toBe(`echo 0 > ${path}; echo 2 > ${path}`)
    expect(runs(expand({ do: 'set-vf-count', address: '0000:05:00.0', count: '0' }, proxmox, some))).toEqual([
      `echo 0 > ${path}`,
    ])
  })

  test('the framebuffer: one switch for all kinds of it, where the kernel has that', () => {
    const kernel = (major: number, minor: number, architecture = 'x86_64'): Facts =>
      facts({ kernel: k({ release: 'x', version: [major, minor, 0] as const, architecture }) })
    const action = { do: 'free-framebuffer', address: '0000:01:00.0' } as const
    const words = (facts: Facts): string => runs(expand(action, PLATFORMS['fedora']!, facts)).join('\n')
    expect(words(kernel(6, 1))).toContain('--args="initcall_blacklist=sysfb_init"')
    expect(words(kernel(5, 4))).toContain('--args="initcall_blacklist=sysfb_init"')
    expect(words(kernel(6, 1, 'aarch64'))).toContain('--args="initcall_blacklist=sysfb_init"')
    expect(words(kernel(5, 4, 'aarch64'))).toContain('--args="video=efifb:off"')
    expect(expand(action, ubuntu, BLANK).steps[0]?.effect).toBe('may-lose-display')
  })

  test('a ROM is opened, read and closed', () => {
    const script = runs(expand({ do: 'dump-rom', address: '0000:01:00.0' }, ubuntu, BLANK))
    expect(script[0]).toBe('echo 1 | sudo tee /sys/bus/pci/devices/0000:01:00.0/rom')
    expect(script[2]).toBe('echo 0 | sudo tee /sys/bus/pci/devices/0000:01:00.0/rom')
  })
})

describe('words', () => {
  const ALL: readonly Showable[] = [
    'kernel-log',
    'iommu-log',
    'kernel-command-line',
    'iommu-groups',
    'lspci',
    'lspci-verbose',
    'acpi-tables',
    'loaded-modules',
    'modprobe-configuration',
    'vfio-modules',
    'cpu-flags',
    'memlock',
    'vfio-nodes',
    'iomem',
    'guest-definition',
    'kernel-version',
    'capture',
  ]

  test.each(ALL)('show %s: one command, and it changes nothing', (what) => {
    for (const on of [ubuntu, proxmox]) {
      const { steps } = expand({ do: 'show', what }, on, BLANK)
      expect(steps).toHaveLength(1)
      expect(steps[0]?.run).toBeDefined()
      expect(steps[0]?.run).not.toMatch(/\btee\b|(^| )>|\b(rm|mv|cp|sed -i|modprobe )\b/)
      syntaxCheck(steps[0]?.run ?? '')
    }
  })

  test.each([
    ['container', 'host of this container'],
    ['guest', 'host of this virtual machine'],
    ['host', 'outside of containers and virtual machines'],
  ] as const)('where to run the doctor, from a %s', (place, words) => {
    const { steps } = expand({ do: 'run-on-host' }, { ...PLATFORMS['container']!, place }, BLANK)
    expect(steps[0]?.say).toContain(words)
  })

  test('root of a container reads no more than the container shows', () => {
    expect(runs(expand({ do: 'run-as-root' }, PLATFORMS['container']!, BLANK))).toEqual([])
  })

  test('a container may show, but not mend', () => {
    expect(runs(expand({ do: 'show', what: 'lspci' }, PLATFORMS['container']!, BLANK))).toEqual(['lspci -Dnnk'])
  })

  test('one device or group, where the question is about one', () => {
    const asked = (action: Extract<Action, { do: 'show' }>) => runs(expand(action, ubuntu, BLANK))
    expect(asked({ do: 'show', what: 'lspci', address: '0000:01:00.0' })).toEqual(['lspci -Dnnk -s 0000:01:00.0'])
    expect(asked({ do: 'show', what: 'lspci-verbose', address: '01:00.0' })).toEqual([
      'sudo lspci -Dnnvvv -s 0000:01:00.0',
    ])
    expect(asked({ do: 'show', what: 'iommu-groups', group: '7' })).toEqual([
      'find /sys/kernel/iommu_groups/7/devices -type l',
    ])
    const hostile = '01:00.0; reboot'
    expect(asked({ do: 'show', what: 'lspci', address: hostile })).toEqual(['lspci -Dnnk'])
    expect(asked({ do: 'show', what: 'iommu-groups', group: '7/../..' })[0]).not.toContain('..')
  })

  test('words of others lose their control characters', () => {
    const { steps } = expand({ do: 'advise', say: 'a\u001b[31mb\nc\u202ed' }, ubuntu, BLANK)
    expect(steps[0]?.say).toBe('a [31mb c d')
  })

  test('a guest is changed in the words of its manager', () => {
    const action = {
      do: 'change-guest',
      say: 'Use q35.',
      xml: '<a/>',
      qemu: '-machine q35',
      proxmox: 'machine: q35',
    } as const
    expect(expand(action, proxmox, BLANK).steps.map((one) => one.edit?.text)).toEqual([undefined, 'machine: q35'])
    expect(expand(action, ubuntu, BLANK).steps.map((one) => one.edit?.text)).toEqual([
      undefined,
      '<a/>',
      '-machine q35',
    ])
    expect(expand(action, PLATFORMS['generic']!, BLANK).steps).toHaveLength(4)
  })

  test.each([
    ['silverblue', 'sudo rpm-ostree upgrade'],
    ['nixos', 'sudo nixos-rebuild boot --upgrade'],
    ['proxmox, grub', 'apt update'],
    ['arch', 'sudo pacman -Syu'],
  ])('upgrade on %s', (name, command) => {
    expect(runs(expand({ do: 'upgrade', what: 'kernel' }, PLATFORMS[name]!, BLANK))[0]).toBe(command)
  })
})

test('who has a group open is shown before it is to be stopped', () => {
  const steps = expand({ do: 'stop-user', what: 'the process that has /dev/vfio/14 open' }, ubuntu, BLANK).steps
  expect(steps.map((one) => one.run)).toEqual(['sudo fuser -v /dev/vfio/14', undefined])
  expect(expand({ do: 'stop-user', what: '/dev/vfio/1; reboot #' }, ubuntu, BLANK).steps[0]?.run).toBe(
    'sudo fuser -v /dev/vfio/1',
  )
  expect(expand({ do: 'stop-user', what: 'the display manager' }, ubuntu, BLANK).steps).toHaveLength(1)
})

test('a device that is kept awake is let go again without an error, whether or not d3cold_allowed is there', () => {
  const { steps } = expand({ do: 'keep-awake', address: '0000:04:00.0' }, PLATFORMS['ubuntu']!, BLANK)
  const there = 'test ! -e /sys/bus/pci/devices/0000:04:00.0/d3cold_allowed || '
  expect(steps[0]?.run).toContain(`${there}echo 0 |`)
  expect(steps[0]?.undo).toContain(`${there}echo 1 |`)
})
