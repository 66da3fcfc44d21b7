import { EMPTY, LEFT_OPEN } from '../knowledge/empty-words.ts'
import { searchCommand, type SearchCommand } from '../parse/search-command.ts'
import { shellLine, type ShellLine } from '../parse/shell-session.ts'
import type { Gleaned } from './gleaned.ts'
import { isElision, type PasteLine } from './lines.ts'
import type { Place } from './place.ts'

/** Lines of an answer that are looked at: with more it is not empty. */
const MOST = 8
const MOST_ANSWERS = 500

/** Keeps the lines below the command last typed, as far as they may be all there is. */
export function keepAnswer(line: PasteLine, found: Gleaned, place: Place): void {
  if (line.line === place.commandLine) return
  if (place.answer.length === 0) toldBelow(line, found, place)
  if (place.answer.length < MOST) place.answer.push(line)
}

/**
 * A new prompt ends the answer of the command before it: notes where a search for an IOMMU printed nothing. A list of
 * commands behind bare signs (`$ `) is a session only where one of them has an answer; prompts of a shell are always.
 */
export function closeAnswer(shell: ShellLine, line: PasteLine, found: Gleaned, place: Place): void {
  const { command, commandLine, sign } = place
  const answer = place.answer
  place.answer = []
  const bare = bareSign(shell, line.text)
  place.sign = bare
  if (command === '' || commandLine === 0) return
  const gap = line.gap || answer.some((one) => one.gap)
  const search = searchCommand(command)
  // Nobody ends a list of commands with a sign alone.
  if (sign && bare && !gap && (answer.length > 0 || shell.command === '')) found.signsAnswered = true
  const shown = search?.places.every((one) => one.kind === 'log') === true ? shownOf(answer) : answer
  if (search === null || (sign && gap) || !isEmpty(shown, command, search)) return
  keep(search, command, commandLine, found, { sign, told: false })
}

/** No prompt of a shell, but a sign as people also put before commands that they only name; or none at all. */
function bareSign(shell: ShellLine, text: string): boolean {
  return shell.command === text.trim() || /^\s*[#$%+>]/.test(text)
}

/** `dmesg | grep DMAR` in a sentence that says that it prints nothing. */
export function toldEmpty(line: PasteLine, found: Gleaned): void {
  const { text } = line
  if (text.length > 600 || !/dmesg|journalctl|iommu/.test(text)) return
  for (const quoted of text.matchAll(/[`"“„«]([^`"“”„«»]{6,200})[`"”“»]/g)) {
    const behind = text.slice(quoted.index + quoted[0].length, quoted.index + quoted[0].length + 60)
    const command = shellLine(quoted[1] ?? '').command
    const search = searchCommand(command)
    if (search !== null && saysEmpty(behind.split(/[.!?;]/, 1)[0] ?? ''))
      keep(search, command, line.line, found, { sign: false, told: true })
  }
  for (const named of text.matchAll(DIRECTORIES)) {
    const before =
      text
        .slice(Math.max(0, named.index - NEAR), named.index)
        .split(/[,.!?;，。！？](?:\s|$)/)
        .at(-1) ?? ''
    const after = text.slice(named.index + named[0].length, named.index + named[0].length + NEAR)
    const behind = after.split(/[.!?;。！？]/, 1)[0] ?? ''
    const asked = ASKS.test(before) && after.charAt(behind.length) === '?'
    if (asked || leavesOpen(`${before} ${behind}`) || !(saysEmpty(behind) || saysEmpty(before))) continue
    const search: SearchCommand = { places: [{ kind: named[1] === undefined ? 'units' : 'groups' }], counts: false }
    keep(search, named[0], line.line, found, { sign: false, told: true })
  }
}

/** A sentence below a command that says that it printed nothing: it stands where the answer would. */
function toldBelow({ text }: PasteLine, found: Gleaned, { command, commandLine }: Place): void {
  const said = text.trim()
  if (commandLine === 0 || said.length > NEAR || !BELOW.test(said) || !saysEmpty(said) || leavesOpen(said)) return
  const search = searchCommand(command)
  if (search !== null) keep(search, command, commandLine, found, { sign: false, told: true })
}

/** How a sentence begins that goes on about the command above it. */
const BELOW =
  /^(?:and |but )?(?:it |this |that |which |which just |just |only |simply )?(?:gives|returns|shows|prints|outputs|yields|displays|produces|is|comes (?:up|back)) /i

/** A directory that is empty where there is no IOMMU, as a sentence names it; not a file below it. */
const DIRECTORIES = /\/sys\/(?:(kernel\/iommu_groups)|class\/iommu)\/?(?=[\s`'"“”«»)*,.:;!?。，]|$)/g
/** Characters on either side of the name in which it is said to be empty. */
const NEAR = 60
/** A question that begins with its verb asks whether it is so; one that begins with "why" says that it is. */
const ASKS = /^\W*(?:is|are|does|do|ist|sind|est-ce|è|está)\s/i

function keep(
  search: SearchCommand,
  command: string,
  line: number,
  found: Gleaned,
  how: { readonly sign: boolean; readonly told: boolean },
): void {
  for (const place of search.places) {
    if (found.emptyAnswers.length < MOST_ANSWERS) found.emptyAnswers.push({ place, command, line, ...how })
  }
}

/** What was found in a log, without the sentences with which the post goes on below it. */
function shownOf(answer: readonly PasteLine[]): readonly PasteLine[] {
  const end = answer.findIndex((one, at) => at > 0 && one.gap && /^\s*\p{L}/u.test(one.text) && !isElision(one.text))
  return end < 0 || !answer.slice(0, end).every((one) => isEcho(one.text.trim())) ? answer : answer.slice(0, end)
}

function isEmpty(answer: readonly PasteLine[], command: string, search: SearchCommand): boolean {
  if (answer.length >= MOST) return false
  const lines = answer.map((one) => one.text.trim())
  if (search.counts) return lines.length === 1 && lines[0] === '0'
  if (search.places.every((one) => one.kind === 'log')) return lines.every((line) => isFrame(line, '') || isEcho(line))
  const path = /\/sys\/\S{1,80}/.exec(command)?.[0].replace(/\/$/, '') ?? ''
  return lines.every((line) => isFrame(line, path))
}

/**
 * What a search for an IOMMU finds in the log of a host that has none: the parameter echoed (intel_iommu_setup in
 * drivers/iommu/intel/iommu.c), the defaults of the core (iommu_subsys_init in drivers/iommu/iommu.c), the module amd_iommu_v2 on any
 * machine (amd_iommu_v2_init in drivers/iommu/amd/iommu_v2.c), the command line.
 */
function isEcho(line: string): boolean {
  return /(?:DMAR: IOMMU enabled|Intel-IOMMU: enabled|ommand line: .*|AMD IOMMUv2 (?:driver by .{0,60}|functionality not available.{0,60})|iommu: (?:Default domain type|DMA domain TLB invalidation).{0,80})$/.test(
    line,
  )
}

/** What `ls -la`, `find` and `tree` print of an empty directory, and what people write in the place of nothing. */
function isFrame(line: string, path: string): boolean {
  if (line.replace(/\/$/, '') === path) return true
  // `total 0` in the language of the system: of sysfs it says so in any case.
  if (/^\p{L}{2,12}(?: \p{L}{1,12})? ?0$/u.test(line) || /^0 directories, 0 files$/.test(line)) return true
  if (/^d[rwx-]{9}\S? .{1,120} \.{1,2}$/.test(line)) return true
  const words = line.replace(/^[\s([{<*_"'-]{1,4}|[\s)\]}>*_"'.!-]{1,4}$/g, '').toLowerCase()
  return words.length <= 30 && EMPTY.includes(words)
}

let open: RegExp | undefined

function leavesOpen(text: string): boolean {
  open ??= new RegExp(
    `(?<![\\p{Script=Latin}\\p{Script=Cyrillic}])(?:${LEFT_OPEN.join('|')})(?![a-zà-öø-ÿ])|n't\\b`,
    'iu',
  )
  return open.test(text)
}

let empty: RegExp | undefined

function saysEmpty(text: string): boolean {
  empty ??= new RegExp(`(?<![\\p{Script=Latin}\\p{Script=Cyrillic}])(?:${EMPTY.join('|')})(?![a-zà-öø-ÿа-яё])`, 'iu')
  return empty.test(text)
}
