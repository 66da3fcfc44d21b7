import type { Facts, Machine } from '../model/machine.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { MessageList } from '../model/log.ts'
import { readBootLog } from '../parse/boot-log.ts'
import { recognise } from '../parse/messages.ts'
import { startsAtBoot } from '../parse/kernel-log.ts'
import { blankFacts } from '../rules/blank.ts'
import { assembleGuests } from './assemble-guests.ts'
import { assembleGroups, assemblePci } from './assemble-pci.ts'
import { assembleSystem } from './assemble-system.ts'
import { glean } from './glean.ts'
import { pasteLines, type PasteText } from './lines.ts'

/**
 * A machine as far as a post shows it. What the post does not show is unknown, `not-in-paste`; lists are whole only
 * where they look whole; evidence names the line. Linear in the text, and bounded.
 */
export function machineFromPaste(paste: PasteText): Machine {
  const lines = pasteLines(paste.text)
  const found = glean(lines)
  const boot = readBootLog(
    found.logLines.length > 0 ? [...found.logLines, ...undressed(found.others)] : undressed(found.others),
  )
  const messages = messagesOf(found, paste.truncated)
  const guests = assembleGuests(found)
  const pci = assemblePci(found, boot, messages, guests)
  const log =
    found.logLines.length === 0
      ? unknown('not-in-paste', 'paste')
      : known({ lines: found.logLines, fromBoot: messages.fromBoot }, 'paste')
  const facts: Facts = {
    ...blankFacts('paste', 'not-in-paste'),
    ...assembleSystem(found, boot),
    kernelLog: log,
    messages: known(messages, 'paste') satisfies Fact<MessageList>,
    pci,
    groups: assembleGroups(pci),
    guests,
    attempts: found.attempts.length === 0 ? unknown('not-in-paste', 'paste') : known(found.attempts, 'paste'),
  }
  return { taken: { at: null, source: 'paste', privileged: null }, facts }
}

/** Lines that may be log lines without a dress: the boot parser knows them by their words. */
function undressed(
  others: readonly { readonly text: string; readonly line: number }[],
): Parameters<typeof readBootLog>[0] {
  return others.map(({ text, line }) => ({ text: text.trim(), time: null, wall: null, level: null, line }))
}

function messagesOf(found: ReturnType<typeof glean>, truncated: boolean): MessageList {
  const lines = [
    ...found.logLines,
    ...found.others.map(({ text, line }) => ({ text: text.trim(), line, time: null, wall: null })),
  ].toSorted((a, b) => a.line - b.line)
  return recognise(lines, 'paste', !truncated && startsAtBoot(found.logLines))
}
