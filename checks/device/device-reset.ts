import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeLog } from '../../src/rules/conclude.ts'
import { findFunction, isBridge } from '../../src/rules/pci.ts'
import { othersOnBus } from '../../src/rules/reset.ts'
import { judgeMessages, type ResetMessage } from '../../src/rules/reset-messages.ts'
import { judgeAnswers, judgeMethods, type MethodCode } from '../../src/rules/reset-methods.ts'

type Code = ResetMessage | MethodCode

const SOURCES = ['drivers/pci/pci.c: pci_dev_wait, pci_reset_fn_methods'] as const

export const check: AnyCheck = defineCheck({
  id: 'device-reset',
  area: 'device',
  title: 'Each device to be passed through can be reset, and comes back',
  needs: [],
  uses: ['messages', 'pci', 'attempts'],
  problems: {
    'reset-not-returned': {
      severity: 'fail',
      family: 'reset-failure',
      title: '{who} did not come back in time after {method}',
      summary:
        'The kernel waited a minute for the device to answer after {method}, and gave up. {since} Another kind of reset, or a kernel that knows not to use this one, may keep it from happening again.',
      proof: 'The kernel line "not ready … after …; giving up".',
      ruledOut: 'A line "ready … after …" later on, or a configuration space that reads plain values.',
      explains: [
        'device-config-dead',
        'device-power-stuck',
        'device-power-woke',
        'device-access-failed',
        'device-open-refused',
        'reset-failed',
        'guest-start-failed',
        'reset-was-slow',
      ],
      remedy: [
        { do: 'rescan-device', address: '{address}' },
        {
          do: 'advise',
          say: 'If it does not come back, switch the machine off wholly and on again: a mere restart leaves the slot under power.',
        },
        { do: 'upgrade', what: 'kernel' },
      ],
      sources: SOURCES,
    },
    'reset-none': {
      severity: 'warn',
      family: 'reset-failure',
      title: '{who} cannot be reset',
      summary:
        'No kind of reset is on offer, so the device keeps its state from one guest to the next. Its first use after a start of the host mostly works; a second may not until the host restarts.',
      proof: 'No reset attribute of the device, or the message of a VMM that there is no reset.',
      ruledOut: 'A reset attribute, and a method in reset_method.',
      explains: ['reset-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Use the device in one guest a start of the host, or give the guest all functions that share its bus, so that the bus can be reset.',
        },
      ],
      sources: ['Documentation/ABI/testing/sysfs-bus-pci: reset', 'QEMU hw/vfio/pci.c: vfio_pci_hot_reset', ...SOURCES],
    },
    'reset-failed': {
      severity: 'warn',
      family: 'reset-failure',
      title: 'Resetting {who} failed',
      summary:
        'A reset was tried and did not work: no method took, or the device did not answer in time. The kernel log of that moment tells which. The guest may meet the device in the state in which the last one left it.',
      proof: 'The message of the kernel, the VMM or the shell.',
      ruledOut: 'A later reset that worked.',
      explains: ['sysfs-write-refused'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'reset-device', address: '{address}' },
      ],
      sources: ['drivers/pci/pci-sysfs.c: reset_store', ...SOURCES],
    },
    'reset-needs-siblings': {
      severity: 'warn',
      family: 'reset-failure',
      title: '{who} can be reset only together with devices that the guest does not have',
      summary:
        'Its only reset is that of its bus, and another device is on that bus. QEMU resets the bus only when the guest holds everything on it.',
      proof:
        'The message of QEMU or libvirt, or "Inappropriate ioctl for device" in answer to a reset where reset_method holds "bus" alone.',
      ruledOut: 'All functions on the bus in the same guest, or a reset of the function alone (FLR, PM).',
      explains: ['sysfs-write-refused', 'reset-failed'],
      remedy: [{ do: 'change-guest', say: 'Give the guest all functions of the card.' }],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_ioctl_pci_hot_reset', 'QEMU hw/vfio/pci.c'],
    },
    'reset-methods-emptied': {
      severity: 'warn',
      family: 'reset-failure',
      title: 'Somebody switched all resets of {who} off',
      summary:
        'An empty text was written to reset_method, mostly by a script that meant to choose another method. The device is not reset between guests any more.',
      proof: 'The kernel line, or a reset_method that is there and empty.',
      ruledOut: 'A method in reset_method.',
      explains: ['reset-none', 'reset-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Write the word default into reset_method of the device, and take the script out that emptied it.',
        },
      ],
      sources: ['drivers/pci/pci.c: reset_method_store', 'Documentation/ABI/testing/sysfs-bus-pci: reset_method'],
    },
    'reset-was-slow': {
      severity: 'info',
      family: 'reset-failure',
      title: '{who} was reset while it was still busy',
      summary:
        'The kernel waited for transactions of the device to end, and reset it all the same. By itself that is no fault.',
      proof: 'The kernel line.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'It matters only where the device fails afterwards.' }],
      sources: ['drivers/pci/pci.c: pcie_flr'],
    },
    'reset-end-unseen': {
      severity: 'warn',
      family: 'reset-failure',
      title: '{who} did not answer at once after {method}, and the log does not show whether it came back',
      summary:
        'The kernel says in the end either that the device is ready or that it gives up, within a minute. Neither is there: the log was cut or filtered, it is not over, or the host hung.',
      proof: 'The kernel line "not ready … after …; waiting", and neither "ready" nor "giving up" behind it.',
      ruledOut: 'A line "ready … after …" later on.',
      remedy: [
        { do: 'show', what: 'kernel-log' },
        {
          do: 'advise',
          say: 'If the host hangs or the device stays away each time, try another kind of reset (reset_method of the device), or a newer kernel.',
        },
      ],
      sources: SOURCES,
    },
    'reset-lost-state': {
      severity: 'info',
      family: 'reset-failure',
      title: '{who} forgot its addresses while a guest had it',
      summary:
        'The device was reset behind the back of vfio-pci, by the guest or by itself, and vfio-pci wrote its BARs again. Where it happens over and over, the device does not come out of its resets well.',
      proof: 'The kernel line "reset recovery - restoring BARs".',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'It matters only where the device fails afterwards.' }],
      sources: ['drivers/vfio/pci/vfio_pci_config.c: vfio_bar_restore'],
    },
    'reset-flr-defect': {
      severity: 'warn',
      family: 'reset-failure',
      title: '{who} ({what}) does not survive the function level reset that this kernel would use',
      summary:
        'The device claims a function level reset and hangs in it. Newer kernels know that and leave it out; this one still uses it.',
      proof: 'The id of the device in the list of the kernel, and "flr" in reset_method or a reset that failed so.',
      ruledOut: 'reset_method without "flr".',
      explains: ['reset-not-returned'],
      remedy: [
        { do: 'upgrade', what: 'kernel' },
        {
          do: 'advise',
          say: 'A device that hangs by now comes back when the machine is switched off wholly and on again: a mere restart leaves it under power.',
        },
      ],
      sources: ['drivers/pci/quirks.c: quirk_no_flr', 'Documentation/ABI/testing/sysfs-bus-pci: reset_method'],
    },
    'gpu-reset-defect': {
      severity: 'info',
      family: 'reset-failure',
      title: '{who} ({what}) is of a generation that cannot be reset by itself',
      summary:
        'These AMD graphics chips (Polaris, Vega, first Navi) work in a guest once and then need a restart of the host, unless the module vendor-reset teaches the kernel how to reset them.',
      proof: 'The id of the device, and no device_specific among its reset methods.',
      ruledOut: 'device_specific in reset_method (vendor-reset is loaded).',
      explains: ['reset-none', 'reset-needs-siblings', 'reset-bus-shared'],
      remedy: [
        {
          do: 'advise',
          say: 'If a second start of the guest fails, build and load the module vendor-reset early, and choose device_specific in reset_method. Cards of later generations do not need it.',
        },
      ],
      sources: ['drivers/pci/quirks.c: quirk_no_pm_reset', 'github.com/gnif/vendor-reset: src/device-db.h'],
    },
    'reset-bus-shared': {
      severity: 'info',
      family: 'reset-failure',
      title: '{who} can be reset only with its whole bus, on which {others} sits too',
      summary:
        'A bus reset reaches every function on the bus, so it is done only when one guest has all of them. Give them to the same guest.',
      proof: 'reset_method holds "bus" alone, and other functions have the same bus number.',
      ruledOut: 'Another method in reset_method, or nothing else on the bus.',
      remedy: [{ do: 'assign', addresses: '{all}' }],
      sources: ['drivers/pci/pci.c: pci_parent_bus_reset', 'Documentation/ABI/testing/sysfs-bus-pci: reset_method'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const hits: Hit<Code>[] = [...judgeMessages(facts.messages, facts.pci, scope)]
    hits.push(...judgeAnswers(facts.attempts, pci, hits))
    for (const address of pci === undefined ? [] : scope.candidates.keys()) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      if (fn === undefined || pci === undefined || isBridge(fn) === true) continue
      if (!hits.some((one) => one.values?.['address'] === address && one.code === 'reset-none'))
        hits.push(...judgeMethods(fn, othersOnBus(fn, pci)))
    }
    if (facts.messages.state === 'known') return concludeLog<Code>(facts.messages, hits, 'resets')
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const { reason, source } = facts.messages
    return {
      kind: 'unknown',
      missing: [{ what: 'whether resets worked', reason, source, settle: [{ do: 'show', what: 'kernel-log' }] }],
    }
  },
})
