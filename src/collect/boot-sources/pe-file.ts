import { peSection, sectionText, type PeSection } from '../../parse/pe-section.ts'
import { note, type BootContext } from './context.ts'
import { strikeOut } from './search.ts'

/** Holds the section table: the stub that images are made with has a short header. */
const TABLE = 8192
/** The command line stands before the kernel and the initramfs, behind some hundred kilobytes of the stub. */
const FURTHEST = 4_194_304

export interface PeFile {
  has(section: string): boolean
  /** null where there is no such section, or where it could not be read, which is noted. */
  text(section: string): string | null
}

/** A PE file, of which little is read; null where it could not be opened, which is noted. */
export function peFile(context: BootContext, path: string): PeFile | null {
  const head = context.host.readBytes(path, TABLE)
  if (!head.ok) {
    note(context, path, head.error)
    return null
  }
  return {
    has: (name) => peSection(head.value, name) !== null,
    text: (name) => {
      const section = peSection(head.value, name)
      return section === null ? null : textAt(context, path, section)
    },
  }
}

function textAt({ host, unread, unnamed }: BootContext, path: string, section: PeSection): string | null {
  const end = section.offset + section.size
  const read = end > FURTHEST ? null : host.readBytes(path, end)
  const text = read?.ok === true ? sectionText(read.value, section) : null
  if (text === null) unread.set(path, 'unreadable')
  else strikeOut(unnamed, text)
  return text
}
