import { bytesOf, isRefusal, type Capture, type Place, type Refusal } from './capture.ts'
import { READ_LIMIT, type Host, type HostIdentity, type Read, type Run } from './host.ts'

const NOT_RECORDED = { ok: false, error: 'not-recorded', code: 'not in the capture' } as const
/** Where nobody recorded who examined, it is taken for somebody without rights: user and group `nobody`. */
const NOBODY: HostIdentity = { uid: 65534, gids: [65534], user: null, privileged: false }

/** Decoding takes it from the beginning of a text. */
const BOM = '\ufeff'

/** Replays a capture. What it does not hold is not known to be absent: the answer is `not-recorded`. */
export function recordedHost(capture: Capture): Host {
  const { paths } = capture
  const programs = new Map(capture.programs.map((run) => [JSON.stringify([run.command, ...run.args]), run.result]))
  const ask = <K extends keyof Place>(path: string, question: K): Read<Exclude<Place[K], Refusal | undefined>> => {
    // No path is a name that every object has: each begins with a slash.
    const answer = paths[path]?.[question]
    if (answer === undefined) return NOT_RECORDED
    return isRefusal(answer)
      ? { ok: false, error: answer.error, code: answer.code }
      : { ok: true, value: answer as Exclude<Place[K], Refusal | undefined> }
  }
  const readBytes = (path: string, limit: number = READ_LIMIT): Read<Uint8Array> => {
    const content = ask(path, 'read')
    if (!content.ok) return content
    const { cut } = content.value
    if (cut !== undefined && limit > cut) {
      return { ok: false, error: 'not-recorded', code: `the capture holds the first ${cut} bytes alone` }
    }
    return { ok: true, value: bytesOf(content.value, limit) }
  }
  const readText = (path: string, limit: number = READ_LIMIT): Read<string> => {
    const content = ask(path, 'read')
    // No letter takes more than three bytes: what is surely shorter than the limit is there as it was read.
    if (content.ok && 'text' in content.value && content.value.cut === undefined) {
      const { text } = content.value
      if (text.length * 3 <= limit && !text.startsWith(BOM)) return { ok: true, value: text }
    }
    const read = readBytes(path, limit)
    return read.ok ? { ok: true, value: new TextDecoder().decode(read.value) } : read
  }
  const list = (path: string): Read<readonly string[]> => {
    const names = ask(path, 'list')
    // A capture that somebody edited may hold them in another order than the port promises.
    return names.ok ? { ok: true, value: [...names.value].sort() } : names
  }
  return {
    readBytes,
    readText,
    readSlow: (path, options) => Promise.resolve(readText(path, options?.limit)),
    list,
    listSlow: (path) => Promise.resolve(list(path)),
    link: (path) => ask(path, 'link'),
    stat: (path, follow = false) => ask(path, follow ? 'stat' : 'lstat'),
    run(command, args): Promise<Run> {
      const result = programs.get(JSON.stringify([command, ...args]))
      if (result === undefined)
        return Promise.resolve({ ok: false, error: 'not-recorded', detail: 'not in the capture' })
      return Promise.resolve('error' in result ? { ok: false, ...result } : { ok: true, value: result })
    },
    identity: () => capture.identity ?? NOBODY,
    dmi() {
      const { dmi } = capture
      if (dmi === null) return Promise.resolve(NOT_RECORDED)
      return Promise.resolve(
        'texts' in dmi ? { ok: true, value: dmi.texts } : { ok: false, error: dmi.error, code: dmi.code },
      )
    },
    origin: { source: 'capture', at: capture.taken, root: capture.root },
  }
}
