import type { Host } from '../host/host.ts'
import type { Machine } from '../model/machine.ts'

/** Reads everything that the checks may need from a host, live or recorded. Never throws for what a host does. */
export declare function collect(host: Host): Promise<Machine>
