import type { ParameterSource } from '../../model/boot.ts'
import { parseCommandLine } from '../../parse/command-line.ts'
import { fileOf, namesOf, source, type BootContext } from './context.ts'
import { peFile } from './pe-file.ts'
import { addonsOf } from './uki-addons.ts'

/** The places that the ESP and XBOOTLDR are mounted at. */
const PARTITIONS = ['/efi', '/boot/efi', '/boot']
const IMAGE_COUNT = 20

interface Image {
  readonly partition: string
  readonly path: string
  readonly release: string | null
  readonly line: string | null
}

/**
 * The command line inside unified kernel images, with what their addons add: of the image that runs, as far as that can be
 * told, else of all. An addon stands by itself too, since somebody put it there and the image is not built from it.
 */
export function unifiedImageSources(context: BootContext): readonly ParameterSource[] {
  const images = PARTITIONS.flatMap((partition) => {
    // Boot Loader Specification, type 2.
    const directory = `${partition}/EFI/Linux`
    const names = namesOf(context, directory).filter((name) => /\.efi$/i.test(name))
    return names.slice(0, IMAGE_COUNT).flatMap((name) => imageOf(context, partition, `${directory}/${name}`) ?? [])
  })
  const sources = chosen(context, images).flatMap((image): readonly ParameterSource[] => {
    // One without a line takes what the loader hands over, and holds nothing that could differ from it.
    if (image.line === null) return []
    const addons = addonsOf(context, image.partition, image)
    const path = [image.path, ...addons.map((one) => fileOf(one.path))].join(' with ')
    const line = [image.line, ...addons.map((one) => one.line)].join(' ')
    return [
      ...addons.map((one) => source(one.path, 'uki', 'configured', parseCommandLine(one.line).parameters)),
      source(path, 'uki', 'generated', parseCommandLine(line).parameters),
    ]
  })
  return sources.filter((one, at) => sources.findIndex(({ path }) => path === one.path) === at)
}

function chosen(context: BootContext, images: readonly Image[]): readonly Image[] {
  const selected = images.filter(({ path }) => fileOf(path) === context.selectedEntry)
  if (selected.length > 0) return selected
  const running = images.filter(({ release }) => release !== null && release === context.release)
  return running.length > 0 ? running : images
}

function imageOf(context: BootContext, partition: string, path: string): Image | null {
  const file = peFile(context, path)
  return file === null
    ? null
    : { partition, path, release: file.text('.uname')?.trim() ?? null, line: file.text('.cmdline') }
}
