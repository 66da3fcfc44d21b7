import { CAPTURE_SCHEMA, contentOf, type Capture, type Place, type ProgramRun, type Refusal } from './capture.ts'
import { READ_LIMIT, type Host, type HostIdentity, type Read, type Run, type RunOptions } from './host.ts'

type Held = { -readonly [K in keyof Place]: Place[K] }

/** Passes everything on to `inner`, and keeps each question with its answer, refusals included. */
export function recordingHost(inner: Host): { readonly host: Host; capture(): Capture } {
  const places = new Map<string, Held>()
  const limits = new Map<string, number>()
  const programs = new Map<string, ProgramRun>()
  let identity: HostIdentity | null = null
  let dmi: Capture['dmi'] = null

  const at = (path: string): Held => {
    const place = places.get(path) ?? {}
    places.set(path, place)
    return place
  }
  /** The reading that went farthest is kept: it answers the shorter questions too. */
  const keepContent = (path: string, limit: number, read: Read<Uint8Array>): void => {
    const place = at(path)
    if (!read.ok) {
      place.read ??= refusal(read)
    } else if (limit > (limits.get(path) ?? 0)) {
      limits.set(path, limit)
      place.read = contentOf(read.value, read.value.length < limit ? undefined : limit)
    }
  }
  const keepList = (path: string, read: Read<readonly string[]>): Read<readonly string[]> => {
    at(path).list = read.ok ? read.value : refusal(read)
    return read
  }
  const readBytes = (path: string, limit: number = READ_LIMIT): Read<Uint8Array> => {
    const read = inner.readBytes(path, limit)
    keepContent(path, limit, read)
    return read
  }

  const host: Host = {
    readBytes,
    readText(path, limit) {
      const read = readBytes(path, limit)
      return read.ok ? { ok: true, value: new TextDecoder().decode(read.value) } : read
    },
    async readSlow(path, options) {
      const read = await inner.readSlow(path, options)
      keepContent(
        path,
        options?.limit ?? READ_LIMIT,
        read.ok ? { ok: true, value: new TextEncoder().encode(read.value) } : read,
      )
      return read
    },
    list: (path) => keepList(path, inner.list(path)),
    listSlow: async (path, options) => keepList(path, await inner.listSlow(path, options)),
    link(path) {
      const read = inner.link(path)
      at(path).link = read.ok ? read.value : refusal(read)
      return read
    },
    stat(path, follow = false) {
      const read = inner.stat(path, follow)
      at(path)[follow ? 'stat' : 'lstat'] = read.ok ? read.value : refusal(read)
      return read
    },
    async run(command: string, args: readonly string[], options?: RunOptions): Promise<Run> {
      const run = await inner.run(command, args, options)
      const result = run.ok ? run.value : { error: run.error, detail: run.detail }
      programs.set(JSON.stringify([command, ...args]), { command, args: [...args], result })
      return run
    },
    identity() {
      identity = inner.identity()
      return identity
    },
    async dmi() {
      const read = await inner.dmi()
      dmi = read.ok ? { texts: read.value } : refusal(read)
      return read
    },
    origin: inner.origin,
  }
  return {
    host,
    capture: () => ({
      schema: CAPTURE_SCHEMA,
      taken: inner.origin.at,
      root: inner.origin.root,
      redacted: false,
      identity,
      dmi,
      paths: Object.fromEntries(sorted(places).map(([path, place]) => [path, { ...place }])),
      programs: sorted(programs).map(([, run]) => run),
    }),
  }
}

function refusal(read: Extract<Read<unknown>, { ok: false }>): Refusal {
  return { error: read.error, code: read.code }
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
