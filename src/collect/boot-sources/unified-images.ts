import type { ParameterSource } from '../../model/boot.ts'
import { parseCommandLine } from '../../parse/command-line.ts'
import { peSection, sectionText, type PeSection } from '../../parse/pe-section.ts'
import { fileOf, namesOf, note, source, type BootContext } from './context.ts'

/** Where the Boot Loader Specification (Type #2) has them; the places that the ESP and XBOOTLDR are mounted at. */
const DIRECTORIES = ['/efi', '/boot/efi', '/boot'].map((partition) => `${partition}/EFI/Linux`)
const IMAGE_COUNT = 20
/** Holds the section table: the stub that images are made with has a short header. */
const TABLE = 8192
/** The command line stands before the kernel and the initramfs, behind some hundred kilobytes of the stub. */
const FURTHEST = 4_194_304

interface Image {
  readonly path: string
  readonly release: string | null
  readonly line: string | null
}

/** The command line inside unified kernel images: of the one that runs, as far as that can be told, else of all. */
export function unifiedImageSources(context: BootContext): readonly ParameterSource[] {
  const images = DIRECTORIES.flatMap((directory) => {
    const names = namesOf(context, directory).filter((name) => /\.efi$/i.test(name))
    return names.slice(0, IMAGE_COUNT).flatMap((name) => imageOf(context, `${directory}/${name}`) ?? [])
  })
  return chosen(context, images).flatMap(({ path, line }) => {
    // One without a line takes what the loader hands over, and holds nothing that could differ from it.
    return line === null ? [] : [source(path, 'uki', 'generated', parseCommandLine(line).parameters)]
  })
}

function chosen(context: BootContext, images: readonly Image[]): readonly Image[] {
  const selected = images.filter(({ path }) => fileOf(path) === context.selectedEntry)
  if (selected.length > 0) return selected
  const running = images.filter(({ release }) => release !== null && release === context.release)
  return running.length > 0 ? running : images
}

function imageOf(context: BootContext, path: string): Image | null {
  const head = context.host.readBytes(path, TABLE)
  if (!head.ok) {
    note(context, path, head.error)
    return null
  }
  const text = (name: string): string | null => {
    const section = peSection(head.value, name)
    return section === null ? null : textAt(context, path, section)
  }
  return { path, release: text('.uname')?.trim() ?? null, line: text('.cmdline') }
}

function textAt({ host, unread }: BootContext, path: string, section: PeSection): string | null {
  const end = section.offset + section.size
  const read = end > FURTHEST ? null : host.readBytes(path, end)
  const text = read?.ok === true ? sectionText(read.value, section) : null
  if (text === null) unread.set(path, 'unreadable')
  return text
}
