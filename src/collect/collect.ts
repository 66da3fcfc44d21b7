import type { Host } from '../host/host.ts'
import { unknown, type Fact } from '../model/fact.ts'
import type { KernelLog, MessageList } from '../model/log.ts'
import type { Facts, Machine } from '../model/machine.ts'
import { recognise } from '../parse/messages.ts'
import { logShelf } from '../parse/shelves/log.ts'
import { vocabularyOfWhole } from '../parse/vocabulary.ts'
import { collectAcpi } from './acpi.ts'
import { collectBoard } from './board.ts'
import { collectBoot } from './boot.ts'
import { collectCommandLine } from './command-line.ts'
import { collectCpu } from './cpu.ts'
import { collectEnvironment } from './environment.ts'
import { collectGuests } from './guests.ts'
import { collectIdentity } from './identity.ts'
import { collectInitramfs } from './initramfs.ts'
import { collectGroups, collectIommuUnits } from './iommu.ts'
import { collectInterruptRemapping } from './interrupts.ts'
import { collectKeptOverrides } from './kept-overrides.ts'
import { collectKernel, collectKernelConfig } from './kernel.ts'
import { collectKernelLog } from './kernel-log.ts'
import { withLateGroups } from './late-groups.ts'
import { collectLimits } from './limits.ts'
import { collectMemory } from './memory.ts'
import { collectModprobe } from './modprobe.ts'
import { collectModules } from './modules.ts'
import { collectNodes } from './nodes.ts'
import { collectOs } from './os.ts'
import { collectPci } from './pci.ts'
import { collectSecurity } from './security.ts'
import { collectInstallAddresses, collectInstallGaps, collectUdevRules } from './written-addresses.ts'

/**
 * Reads everything that the checks may need from a host, live or recorded. What cannot be read becomes an unknown
 * fact; nothing is written, loaded or woken. The programs run side by side while the files are read.
 */
export async function collect(host: Host): Promise<Machine> {
  const modprobe = collectModprobe(host)
  const slow = Promise.all([
    collectKernelLog(host),
    collectBoard(host),
    collectBoot(host),
    collectInitramfs(host, modprobe),
    collectGuests(host),
    collectKernelConfig(host),
    collectEnvironment(host),
  ])
  // Reading files holds everything else up: let the programs start first. A capture starts none.
  if (host.origin.source === 'live') await new Promise((started) => setImmediate(started))
  const quick = {
    os: collectOs(host),
    kernel: collectKernel(host),
    cpu: collectCpu(host),
    identity: collectIdentity(host),
    commandLine: collectCommandLine(host),
    modules: collectModules(host),
    modprobe,
    keptOverrides: collectKeptOverrides(host),
    installAddresses: collectInstallAddresses(host, modprobe),
    installGaps: collectInstallGaps(host, modprobe),
    udevRules: collectUdevRules(host),
    acpi: collectAcpi(host),
    iommuUnits: collectIommuUnits(host),
    groups: collectGroups(host),
    interruptRemapping: collectInterruptRemapping(host),
    pci: collectPci(host),
    nodes: collectNodes(host),
    limits: collectLimits(host),
    memory: collectMemory(host),
    security: collectSecurity(host),
  }
  const [kernelLog, board, boot, initramfs, guests, kernelConfig, environment] = await slow
  const facts: Facts = {
    ...quick,
    pci: withLateGroups(quick.pci, quick.iommuUnits, quick.kernel),
    kernelLog,
    board,
    boot,
    initramfs,
    guests,
    kernelConfig,
    environment,
    messages: messagesOf(kernelLog),
    // Nobody's shell history is read: attempts come from pasted sessions alone.
    attempts: unknown('not-collected', 'shell history'),
    searches: unknown('not-collected', 'shell history'),
  }
  const { at, source } = host.origin
  return { taken: { at, source, privileged: host.identity().privileged }, facts }
}

const VOCABULARY = vocabularyOfWhole(logShelf)

function messagesOf(log: Fact<KernelLog>): Fact<MessageList> {
  if (log.state === 'unknown') return log
  const { lines, fromBoot } = log.value
  return { state: 'known', value: recognise(lines, log.source, fromBoot, VOCABULARY), source: log.source }
}
