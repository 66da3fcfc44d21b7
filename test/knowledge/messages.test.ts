import { describe, expect, it } from 'vitest'
import { allMessages, messageById, messageTopics } from '../../src/knowledge/messages/all.ts'
import { FAMILIES } from '../../src/model/family.ts'
import { parseTemplate } from '../../src/parse/message-template.ts'
import { recognise } from '../../src/parse/messages.ts'
import { WHOLE } from '../support/vocabulary.ts'

/** Messages whose line holds another one too: a wrapper and what it wraps, or a message and its hint. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'dmar-fault-old': ['dmar-reason-read'],
  'dmar-fault': ['dmar-reason-write'],
  'dmar-fault-dom': ['dmar-reason-write'],
  'dmar-fault-3': ['dmar-reason-write'],
  'q-open-vfio-vfio': ['q-container-wrap'],
  'q-could-not-open-vfio': ['q-container-wrap'],
  'q-container-wrap': ['q-set-iommu-eperm'],
  'q-set-iommu-eperm': ['q-container-wrap'],
  'q-set-group-container': ['q-container-wrap'],
  'q-no-iommu-models': ['q-container-wrap'],
  'q-api-version': ['q-container-wrap'],
  'q-not-viable': ['q-not-viable-hint'],
  'q-device-get': ['q-device-get-hint'],
  'q-iommu-info': ['q-container-wrap'],
  'q-listener-init': ['q-container-wrap', 'q-map-12'],
  'q-p2p-mid': ['q-map-22'],
  'q-set-irqs': ['q-set-irqs-prefix'],
  'q-set-viommu': ['x-caching-new'],
  'q-iommu-device-old': ['x-awbits'],
  'x-caching-new': ['q-set-viommu'],
  'x-awbits': ['q-set-viommu'],
  'l-module': ['km-notfound'],
  'l-resetfail': ['l-reset-none'],
  'l-reset-none': ['l-reset-unable'],
  'l-reattachfail': ['l-probe'],
}

const all = [...allMessages()]

function hitsIn(text: string): ReturnType<typeof recognise>['hits'] {
  return recognise([{ text, line: 1, time: null, wall: null }], 'test', true, WHOLE).hits
}

describe('the tables of messages', () => {
  it.each(all)('$id is recognised in its example, alone or with its companions', (message) => {
    const hits = hitsIn(message.example)
    expect(hits.map((hit) => hit.id).sort()).toEqual([message.id, ...(COMPANIONS[message.id] ?? [])].sort())
    const hit = hits.find((one) => one.id === message.id)
    expect(hit).toMatchObject({
      topic: message.topic,
      family: message.family,
      severity: message.severity,
      harmless: message.family === 'healthy',
    })
    if (message.names === 'device') expect(hit?.device).toMatch(/^[0-9a-f]{4,}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)
  })

  it('hold each id once and each text once', () => {
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
    const texts = all.map((one) => one.text.replace(/:[a-z]+\}/g, '}'))
    const twice = texts.filter((text, at) => texts.indexOf(text) !== at)
    // Told apart by the kind of their placeholder: the newer kernel prints the PCI domain.
    expect(twice).toEqual([
      'NO_PASID] Request device [{device}] fault addr {address} [fault reason {reason}]',
      'Event logged [IO_PAGE_FAULT device={device} domain={domain} address={address} flags={flags}]',
    ])
  })

  it.each(all)('$id is well formed', (message) => {
    expect(message.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(message.topic).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(FAMILIES).toContain(message.family)
    expect(message.meaning).toMatch(/^[A-Z/VIx0-9`a-z].*[.]$/)
    expect(message.meaning.length).toBeLessThan(240)
    expect(message.text).not.toMatch(/ {2}/)
    expect(Object.keys(message).sort()).toEqual(
      'alone example family harmless id layer meaning names severity text topic'.split(' '),
    )
    const { pieces } = parseTemplate(message.text)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeGreaterThanOrEqual(6)
  })

  it('call nothing harmless that is an error', () => {
    expect(all.filter((one) => one.harmless && one.severity === 'error').map((one) => one.id)).toEqual([])
  })

  it('give a message by its id, and the topics in order', () => {
    expect(messageById('dmar-vtd-ok')).toMatchObject({ layer: 'iommu-intel', topic: 'intel-iommu-up' })
    expect(messageById('no-such-message')).toBeUndefined()
    expect(messageTopics()).toEqual([...messageTopics()].sort())
  })
})
