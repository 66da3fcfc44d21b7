import { allMessages } from '../../knowledge/messages/all.ts'
import { shelve, type Shelf } from '../shelf.ts'

/** Every known message, as a paste may hold. The build puts the packed shelf in this file's place (scripts/shelves.mjs). */
export function wholeShelf(): Shelf {
  return shelve(allMessages())
}
