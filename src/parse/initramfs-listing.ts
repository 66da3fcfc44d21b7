import type { InitramfsTool } from '../model/boot.ts'
import { cleanLine } from './clean.ts'

/** Paths kept of one image. */
const PATH_COUNT = 100_000

/**
 * The paths in what lsinitramfs, lsinitcpio or lsinitrd printed, without a leading `./` or `/`. lsinitrd prints a head
 * and then lines like those of `ls -l`; if there is any such line, the others are not paths.
 */
export function parseInitramfsListing(text: string): readonly string[] {
  const bare: string[] = []
  const long: string[] = []
  for (const raw of text.split('\n')) {
    if (bare.length >= PATH_COUNT || long.length >= PATH_COUNT) break
    const line = cleanLine(raw).trim()
    const found = LONG.exec(line)
    if (found !== null) long.push(trimmed((found[1] ?? '').split(' -> ', 1)[0] ?? ''))
    else if (line !== '' && line !== '.' && !line.includes(' ')) bare.push(trimmed(line))
  }
  return long.length > 0 ? long : bare
}

/** Mode, links, owner, group, size or device numbers, date in three words, name (ls -l; cpio -tv). */
const LONG =
  /^[-dlcbps][-rwxsStT]{9}[.+]? +\d{1,9} +[^ ]{1,64} +[^ ]{1,64} +(?:\d{1,20}|\d{1,9}, *\d{1,9}) +[^ ]{1,12} +\d{1,2} +[\d:]{4,5} ([^ ].*)$/

function trimmed(path: string): string {
  return path.replace(/^\.?\/{1,8}/, '')
}

/** The tool that made an image, by files that only it puts in; null where none of them is there. */
export function toolOfContent(paths: readonly string[]): InitramfsTool | null {
  for (const path of paths) {
    if (/^(?:usr\/)?lib\/dracut\//.test(path)) return 'dracut'
    if (path === 'conf/initramfs.conf' || path === 'scripts/init-premount') return 'initramfs-tools'
    if (path === 'buildconfig' || path === 'init_functions') return 'mkinitcpio'
    if (path === 'etc/booster.init.yaml') return 'booster'
  }
  return null
}
