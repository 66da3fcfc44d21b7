import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { CpuFacts, EnvironmentFacts } from '../model/system.ts'
import { cleanLine } from '../parse/clean.ts'
import { parseCpuInfo } from '../parse/cpuinfo.ts'
import { containerOf } from './container.ts'
import { CPUINFO, CPUINFO_LIMIT } from './cpu.ts'
import { hypervisorOf, hypervisorOfClocks } from './hypervisors.ts'
import { unread } from './unread.ts'

const DMI = '/sys/class/dmi/id'
const TREE = '/proc/device-tree'
const CLOCKS = '/sys/devices/system/clocksource/clocksource0/available_clocksource'

interface Found {
  readonly name: string
  readonly source: string
}

/**
 * What stands between this process and the hardware. In a Xen dom0 `hypervisor` is Xen, for Xen owns the IOMMU there.
 * A container that hides itself, and a hypervisor that hides its CPUID bit and its DMI texts, are not seen.
 */
export function collectEnvironment(host: Host): Fact<EnvironmentFacts> {
  const read = host.readText(CPUINFO, CPUINFO_LIMIT)
  if (!read.ok) return unread(read, CPUINFO)
  const cpu = parseCpuInfo(read.value)
  if (cpu === null) return unknown('unreadable', CPUINFO, 'no processor in it')
  const hypervisor = virtualMachine(host, cpu)
  const container = containerOf(host)
  return known(
    {
      hypervisor: hypervisor?.name ?? null,
      container: container?.name ?? null,
      xenDom0: isDom0(host),
      wsl: text(host, '/proc/sys/kernel/osrelease').toLowerCase().includes('microsoft'),
    },
    [hypervisor?.source ?? CPUINFO, container?.source].filter(Boolean).join(', '),
  )
}

/**
 * On x86 the CPUID bit that hypervisors set for their guests decides (leaf 1, ECX 31), and DMI gives the name: clouds
 * rent out bare metal under the same DMI texts. Elsewhere there is no such bit, and DMI or the device tree decides.
 */
function virtualMachine(host: Host, cpu: CpuFacts): Found | null {
  const type = text(host, '/sys/hypervisor/type')
  if (type === 'xen') return { name: 'Xen', source: '/sys/hypervisor/type' }
  const flagged = cpu.flags.includes('hypervisor')
  const product = text(host, `${DMI}/product_name`)
  const named = hypervisorOf({ vendor: text(host, `${DMI}/sys_vendor`), product })
  const x86 = ['intel', 'amd', 'hygon', 'zhaoxin'].includes(cpu.vendor)
  if (named !== null && (flagged || named.guest || (!x86 && !product.includes('metal')))) {
    const source = `${DMI}/${named.by}`
    return { name: named.name, source: flagged ? `${CPUINFO}, ${source}` : source }
  }
  if (flagged) {
    const name = hypervisorOfClocks(text(host, CLOCKS))
    return { name: name ?? 'unknown', source: name === null ? CPUINFO : `${CPUINFO}, ${CLOCKS}` }
  }
  const tree = `${TREE}/hypervisor/compatible`
  const compatible = text(host, tree)
  if (compatible !== '')
    return { name: /xen/.test(compatible) ? 'Xen' : /kvm/.test(compatible) ? 'KVM' : 'unknown', source: tree }
  return x86 ? null : byDevices(host)
}

/**
 * Without a node for the hypervisor its devices tell: QEMU's configuration device (systemd's detect_vm_device_tree), or
 * the board that no maker sells and QEMU (hw/arm/virt.c), kvmtool (arm/fdt.c) and crosvm give their Arm guests.
 */
function byDevices(host: Host): Found | null {
  const nodes = host.list(TREE)
  const node = nodes.ok ? nodes.value.find((name) => /^fw-cfg(@|$)/.test(name)) : undefined
  if (node !== undefined) return { name: 'QEMU', source: `${TREE}/${cleanLine(node)}` }
  const board = `${TREE}/compatible`
  return text(host, board) === 'linux,dummy-virt' ? { name: 'unknown', source: board } : null
}

/** xenfs says it in words; where it is not mounted, bit 11 of the features does (XENFEAT_dom0, xen/include/public/features.h). */
function isDom0(host: Host): boolean {
  if (text(host, '/proc/xen/capabilities').includes('control_d')) return true
  const features = /^[0-9a-fA-F]{1,8}$/.exec(text(host, '/sys/hypervisor/properties/features'))
  return features !== null && ((Number.parseInt(features[0], 16) >> 11) & 1) === 1
}

function text(host: Host, path: string): string {
  const read = host.readText(path, 4096)
  return read.ok ? cleanLine(read.value).trim() : ''
}
