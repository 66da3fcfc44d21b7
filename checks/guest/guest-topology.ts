import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { heldByDisplay, WITHOUT_DISPLAY } from '../../src/rules/guest-display.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'guest-without-bus': ['p-nobus', 'l-addr-no-bus'],
  'guest-bus-unknown': ['p-bus-unknown'],
  'guest-slot': [
    'p-singlefn',
    'p-fn0',
    'p-noslot',
    'p-slotused',
    'p-badslot',
    'l-addrtype',
    'l-function-zero',
    'l-function-zero-old',
    'l-addr-range',
    'l-addr-zero',
    'l-addr-part',
    'l-addr-twice',
    'l-addr-twice-old',
    'l-addr-kind',
    'l-addr-kind-old',
    'l-addr-integrated',
    'l-addr-bridge-order',
    'l-addr-controller',
  ],
  'guest-slot-invisible': ['p-slot0only'],
  'guest-hotplug': [
    'p-nohotplug',
    'l-hotplug-subsys',
    'l-cannot-unplug-mf',
    'l-unplug-ctrl',
    'l-addr-hotplug',
    'l-addr-no-slot',
  ],
} as const

export const check: AnyCheck = defineCheck({
  id: 'guest-topology',
  area: 'guest',
  title: 'The buses and addresses of the guest fit its devices',
  needs: ['messages'],
  uses: [],
  problems: {
    'guest-without-bus': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest has no {bus} bus with room for {model}',
      summary:
        'A passed device needs a PCI bus in the guest. The machine type microvm has none unless it is given pcie=on, a bus without a free slot does not count, and libvirt sees none where it does not know the machine type by its name.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A machine type with a PCI bus (q35, pc, virt) and a free slot.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Use a machine type with a PCI Express bus, or switch that bus on.',
          qemu: '-machine q35   (or: -machine microvm,pcie=on)',
        },
      ],
      blocks: 'machine',
      sources: [
        'QEMU system/qdev-monitor.c: qdev_device_add_from_qdict',
        'QEMU docs/system/i386/microvm.rst',
        'libvirt src/conf/domain_addr.c: virDomainPCIAddressValidate',
      ],
    },
    'guest-bus-unknown': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest names a bus that its machine does not have: {bus}',
      summary:
        'Each machine type has buses of its own: pci.0 on i440fx and on none of the others, pcie.0 on q35 and on the Arm virt machine, ide.N on x86 alone. A bus below a port exists only where the port was defined before the device.',
      proof: 'The message of QEMU.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Name a bus that the machine type has, or add the port that makes it.',
          qemu: '-device pcie-root-port,id=rp1 -device vfio-pci,host=ADDRESS,bus=rp1',
          proxmox: 'machine: q35   (needed for pcie=1)',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU system/qdev-monitor.c: qbus_find'],
    },
    'guest-slot': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The place of the device on the bus of the guest does not work',
      summary:
        'An address is taken, out of range or on a controller for another kind of device, several functions were given without multifunction on the first, or a bridge sits on a bus that does not come before its own. Below a PCI Express port there is slot 0 alone. The line names the address.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give each device a free guest address; several functions of one slot need multifunction on function 0.',
          xml: "<address type='pci' domain='0' bus='0x01' slot='0x00' function='0x0' multifunction='on'/>",
          qemu: '-device vfio-pci,host=ADDRESS,multifunction=on',
        },
      ],
      blocks: 'machine',
      sources: [
        'QEMU hw/pci/pci.c: do_pci_register_device, pci_init_multifunction',
        'libvirt src/conf/domain_addr.c: virDomainPCIAddressValidate',
      ],
    },
    'guest-slot-invisible': {
      severity: 'warn',
      family: 'guest-config',
      title: 'The guest will not see the device: only slot 0 exists below a PCIe port',
      summary:
        'A PCI Express port has one slot, number 0. QEMU starts with the device in another slot, and no guest looks there.',
      proof: 'The warning of QEMU.',
      ruledOut: 'Guest address 00.x below each port.',
      remedy: [
        {
          do: 'change-guest',
          say: 'Put the device at slot 0 of its port.',
          qemu: '-device vfio-pci,host=ADDRESS,bus=PORT,addr=00.0',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/pci/pci.c: pcie_has_upstream_port'],
    },
    'guest-hotplug': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The device cannot be plugged in or out where it is while the guest runs',
      summary:
        'The root bus of a q35 guest takes no hot-plug, and neither do single functions of a device. Plug devices into a PCIe root port that was there from the start, or change the guest while it is off.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A free root port in the guest.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Add empty root ports for later.',
          xml: "<controller type='pci' model='pcie-root-port'/>",
          qemu: '-device pcie-root-port,id=rp1',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU docs/pcie.txt', 'libvirt src/qemu/qemu_hotplug.c'],
    },
  },
  judge(facts) {
    const hits = raise<keyof typeof CODES>(facts.messages, CODES).map((hit) => {
      const named = { ...hit, values: { bus: 'PCI', model: 'its devices', ...hit.values } }
      return hit.code === 'guest-slot' && heldByDisplay(hit.values?.['line'] ?? '')
        ? { ...named, remedy: WITHOUT_DISPLAY }
        : named
    })
    return concludeOutput(hits, 'no output of a VMM refuses a bus or an address of the guest')
  },
})
