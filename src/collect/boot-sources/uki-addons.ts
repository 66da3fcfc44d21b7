import { namesOf, type BootContext } from './context.ts'
import { peFile } from './pe-file.ts'

const ADDON_COUNT = 20

export interface Addon {
  readonly path: string
  readonly line: string
}

/**
 * What the stub of a unified kernel image adds to its command line, in this order: the addons of the partition, then those
 * of the image (systemd-stub(7); src/boot/stub.c: load_addons). A kernel makes it another image, and a `.uname` has to be
 * that of the image. With Secure Boot the stub also wants a signature, which is not looked at here.
 */
export function addonsOf(
  context: BootContext,
  partition: string,
  image: { readonly path: string; readonly release: string | null },
): readonly Addon[] {
  const directories = [`${partition}/loader/addons`, `${withoutCount(image.path)}.extra.d`]
  return directories.flatMap((directory) =>
    namesOf(context, directory)
      .filter((name) => /^[^.].*\.addon\.efi$/i.test(name))
      .slice(0, ADDON_COUNT)
      .flatMap((name): readonly Addon[] => {
        const path = `${directory}/${name}`
        const file = peFile(context, path)
        const line = file === null || file.has('.linux') ? null : file.text('.cmdline')
        const wanted = line === null ? null : (file?.text('.uname')?.trim() ?? null)
        const fits = wanted === null || image.release === null || wanted === image.release
        return line === null || !fits ? [] : [{ path, line }]
      }),
  )
}

/** `arch+3-1.efi` as `arch.efi`: the tries that are left and done (src/boot/util.c: remove_boot_count). */
function withoutCount(path: string): string {
  return path.replace(/\+\d{1,20}(?:-\d{1,20})?(?=\.[^/.+]{1,16}$)/, '')
}
