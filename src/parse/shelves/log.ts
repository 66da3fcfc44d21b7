import { logMessages } from '../../knowledge/messages/log.ts'
import { shelve, type Shelf } from '../shelf.ts'

/** What a kernel log may hold. The build puts the packed shelf in this file's place (scripts/shelves.mjs). */
export function logShelf(): Shelf {
  return shelve(logMessages().values())
}
