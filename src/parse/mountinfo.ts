import { cleanLine } from './clean.ts'

export interface Mount {
  /** `8:2`; the major number is 0 where no single block device stands behind it. */
  readonly device: string
  readonly at: string
  readonly type: string
  readonly source: string
}

/** /proc/PID/mountinfo (proc_pid_mountinfo(5)). Lines of another form are passed over. */
export function parseMountInfo(text: string): readonly Mount[] {
  return text.split('\n', 100_000).flatMap((line) => {
    const fields = line.split(' ')
    const dash = fields.indexOf('-', 6)
    const [device, at, type, source] = [fields[2], fields[4], fields[dash + 1], fields[dash + 2]]
    if (dash === -1 || device === undefined || at === undefined || type === undefined || source === undefined) return []
    return /^\d+:\d+$/.test(device)
      ? [{ device, at: unescape(at), type: unescape(type), source: unescape(source) }]
      : []
  })
}

/** Files and devices in /proc/swaps: the first field, after a headline. */
export function parseSwaps(text: string): readonly string[] {
  return text
    .split('\n', 10_000)
    .slice(1)
    .flatMap((line) => {
      const file = line.split(/\s/, 1)[0] ?? ''
      return file === '' ? [] : [unescape(file)]
    })
}

/** The kernel writes blanks, tabs, line ends and backslashes as octal numbers (seq_path in fs/seq_file.c). */
function unescape(text: string): string {
  return cleanLine(text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8))))
}
