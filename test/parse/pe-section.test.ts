import { assert, property, stringMatching, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peSection, sectionText } from '../../src/parse/pe-section.ts'
import { peImage } from '../support/pe-image.ts'

describe('a section of a PE image', () => {
  it('gives back the text that was put in', () => {
    assert(
      property(stringMatching(/^[ -~]{0,1100}$/), stringMatching(/^[ -~]{0,30}$/), (line, other) => {
        const bytes = peImage({ '.text': other, '.cmdline': line, '.linux': 'kernel' })
        const section = peSection(bytes, '.cmdline')
        expect(section).not.toBeNull()
        // A section that fills its padding ends where the next begins.
        const text = section === null ? null : sectionText(bytes.subarray(0, section.offset + section.size), section)
        expect(text).toBe(line)
      }),
    )
  })

  it.each([
    ['is not there', peImage({ '.linux': 'kernel' })],
    ['is not in the part that was read', peImage({ '.cmdline': 'quiet' }).subarray(0, 0x90)],
    ['cannot be in something else', new TextEncoder().encode('#!/bin/sh\n')],
  ])('%s', (_, bytes) => {
    expect(peSection(bytes, '.cmdline')).toBeNull()
  })

  it('has no text where the bytes end before it does', () => {
    const bytes = peImage({ '.cmdline': 'quiet' })
    const section = peSection(bytes, '.cmdline')
    expect(section === null ? '' : sectionText(bytes.subarray(0, section.offset + 4), section)).toBeNull()
  })

  it('is looked for in anything without harm', () => {
    assert(
      property(uint8Array({ maxLength: 400 }), (noise) => {
        const bytes = new Uint8Array([0x4d, 0x5a, ...noise])
        const section = peSection(bytes, '.cmdline')
        if (section !== null) sectionText(bytes, section)
      }),
    )
  })
})
