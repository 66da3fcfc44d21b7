import type { Parameter } from '../model/boot.ts'
import { cleanLine } from './clean.ts'
import { parseCommandLine } from './command-line.ts'
import { shellWords } from './shell-words.ts'

/** Lines kept of one file; a menu has a few entries. */
const LINE_COUNT = 2000

/** kernelstub's configuration (JSON): `user.kernel_options`, a list or one text. null: it is not that. */
export function parseKernelstub(text: string): readonly Parameter[] | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const options = field(field(json, 'user'), 'kernel_options') ?? field(json, 'kernel_options')
  if (typeof options === 'string') return parseCommandLine(options).parameters
  if (!Array.isArray(options)) return null
  return parseCommandLine(options.filter((one) => typeof one === 'string').join(' ')).parameters
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

/** refind_linux.conf: `"name" "parameters"` a line; the first line is the default. */
export function parseRefindLinux(text: string): readonly Parameter[] {
  for (const line of lines(text)) {
    const words = line.startsWith('#') ? [] : shellWords(line)
    if (words.length >= 2) return parseCommandLine(words[1] ?? '').parameters
  }
  return []
}

/** extlinux.conf and syslinux.cfg: the `append` of the default label, else the first one. */
export function parseSyslinux(text: string): readonly Parameter[] {
  let chosen: string | null = null
  let label: string | null = null
  let first: string | null = null
  for (const line of lines(text)) {
    const [, word = '', rest = ''] = /^(\w+) +(.*)$/.exec(line) ?? []
    const key = word.toLowerCase()
    if (key === 'default' && label === null) chosen = rest.trim()
    else if (key === 'label') label = rest.trim()
    else if (key === 'append') {
      if (label !== null && label === chosen) return parseCommandLine(rest).parameters
      first ??= rest
    }
  }
  return parseCommandLine(first ?? '').parameters
}

/** bootc's kargs.d/*.toml: `kargs = ["a=b", "c"]`, over one line or several. */
export function parseKargsToml(text: string): readonly Parameter[] {
  const start = /^[ \t]{0,16}kargs[ \t]{0,16}=[ \t]{0,16}\[/m.exec(text)
  if (start === null) return []
  const [list = ''] = text.slice(start.index + start[0].length, start.index + 16_384).split(']', 1)
  const words = [...list.matchAll(/"([^"\n]{0,4096})"|'([^'\n]{0,4096})'/g)].map((one) => one[1] ?? one[2] ?? '')
  return parseCommandLine(words.join(' ')).parameters
}

function lines(text: string): string[] {
  return text
    .split('\n', LINE_COUNT)
    .map((line) => cleanLine(line).trim())
    .filter((line) => line !== '')
}
