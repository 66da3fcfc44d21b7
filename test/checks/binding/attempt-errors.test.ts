import { check } from '../../../checks/binding/attempt-errors.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import {
  bridge,
  commandLine,
  endpoint,
  fact,
  fn,
  kernel,
  messages,
  pciFacts,
  type FunctionPatch,
} from '../../support/facts.ts'

const AT = '0000:05:00.0'
const VFIO = '/sys/bus/pci/drivers/vfio-pci'
const attempt = (
  kind: Attempt['kind'],
  command: string,
  error: string | null,
  patch: Partial<Attempt> = {},
): Attempt => ({
  kind,
  command,
  error,
  address: AT,
  deviceId: null,
  driver: 'vfio-pci',
  line: 10,
  ...patch,
})
const tried = (...list: readonly Attempt[]) => fact(list, 'paste')
const bind = attempt('bind', `echo ${AT} > ${VFIO}/bind`, 'No such device')
const free = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({
    vendorId: '1b36',
    deviceId: '0010',
    driver: null,
    physicalFunction: null,
    ...patch,
    address: patch.address ?? AT,
  })
const newId = (error: string | null, line: number = 10) =>
  attempt('new-id', `echo 1b36 0010 > ${VFIO}/new_id`, error, { address: null, deviceId: '1b36:0010', line })

checkTable(check, [
  {
    name: 'an address without its domain',
    facts: { attempts: tried(attempt('bind', `echo 05:00.0 > ${VFIO}/bind`, 'No such device')), ...pciFacts([free()]) },
    expect: ['bind-address-short@0000:05:00.0'],
  },
  {
    name: 'an address where nothing is',
    facts: { attempts: tried(bind), ...pciFacts([free({ address: '0000:06:00.0' })]) },
    expect: ['bind-address-absent@0000:05:00.0'],
  },
  {
    name: 'nobody told vfio-pci of the device',
    facts: {
      attempts: tried(bind),
      commandLine: commandLine('quiet'),
      modprobe: fact({ directives: [], ignored: [], loadAtBoot: [] }),
      ...pciFacts([free()]),
    },
    expect: ['bind-without-match@0000:05:00.0'],
    confidence: 'likely',
  },
  {
    name: 'nobody is shown to have told vfio-pci of the device',
    facts: { attempts: tried(bind), ...pciFacts([free({ driverOverride: undefined })]) },
    expect: ['bind-without-match'],
    confidence: 'possible',
  },
  {
    name: 'the driver refused it, as the log says',
    facts: {
      attempts: tried(bind),
      messages: messages(['vfio-pci: probe of 0000:05:00.0 failed with error -22']),
      ...pciFacts([free()]),
    },
    expect: 'skip',
  },
  {
    name: 'its id was given before',
    facts: { attempts: tried(newId(null, 5), bind), ...pciFacts([free()]) },
    expect: 'skip',
  },
  {
    name: 'its id is on the command line',
    facts: { attempts: tried(bind), commandLine: commandLine('vfio-pci.ids=1b36:0010'), ...pciFacts([free()]) },
    expect: 'skip',
  },
  {
    name: 'a bridge is told elsewhere',
    facts: { attempts: tried(bind), ...pciFacts([bridge({ address: AT, driver: null })]) },
    expect: 'skip',
  },
  {
    name: 'a virtual function that drivers are kept from',
    facts: {
      attempts: tried(bind),
      ...pciFacts([free({ physicalFunction: '0000:05:00.7' }), fn({ address: '0000:05:00.7', sriovAutoprobe: false })]),
    },
    expect: ['bind-vf-autoprobe-off@0000:05:00.0'],
  },
  {
    name: 'a switch that is off, and nothing that tells whose function it is',
    facts: {
      attempts: tried(bind),
      ...pciFacts([free({ physicalFunction: undefined }), fn({ address: '0000:05:00.7', sriovAutoprobe: false })]),
    },
    expect: ['bind-vf-autoprobe-off@0000:05:00.0'],
    confidence: 'likely',
  },
  {
    name: 'a switch that is off, and a function that is known to be physical',
    facts: {
      attempts: tried(bind),
      ...pciFacts([free({ physicalFunction: null }), fn({ address: '0000:05:00.7', sriovAutoprobe: false })]),
    },
    expect: ['bind-without-match@0000:05:00.0'],
  },
  {
    name: 'a driver has it, which is not the reason of that answer since 5.14',
    facts: {
      attempts: tried(attempt('bind', `echo ${AT} > ${VFIO}/bind`, 'No such device')),
      kernel: kernel('6.8.0'),
      ...pciFacts([free({ driver: 'nvme' })]),
    },
    expect: ['bind-without-match@0000:05:00.0'],
  },
  {
    name: 'a driver has it, as kernels before 5.14 answer',
    facts: {
      attempts: tried(attempt('bind', `echo ${AT} > ${VFIO}/bind`, 'No such device')),
      kernel: kernel('5.10.0'),
      ...pciFacts([free({ driver: 'nvme' })]),
    },
    expect: ['bind-still-on-driver@0000:05:00.0'],
  },
  {
    name: 'a driver has it still',
    facts: {
      attempts: tried(attempt('bind', `echo ${AT} > ${VFIO}/bind`, 'Device or resource busy')),
      ...pciFacts([free({ driver: 'nvme' })]),
    },
    expect: ['bind-still-on-driver@0000:05:00.0'],
  },
  {
    name: 'bound since',
    facts: { attempts: tried(bind), ...pciFacts([free({ driver: 'vfio-pci' })]) },
    expect: 'skip',
  },
  {
    name: 'an id that was given before, for a second device',
    facts: {
      attempts: tried(newId('File exists')),
      ...pciFacts([free(), free({ address: '0000:06:00.0', driver: 'vfio-pci' })]),
    },
    expect: ['new-id-twin@host'],
    confidence: 'likely',
  },
  {
    name: 'an id that was given before, and its devices are all bound',
    facts: { attempts: tried(newId('File exists')), ...pciFacts([free({ driver: 'vfio-pci' })]) },
    expect: 'skip',
  },
  {
    name: 'only the answer is shown',
    facts: { messages: messages(['tee: /sys/bus/pci/drivers/vfio-pci/new_id: File exists']) },
    expect: ['new-id-twin'],
    severity: 'info',
    confidence: 'possible',
  },
  {
    name: 'nothing to unbind',
    facts: {
      attempts: tried(
        attempt('unbind', `echo ${AT} > /sys/bus/pci/drivers/nvme/unbind`, 'No such device', { driver: 'nvme' }),
      ),
    },
    expect: ['unbind-not-there@0000:05:00.0'],
    severity: 'info',
  },
  {
    name: 'nothing to unbind, by the answer alone',
    facts: { messages: messages(['tee: /sys/bus/pci/drivers/nouveau/unbind: No such device']) },
    expect: ['unbind-not-there@host'],
  },
  {
    name: 'vfio-pci is not loaded',
    facts: { attempts: tried(attempt('new-id', `echo 1b36 0010 > ${VFIO}/new_id`, 'No such file or directory')) },
    expect: ['write-path-no-vfio'],
  },
  {
    name: 'somebody looked for its directory',
    facts: { attempts: tried(attempt('other', `ls: cannot access '${VFIO}'`, 'No such file or directory')) },
    expect: ['write-path-no-vfio'],
  },
  {
    name: 'no driver to unbind from',
    facts: {
      attempts: tried(
        attempt('unbind', `echo ${AT} > /sys/bus/pci/devices/${AT}/driver/unbind`, 'No such file or directory'),
      ),
    },
    expect: ['write-path-missing'],
    severity: 'info',
  },
  {
    name: 'it worked',
    facts: { attempts: tried(attempt('bind', `echo ${AT} > ${VFIO}/bind`, null)), ...pciFacts([free()]) },
    expect: 'skip',
  },
  { name: 'nothing is known', facts: {}, expect: 'skip' },
])
