import type { Step } from '../../src/model/remedy.ts'
import { isSentence } from '../sentences.ts'
import { effectWords, type Shorten } from '../wording.ts'
import { block, prose, span } from './escape.ts'

/** One step as paragraphs and code blocks; no list, since an indented block after a list belongs to it. */
export function stepParts(lead: string, step: Step, noReboot: boolean, short: Shorten): readonly string[] {
  const effect = effectWords(step.effect, noReboot)
  return [
    [
      ...(lead === '' ? [] : [`**${lead}**`]),
      prose(short(step.say)),
      ...(effect === null ? [] : [`*(${effect})*`]),
    ].join(' '),
    ...(step.run === undefined ? [] : [block(step.run)]),
    ...(step.edit === undefined
      ? []
      : [
          `In ${step.edit.path.startsWith('/') ? span(step.edit.path) : prose(step.edit.path)}:`,
          block(step.edit.text),
        ]),
    ...(step.risk === undefined ? [] : [`Risk: ${prose(short(step.risk))}`]),
    ...(step.undo === undefined ? [] : undoParts(step.undo, short)),
  ]
}

function undoParts(undo: string, short: Shorten): readonly string[] {
  return isSentence(undo) ? [`Undo: ${prose(short(undo))}`] : ['Undo:', block(undo)]
}
