import type { Action, ActionKind, Step } from '../model/remedy.ts'
import { targets } from './devices.ts'
import { asRoot } from './shell.ts'
import { some, step, type Ground } from './steps.ts'

/** Actions that only say or show something, and make sense anywhere. */
const ANYWHERE: readonly ActionKind[] = [
  'show',
  'advise',
  'nothing',
  'run-on-host',
  'run-as-root',
  'upgrade',
  'report-bug',
  'change-guest',
  'update-firmware',
  'enable-firmware-setting',
  'disable-firmware-setting',
  'move-card',
  'stop-user',
]

/** Actions that choose a driver for a function. */
const BINDING: readonly ActionKind[] = ['bind-now', 'bind-at-boot', 'leave-bridge-alone', 'return-to-host']

/** The steps where the place itself decides: what is done in a container changes nothing on its host. null elsewhere. */
export function placed(action: Action, on: Ground): readonly [Step, ...Step[]] | null {
  if (ANYWHERE.includes(action.do)) return null
  switch (on.platform.place) {
    case 'container':
      if (action.do === 'assign')
        return [
          step(
            'This is a container: start the guest on its host. For a VMM in here the container must be given /dev/vfio/vfio, the node of the group, and a limit for locked memory.',
          ),
        ]
      return [
        step(
          'This is a container: run vfio-doctor on its host and mend it there. A container can only be given the result (/dev/vfio/vfio, the node of the group, and a limit for locked memory).',
        ),
      ]
    case 'wsl':
      return [
        step(
          'This is WSL: Windows keeps the hardware, and no device can be handed on with vfio from here. Use a Linux host.',
        ),
      ]
    case 'xen':
      return BINDING.includes(action.do) ? xen(action, on) : null
    case 'host':
    case 'guest':
    case null:
      return null
    default:
      return on.platform.place satisfies never
  }
}

/** Xen's dom0 hands devices to guests by xen-pciback; it has no IOMMU groups, and vfio-pci is of no use there. */
function xen(action: Action, on: Ground): readonly [Step, ...Step[]] {
  const text = 'addresses' in action ? action.addresses : ''
  const verb = action.do === 'return-to-host' ? 'remove -r' : 'add'
  const back = action.do === 'return-to-host' ? 'add' : 'remove -r'
  const steps = targets(text, on.facts).functions.map((one) =>
    step(
      `Under Xen, xen-pciback holds ${one.address} for guests in place of vfio-pci. (XCP-ng: \`xe pci-disable-dom0-access\`.)`,
      {
        run: asRoot(on.platform, `xl pci-assignable-${verb} ${one.address}`),
        undo: asRoot(on.platform, `xl pci-assignable-${back} ${one.address}`),
      },
    ),
  )
  return some(steps, 'Under Xen there is no vfio-pci to leave a bridge to: nothing to do.')
}
