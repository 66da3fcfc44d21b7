import type { Attempt } from '../model/guests.ts'
import { addressIn } from './iommu-listing.ts'

/** `root@host:~# `, `[user@host ~]$ `, `user@host % `, `$ `, `# `, `virsh # `, `MONITOR> `, `+ ` of set -x. */
const PROMPT =
  /^\s{0,8}(?:\[[^\]\n]{1,80}\][#$%] ?|[\w.-]{1,64}@[\w.-]{1,64}[^#$%\n]{0,80}[#$%] ?|(?:virsh|bash-[\d.]+|sh-[\d.]+) ?[#$] ?|[#$%] |\+ |➜ {1,2}\S{1,40} |❯ )/u

/** The command behind a prompt, or the text as it is; `prompted` says whether there was one. */
export function withoutPrompt(text: string): { readonly command: string; readonly prompted: boolean } {
  const found = PROMPT.exec(text)
  return found === null
    ? { command: text.trim(), prompted: false }
    : { command: text.slice(found[0].length).trim(), prompted: true }
}

/** `echo WORDS > PATH`, `echo WORDS | sudo tee PATH`, `printf`, `sh -c "echo … > …"`. */
const WRITE =
  /\b(?:echo|printf)\s+(?:-[ne]{1,2}\s+)?["']?([^"'|>]{0,120}?)["']?\s*(?:\|\s*(?:sudo\s+)?tee\s+(?:-a\s+)?|>{1,2}\s*)["']?(\/sys\/[^\s"';|&]{1,300})/

/** Kinds of sysfs files that a write tries something with. */
const FILES: Readonly<Record<string, Attempt['kind']>> = {
  new_id: 'new-id',
  remove_id: 'remove-id',
  bind: 'bind',
  unbind: 'unbind',
  driver_override: 'override',
  drivers_probe: 'drivers-probe',
  sriov_numvfs: 'sriov-numvfs',
  reset: 'reset',
}

/** What a line of a shell session tried, or null. The error that came back is not known yet. */
export function parseAttempt(text: string, line: number): Attempt | null {
  const { command, prompted } = withoutPrompt(text)
  const write = WRITE.exec(command)
  const base = { command: command.slice(0, 200), address: null, deviceId: null, driver: null, error: null, line }
  if (write !== null) {
    const [, words = '', rawPath = ''] = write
    const path = rawPath.replaceAll('\\', '')
    const kind = FILES[path.slice(path.lastIndexOf('/') + 1)]
    if (kind === undefined) return null
    const driver =
      /\/drivers\/([\w-]+)\//.exec(path)?.[1] ??
      (kind === 'override' && /^[\w-]+$/.test(words.trim()) ? words.trim() : null)
    const ids = /^([0-9a-f]{4})[ :]([0-9a-f]{4})\b/i.exec(words.trim())
    const address = addressIn(words)?.address ?? addressIn(path)?.address ?? null
    const deviceId = ids === null || kind === 'bind' || kind === 'unbind' ? null : `${ids[1]}:${ids[2]}`.toLowerCase()
    return { ...base, kind, address, deviceId, driver }
  }
  const probe = /^(?:sudo )?modprobe (?:-\w+ )*([\w-]+)/.exec(command)
  if (probe !== null && (prompted || command.length < 80))
    return { ...base, kind: 'modprobe', driver: probe[1] ?? null }
  if (
    /^(?:sudo )?(?:virsh (?:-c \S+ )?start|qm start|xl create)\s/.test(command) ||
    (prompted && /^start \S+$/.test(command))
  ) {
    return { ...base, kind: 'start-guest' }
  }
  const bind =
    /(?:dpdk-devbind(?:\.py)?|driverctl|nodedev-detach)\s.*?(?:(?:-b|--bind=?)\s*([\w-]+)|set-override|nodedev-detach)/.exec(
      command,
    )
  const named = addressIn(
    command.replaceAll('_', ':').replace(/pci:([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2}):([0-7])/i, '$1:$2:$3.$4'),
  )
  if (bind !== null && named !== null)
    return { ...base, kind: 'bind', address: named.address, driver: bind[1] ?? 'vfio-pci' }
  return null
}

/** The error of a shell or a tool, where the line is one: the words behind the last colon. */
export function shellError(text: string): string | null {
  const found =
    /^\s*(?:-?(?:ba|z|da|k)?sh|tee|echo|cat|modprobe|insmod|printf)(?:\[\d+\])?: (?:.{0,300}: )?((?:No such (?:device|file or directory)|Invalid argument|Device or resource busy|Permission denied|Operation not permitted|File exists|Cannot allocate memory|Numerical result out of range|Inappropriate ioctl for device|Input\/output error|Resource temporarily unavailable|Read-only file system|No space left on device|Connection timed out|Function not implemented)[^:]{0,120})$/.exec(
      text,
    ) ?? /^\s*(modprobe: (?:FATAL|ERROR): .{1,200})$/.exec(text)
  return found?.[1]?.trim() ?? null
}
