import { channel } from 'node:diagnostics_channel'
import type { ChildProcess } from 'node:child_process'
import { baseboard, bios, system } from 'systeminformation'
import { failed } from './files.ts'
import type { Host } from './host.ts'

const LIMIT = 3000

/** What systeminformation says where it found nothing, and how it names a place rather than a product. */
const NOT_A_PRODUCT = new Set(['Computer', 'Docker Container', 'Virtual machine', 'WSL'])

/** DMI texts through systeminformation, each part with a time limit. It costs some 20 ms to load and runs programs. */
export async function libraryDmi(): ReturnType<Host['dmi']> {
  const children = new Set<ChildProcess>()
  const remember = (message: unknown): void => {
    const { process: child } = message as { readonly process: ChildProcess }
    children.add(child)
  }
  const started = channel('child_process')
  started.subscribe(remember)
  const parts = await Promise.all([within(system()), within(baseboard()), within(bios())])
  started.unsubscribe(remember)
  const [machine, board, firmware] = parts
  if (parts.includes(null)) abandon(children)
  const model = machine?.model ?? ''
  const texts = {
    sys_vendor: machine?.manufacturer ?? '',
    product_name: NOT_A_PRODUCT.has(model) ? '' : model,
    board_vendor: board?.manufacturer ?? '',
    board_name: board?.model ?? '',
    bios_vendor: firmware?.vendor ?? '',
    bios_version: firmware?.version ?? '',
    bios_date: firmware?.releaseDate ?? '',
  }
  if (Object.values(texts).some((text) => text.trim() !== '')) return { ok: true, value: texts }
  return failed(parts.includes(null) ? 'ETIMEDOUT' : 'ENOENT')
}

function within<T>(promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), LIMIT)
    const finish = (value: T | null): void => {
      clearTimeout(timer)
      resolve(value)
    }
    promise.then(finish, () => finish(null))
  })
}

/** The library keeps its children to itself; one that hangs would keep this process from ending. */
function abandon(children: ReadonlySet<ChildProcess>): void {
  for (const child of children) {
    child.kill('SIGKILL')
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    child.unref()
  }
}
