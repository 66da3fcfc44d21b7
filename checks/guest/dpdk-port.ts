import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { describe, findFunction, onHostDriver, sysfs } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'dpdk-port-on-host-driver' | 'dpdk-port-without-kernel' | 'dpdk-no-container'

/** Drivers of the host through which DPDK reaches a port without taking it (doc/guides/nics: mlx4, mlx5, mana, netvsc). */
const SHARED: readonly string[] = ['mlx4_core', 'mlx5_core', 'mana', 'hv_netvsc']

export const check: AnyCheck = defineCheck({
  id: 'dpdk-port',
  area: 'guest',
  title: 'Each port that DPDK was given is on a driver that it can use',
  needs: [],
  uses: ['messages', 'pci'],
  problems: {
    'dpdk-port-on-host-driver': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'DPDK cannot use {who}: it is on {driver}, a driver of the host',
      summary:
        'DPDK takes a port from vfio-pci (or a uio driver), and leaves alone what the kernel drives. The interface on the port goes away when it is bound: do not take the one that you are connected through.',
      proof: 'DPDK refused the port, and a listing shows it on a driver of the host.',
      ruledOut: 'The port on vfio-pci, or a card that DPDK shares with the kernel (mlx5).',
      remedy: [
        { do: 'bind-now', addresses: '{address}' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: ['DPDK drivers/bus/pci/linux/pci.c: pci_scan_one', 'DPDK doc/guides/linux_gsg/linux_drivers.rst'],
    },
    'dpdk-port-without-kernel': {
      severity: 'warn',
      family: 'outside-host',
      title: 'DPDK reaches {who} through the driver of the kernel, and found it without',
      summary:
        'The drivers of DPDK for these cards (mlx4, mlx5) share the card with the kernel: it stays on {core} with its RDMA part ({rdma}), and is not bound to vfio-pci. vfio-pci is right only where a virtual machine is to have the card.',
      proof: 'DPDK found no RDMA device of the port.',
      ruledOut: 'An entry under /sys/class/infiniband whose device is the port.',
      remedy: [
        { do: 'return-to-host', addresses: '{address}' },
        { do: 'load-module', modules: '{rdma}' },
        { do: 'advise', say: 'In a container pass /dev/infiniband in, and the interface with it.' },
      ],
      blocks: 'machine',
      sources: ['DPDK drivers/common/mlx5/linux/mlx5_common_os.c', 'DPDK doc/guides/platform/mlx5.rst'],
    },
    'dpdk-no-container': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'DPDK could not open /dev/vfio/vfio, and could not use {who}',
      summary:
        'Either the vfio module is not loaded, or DPDK runs where the node was not passed in or may not be opened: a container, or a user without the right to. Ports that do without VFIO work all the same.',
      proof: 'The error of DPDK on the container of VFIO, and a port that it refused.',
      ruledOut: 'The node, seen from where DPDK runs.',
      remedy: [
        { do: 'load-module', modules: 'vfio-pci' },
        { do: 'advise', say: 'In a container pass /dev/vfio in, with the node of the group.' },
      ],
      sources: ['DPDK lib/eal/linux/eal_vfio.c: rte_vfio_get_container_fd'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const closed = messagesWith(facts.messages, 'dpdk-container', 'dpdk-container-old')
    const hits = raiseBy<Code>(facts.messages, (hit) => {
      if (hit.topic === 'dpdk-no-verbs') return 'dpdk-port-without-kernel'
      if (hit.topic !== 'dpdk-port-refused') return undefined
      const fn = pci === undefined || hit.device === null ? undefined : findFunction(pci, hit.device)
      if (fn !== undefined && onHostDriver(fn) === true)
        return SHARED.includes(valueOf(fn.driver) ?? '') ? undefined : 'dpdk-port-on-host-driver'
      return closed.length > 0 ? 'dpdk-no-container' : undefined
    }).map((hit): Hit<Code> => {
      const fn = pci === undefined || hit.subject.kind !== 'device' ? undefined : findFunction(pci, hit.subject.address)
      if (hit.code === 'dpdk-port-without-kernel') {
        const family = isMlx4(fn, hit.values?.['line']) ? 'mlx4' : 'mlx5'
        return { ...hit, values: { ...hit.values, core: `${family}_core`, rdma: `${family}_ib` } }
      }
      if (hit.code === 'dpdk-port-on-host-driver' && fn !== undefined) {
        const driver = valueOf(fn.driver) ?? ''
        const seen: Evidence = {
          source: sysfs(fn.address, 'driver'),
          saw: `${describe(fn)} on ${driver}`,
          wanted: 'vfio-pci',
        }
        return { ...hit, values: { ...hit.values, driver }, evidence: [...hit.evidence, seen] }
      }
      const [first] = closed
      const error = first?.values['error']
      const said = first === undefined ? [] : [{ source: `${first.source}, line ${first.line}`, saw: first.text }]
      return {
        ...hit,
        evidence: [...hit.evidence, ...said],
        confidence: error === 'ENOENT' ? 'likely' : 'possible',
      }
    })
    return concludeOutput(hits, 'no output of DPDK says that it could not use a port')
  },
})

/** ConnectX-3 and older: by its drivers, else by the driver of DPDK that speaks (drivers/net/mlx4: `mlx4_core`, `mlx4_ib`). */
function isMlx4(fn: PciFunction | undefined, line: string = ''): boolean {
  const drivers = fn === undefined ? [] : [valueOf(fn.driver), ...(valueOf(fn.kernelModules) ?? [])]
  if (drivers.includes('mlx4_core')) return true
  return !drivers.includes('mlx5_core') && line.includes('mlx4')
}
