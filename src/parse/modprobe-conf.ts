import type { ModprobeDirective } from '../model/modules.ts'
import { cleanLine } from './clean.ts'
import { oneLine, placeParameters } from './command-line.ts'
import { filesRun } from './install-line.ts'
import { moduleName } from './module-name.ts'

/**
 * One file of modprobe.d as kmod reads it (libkmod-config.c: kmod_config_parse). A `#` counts as a comment at the
 * start of a line alone: after a directive it is one more word. What kmod rejects comes back as `unknown`. Names of
 * modules and of their options have underscores. Never fails.
 */
export function parseModprobe(text: string, path: string): ModprobeDirective[] {
  const directives: ModprobeDirective[] = []
  for (const { text: raw, line } of logicalLines(text)) {
    const clean = cleanLine(raw).trim()
    if (clean === '' || clean.startsWith('#')) continue
    directives.push(directive(clean, { path, line }))
  }
  return directives
}

/** A backslash joins the next line; before any other character it goes away (shared/util.c: freadline_wrapped). */
function logicalLines(text: string): { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = []
  let pending = ''
  let first = 0
  for (const [index, physical] of text.split('\n').entries()) {
    if (first === 0) first = index + 1
    const line = physical.replace(/\r$/, '')
    const slashes = /\\*$/.exec(line.slice(-64))?.[0].length ?? 0
    const joined = slashes % 2 === 1
    pending += (joined ? line.slice(0, -1) : line).replace(/\\(.)/g, '$1')
    if (joined) continue
    if (pending !== '') lines.push({ text: pending, line: first })
    pending = ''
    first = 0
  }
  if (pending !== '') lines.push({ text: pending, line: first })
  return lines
}

function directive(text: string, place: { path: string; line: number }): ModprobeDirective {
  const [command = '', first = '', ...rest] = text.split(/ +/)
  const module = moduleName(first)
  const tail = tailAfter(text, 2)
  const unknown: ModprobeDirective = { ...place, kind: 'unknown', text }
  if (first === '') return unknown
  switch (command) {
    case 'options':
      return tail === '' ? unknown : { ...place, kind: 'options', module, options: options(tail) }
    case 'blacklist':
      return { ...place, kind: 'blacklist', module }
    case 'alias':
      return rest[0] === undefined
        ? unknown
        : { ...place, kind: 'alias', wildcard: module, module: moduleName(rest[0]) }
    case 'install':
      return tail === '' ? unknown : { ...place, kind: command, module, command: tail, runs: filesRun(tail) }
    case 'remove':
      return tail === '' ? unknown : { ...place, kind: command, module, command: tail }
    case 'softdep':
      // Words before `pre:` and `post:` are dropped, and these are words of their own (kmod_config_add_softdep).
      return rest.some((word) => word === 'pre:' || word === 'post:')
        ? { ...place, kind: 'softdep', module, ...dependencies(rest) }
        : unknown
    case 'weakdep':
      return rest.length === 0 ? unknown : { ...place, kind: 'weakdep', module, modules: rest.map(moduleName) }
    default:
      return unknown
  }
}

/** What follows the first `words` words, as it stands. */
function tailAfter(text: string, words: number): string {
  let at = 0
  for (let word = 0; word < words; word++) {
    const blank = text.indexOf(' ', at)
    if (blank < 0) return ''
    at = blank
    while (text[at] === ' ') at++
  }
  return text.slice(at)
}

/** kmod hands the words to the kernel, which splits them as it splits its own command line (kernel/module/main.c). */
function options(text: string): (readonly [string, string])[] {
  return placeParameters(oneLine(text)).map(({ name, value }) => [name.replaceAll('-', '_'), value ?? ''] as const)
}

/** `pre: a b post: c`. */
function dependencies(words: readonly string[]): { pre: string[]; post: string[] } {
  const found = { pre: [] as string[], post: [] as string[] }
  let into: string[] | null = null
  for (const word of words) {
    if (word === 'pre:') into = found.pre
    else if (word === 'post:') into = found.post
    else into?.push(moduleName(word))
  }
  return found
}
