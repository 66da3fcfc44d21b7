import type { Facts, Machine } from '../model/machine.ts'
import { known, unknown } from '../model/fact.ts'
import type { LogLine, MessageList } from '../model/log.ts'
import { readBootLog } from '../parse/boot-log.ts'
import { recognise, type SearchedLine } from '../parse/messages.ts'
import { startsAtBoot } from '../parse/kernel-log.ts'
import { inEnglish } from '../parse/shell-error.ts'
import { wholeShelf } from '../parse/shelves/all.ts'
import { vocabularyOf } from '../parse/vocabulary.ts'
import { blankFacts } from '../rules/blank.ts'
import { assembleGuests } from './assemble-guests.ts'
import { assembleGroups, assemblePci, leftOut } from './assemble-pci.ts'
import { assembleSystem } from './assemble-system.ts'
import { glean } from './glean.ts'
import type { Gleaned } from './gleaned.ts'
import { pasteLines, type PasteLine, type PasteText } from './lines.ts'
import { aroundOf } from './sentences.ts'
import { unfold } from './unfold.ts'
import { unwrap } from './unwrap.ts'

/**
 * A machine as far as a post shows it. What the post does not show is unknown, `not-in-paste`; lists are whole only
 * where they look whole; evidence names the line. Linear in the text, and bounded.
 */
export function machineFromPaste(paste: PasteText): Machine {
  const { lines, truncated } = pasteLines(paste.text)
  const found = glean(unwrap(unfold(lines)))
  const others = found.others.map(bare)
  const boot = readBootLog([...found.logLines, ...others])
  const whole = wholeLog(found, paste.truncated || truncated)
  const messages = messagesOf(found, whole)
  const guests = assembleGuests(found)
  const pci = assemblePci(found, boot, messages, guests, whole)
  const facts: Facts = {
    ...blankFacts('paste', 'not-in-paste'),
    ...assembleSystem(found, boot, whole),
    kernelLog:
      found.logLines.length === 0
        ? unknown('not-in-paste', 'paste')
        : known({ lines: found.logLines, fromBoot: whole }, 'paste'),
    messages: known(messages, 'paste'),
    pci,
    groups: assembleGroups(pci, found, boot),
    guests,
    attempts: found.attempts.length === 0 ? unknown('not-in-paste', 'paste') : known(found.attempts, 'paste'),
  }
  return { taken: { at: null, source: 'paste', privileged: null }, facts }
}

/** A line that may be one of a log without a dress: the boot parser knows them by their words. */
function bare({ text, line }: PasteLine): LogLine {
  return { text: text.trim(), time: null, wall: null, level: null, line }
}

/** Lines of the shortest boot log; an excerpt has fewer, and proves nothing by what it lacks. */
const SHORTEST_LOG = 250

/** Whether the log reaches from the start of the boot on: long, from the banner, with nothing left out. */
function wholeLog({ logLines, ...found }: Gleaned, truncated: boolean): boolean {
  if (truncated || logLines.length < SHORTEST_LOG || !startsAtBoot(logLines)) return false
  const [from, to] = [logLines[0]?.line ?? 0, logLines.at(-1)?.line ?? 0]
  return !leftOut({ logLines, ...found }, from, to)
}

const VOCABULARY = vocabularyOf(wholeShelf)

function messagesOf(found: Gleaned, whole: boolean): MessageList {
  const said = found.others.map((one, at): SearchedLine => {
    const line = { text: inEnglish(one.text.trim()), line: one.line, time: null, wall: null }
    return one.logged === true ? { ...line, logged: true } : { ...line, around: aroundOf(found.others, at) }
  })
  const lines = [...found.logLines, ...said].toSorted((a, b) => a.line - b.line)
  return recognise(lines, 'paste', whole, VOCABULARY)
}
