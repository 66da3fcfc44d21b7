import { moduleOfPath } from '../parse/module-name.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { Place } from './place.ts'

/**
 * Settings of mkinitcpio and dracut on a line of their own, as the file has them or as grep prints them. `MODULES=most`
 * and the like are of initramfs-tools, and a line that is commented out sets nothing.
 */
const SETTING =
  /^(?:(\/etc\/(?:mkinitcpio|dracut)\S{0,80}?):)?(?:\d{1,4}:)?\s*((?:MODULES|HOOKS)\+?=(?:\([^)]{0,600}\)|"[^"]{0,600}")|(?:force_drivers|add_drivers|drivers)\+?=(?:"[^"]{0,600}"|'[^']{0,600}'))\s*(?:#.{0,200})?$/

/** What makes the initramfs is told to do, and the kernel's list of what is built into it. */
export function gleanInitramfs(text: string, line: number, found: Gleaned, place: Place): boolean {
  const setting = SETTING.exec(text)
  if (setting !== null) {
    const [, path, assignment = ''] = setting
    const tool = /^[A-Z]/.test(assignment) ? 'mkinitcpio' : 'dracut'
    const file = path ?? (place.file?.startsWith(`/etc/${tool}`) === true ? place.file : `/etc/${tool}.conf`)
    if (found.initramfs.length < 200) found.initramfs.push({ tool, path: file, text: assignment })
    return true
  }
  const builtin = /^(?:\/\S{1,120}\/modules\.builtin:)?(kernel\/\S{1,200}\.ko)$/.exec(text)
  if (builtin?.[1] === undefined || !(text.startsWith('/') || place.command.includes('modules.builtin'))) return false
  const value = moduleOfPath(builtin[1])
  if (value !== null && found.builtin.length < MOST_ITEMS) found.builtin.push({ value, line })
  return true
}
