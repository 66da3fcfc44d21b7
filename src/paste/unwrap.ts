import { groupHead } from '../parse/iommu-listing.ts'
import { undress } from '../parse/log-dress.ts'
import { lspciHead } from '../parse/lspci.ts'
import { shellLine } from '../parse/shell-session.ts'
import { isElision, type PasteLine } from './lines.ts'

/** Columns at which mailers break lines; a line that ends before the first had room for a word. */
const FROM = 66
export const TO = 82
/** Longest line that joins may make. */
export const MOST = 32_768

/**
 * Puts lines together that were one: commands continued with a backslash, a redirection or an arrow of `ls -l` cut off
 * from what follows, and kernel messages that a mailer broke. A mailer fills its lines, so a break is one of its own
 * only where the next word did not fit.
 */
export function unwrap(lines: readonly PasteLine[]): readonly PasteLine[] {
  const narrow = lines.every((line) => line.text.length <= TO)
  const joined: PasteLine[] = []
  let piece = ''
  let parts: string[] = []
  const flush = (): void => {
    const last = joined.at(-1)
    if (last !== undefined && parts.length > 1) joined[joined.length - 1] = { ...last, text: parts.join(' ') }
    parts = []
  }
  let length = 0
  let bare = false
  for (const line of lines) {
    // A list has a mark before each of its items; a lone one is a dash of the text that was broken there.
    const item = line.mark !== undefined && joined.at(-1)?.mark !== undefined
    const goesOn = parts.length > 0 && !line.gap && !item && length < MOST && continues(piece, line.text, bare)
    if (goesOn) {
      if (piece.endsWith('\\')) parts[parts.length - 1] = (parts.at(-1) ?? '').replace(/\s*\\$/, '')
      parts.push(line.mark === undefined ? line.text.trim() : `${line.mark} ${line.text.trim()}`)
      length += line.text.length
    } else {
      flush()
      joined.push(line)
      parts = [line.text]
      length = line.text.length
      // A log without times is known by its banner, and only a post that is narrow all over was wrapped.
      bare = narrow && (/^\s*(?:Linux version \d|Command line: )/.test(line.text) || (bare && !line.gap))
    }
    piece = line.text
  }
  flush()
  return joined
}

function continues(before: string, text: string, bare: boolean): boolean {
  if (before.endsWith('\\')) return before.endsWith(' \\') || /^\s*-/.test(text)
  if (before.endsWith('->')) return /^\s*l[rwx-]{9}/.test(before)
  if (before.endsWith('>') && /\b(?:echo|printf)\b/.test(before)) return /^\s*["']?\//.test(text)
  const width = before.length
  if (width < 40 || width > TO) return false
  const next = text.trim()
  const word = next.indexOf(' ') < 0 ? next.length : next.indexOf(' ')
  if (width + 1 + word <= FROM) return false
  return (bare || undress(before) !== null) && !begins(next)
}

/** A line that begins something of its own and continues nothing. */
export function begins(text: string): boolean {
  return (
    isElision(text) ||
    undress(text) !== null ||
    shellLine(text).prompted ||
    lspciHead(text) !== null ||
    groupHead(text) !== null ||
    /^(?:<|(?:qemu|kvm|error|modprobe|bash|tee|virsh|libvirt|TASK)[\w-]*: |pci |vfio|DMAR|AMD-Vi)/.test(text)
  )
}
