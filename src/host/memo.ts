import type { Files } from './files.ts'
import type { Read } from './host.ts'

/** Asks each question once: a run judges one state of the machine, and no attribute is read twice. */
export function memoised(files: Files): Files {
  const held = new Map<string, { readonly limit: number; readonly read: Read<Uint8Array> }>()
  const own = once((path: string) => files.stat(path, false))
  const followed = once((path: string) => files.stat(path, true))
  return {
    read(path, limit) {
      const known = held.get(path)
      if (known !== undefined) {
        const { read } = known
        if (!read.ok) return read
        const whole = read.value.length < known.limit
        if (whole || limit <= known.limit) return { ok: true, value: read.value.subarray(0, limit) }
      }
      const read = files.read(path, limit)
      held.set(path, { limit, read })
      return read
    },
    list: once(files.list),
    link: once(files.link),
    stat: (path, follow) => (follow ? followed : own)(path),
  }
}

/** The same path gets the same answer, be it a value or a promise of one; the first asker's other arguments hold. */
export function once<T, R extends readonly unknown[]>(
  ask: (path: string, ...rest: R) => T,
): (path: string, ...rest: R) => T {
  const answers = new Map<string, T>()
  return (path, ...rest) => {
    const known = answers.get(path)
    if (known !== undefined) return known
    const answer = ask(path, ...rest)
    answers.set(path, answer)
    return answer
  }
}
