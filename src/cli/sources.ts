import { readFileSync } from 'node:fs'
import { collect } from '../collect/collect.ts'
import { parseCapture } from '../host/capture-file.ts'
import type { Host } from '../host/host.ts'
import { knownOf } from '../host/known.ts'
import { checkRoot, liveHost } from '../host/live.ts'
import { recordedHost } from '../host/recorded.ts'
import type { Known } from '../host/redact.ts'
import type { Machine } from '../model/machine.ts'
import { UserError } from './errors.ts'
import { reason } from './output.ts'
import { readPaste } from './paste-input.ts'

export interface Origin {
  readonly capture?: string | undefined
  readonly paste?: string | undefined
  readonly root?: string | undefined
}

/** A machine, and the names that its own files give it, for whoever masks a report about it. */
export interface ReadMachine {
  readonly machine: Machine
  names(): Known
}

/** The machine to diagnose: pasted text, a capture, or this host. */
export async function readMachine(origin: Origin): Promise<ReadMachine> {
  if (origin.paste !== undefined) {
    const { machineFromPaste } = await import('../paste/index.ts')
    return { machine: machineFromPaste(await readPaste(origin.paste)), names: () => ({}) }
  }
  const host = openHost(origin)
  return { machine: await collect(host), names: () => knownOf(host) }
}

/** The host behind a capture file or `--root`, or the live one. */
export function openHost(origin: Origin): Host {
  if (origin.capture !== undefined) {
    const parsed = parseCapture(readBytes(origin.capture))
    if (!parsed.ok) throw new UserError(`${origin.capture}: ${parsed.message}`, 3)
    return recordedHost(parsed.capture)
  }
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
