import type { Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import type { Scope } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import { messagesWith } from './messages.ts'
import { isVfioDriver } from './pci.ts'

/**
 * What the kernel says that leaves the integrated graphics out of VT-d, and what helps: quirk_iommu_igfx and
 * quirk_calpella_no_shadow_gtt of drivers/iommu/intel/iommu.c do not ask any parameter.
 */
const WHY: Readonly<Record<string, readonly Action[]>> = {
  'dmar-gfx-param': [
    {
      do: 'advise',
      say: 'Take igfx_off out of intel_iommu= on the kernel command line and leave the other words: intel_iommu=on,igfx_off becomes intel_iommu=on.',
    },
    { do: 'show', what: 'kernel-command-line' },
  ],
  'dmar-gfx-off-chipset': [
    { do: 'nothing', why: 'The kernel avoids a fault of this graphics with the IOMMU. No parameter changes that.' },
  ],
  'dmar-gfx-no-gtt': [{ do: 'update-firmware' }],
}

/** The first line that says so, and what helps. */
export function graphicsLeftOut(
  messages: Fact<MessageList>,
): { readonly said: MessageHit; readonly remedy: readonly Action[] } | undefined {
  const [said] = messagesWith(messages, ...Object.keys(WHY))
  return said && { said, remedy: WHY[said.id] ?? [] }
}

/** Where nobody wants to give it away. */
export const STAYS_WITH_HOST: readonly Action[] = [
  {
    do: 'nothing',
    why: 'igfx_off keeps the graphics with the host, which suits a host that shows its screen there. Ask about 00:02.0 to see what it takes to give that away.',
  },
]

/** The integrated graphics of Intel, where somebody wants to give it away or vfio-pci refused it. */
export function wantedGraphics(messages: Fact<MessageList>, scope: Scope): string | undefined {
  const refused = messagesWith(messages, 'driver-refused-device').flatMap(({ device, values }) =>
    device !== null && isVfioDriver(values['driver'] ?? '') ? [device] : [],
  )
  return [...scope.candidates.keys(), ...refused].find((one) => one.endsWith(':00:02.0'))
}
