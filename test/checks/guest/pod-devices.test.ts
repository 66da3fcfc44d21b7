import { check } from '../../../checks/guest/pod-devices.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

const cut = (resource: string): string =>
  `Warning FailedScheduling 9s default-scheduler 0/2 nodes are available: 2 Insufficient ${resource}.`

checkTable(check, [
  ...(['GPU', 'HostDevice'] as const).map((kind) => ({
    name: `a ${kind} that is not listed`,
    facts: {
      messages: messages([
        `failed to render launch manifest: ${kind} example.com/card is not permitted in permittedHostDevices configuration`,
      ]),
    },
    expect: ['pod-device-not-permitted@host'],
    severity: 'fail' as const,
  })),
  {
    name: 'the runtime has no port for the device',
    facts: {
      messages: messages([
        'failed to create shim task: cold_plug_vfio= or hot_plug_vfio= port is not set for device 0000:0a:00.1 (BridgePort | RootPort | SwitchPort): unknown',
      ]),
    },
    expect: ['pod-runtime-port-unset@0000:0a:00.1'],
    severity: 'fail',
  },
  ...['GPU', 'Host Devices'].map((gate) => ({
    name: `the gate of ${gate} is closed`,
    facts: { messages: messages([`admission denied: ${gate} feature gate is not enabled in kubevirt-config`]) },
    expect: ['pod-feature-gate-off@host'],
  })),
  {
    name: 'the gate of something else is closed',
    facts: { messages: messages(['Snapshot feature gate is not enabled in kubevirt-config']) },
    expect: 'skip',
  },
  {
    name: 'no node offers the device',
    facts: { messages: messages([cut('example.com/card')]) },
    expect: ['pod-device-not-offered@host'],
    severity: 'warn',
    confidence: 'likely',
  },
  ...['memory', 'cpu', 'hugepages-2Mi', 'devices.kubevirt.io/kvm'].map((resource) => ({
    name: `no node offers ${resource}`,
    facts: { messages: messages([cut(resource)]) },
    expect: 'skip' as const,
  })),
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
