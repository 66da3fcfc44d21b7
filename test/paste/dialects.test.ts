import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf, functionOf, groupsOf, known } from './support.ts'

describe('groups are found in', () => {
  const ONE = { 1: ['0000:00:01.0', '0000:01:00.0'], 2: ['0000:02:00.0'] }

  it.each([
    [
      'the script of the wikis',
      `
      IOMMU Group 1:
      	00:01.0 PCI bridge [0604]: Intel Corporation Port [8086:1901] (rev 05)
      	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b80] (rev a1)
      IOMMU Group 2:
      	02:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)`,
    ],
    [
      'one line a device',
      `
      IOMMU Group 1 00:01.0 PCI bridge [0604]: Intel Corporation Port [8086:1901] (rev 05)
      IOMMU Group 1 01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b80] (rev a1)
      IOMMU Group 2 02:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)`,
    ],
    [
      'rows of signs, in a quoted mail',
      `
      > ### Group 1 ###
      >     00:01.0 PCI bridge: Intel Corporation Port (rev 05)
      >     01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)
      > ### Group 2 ###
      >     02:00.0 Ethernet controller: Intel Corporation I210 (rev 03)`,
    ],
    [
      'find',
      `
      $ find /sys/kernel/iommu_groups -type l
      /sys/kernel/iommu_groups/1/devices/0000:00:01.0
      /sys/kernel/iommu_groups/1/devices/0000:01:00.0
      /sys/kernel/iommu_groups/2/devices/0000:02:00.0`,
    ],
    [
      'find from where the shell stands',
      `
      root@pve:/sys/kernel/iommu_groups# find . -type l
      ./1/devices/0000:00:01.0
      ./1/devices/0000:01:00.0
      ./2/devices/0000:02:00.0`,
    ],
    [
      'the log',
      `
      [    0.5] not a time
      [    0.512345] pci 0000:00:01.0: Adding to iommu group 1
      [    0.512346] pci 0000:01:00.0: Adding to iommu group 1
      [    0.512347] pci 0000:02:00.0: Adding to iommu group 2`,
    ],
    [
      'lspci -v',
      `
      00:01.0 PCI bridge: Intel Corporation Port (rev 05)
      	Flags: bus master, fast devsel, latency 0, IRQ 120, IOMMU group 1
      01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)
      	Flags: fast devsel, IRQ 11, IOMMU group 1
      02:00.0 Ethernet controller: Intel Corporation I210 (rev 03)
      	Flags: fast devsel, IRQ 12, IOMMU group 2`,
    ],
    [
      'lspci -vmm',
      `
      Slot:	00:01.0
      Class:	PCI bridge [0604]
      IOMMUGroup:	1

      Slot:	01:00.0
      Driver:	nvidia
      IOMMUGroup:	1

      Slot:	02:00.0
      IOMMUGroup:	2`,
    ],
    [
      'readlink and ls -l',
      `
      # readlink -f /sys/bus/pci/devices/0000:00:01.0/iommu_group
      /sys/kernel/iommu_groups/1
      # ls -l /sys/bus/pci/devices/0000\\:01\\:00.0/
      lrwxrwxrwx 1 root root 0 Feb 24 13:07 iommu_group -> ../../../../kernel/iommu_groups/1
      # ls -l /sys/kernel/iommu_groups/2/devices/
      lrwxrwxrwx 1 root root 0 Feb 24 13:07 0000:02:00.0 -> ../../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0`,
    ],
    [
      'the table of pvesh',
      `
      │ class    │ device │ id           │ iommugroup │ vendor │ device_name │
      │ 0x060400 │ 0x1901 │ 0000:00:01.0 │          1 │ 0x8086 │ Port        │
      │ 0x030000 │ 0x1b80 │ 0000:01:00.0 │          1 │ 0x10de │ GP104       │
      │ 0x020000 │ 0x1533 │ 0000:02:00.0 │          2 │ 0x8086 │ I210        │`,
    ],
    [
      'the JSON of pvesh',
      `
      [{"class":"0x060400","id":"0000:00:01.0","iommugroup":1,"vendor":"0x8086"},{"id":"0000:01:00.0","iommugroup":1},
      {
         "class" : "0x020000",
         "device" : "0x1533",
         "id" : "0000:02:00.0",
         "iommugroup" : 2,
         "mdev" : {},
         "vendor" : "0x8086"
      }
      ]`,
    ],
    [
      'the XML of two devices of libvirt',
      `
      <device>
        <name>pci_0000_01_00_0</name>
        <capability type='pci'>
          <iommuGroup number='1'>
            <address domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
            <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
          </iommuGroup>
        </capability>
      </device>
      <device>
        <name>pci_0000_02_00_0</name>
        <capability type='pci'>
          <iommuGroup number='2'>
            <address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
          </iommuGroup>
        </capability>
      </device>`,
    ],
  ])('%s', (_, post) => {
    expect(groupsOf(factsOf(post))).toEqual(ONE)
  })

  it('a device as virsh nodedev-dumpxml shows it', () => {
    const facts = factsOf(`
      <device>
        <name>pci_0000_06_00_0</name>
        <path>/sys/devices/pci0000:00/0000:00:1c.4/0000:06:00.0</path>
        <parent>pci_0000_00_1c_4</parent>
        <driver>
          <name>xhci_hcd</name>
        </driver>
        <capability type='pci'>
          <class>0x0c0330</class>
          <domain>0</domain>
          <product id='0x8241'>TUSB73x0 xHCI Host Controller</product>
          <vendor id='0x104c'>Texas Instruments</vendor>
          <iommuGroup number='18'>
            <address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>
          </iommuGroup>
        </capability>
      </device>`)
    expect(known(functionOf(facts, '0000:06:00.0'))).toMatchObject({
      vendorId: '104c',
      deviceId: '8241',
      class: 0x0c0330,
      driver: 'xhci_hcd',
      group: 18,
      parent: '0000:00:1c.4',
    })
    expect(valueOf(facts.guests)).toBeUndefined()
  })

  it('the last of two listings, before and after', () => {
    const facts = factsOf(`
      With the old kernel
      IOMMU Group 40:
      	09:00.0 Ethernet controller [0200]: Intel Corporation I225 [8086:15f3] (rev 03)
      and with the new one
      IOMMU Group 29:
      	00:1c.0 PCI bridge [0604]: Intel Corporation Port [8086:a330] (rev d5)
      	09:00.0 Ethernet controller [0200]: Intel Corporation I225 [8086:15f3] (rev 03)`)
    expect(groupsOf(facts)).toEqual({ 29: ['0000:00:1c.0', '0000:09:00.0'] })
  })

  it('a listing with members that are no PCI functions', () => {
    const facts = factsOf(`
      # find /sys/kernel/iommu_groups/ -type l
      /sys/kernel/iommu_groups/1/devices/fe040000.display
      /sys/kernel/iommu_groups/2/devices/fe050000.display`)
    expect(valueOf(facts.groups)?.groups.map((one) => one.others)).toEqual([['fe040000.display'], ['fe050000.display']])
  })

  it('an error that names the group of a device', () => {
    const facts = factsOf(
      'qemu-system-x86_64: -device vfio-pci,host=a1:00.0: vfio 0000:a1:00.0: error getting device from group 37: Permission denied',
    )
    expect(groupsOf(facts)).toEqual({ 37: ['0000:a1:00.0'] })
  })

  it.each([
    ['/sys/kernel/iommu_groups/7/reserved_regions shows:'],
    ['# cat /sys/kernel/iommu_groups/7/reserved_regions'],
    ['[root@host 7]# cat reserved_regions'],
    ['==> /sys/kernel/iommu_groups/7/reserved_regions <=='],
  ])('reserved regions below: %s', (head) => {
    const facts = factsOf(
      `${head}\n0x00000000000e4000  0x00000000000e5fff direct\n0x00000000fee00000 0x00000000feefffff msi\n`,
    )
    const [group] = valueOf(facts.groups)?.groups ?? []
    expect(group?.id).toBe(7)
    expect(group?.reserved).toMatchObject({
      value: [
        { start: 0xe4000n, end: 0xe5fffn, type: 'direct' },
        { start: 0xfee00000n, end: 0xfeefffffn, type: 'msi' },
      ],
    })
  })
})

describe('drivers are found in', () => {
  it.each([
    [
      'lspci -nnk, the last state of two',
      `
      $ lspci -nnk -s 01:00.0
      01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b80] (rev a1)
      	Kernel driver in use: nvidia
      	Kernel modules: nouveau, nvidia
      and after the reboot:
      01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b80] (rev a1)
      	Kernel driver in use: vfio-pci
      	Kernel modules: nouveau, nvidia`,
      'vfio-pci',
    ],
    [
      'lspci -k where only the modules are shown',
      `
      01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)
      	Kernel modules: nouveau
      `,
      null,
    ],
    [
      'readlink',
      '# readlink /sys/bus/pci/devices/0000\\:01\\:00.0/driver\n../../../../bus/pci/drivers/pci-stub',
      'pci-stub',
    ],
    [
      'ls -l of the device',
      `
      # ls -l /sys/bus/pci/devices/0000:01:00.0/driver
      lrwxrwxrwx 1 root root 0 Feb 24 13:07 /sys/bus/pci/devices/0000:01:00.0/driver -> ../../../../bus/pci/drivers/nvidia`,
      'nvidia',
    ],
    [
      'ls -l of the driver, broken by a mailer',
      `
      $ ls -l /sys/bus/pci/drivers/vfio-pci/
      total 0
      lrwxrwxrwx 1 root root    0 Nov 20 09:30 0000:01:00.0 ->
      ../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0`,
      'vfio-pci',
    ],
    [
      'a plain ls of the driver',
      '$ ls /sys/bus/pci/drivers/vfio-pci\n0000:01:00.0  bind  module  new_id  uevent',
      'vfio-pci',
    ],
    ['dpdk-devbind', "0000:01:00.0 'Ethernet XL710 1583' drv=vfio-pci unused=i40e", 'vfio-pci'],
    ['dpdk-devbind without one', "0000:01:00.0 'Ethernet XL710 1583' unused=i40e", null],
    ['driverctl', '0000:01:00.0 vfio-pci [*]', 'vfio-pci'],
    ['lshw', '  *-display\n       bus info: pci@0000:01:00.0\n       configuration: driver=amdgpu latency=0', 'amdgpu'],
    ['ethtool', '# ethtool -i p1\ndriver: ixgbe\nversion: 5\nbus-info: 0000:01:00.0', 'ixgbe'],
    ['inxi', '  Device-1: NVIDIA GP104 driver: nouveau v: kernel bus-ID: 01:00.0 chip-ID: 10de:1b80', 'nouveau'],
    ['a listing of sysfs', 'sys/devices/pci0000:00/0000:01:00.0/driver -> ../../../bus/pci/drivers/igb', 'igb'],
    [
      'a word of vfio-pci in the log',
      '[  31.500210] vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)',
      'vfio-pci',
    ],
  ])('%s', (_, post, driver) => {
    expect(functionOf(factsOf(post), '0000:01:00.0').driver).toMatchObject({ state: 'known', value: driver })
  })

  it('are not told by a block whose end was left out', () => {
    const facts = factsOf(`
      01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)
      	Subsystem: Vendor Thing
      [...]
      02:00.0 Ethernet controller: Intel Corporation I210 (rev 03)
      	Subsystem: Vendor Other
      	Kernel driver in use: igb`)
    expect(functionOf(facts, '0000:01:00.0').driver.state).toBe('unknown')
  })

  it('are told where lines in the middle of a block were left out', () => {
    const facts = factsOf(`
      01:00.0 VGA compatible controller: NVIDIA Corporation GP104 (rev a1)
      	Subsystem: Vendor Thing

      	Region 0: Memory at f7684000 (64-bit, non-prefetchable) [size=128]
      [...]
      	Kernel driver in use: nvidia`)
    expect(functionOf(facts, '0000:01:00.0').driver).toMatchObject({ value: 'nvidia' })
  })
})

describe('the resources that LXD and Incus list', () => {
  const LIST = `
    $ lxc info --resources
    CPU (x86_64):
      Vendor: GenuineIntel
      Name: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz
    GPUs:
      Card 0:
        NUMA node: 0
        Vendor: Intel Corporation (8086)
        Product: CoffeeLake-S GT2 [UHD Graphics 630] (3e92)
        PCI address: 0000:00:02.0
        Driver: i915 (6.8.0-45-generic)
        DRM:
          ID: 0
          Card: card0 (226:0)
      Card 1:
        NUMA node: 0
        Vendor: NVIDIA Corporation (10de)
        Product: TU104 [GeForce RTX 2080] (1e87)
        PCI address: 0000:01:00.0
      Card 2:
        NUMA node: 0
        Vendor: DisplayLink (17e9)
        Product: Dock (6006)
        Driver: udl (6.8.0-45-generic)
    NIC:
      NUMA node: 0
      PCI address: 0000:00:1f.6
      Driver: e1000e (6.8.0-45-generic)`

  it('gives each device its ids and its driver', () => {
    const facts = factsOf(LIST)
    const igd = { vendorId: '8086', deviceId: '3e92', driver: 'i915' }
    expect(known(functionOf(facts, '0000:00:02.0'))).toMatchObject(igd)
    expect(known(functionOf(facts, '0000:00:1f.6'))).toMatchObject({ driver: 'e1000e' })
  })

  it('says nothing of the driver of a device without such a line, and mixes no two devices', () => {
    const facts = factsOf(LIST)
    const card = known(functionOf(facts, '0000:01:00.0'))
    expect(card).toMatchObject({ vendorId: '10de', deviceId: '1e87' })
    expect(card).not.toHaveProperty('driver')
    expect(known(functionOf(facts, '0000:00:1f.6'))).not.toHaveProperty('vendorId')
  })

  it('takes no such words of other programs', () => {
    const facts = factsOf(`
      Vendor: AMD (0x1002)
      Product: some board (rev 2)
      Driver: nvidia (535.104)`)
    expect(facts.pci.state).toBe('unknown')
  })
})

describe('attributes of sysfs are found', () => {
  it('below cat, in the output of grep, and by where the shell stands', () => {
    const facts = factsOf(`
      $ cat /sys/bus/pci/devices/0000:61:00.0/reset_method
      bus
      $ grep . /sys/bus/pci/devices/*/power_state
      /sys/bus/pci/devices/0000:61:00.0/power_state:D3cold
      root@host:/sys/bus/pci/devices/0000:61:00.0# cat boot_vga
      1
      # cd /sys/bus/pci/devices/0000:61:00.0
      # cat sriov_numvfs
      0
      # cat driver_override
      vfio-pci
      # head -1 /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
      N`)
    expect(known(functionOf(facts, '0000:61:00.0'))).toMatchObject({
      resetMethods: ['bus'],
      resettable: true,
      powerState: 'D3cold',
      bootVga: true,
      sriovNumVfs: 0,
      driverOverride: 'vfio-pci',
    })
    expect(valueOf(facts.modules)?.parameters).toEqual({ vfio_iommu_type1: { allow_unsafe_interrupts: 'N' } })
  })

  it('and the error in place of a value is none', () => {
    const facts = factsOf(`
      # cat /sys/bus/pci/devices/0000:61:00.0/reset_method
      cat: /sys/bus/pci/devices/0000:61:00.0/reset_method: No such file or directory`)
    expect(functionOf(facts, '0000:61:00.0').resetMethods.state).toBe('unknown')
  })

  it('and the dump below a block is its configuration space', () => {
    const facts = factsOf(`
      00:1c.0 PCI bridge: Intel Corporation Port (rev f1)
      00: 86 80 10 a1 07 04 10 00 f1 00 04 06 10 00 81 00
      10: 00 00 00 00 00 00 00 00 00 02 04 00 f0 00 00 20
      20: 20 df 20 df f1 ff 01 00 00 00 00 00 00 00 00 00
      30: 00 00 00 00 40 00 00 00 00 00 00 00 0b 01 12 00`)
    const bridge = functionOf(facts, '0000:00:1c.0')
    expect(known(bridge)).toMatchObject({
      vendorId: '8086',
      deviceId: 'a110',
      class: 0x060400,
      headerType: 1,
      multifunction: true,
    })
    expect(valueOf(bridge.config)).toMatchObject({
      length: 64,
      secondaryBus: { value: 2 },
      subordinateBus: { value: 4 },
    })
  })

  it('and a tree, a chain of links and the buses of bridges give parents', () => {
    const facts = factsOf(`
      -[0000:00]-+-00.0
                 \\-1c.0-[02]----00.0

      00:1d.0 PCI bridge: Intel Corporation Port (rev f1)
      	Bus: primary=00, secondary=03, subordinate=03, sec-latency=0
      03:00.0 Ethernet controller: Intel Corporation I210 (rev 03)

      /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0`)
    const parents = ['0000:02:00.0', '0000:03:00.0', '0000:01:00.0', '0000:00:1c.0'].map((address) =>
      valueOf(functionOf(facts, address).parent),
    )
    expect(parents).toEqual(['0000:00:1c.0', '0000:00:1d.0', '0000:00:01.0', null])
  })
})

describe('kernel parameters are found', () => {
  it.each([
    ['/proc/cmdline', '$ cat /proc/cmdline\nBOOT_IMAGE=/vmlinuz root=/dev/sda1 ro intel_iommu=on'],
    ['the log', '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro intel_iommu=on'],
    [
      'a log that a mailer broke',
      '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.1.0-28-amd64\nroot=/dev/mapper/a-very-long-name ro intel_iommu=on',
    ],
    ['a label of its own', 'cmdline: BOOT_IMAGE=/vmlinuz-6.1.0-22-amd64 root=/dev/sda1 ro intel_iommu=on'],
    ['systemd-boot', '$ cat /proc/cmdline\ninitrd=\\initramfs.img root=UUID=1 rw intel_iommu=on'],
  ])('as this boot has them: %s', (_, post) => {
    expect(valueOf(factsOf(post).commandLine)?.parameters.at(-1)).toMatchObject({ name: 'intel_iommu', value: 'on' })
  })

  it.each([
    ['GRUB', 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"', 'configured'],
    ['GRUB, retyped without quotes', 'GRUB_CMDLINE_LINUX_DEFAULT=quiet intel_iommu=on', 'configured'],
    ['a boot entry', 'options root=UUID=1 rw quiet intel_iommu=on', 'generated'],
    ['a bare list', 'intel_iommu=on iommu=pt', 'configured'],
  ])('as somebody wrote them: %s', (_, post, layer) => {
    const facts = factsOf(post)
    expect(facts.commandLine.state).toBe('unknown')
    expect(valueOf(facts.boot)?.sources).toMatchObject([{ layer }])
    expect(valueOf(facts.boot)?.sources[0]?.parameters.map((one) => one.name)).toContain('intel_iommu')
  })

  it.each([
    '#GRUB_CMDLINE_LINUX="intel_iommu=on"',
    'I have set intel_iommu=on and VT-d is enabled.',
    'With intel_iommu=on my machine hangs, so I took it out',
  ])('not in: %s', (post) => {
    const facts = factsOf(post)
    expect(facts.boot.state).toBe('unknown')
    expect(facts.commandLine.state).toBe('unknown')
  })
})

describe('the rest of a post', () => {
  it('a kernel log in all its dress is one', () => {
    const facts = factsOf(`
      [   12.345678] one
      [Mon Apr 12 08:15:30 2026] two
      [  +0.000123] three
      Apr 12 08:15:30 host kernel: [  188.204410] four
      2025-03-02T04:05:06.123456+01:00 host kernel: [  902.115003] five
      avr. 12 08:15:30 host kernel: six
      <6>[    7.000000] seven
      > [   8.000000] eight
      - [    9.000000] nine
      Apr 12 08:15:31 host sshd[1]: not of the kernel`)
    expect(valueOf(facts.kernelLog)?.lines.map((one) => one.text)).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
    ])
  })

  it('a message that a mailer broke is whole again', () => {
    const facts = factsOf(`
      [  310.204117] DMAR: [DMA Read NO_PASID] Request device [0c:00.0]
      fault addr 0xfedcb000 [fault reason 0x06] PTE Read access is not set
      [  310.211000] next`)
    expect(valueOf(facts.kernelLog)?.lines.map((one) => one.text)).toEqual([
      'DMAR: [DMA Read NO_PASID] Request device [0c:00.0] fault addr 0xfedcb000 [fault reason 0x06] PTE Read access is not set',
      'next',
    ])
  })

  it('attempts have the error that came back, and errors tell attempts', () => {
    const facts = factsOf(`
      root@host:~# echo "0000:03:00.0" > /sys/bus/pci/drivers/vfio-pci/bind
      bash: echo: write error: Device or resource busy
      # echo 0000:04:00.0 >
      /sys/bus/pci/drivers/vfio-pci/bind

      level=error msg="write /sys/bus/pci/drivers/vfio-pci/new_id: file exists"
      # echo 1 > /sys/bus/pci/devices/0000:05:00.0/reset
      bash: echo: Schreibfehler: Das Argument ist ungültig`)
    expect(valueOf(facts.attempts)?.map(({ kind, address, error }) => [kind, address, error])).toEqual([
      ['bind', '0000:03:00.0', 'Device or resource busy'],
      ['bind', '0000:04:00.0', null],
      ['new-id', null, 'File exists'],
      ['reset', '0000:05:00.0', 'Invalid argument'],
    ])
  })

  it('the steps of one go at a device know it by the first of them', () => {
    const facts = factsOf(`
      time="2025-06-01T10:00:00Z" level=info msg="Binding device node-a-slot-2 [10b5 8724] to vfio-pci"
      time="2025-06-01T10:00:00Z" level=error msg="write /sys/bus/pci/drivers/vfio-pci/new_id: file exists"
      time="2025-06-01T10:00:00Z" level=error msg="write /sys/bus/pci/drivers/vfio-pci/bind: invalid argument"`)
    expect(valueOf(facts.attempts)?.map(({ kind, deviceId, error }) => [kind, deviceId, error])).toEqual([
      ['bind', '10b5:8724', null],
      ['new-id', '10b5:8724', 'File exists'],
      ['bind', '10b5:8724', 'Invalid argument'],
    ])
  })

  it('a switch that was written by hand', () => {
    const facts = factsOf('/sys/bus/pci/devices/0000:12:14.1# echo 0 > sriov_drivers_autoprobe')
    expect(functionOf(facts, '0000:12:14.1').sriovAutoprobe).toMatchObject({ value: false })
  })

  it('an answer in another language is met as the message that it is', () => {
    const facts = factsOf(
      'kvm: -device vfio-pci,host=01:00.0: vfio_dma_map(0x1, 0x2, 0x3, 0x4) = -12 (Nicht genügend Hauptspeicher verfügbar)',
    )
    expect(valueOf(facts.messages)?.hits.map((hit) => hit.values['error'])).toContain('ENOMEM')
  })

  it('modules, options and what is to be loaded, each with its file', () => {
    const facts = factsOf(`
      $ lsmod | grep vfio
      vfio_pci               16384  2
      vfio_iommu_type1       49152  1
      $ cat /etc/modprobe.d/vfio.conf
      options vfio-pci ids=10de:1b80,10de:10f0
      softdep nvidia pre: vfio-pci
      blacklist nouveau
      $ cat /etc/modules
      vfio
      vfio_pci
      vfio_pci ids=10de:1b81,10de:10f0 (mine differ)
      blacklist the driver, they said`)
    expect(valueOf(facts.modules)?.loaded).toMatchObject({ value: ['vfio_pci', 'vfio_iommu_type1'] })
    expect(valueOf(facts.modprobe)?.directives.map((one) => [one.kind, one.path])).toEqual([
      ['options', '/etc/modprobe.d/vfio.conf'],
      ['softdep', '/etc/modprobe.d/vfio.conf'],
      ['blacklist', '/etc/modprobe.d/vfio.conf'],
      ['options', '/etc/modules'],
    ])
    expect(valueOf(facts.modprobe)?.loadAtBoot).toEqual([
      { module: 'vfio', path: '/etc/modules' },
      { module: 'vfio_pci', path: '/etc/modules' },
      { module: 'vfio_pci', path: '/etc/modules' },
    ])
  })

  it.each([
    ['qemu, continued', 'qemu-system-x86_64 -m 4G \\\n  -device vfio-pci,host=01:00.0 \\\n  -nographic', 'qemu'],
    [
      'qemu, an option a line',
      '/usr/bin/qemu-system-x86_64\n-m 4096\n[...]\n-device vfio-pci,host=0000:01:00.0,id=hostdev0',
      'qemu',
    ],
    [
      'libvirt',
      "<hostdev mode='subsystem' type='pci' managed='yes'>\n<source>\n<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n</source>\n</hostdev>",
      'libvirt',
    ],
    [
      'libvirt, escaped by a forum',
      "&lt;hostdev mode='subsystem' type='pci'&gt;\n&lt;source&gt;&lt;address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/&gt;&lt;/source&gt;\n&lt;/hostdev&gt;",
      'libvirt',
    ],
    ['Proxmox', 'machine: q35\nhostpci0: 0000:01:00.0,pcie=1,x-vga=1', 'proxmox'],
    ['qm', 'root@pve:~# qm set 100 -hostpci0 0000:01:00.0,pcie=1', 'proxmox'],
  ])('a guest: %s', (_, post, manager) => {
    const [guest] = valueOf(factsOf(post).guests) ?? []
    expect(guest?.manager).toBe(manager)
    expect(guest?.hostDevices.map((one) => one.address)).toEqual(['0000:01:00.0'])
  })

  it('a definition without its end does not swallow what follows', () => {
    const facts = factsOf(`
      <hostdev mode='subsystem' type='pci'>
      that was the device
      and this is prose
      more of it
      and more
      $ cat /proc/cmdline
      BOOT_IMAGE=/vmlinuz root=/dev/sda1`)
    expect(facts.commandLine.state).toBe('known')
  })

  it.each([
    ['uname -a', 'Linux pve 6.8.12-4-pve #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux', '6.8.12-4-pve', 'proxmox'],
    ['uname -r', '$ uname -r\n6.11.5-300.fc41.x86_64', '6.11.5-300.fc41.x86_64', 'plain'],
    ['a label', 'Kernel: 6.14.2', '6.14.2', undefined],
    ['a label in French', 'Noyau : 6.1.0-28-amd64', '6.1.0-28-amd64', 'plain'],
    [
      'modprobe',
      'modprobe: FATAL: Module x not found in directory /lib/modules/6.5.0-9-generic',
      '6.5.0-9-generic',
      'plain',
    ],
  ])('the kernel, and who built it: %s', (_, post, release, flavour) => {
    const facts = factsOf(post)
    expect(valueOf(facts.kernel)?.release).toBe(release)
    expect(valueOf(facts.os)?.flavour).toBe(flavour)
  })

  it('the kernel, by the image that GRUB started', () => {
    const facts = factsOf('$ cat /proc/cmdline\nBOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro quiet')
    expect(valueOf(facts.kernel)?.release).toBe('6.1.0-18-amd64')
    expect(valueOf(facts.os)?.id).toBe('debian')
  })

  it('that there are no groups and no units, where a listing came out empty', () => {
    const facts = factsOf('a@b:~$ ls /sys/kernel/iommu_groups/\na@b:~$ ls /sys/class/iommu\na@b:~$ uname -r')
    expect(valueOf(facts.groups)).toEqual({ groups: [], complete: true })
    expect(valueOf(facts.iommuUnits)).toEqual([])
    const listed = '$ ls /sys/kernel/iommu_groups/\n$ lspci\n'
    expect(factsOf(listed).groups.state, 'a list of commands').toBe('unknown')
    expect(factsOf(`${listed}$`).groups.state, 'a session, by the prompt at its end').toBe('known')
    expect(factsOf('a@b:~$ ls /sys/kernel/iommu_groups/').groups.state).toBe('unknown')
  })

  it.each([
    ['BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro', 'grub'],
    ['BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.5.6-300.fc39.x86_64 root=/dev/sda3 ro', 'grub-bls'],
    ['initrd=\\EFI\\proxmox\\6.8.12-4-pve\\initrd.img-6.8.12-4-pve root=ZFS=rpool/ROOT/pve-1', 'proxmox-systemd-boot'],
    ['BOOT_IMAGE=/vmlinuz root=/dev/sda1 initrd=/initrd.img', undefined],
    ['root=/dev/sda1 rw quiet', undefined],
  ])('the boot loader, by its words on the command line: %s', (line, loader) => {
    const boot = valueOf(factsOf(`a@b:~$ cat /proc/cmdline\n${line}\na@b:~$`).boot)
    expect(boot === undefined ? undefined : valueOf(boot.loader)).toBe(loader)
  })

  it('an ACPI table that acpidump printed', () => {
    const bytes = new Uint8Array(48)
    bytes.set([0x44, 0x4d, 0x41, 0x52, 48, 0, 0, 0, 1])
    bytes.set([0x2d, 0x01], 36)
    bytes[9] = (256 - (bytes.reduce((sum, one) => sum + one, 0) & 0xff)) & 0xff
    const dump = [0, 16, 32].map((at) => {
      const row = [...bytes.subarray(at, at + 16)].map((one) => one.toString(16).padStart(2, '0').toUpperCase())
      return `    ${at.toString(16).padStart(4, '0')}: ${row.join(' ')}  ................`
    })
    const facts = factsOf(['DMAR @ 0x000000007B7C4000', ...dump].join('\n'))
    expect(valueOf(facts.acpi)).toMatchObject({
      tables: ['DMAR'],
      dmar: { value: { hostAddressWidth: 46, interruptRemapping: true, checksumOk: true } },
      ivrs: { state: 'unknown' },
    })
  })

  it('the machine, by dmidecode, lscpu and ulimit', () => {
    const facts = factsOf(`
      Handle 0x0000, DMI type 0, 26 bytes
      BIOS Information
      	Vendor: American Megatrends
      	Version: F31
      	Release Date: 12/10/2019

      Base Board Information
      	Manufacturer: Gigabyte
      	Product Name: X570

      Vendor ID:           AuthenticAMD
      Model name:          AMD Ryzen 7 3700X
      Flags:               fpu svm

      $ ulimit -l
      65536`)
    expect(valueOf(facts.board)).toMatchObject({ board: 'Gigabyte X570', biosVersion: 'F31', biosDate: '12/10/2019' })
    expect(valueOf(facts.cpu)).toMatchObject({ vendor: 'amd', flags: ['fpu', 'svm'] })
    expect(valueOf(facts.limits)).toEqual({ memlockSoft: 65536 * 1024, memlockHard: 65536 * 1024 })
  })

  it('claims are no evidence', () => {
    const facts = factsOf(`
      VT-d is enabled in the BIOS, the IOMMU is on, my CPU is an Intel i7 with vmx, and the card is bound to vfio-pci.
      I have checked that nothing else is in the group, and virtualization works.`)
    const told = Object.entries(facts).filter(([, fact]) => fact.state === 'known')
    expect(told.map(([name]) => name)).toEqual(['messages'])
    expect(valueOf(facts.messages)?.hits).toEqual([])
  })
})

describe('a list counts as whole', () => {
  const rows = Array.from(
    { length: 12 },
    (_, at) => `00:${at.toString(16).padStart(2, '0')}.0 Host bridge: Vendor Thing (rev 01)`,
  )

  it('where an lspci begins at the start and goes on in order', () => {
    expect(valueOf(factsOf(rows.join('\n')).pci)?.complete).toBe(true)
  })

  it.each([
    ['something was left out', [...rows.slice(0, 6), '[...]', ...rows.slice(6)]],
    ['it went through grep', ['$ lspci | grep bridge', ...rows]],
    ['its start is missing', rows.slice(1)],
    ['it is short', rows.slice(0, 5)],
  ])('not where %s', (_, lines) => {
    expect(valueOf(factsOf(lines.join('\n')).pci)?.complete).toBe(false)
  })

  it('and groups without a gap, but not an excerpt of them', () => {
    const groups = rows.map((row, at) => `IOMMU Group ${at} ${row}`)
    expect(valueOf(factsOf(groups.join('\n')).groups)?.complete).toBe(true)
    expect(valueOf(factsOf(groups.slice(1).join('\n')).groups)?.complete).toBe(false)
    expect(valueOf(factsOf([...groups, '...'].join('\n')).groups)?.complete).toBe(false)
  })

  it('and a log that is long and begins with the banner, but not its head alone', () => {
    const log = ['Linux version 6.1.0', ...Array.from({ length: 300 }, (_, at) => `line ${at}`)]
    const dressed = log.map((text, at) => `[${(at / 1000).toFixed(6).padStart(12)}] ${text}`)
    expect(valueOf(factsOf(dressed.join('\n')).kernelLog)?.fromBoot).toBe(true)
    expect(valueOf(factsOf(dressed.slice(0, 100).join('\n')).kernelLog)?.fromBoot).toBe(false)
    expect(valueOf(factsOf(['# dmesg | grep -v foo', ...dressed].join('\n')).kernelLog)?.fromBoot).toBe(false)
  })
})

describe('a message is found', () => {
  const unreset = 'internal error: Active 0000:01:00.1 devices on bus with 0000:01:00.0, not doing bus reset'
  it.each([
    ['in a heading that begins with the name of an exception', `# libvirt.libvirtError: ${unreset}`, 'l-reset-active'],
    ['in a heading that is a sentence', `# Guest stops with this: ${unreset}`, 'l-reset-active'],
    [
      'in a heading behind a word in brackets',
      '# [My board] Cannot write to sriov_numvfs (Numerical result out of range)',
      'sh-numvfs-said',
    ],
    ['on the line of the fence', `\`\`\`{"level":"error","msg":"${unreset}"}\`\`\``, 'l-reset-active'],
    [
      'in a line of syslog that lost its date',
      'box kernel: [   12.345678] IO_PAGE_FAULT device=0a:00.1 domain=0x000e address=0x00000000f7a40000 flags=0x0020]',
      'amd-iopf-nodev',
    ],
  ])('%s', (_, post, id) => {
    expect(valueOf(factsOf(post).messages)?.hits.map((hit) => hit.id)).toEqual([id])
  })

  it('and a command behind the prompt of root is still one', () => {
    const { attempts } = factsOf('# modprobe vfio-pci')
    expect(valueOf(attempts)).toMatchObject([{ kind: 'modprobe', driver: 'vfio-pci' }])
  })
})
