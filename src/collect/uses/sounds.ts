import type { Host } from '../../host/host.ts'
import { listOrNone } from '../listing.ts'
import { ownersIn, type Found } from './found.ts'

const SOUND = '/sys/class/sound'

/** Sound cards, and whether one plays or records now. */
export function soundUses(host: Host): Found {
  const names = listOrNone(host, SOUND)
  if (names.state === 'unknown') return { uses: [], blind: [{ kind: 'sound', because: names }] }
  const uses = names.value
    .filter((name) => /^card\d{1,3}$/.test(name))
    .flatMap((name) => {
      const link = host.link(`${SOUND}/${name}`)
      const owners = link.ok ? ownersIn(link.value) : []
      const inUse = owners.length > 0 && isOpen(host, name) ? 'it plays or records now' : null
      return owners.map((owner) => ({
        owner,
        use: { kind: 'sound' as const, name, inUse, source: `${SOUND}/${name}` },
      }))
    })
  return { uses, blind: [] }
}

/** `status` of a stream says `closed`, or its state (sound/core/pcm.c, snd_pcm_substream_proc_status_read). */
function isOpen(host: Host, card: string): boolean {
  const directory = `/proc/asound/${card}`
  const streams = host.list(directory)
  return (streams.ok ? streams.value : [])
    .filter((name) => /^pcm\d+[pc]$/.test(name))
    .some((name) => {
      const parts = host.list(`${directory}/${name}`)
      return (parts.ok ? parts.value : [])
        .filter((part) => /^sub\d+$/.test(part))
        .some((part) => {
          const status = host.readText(`${directory}/${name}/${part}/status`, 4096)
          return status.ok && status.value.startsWith('state:')
        })
    })
}
