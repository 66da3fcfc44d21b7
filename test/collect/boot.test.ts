import { describe, expect, test } from 'vitest'
import { collectBoot } from '../../src/collect/boot.ts'
import type { BootFacts } from '../../src/model/boot.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'
import { peImage } from '../support/pe-image.ts'

const VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f'

function efi(name: string, text: string): Record<string, Entry> {
  const bytes = new Uint8Array([7, 0, 0, 0, ...[...`${text}\0`].flatMap((char) => [char.charCodeAt(0), 0])])
  return { [`/sys/firmware/efi/efivars/${name}-${VENDOR}`]: bytes }
}

/** Mounted efivarfs without the variables of the Boot Loader Interface. */
const PLAIN_EFI = { '/sys/firmware/efi/efivars/Boot0000-8be4df61-93ca-11d2-aa0d-00e098032b8c': new Uint8Array(8) }

function boot(cmdline: string, files: Record<string, Entry>): BootFacts {
  const base = { '/proc/cmdline': cmdline, '/proc/sys/kernel/osrelease': '6.8.0-1\n' }
  const fact = collectBoot(memoryHost({ files: { ...base, ...files } }))
  if (fact.state === 'unknown') throw new Error('collectBoot always knows')
  return fact.value
}

function listed(facts: BootFacts): unknown {
  return facts.sources.map((one) => [
    one.path,
    one.loader,
    one.layer,
    one.parameters.map((parameter) => parameter.text).join(' '),
  ])
}

const GRUB_CFG =
  'menuentry a {\nlinux /vmlinuz-6.9.0 root=/dev/a newer\n}\nmenuentry b {\nlinux /vmlinuz-6.8.0-1 root=/dev/a quiet\n}\nmenuentry c {\nlinux /vmlinuz-6.8.0-1 single\n}\n'

describe('GRUB', () => {
  test('Debian: written but not generated', () => {
    const facts = boot('BOOT_IMAGE=/vmlinuz-6.8.0-1 root=/dev/a quiet', {
      '/etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\n',
      '/etc/default/grub.d/50-x.cfg': 'GRUB_CMDLINE_LINUX="x"\n',
      '/boot/grub/grub.cfg': GRUB_CFG,
    })
    expect(facts.efi).toBe(false)
    expect(facts.loader).toEqual({ state: 'known', value: 'grub', source: '/proc/cmdline' })
    expect(facts.unread).toEqual([])
    expect(listed(facts)).toEqual([
      ['/etc/default/grub', 'grub', 'configured', 'quiet intel_iommu=on'],
      ['/etc/default/grub.d/50-x.cfg', 'grub', 'configured', 'x'],
      ['/boot/grub/grub.cfg', 'grub', 'generated', 'root=/dev/a quiet'],
    ])
  })

  test.each([
    ['for sure', { '/usr/sbin/grub-mkconfig': 'for x in ${sysconfdir}/default/grub.d/*.cfg\n' }, undefined],
    ['perhaps, where the script could not be read', {}, true],
  ])('a file of grub.d hides the main one, %s', (_, script, maybe) => {
    const facts = boot('', {
      '/etc/default/grub': 'GRUB_CMDLINE_LINUX="x"',
      '/etc/default/grub.d/a.cfg': 'GRUB_CMDLINE_LINUX="y"',
      ...script,
    })
    const [over] = facts.sources[0]?.passedOver ?? []
    expect(over).toMatchObject({ why: 'overwritten', by: '/etc/default/grub.d/a.cfg' })
    expect(over?.maybe).toBe(maybe)
  })

  test('a grub-mkconfig that does not look into grub.d', () => {
    const facts = boot('', {
      '/etc/default/grub': '',
      '/etc/default/grub.d/a.cfg': 'GRUB_CMDLINE_LINUX="x"',
      '/usr/bin/grub-mkconfig': '. /etc/default/grub\n',
    })
    expect(facts.sources.map((one) => one.path)).toEqual(['/etc/default/grub'])
  })

  test('LoaderInfo may name GRUB too', () => {
    const facts = boot('', { ...efi('LoaderInfo', 'GRUB 2.12'), '/boot/grub/grub.cfg': GRUB_CFG })
    expect(facts.loader).toMatchObject({ value: 'grub', source: 'EFI variable LoaderInfo: GRUB 2.12' })
  })

  const FEDORA = {
    '/etc/default/grub': 'GRUB_CMDLINE_LINUX="rhgb intel_iommu=on"\nGRUB_ENABLE_BLSCFG=true\n',
    '/boot/grub2/grub.cfg': 'blscfg\n',
    '/boot/loader/entries/id-6.8.0-1.conf':
      'title F\nversion 6.8.0-1\nlinux /vmlinuz-6.8.0-1\noptions root=/dev/a rhgb\n',
    '/boot/loader/entries/id-6.7.0.conf': 'title F\nversion 6.7.0\nlinux /vmlinuz-6.7.0\noptions old\n',
    '/boot/loader/entries/id-0-rescue.conf': 'title R\nversion 0-rescue-id\nlinux /vmlinuz-0-rescue-id\noptions r\n',
  }

  test('Fedora: the entry of the running kernel', () => {
    const facts = boot('BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.8.0-1 root=/dev/a rhgb', FEDORA)
    expect(facts.loader).toMatchObject({ value: 'grub-bls' })
    expect(listed(facts)).toEqual([
      ['/etc/default/grub', 'grub-bls', 'configured', 'rhgb intel_iommu=on'],
      ['/boot/loader/entries/id-6.8.0-1.conf', 'grub-bls', 'generated', 'root=/dev/a rhgb'],
    ])
  })

  test('Fedora without privilege: /boot is unread, not empty', () => {
    const facts = boot('BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.8.0-1', {
      '/etc/default/grub': FEDORA['/etc/default/grub'],
      '/boot': { error: 'denied' },
      '/boot/grub/grub.cfg': { error: 'denied' },
      '/boot/grub2/grub.cfg': { error: 'denied' },
      '/boot/loader/entries': { error: 'denied' },
    })
    expect(facts.loader).toMatchObject({ value: 'grub-bls' })
    expect(facts.sources.map((one) => one.layer)).toEqual(['configured'])
    expect(facts.unread).toEqual([{ path: '/boot', reason: 'denied' }])
  })

  const RHEL8 = {
    '/boot/grub2/grub.cfg': 'blscfg\n',
    '/boot/loader/entries/id-6.8.0-1.conf':
      'version 6.8.0-1\nlinux /vmlinuz-6.8.0-1\noptions $kernelopts $tuned_params\n',
  }

  test('RHEL 8: $kernelopts', () => {
    const files = {
      ...RHEL8,
      '/boot/grub2/grubenv': '# GRUB Environment Block\nkernelopts=root=/dev/a intel_iommu=on\n##',
    }
    expect(listed(boot('BOOT_IMAGE=(hd0)/vmlinuz-6.8.0-1', files))).toEqual([
      ['/boot/loader/entries/id-6.8.0-1.conf', 'grub-bls', 'generated', 'root=/dev/a intel_iommu=on'],
    ])
  })

  test('RHEL 8: an environment block that may not be read leaves the entry unread', () => {
    const facts = boot('BOOT_IMAGE=(hd0)/vmlinuz-6.8.0-1', { ...RHEL8, '/boot/grub2/grubenv': { error: 'denied' } })
    expect(facts.sources).toEqual([])
    expect(facts.unread).toEqual([{ path: '/boot/loader/entries/id-6.8.0-1.conf', reason: 'denied' }])
  })
})

describe('systemd-boot', () => {
  const INFO = efi('LoaderInfo', 'systemd-boot 255.4')

  test('Arch: entries by hand, the selected one', () => {
    const facts = boot('initrd=\\initramfs-linux.img root=/dev/a', {
      ...INFO,
      ...efi('LoaderEntrySelected', 'arch.conf'),
      '/boot/loader/entries/arch.conf': 'linux /vmlinuz-linux\noptions root=/dev/a intel_iommu=on\n',
      '/boot/loader/entries/lts.conf': 'linux /vmlinuz-lts\noptions root=/dev/a\n',
    })
    expect(facts.loader).toMatchObject({ value: 'systemd-boot' })
    expect(listed(facts)).toEqual([
      ['/boot/loader/entries/arch.conf', 'systemd-boot', 'generated', 'root=/dev/a intel_iommu=on'],
    ])
  })

  test('every entry, where none can be told to be the one', () => {
    const facts = boot('', {
      ...INFO,
      '/efi/loader/entries/a.conf': 'linux /vmlinuz-linux\noptions a\n',
      '/efi/loader/entries/b.conf': 'linux /vmlinuz-lts\noptions b\n',
    })
    expect(facts.sources.map((one) => one.path)).toEqual(['/efi/loader/entries/a.conf', '/efi/loader/entries/b.conf'])
  })

  test('proxmox-boot-tool takes the first line of its file', () => {
    const lines = 'root=ZFS=rpool boot=zfs\n# old: quiet\nintel_iommu=on iommu=pt\n'
    const cmdline = (uuids: string): unknown =>
      boot('root=ZFS=rpool', {
        ...INFO,
        '/etc/kernel/proxmox-boot-uuids': uuids,
        '/etc/kernel/cmdline': lines,
      }).sources.map((one) => [
        one.parameters.map(({ text }) => text).join(' '),
        one.passedOver?.map(({ parameter, why }) => `${parameter.text} ${why}`),
      ])
    expect(cmdline('AAAA-BBBB\n')).toEqual([
      ['root=ZFS=rpool boot=zfs', ['intel_iommu=on past-first-line', 'iommu=pt past-first-line']],
    ])
    // kernel-install makes one line of them.
    expect(cmdline('')).toEqual([['root=ZFS=rpool boot=zfs intel_iommu=on iommu=pt', undefined]])
  })

  test('Proxmox on ZFS: the parameter went into the file of the other loader', () => {
    const facts = boot('initrd=\\EFI\\proxmox\\6.8.0-1\\initrd.img root=ZFS=rpool', {
      ...INFO,
      '/etc/kernel/proxmox-boot-uuids': 'AAAA-BBBB\n',
      '/etc/kernel/cmdline': 'root=ZFS=rpool\n',
      '/etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"\n',
    })
    expect(facts.loader).toMatchObject({ value: 'proxmox-systemd-boot' })
    expect(listed(facts)).toEqual([
      ['/etc/default/grub', 'proxmox-grub', 'configured', 'quiet intel_iommu=on'],
      ['/etc/kernel/cmdline', 'proxmox-systemd-boot', 'configured', 'root=ZFS=rpool'],
    ])
  })

  test.each<[string, string, Record<string, Entry>]>([
    ['proxmox-systemd-boot', 'initrd=\\EFI\\proxmox\\6.8.0-1\\initrd.img', { '/sys/firmware/efi/': '' }],
    ['proxmox-grub', 'BOOT_IMAGE=/vmlinuz-6.8.0-1', { ...PLAIN_EFI }],
    ['proxmox-grub', '', { ...efi('LoaderInfo', 'GRUB 2.12') }],
  ])('Proxmox by other signs: %s', (wanted, cmdline, files) => {
    const facts = boot(cmdline, { ...files, '/etc/kernel/proxmox-boot-uuids': 'AAAA-BBBB\n', '/etc/default/grub': '' })
    expect(facts.loader).toMatchObject({ state: 'known', value: wanted })
  })

  test('Pop!_OS', () => {
    const facts = boot('', {
      ...INFO,
      '/etc/kernelstub/configuration': '{"user": {"kernel_options": ["quiet", "intel_iommu=on"]}}',
      '/boot/efi/loader/entries/Pop_OS-current.conf': 'linux /EFI/Pop_OS-1/vmlinuz.efi\noptions root=/dev/a quiet\n',
    })
    expect(facts.loader).toMatchObject({ value: 'kernelstub' })
    expect(listed(facts)).toEqual([
      ['/boot/efi/loader/entries/Pop_OS-current.conf', 'kernelstub', 'generated', 'root=/dev/a quiet'],
      ['/etc/kernelstub/configuration', 'kernelstub', 'configured', 'quiet intel_iommu=on'],
    ])
  })

  test('a unified kernel image', () => {
    const facts = boot('', {
      ...INFO,
      ...efi('StubInfo', 'systemd-stub 255'),
      '/etc/cmdline.d/a.conf': '# why\nquiet\nro\n',
    })
    expect(facts.loader).toMatchObject({ value: 'uki' })
    expect(listed(facts)).toEqual([['/etc/cmdline.d/a.conf', 'uki', 'configured', 'quiet ro']])
  })

  test('what unified kernel images hold: that of the running kernel', () => {
    const facts = boot('quiet', {
      ...efi('StubInfo', 'systemd-stub 255'),
      '/etc/kernel/cmdline': 'quiet intel_iommu=on\n',
      '/efi/EFI/Linux/arch.efi': peImage({
        '.osrel': 'ID=arch',
        '.cmdline': 'quiet\n',
        '.uname': '6.8.0-1',
        '.linux': 'k',
      }),
      '/efi/EFI/Linux/old.efi': peImage({ '.cmdline': 'old', '.uname': '6.7.0-1' }),
      '/efi/EFI/Linux/bare.efi': peImage({ '.uname': '6.8.0-1' }),
      '/efi/EFI/Linux/note.txt': 'x',
    })
    expect(listed(facts)).toEqual([
      ['/etc/kernel/cmdline', 'uki', 'configured', 'quiet intel_iommu=on'],
      ['/efi/EFI/Linux/arch.efi', 'uki', 'generated', 'quiet'],
    ])
    expect(facts.unread).toEqual([])
  })

  test('addons of the partition and of the image add to its line', () => {
    const facts = boot('quiet', {
      ...efi('StubInfo', 'systemd-stub 255'),
      '/efi/EFI/Linux/arch+3-1.efi': peImage({ '.cmdline': 'quiet', '.uname': '6.8.0-1', '.linux': 'k' }),
      '/efi/loader/addons/all.addon.efi': peImage({ '.cmdline': 'iommu=pt\n' }),
      '/efi/EFI/Linux/arch.efi.extra.d/vfio.addon.efi': peImage({ '.uname': '6.8.0-1', '.cmdline': 'intel_iommu=on' }),
      '/efi/EFI/Linux/arch.efi.extra.d/of-another.addon.efi': peImage({ '.cmdline': 'a', '.uname': '6.7.0-1' }),
      '/efi/EFI/Linux/arch.efi.extra.d/an-image.addon.efi': peImage({ '.cmdline': 'b', '.linux': 'k' }),
      '/efi/EFI/Linux/arch.efi.extra.d/key.cred': 'x',
      '/boot/loader/addons/elsewhere.addon.efi': peImage({ '.cmdline': 'c' }),
    })
    expect(listed(facts)).toEqual([
      ['/efi/loader/addons/all.addon.efi', 'uki', 'configured', 'iommu=pt'],
      ['/efi/EFI/Linux/arch.efi.extra.d/vfio.addon.efi', 'uki', 'configured', 'intel_iommu=on'],
      [
        '/efi/EFI/Linux/arch+3-1.efi with all.addon.efi with vfio.addon.efi',
        'uki',
        'generated',
        'quiet iommu=pt intel_iommu=on',
      ],
    ])
    expect(facts.unread).toEqual([])
  })

  test('the unified kernel image that the loader started, one that is cut short, and one that may not be read', () => {
    const facts = boot('quiet', {
      ...efi('LoaderEntrySelected', 'b.efi'),
      '/boot/efi/EFI/Linux/a.efi': peImage({ '.cmdline': 'a' }),
      '/boot/efi/EFI/Linux/b.efi': peImage({ '.cmdline': 'b' }),
      '/boot/efi/EFI/Linux/cut.efi': peImage({ '.cmdline': 'c' }).slice(0, 600),
      '/boot/efi/EFI/Linux/shut.efi': { error: 'denied' },
    })
    expect(listed(facts)).toEqual([['/boot/efi/EFI/Linux/b.efi', 'uki', 'generated', 'b']])
    expect(facts.unread).toEqual([
      { path: '/boot/efi/EFI/Linux/cut.efi', reason: 'unreadable' },
      { path: '/boot/efi/EFI/Linux/shut.efi', reason: 'denied' },
    ])
  })
})

describe('a unified kernel image that another loader started', () => {
  const image = (line: string): Record<string, Entry> => ({
    '/efi/EFI/Linux/arch.efi': peImage({ '.cmdline': line, '.uname': '6.8.0-1', '.linux': 'k' }),
  })
  const started = (by: string): Record<string, Entry> => ({
    ...efi('LoaderInfo', by),
    ...efi('StubInfo', 'systemd-stub 257'),
    '/etc/kernel/cmdline': 'root=a intel_iommu=on\n',
  })
  const secure: Record<string, Entry> = {
    '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': new Uint8Array([6, 0, 0, 0, 1]),
  }
  const GRUB: Record<string, Entry> = { '/boot/grub/grub.cfg': GRUB_CFG, '/etc/default/grub': '' }
  test.each<[string, string, string, Record<string, Entry>]>([
    ['rEFInd', 'rEFInd 0.14.2', 'root=a', image('root=a intel_iommu=on')],
    ['rEFInd, with the image out of reach', 'rEFInd 0.14.2', 'root=a', { '/efi/EFI/Linux': { error: 'denied' } }],
    [
      'rEFInd, with a file that does not run',
      'rEFInd 0.14.2',
      'root=a',
      { ...image('root=a'), '/boot/refind_linux.conf': '"a" "root=a old"\n' },
    ],
    ['GRUB', 'GRUB 2.12', 'root=/dev/a quiet', { ...image('root=a'), ...GRUB }],
    ['Limine', 'Limine 9.3.0', 'root=a', { ...image('root=a'), '/boot/limine.conf': '/A\nprotocol: efi\n' }],
    [
      'Secure Boot lets no other line in',
      'rEFInd 0.14.2',
      'root=a x',
      { ...image('root=a'), ...secure, '/boot/refind_linux.conf': '"a" "root=a x"\n' },
    ],
  ])('%s', (_, by, line, files) => {
    expect(boot(line, { ...started(by), ...files }).loader).toMatchObject({
      state: 'known',
      value: 'uki',
      source: `EFI variable LoaderInfo: ${by}; EFI variable StubInfo: systemd-stub 257`,
    })
  })

  test.each<[string, string, string, Record<string, Entry>]>([
    ['refind', 'rEFInd 0.14.2', 'root=a x', { ...image('root=a y'), '/boot/refind_linux.conf': '"a" "root=a x"\n' }],
    ['grub', 'GRUB 2.12', 'BOOT_IMAGE=/EFI/Linux/arch.efi root=a', { ...image('root=a y'), ...GRUB }],
    [
      'limine',
      'Limine 9.3.0',
      'root=a x',
      { ...image('root=a y'), '/boot/limine.conf': '/A\nprotocol: efi\ncmdline: root=a x\n' },
    ],
  ])('%s handed its own line over', (wanted, by, line, files) => {
    expect(boot(line, { ...started(by), ...files }).loader).toMatchObject({ state: 'known', value: wanted })
  })

  test.each<[string, string, string, Record<string, Entry>]>([
    ['both fit', 'rEFInd 0.14.2', 'root=a x', { ...image('root=a'), '/boot/refind_linux.conf': '"a" "root=a x"\n' }],
    ['neither fits', 'rEFInd 0.14.2', 'root=a', { ...image('root=a y'), '/boot/refind_linux.conf': '"a" "root=b"\n' }],
    [
      'the image is out of reach',
      'rEFInd 0.14.2',
      'root=a x',
      { '/efi/EFI/Linux': { error: 'denied' }, '/boot/refind_linux.conf': '"a" "root=a x"\n' },
    ],
    ['ZFSBootMenu', 'rEFInd 0.14.2', 'root=a', { '/etc/zfsbootmenu/': '' }],
    ['ZFSBootMenu by systemd-boot', 'systemd-boot 257', 'root=a', { '/etc/zfsbootmenu/': '' }],
  ])('cannot tell: %s', (_, by, line, files) => {
    expect(boot(line, { ...started(by), ...files }).loader).toMatchObject({ state: 'unknown' })
  })
})

describe('Limine', () => {
  const INFO = efi('LoaderInfo', 'Limine 9.3.0')
  const MENU = '/+Arch\n//linux\nprotocol: linux\ncmdline: root=a one\n//lts\nprotocol: linux\ncmdline: root=a two\n'

  test('what its tool reads, in that order, and the entry that starts', () => {
    const facts = boot('root=a', {
      ...INFO,
      '/usr/share/limine-entry-tool.d/a.conf': 'KERNEL_CMDLINE[default]="lost"\n',
      '/etc/limine-entry-tool.conf': 'KERNEL_CMDLINE[default]="quiet"\nKERNEL_CMDLINE[fallback]="intel_iommu=on"\n',
      '/etc/limine-entry-tool.d/vfio.conf': 'KERNEL_CMDLINE[default]+=" intel_iommu=on"\n',
      '/etc/limine-entry-tool.d/vfio.conf.bak': 'KERNEL_CMDLINE[default]="no"\n',
      '/etc/default/limine': 'ESP_PATH="/efi"\nKERNEL_CMDLINE[default]+=" iommu=pt"\n',
      '/efi/limine.conf': `default_entry: 2\n${MENU}`,
    })
    expect(facts.loader).toMatchObject({ value: 'limine' })
    expect(listed(facts)).toEqual([
      ['/usr/share/limine-entry-tool.d/a.conf', 'limine', 'configured', ''],
      ['/etc/limine-entry-tool.conf', 'limine', 'configured', 'quiet'],
      ['/etc/limine-entry-tool.d/vfio.conf', 'limine', 'configured', 'intel_iommu=on'],
      ['/etc/default/limine', 'limine', 'configured', 'iommu=pt'],
      ['/efi/limine.conf', 'limine', 'generated', 'root=a one'],
    ])
    expect(facts.unread).toEqual([])
  })

  test('a drop-in whose list /etc/default/limine sets anew', () => {
    const [dropIn] = boot('', {
      ...INFO,
      '/etc/limine-entry-tool.d/vfio.conf': 'KERNEL_CMDLINE[default]+=" intel_iommu=on quiet"\n',
      '/etc/default/limine': 'KERNEL_CMDLINE[default]="quiet"\n',
    }).sources
    expect(dropIn).toMatchObject({ parameters: [] })
    expect(dropIn?.passedOver).toMatchObject([
      { parameter: { text: 'intel_iommu=on' }, why: 'overwritten', by: '/etc/default/limine', maybe: true },
    ])
  })

  const perhaps = (facts: BootFacts): unknown =>
    facts.sources.map((one) =>
      [one.parameters, one.perhaps ?? []].map((list) => list.map(({ text }) => text).join(' ')),
    )

  test.each<[string, Record<string, Entry>, string[]]>([
    ['the running one', { '/usr/lib/modules/6.8.0-1/pkgbase': 'linux-lts\n' }, ['two', 'all']],
    ['another one', { '/usr/lib/modules/6.8.0-1/pkgbase': 'linux\n' }, ['all', '']],
    [
      'one of a name that could not be read',
      { '/usr/lib/modules/6.8.0-1/pkgbase': { error: 'denied' } },
      ['all', 'two'],
    ],
  ])('a key for one kernel: %s', (_, files, wanted) => {
    const text = 'KERNEL_CMDLINE[default]="all"\nKERNEL_CMDLINE["linux-lts"]="two"\n'
    expect(perhaps(boot('', { ...INFO, ...files, '/etc/default/limine': text }))).toEqual([wanted])
  })

  test('the entry that starts is not told', () => {
    const facts = boot('root=a', { ...INFO, '/boot/EFI/limine/limine.conf': `remember_last_entry: yes\n${MENU}` })
    expect(perhaps(facts)).toEqual([['root=a', 'one two']])
  })

  test('a unified kernel image, which the tool makes', () => {
    const facts = boot('root=a', {
      ...INFO,
      ...efi('StubInfo', 'systemd-stub 257'),
      '/etc/default/limine': 'KERNEL_CMDLINE[default]="root=a intel_iommu=on"\nENABLE_UKI=yes\n',
      '/boot/limine.conf': '/+A\n//linux\nprotocol: efi\npath: boot():/EFI/Linux/a.efi\n',
      '/boot/EFI/Linux/a.efi': peImage({ '.cmdline': 'root=a', '.uname': '6.8.0-1', '.linux': 'k' }),
    })
    expect(facts.loader).toMatchObject({ value: 'uki' })
    expect(listed(facts)).toEqual([
      ['/boot/EFI/Linux/a.efi', 'uki', 'generated', 'root=a'],
      ['/etc/default/limine', 'uki', 'configured', 'root=a intel_iommu=on'],
    ])
    expect(facts.unread).toEqual([])
  })

  test('places that may not be read, and none of them without a sign of Limine', () => {
    const shut: Record<string, Entry> = {
      '/etc/limine-entry-tool.d': { error: 'denied' },
      '/etc/limine-entry-tool.conf': { error: 'denied' },
    }
    expect(boot('', { ...INFO, ...shut }).unread).toEqual([
      { path: '/etc/limine-entry-tool.conf', reason: 'denied' },
      { path: '/etc/limine-entry-tool.d', reason: 'denied' },
    ])
    expect(boot('', shut).unread).toEqual([])
  })
})

test('ostree: the deployment of the next boot', () => {
  const facts = boot('BOOT_IMAGE=(hd0)/ostree/a/vmlinuz-6.8.0-1 ostree=/ostree/boot.1/a', {
    '/etc/default/grub': 'GRUB_ENABLE_BLSCFG=true\n',
    '/boot/loader': { link: 'loader.1' },
    '/boot/loader.1/entries/ostree-1.conf': 'version 1\nlinux /ostree/a/vmlinuz\noptions old\n',
    '/boot/loader.1/entries/ostree-2.conf': 'version 2\nlinux /ostree/b/vmlinuz\noptions new intel_iommu=on\n',
    '/usr/lib/bootc/kargs.d/a.toml': 'kargs = ["x"]\n',
  })
  expect(facts.loader).toEqual({ state: 'known', value: 'ostree', source: '/proc/cmdline' })
  expect(listed(facts)).toEqual([
    ['/etc/default/grub', 'grub-bls', 'configured', ''],
    ['/boot/loader/entries/ostree-2.conf', 'ostree', 'generated', 'new intel_iommu=on'],
    ['/usr/lib/bootc/kargs.d/a.toml', 'ostree', 'configured', 'x'],
  ])
})

describe('loaders by their files', () => {
  test.each<[string, string, Record<string, Entry>]>([
    ['extlinux', 'BOOT_IMAGE=vmlinuz-lts', { '/boot/extlinux.conf': 'LABEL a\nAPPEND x\n' }],
    ['raspberry-pi', '', { '/boot/firmware/cmdline.txt': 'console=tty1\n' }],
    ['refind', '', { ...PLAIN_EFI, '/boot/refind_linux.conf': '"a" "ro"\n' }],
    ['limine', '', { ...efi('LoaderInfo', 'Limine 9.0'), '/boot/limine.conf': 'cmdline: a\n' }],
    ['zfsbootmenu', '', { ...PLAIN_EFI, '/etc/zfsbootmenu/config.yaml': '' }],
    // Left over from an installation with systemd-boot: the firmware would know.
    ['grub', '', { ...PLAIN_EFI, '/etc/kernel/cmdline': 'x', '/etc/default/grub': '' }],
    // systemd-boot needs EFI.
    ['grub', '', { '/boot/loader/entries/a.conf': 'linux /a\n', '/boot/grub/grub.cfg': GRUB_CFG }],
  ])('%s', (wanted, cmdline, files) => {
    expect(boot(cmdline, files).loader).toMatchObject({ state: 'known', value: wanted })
  })

  test.each<[string, string, Record<string, Entry>]>([
    ['GRUB or extlinux', 'BOOT_IMAGE=/vmlinuz', { '/etc/default/grub': '', '/boot/extlinux.conf': 'append x\n' }],
    [
      'GRUB or systemd-boot, efivarfs not mounted',
      '',
      { '/sys/firmware/efi/efivars/': '', '/etc/default/grub': '', '/etc/kernel/cmdline': 'x' },
    ],
    ['the firmware itself, or something unheard of', '', PLAIN_EFI],
    ['a container sees the command line of its host, and not its loader', 'BOOT_IMAGE=/vmlinuz-6.8.0-1', {}],
    ['ZFSBootMenu or a unified image', '', { ...efi('StubInfo', 's'), '/etc/zfsbootmenu/': '' }],
  ])('cannot tell: %s', (_, cmdline, files) => {
    expect(boot(cmdline, files).loader).toMatchObject({ state: 'unknown', reason: 'unreadable' })
  })

  test('cannot tell: /boot is out of reach', () => {
    const files = { '/boot': { error: 'denied' as const }, '/boot/grub/grub.cfg': { error: 'denied' as const } }
    expect(boot('', files).loader).toMatchObject({ state: 'unknown', reason: 'denied', source: '/boot' })
  })

  test('none: a hypervisor started this kernel', () => {
    expect(boot('console=ttyS0', {}).loader).toEqual({ state: 'known', value: null, source: '/boot, /etc' })
  })
})

test('a broken configuration is named', () => {
  expect(boot('', { '/etc/kernelstub/configuration': '{' }).unread).toEqual([
    { path: '/etc/kernelstub/configuration', reason: 'unreadable' },
  ])
})
