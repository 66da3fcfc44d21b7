import { readFileSync } from 'node:fs'
import type { Host } from '../host/host.ts'
import type { Known } from '../host/redact.ts'
import type { Machine } from '../model/machine.ts'
import { UserError } from './errors.ts'
import { reason } from './output.ts'

export interface Origin {
  readonly capture?: string | undefined
  readonly paste?: string | undefined
  readonly root?: string | undefined
}

/** A machine, and the names that its own files give it, for whoever masks a report about it. */
export interface ReadMachine {
  readonly machine: Machine
  names(): Promise<Known>
}

/** The machine to diagnose: pasted text, a capture, or this host. */
export async function readMachine(origin: Origin): Promise<ReadMachine> {
  if (origin.paste !== undefined) {
    const [{ readPaste }, { machineFromPaste }] = await Promise.all([
      import('./paste-input.ts'),
      import('../paste/index.ts'),
    ])
    return { machine: machineFromPaste(await readPaste(origin.paste)), names: () => Promise.resolve({}) }
  }
  const [{ collect }, host] = await Promise.all([import('../collect/collect.ts'), openHost(origin)])
  const names = async (): Promise<Known> => (await import('../host/known.ts')).knownOf(host)
  return { machine: await collect(host), names }
}

/** The host behind a capture file or `--root`, or the live one. */
export async function openHost(origin: Origin): Promise<Host> {
  if (origin.capture !== undefined) {
    const [{ parseCapture }, { recordedHost }] = await Promise.all([
      import('../host/capture-file.ts'),
      import('../host/recorded.ts'),
    ])
    const parsed = parseCapture(readBytes(origin.capture))
    if (!parsed.ok) throw new UserError(`${origin.capture}: ${parsed.message}`, 3)
    return recordedHost(parsed.capture)
  }
  const { checkRoot, liveHost } = await import('../host/live.ts')
  if (origin.root !== undefined) {
    const trouble = checkRoot(origin.root)
    if (trouble !== null) throw new UserError(trouble, 3)
    return liveHost({ root: origin.root })
  }
  if (process.platform !== 'linux') {
    throw new UserError('this is not Linux: diagnose a capture or a paste instead (--capture, --paste)', 3)
  }
  return liveHost({})
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${reason(error)}`, 3)
  }
}
