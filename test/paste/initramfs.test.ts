import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf, functionOf, known } from './support.ts'

describe('what makes the initramfs', () => {
  it('mkinitcpio, as the file has it', () => {
    const facts = factsOf(`
      $ grep -v '^#' /etc/mkinitcpio.conf
      MODULES=(amdgpu vfio_pci vfio vfio_iommu_type1)
      BINARIES=()
      HOOKS=(base udev autodetect kms block filesystems)`)
    expect(valueOf(facts.initramfs)).toMatchObject({
      tool: 'mkinitcpio',
      hooks: ['base', 'udev', 'autodetect', 'kms', 'block', 'filesystems'],
    })
    const names = valueOf(facts.initramfs)?.configuredModules.map((one) => one.module)
    expect(names).toEqual(['amdgpu', 'vfio_pci', 'vfio', 'vfio_iommu_type1'])
  })

  it('mkinitcpio in its older form, behind the number that grep puts in front', () => {
    const facts = factsOf('7:MODULES="vfio vfio_iommu_type1 vfio_pci"')
    expect(valueOf(facts.initramfs)?.configuredModules).toMatchObject([
      { module: 'vfio' },
      { module: 'vfio_iommu_type1' },
      { module: 'vfio_pci', source: '/etc/mkinitcpio.conf: MODULES' },
    ])
  })

  it('hooks alone, which do not tell what comes first', () => {
    expect(valueOf(factsOf('HOOKS=(base udev kms block)').initramfs)).toMatchObject({ tool: 'mkinitcpio', hooks: null })
  })

  it('dracut', () => {
    const facts = factsOf(`
      $ cat /etc/dracut.conf.d/10-vfio.conf
      add_drivers+=" vfio vfio_pci "
      force_drivers+=" vfio_iommu_type1 "`)
    expect(valueOf(facts.initramfs)).toMatchObject({ tool: 'dracut', hooks: null })
    expect(valueOf(facts.initramfs)?.configuredModules).toContainEqual({
      module: 'vfio_pci',
      source: '/etc/dracut.conf.d/10-vfio.conf: add_drivers',
    })
  })

  it('the list of initramfs-tools is none of what is loaded once the system is up', () => {
    const facts = factsOf(`
      $ cat /etc/initramfs-tools/modules
      vfio
      vfio_pci`)
    expect(valueOf(facts.initramfs)).toMatchObject({ tool: 'initramfs-tools' })
    expect(facts.modprobe.state).toBe('unknown')
  })

  it.each(['MODULES=most', '#MODULES=(vfio_pci)', 'I put MODULES=(vfio_pci) into the file', 'drivers+=foo'])(
    'not in: %s',
    (post) => {
      expect(factsOf(post).initramfs.state).toBe('unknown')
    },
  )
})

describe('what is built in', () => {
  const list = 'kernel/drivers/vfio/pci/vfio-pci.ko\nkernel/drivers/usb/host/xhci-pci.ko'

  it.each([
    `$ grep -e vfio -e xhci /lib/modules/$(uname -r)/modules.builtin\n${list}`,
    '/lib/modules/6.8.0/modules.builtin:kernel/drivers/vfio/pci/vfio-pci.ko',
  ])('is what the list of the kernel names: %s', (post) => {
    const modules = valueOf(factsOf(post).modules)
    expect(modules === undefined ? undefined : valueOf(modules.builtin)).toContain('vfio_pci')
  })

  it('is not what some other list of files names', () => {
    expect(factsOf(list).modules.state).toBe('unknown')
  })
})

describe('what files of Xen say', () => {
  it('the control domain', () => {
    const facts = factsOf(`
      # cat /sys/hypervisor/type
      xen
      # cat /proc/xen/capabilities
      control_d`)
    expect(valueOf(facts.environment)).toMatchObject({ hypervisor: 'Xen', xenDom0: true })
  })

  it('a guest', () => {
    const facts = factsOf(`
      $ cat /sys/hypervisor/type
      xen`)
    expect(valueOf(facts.environment)).toMatchObject({ hypervisor: 'Xen', xenDom0: false })
  })
})

describe('what a shell shows', () => {
  it('a symbol that is off, which is no command behind a prompt', () => {
    const facts = factsOf(`
      # zgrep -E 'AMD_IOMMU|IRQ_REMAP' /proc/config.gz
      # CONFIG_AMD_IOMMU is not set
      CONFIG_IRQ_REMAP=y`)
    expect(valueOf(facts.kernelConfig)).toEqual({ CONFIG_AMD_IOMMU: 'n', CONFIG_IRQ_REMAP: 'y' })
  })

  it('an empty directory behind a prompt that is a directory and a sign', () => {
    const facts = factsOf(`
      ~$ ls /sys/class/iommu
      ~$ uname -r
      6.8.0-45-generic`)
    expect(valueOf(facts.iommuUnits)).toEqual([])
  })

  it('the members of one group', () => {
    const facts = factsOf(`
      $ ls /sys/kernel/iommu_groups/12/devices
      0000:02:00.0  0000:02:00.1`)
    expect(known(functionOf(facts, '0000:02:00.1'))).toMatchObject({ group: 12 })
  })

  it('that vfio-pci has no directory', () => {
    const facts = factsOf("ls: cannot access '/sys/bus/pci/drivers/vfio-pci': No such file or directory")
    expect(valueOf(facts.attempts)).toMatchObject([{ kind: 'other', error: 'No such file or directory' }])
  })

  it.each([
    '$ ls /sys/firmware/acpi/tables/DMAR\n/sys/firmware/acpi/tables/DMAR',
    '$ ls -l /sys/firmware/acpi/tables/DMAR\n-r-------- 1 root root 136 Nov  2 10:12 /sys/firmware/acpi/tables/DMAR',
    '$ ls /sys/firmware/acpi/tables | grep -e DMAR -e IVRS\nDMAR',
  ])('one table of firmware that was looked for: %s', (post) => {
    expect(valueOf(factsOf(post).acpi)?.tables).toEqual(['DMAR'])
  })

  it('what grep prints of files below modprobe.d', () => {
    const facts = factsOf(`
      /etc/modprobe.d/vfio.conf:1:options vfio-pci ids=10de:2484,10de:228b
      /etc/modprobe.d/kvm.conf:blacklist kvm_amd
      /etc/modules:vfio_pci`)
    expect(valueOf(facts.modprobe)).toMatchObject({
      directives: [
        { kind: 'options', module: 'vfio_pci', path: '/etc/modprobe.d/vfio.conf' },
        { kind: 'blacklist', module: 'kvm_amd', path: '/etc/modprobe.d/kvm.conf' },
      ],
      loadAtBoot: [{ module: 'vfio_pci', path: '/etc/modules' }],
    })
  })

  it('an entry that only GRUB can read', () => {
    const facts = factsOf(`
      GRUB_CMDLINE_LINUX="rd.lvm.lv=rl/root intel_iommu=on"
      options root=/dev/mapper/rl-root ro rd.lvm.lv=rl/root $tuned_params`)
    expect(valueOf(facts.boot)?.sources).toMatchObject([{ loader: 'grub' }, { loader: 'grub-bls' }])
  })
})
