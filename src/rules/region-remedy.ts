import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'

const UPDATE: Action = { do: 'update-firmware' }
const ELSEWHERE = 'Another slot, or another adapter, may have no such region.'

/** Of a machine of which nothing else is known. */
export const IN_GENERAL: readonly Action[] = [
  UPDATE,
  {
    do: 'advise',
    say: `Look in the firmware setup and in the vendor's tool for a switch that takes this adapter or its slot out of the shared memory of the management controller (HPE calls it RMRR or "HP shared memory", a setting for each slot). ${ELSEWHERE}`,
  },
]

/** HPE customer advisory c04781229 (emr_na-c04781229), and the words of its file conrep_rmrds.xml. */
const PROLIANT: readonly Action[] = [
  {
    do: 'advise',
    say: "Take the slot of this adapter out of the regions, as HPE's advisory c04781229 has it: with conrep of HPE's scripting toolkit and its file conrep_rmrds.xml, set the slot to Endpoints_Excluded, and restart. iLO no longer watches the adapter then. From Gen9 on, some network adapters of HPE have the switch in their own page of the System Utilities (HP Shared Memory features).",
  },
  UPDATE,
  {
    do: 'advise',
    say: `A server whose firmware does not heed that setting keeps the region, and so do adapters on its board that have no slot. ${ELSEWHERE}`,
  },
]

const AMD: readonly Action[] = [
  {
    do: 'advise',
    say: 'Switch off "Kernel DMA Protection Indicator" or "Pre-boot DMA Protection" in firmware, and leave IOMMU and virtualisation on: several boards of socket AM5 put a fixed region on every device while it is on.',
  },
  UPDATE,
]

/** What takes a fixed region off a device, in the order in which the maker of this machine has it. */
export function withoutRegion(facts: Pick<Facts, 'cpu' | 'board'>): readonly Action[] {
  const vendor = valueOf(facts.cpu)?.vendor
  if (vendor === 'amd' || vendor === 'hygon') return AMD
  return /^(?:HPE?|Hewlett[ -]Packard(?: Enterprise)?) ProLiant\b/i.test(valueOf(facts.board)?.system ?? '')
    ? PROLIANT
    : IN_GENERAL
}
