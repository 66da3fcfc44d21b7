import type { Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import type { Action } from '../model/remedy.ts'
import { messagesWith } from './messages.ts'

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
