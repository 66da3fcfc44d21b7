import { describe, expect, it } from 'vitest'
import { allMessages } from '../../src/knowledge/messages/all.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { valueOf } from '../../src/model/fact.ts'
import { shellError } from '../../src/parse/shell-error.ts'
import { machineFromPaste } from '../../src/paste/index.ts'

function hits(text: string): readonly MessageHit[] {
  return valueOf(machineFromPaste({ text, truncated: false }).facts.messages)?.hits ?? []
}

const SAID = 'vfio 0000:06:00.0: group 17 is not viable'

describe('a message that has its line for itself', () => {
  it.each([
    ['bare', SAID],
    ['behind the label of a program', `error: internal error: ${SAID}`],
    ['behind the label of a window', `Error starting domain: internal error: ${SAID}`],
    ['behind a level and a label', `ERROR    internal error: ${SAID}`],
    ['behind a label in Chinese', `报错：${SAID}`],
    ['with the rest of what the program says', `${SAID} Please ensure all devices are bound to their vfio bus driver.`],
    ['quoted in mail', `> > ${SAID}`],
    ['in a list', `* ${SAID}`],
    ['in a numbered list', `2. ${SAID}`],
    ['as code', `\`${SAID}\``],
    ['in quotation marks', `“${SAID}”`],
    ['between fences', `\`\`\`\n${SAID}\n\`\`\``],
    ['behind a sentence that ends', `My machine does not start. ${SAID}`],
    ['in a log of a program', `Mar  3 10:11:12 pve pvedaemon[77]: is ${SAID}?`],
    ['in logfmt', `level=error msg="could not set up what was asked for: ${SAID}"`],
    ['in JSON', `{"level":"error","msg":"${SAID}"}`],
  ])('%s', (_, text) => {
    expect(hits(text).map((hit) => [hit.id, hit.prose])).toEqual([['q-not-viable', undefined]])
  })
})

it('words before a message tell of the program where its hint has a line for itself', () => {
  const hint = 'Please ensure all devices within the iommu_group are bound to their vfio bus driver.'
  const told = `This is the error I get: ${SAID}`
  expect(hits(told)[0]?.prose).toBe('told')
  expect(hits(`${told}\n${hint}`)[0]?.prose).toBeUndefined()
  expect(hits(`${told}\nand then it says: ${hint}`)[0]?.prose).toBeDefined()
})

describe('a message in a sentence', () => {
  it.each([
    ['told', `When I start it I get ${SAID}`],
    ['told', `This is the error I get: ${SAID}`],
    ['told', `error: ${SAID}, any idea?`],
    ['told', `启动虚拟机的时候出现 ${SAID}`],
    ['quoted', `Does anybody know what "${SAID}" means?`],
    ['quoted', `They say that ${SAID} comes from a missing ACS capability.`],
    ['quoted', `Manche lesen \`${SAID}\` und tauschen das Board.`],
    ['quoted', `Que veut dire « ${SAID} » ?`],
    ['quoted', `Has anyone solved "${SAID}"?`],
    ['quoted', `The error "${SAID}" is not solved.`],
    [
      'quoted',
      `I went through all of the wiki and what I found there is that\n${SAID} comes from bridges that lack ACS`,
    ],
    ['over', `The old "${SAID}" is gone since the last update.`],
    ['over', `Der Fehler ${SAID} kommt heute nicht mehr.`],
    ['over', `Le message ${SAID} a disparu.`],
    ['over', `Сообщение "${SAID}" больше не появляется.`],
    ['over', `There is no "${SAID}" in the log.`],
    ['over', `And error: ${SAID} is solved too.`],
  ])('%s: %s', (prose, text) => {
    expect(hits(text).map((hit) => [hit.id, hit.prose])).toEqual([['q-not-viable', prose]])
  })
})

const all = [...allMessages()]

it('a line that a program prints is never taken for a sentence', () => {
  for (const { id, example } of all) {
    expect([id, ...hits(example).filter((hit) => hit.prose !== undefined)]).toEqual([id])
  }
})

it('a question about a message is talk, whatever the message', () => {
  for (const { example } of all)
    for (const hit of hits(`Can somebody tell me whether "${example}" would be harmful in this case?`))
      expect([hit.id, hit.prose]).toEqual([hit.id, 'quoted'])
})

it('an error of a shell that a sentence tells is no attempt', () => {
  const path = '/sys/bus/pci/drivers/vfio-pci/bind'
  expect(shellError(`cannot write to ${path}: No such device`)).toMatchObject({ error: 'No such device', path })
  expect(shellError(`I read that a write to ${path} gives No such device when the id is unknown.`)).toBeNull()
})
