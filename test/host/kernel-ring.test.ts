import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, integer, property, stringMatching } from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { lineOfRecord, readKernelRing } from '../../src/host/kernel-ring.ts'
import { parseLogLine } from '../../src/parse/kernel-log.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('a record of the kernel ring buffer', () => {
  it.each([
    ['5,0,0,-;Linux version 6.12.0', '<5>[    0.000000] Linux version 6.12.0\n'],
    ['4,339,5140900,-;DMAR: bad', '<4>[    5.140900] DMAR: bad\n'],
    ['6,9,123456789012,c;more', '<6>[123456.789012] more\n'],
    ['6,9,1000001,-,caller=T1;one\n SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n', '<6>[    1.000001] one\n'],
    ['30,9,2000000,-;a\\x0ab', '<30>[    2.000000] a\n<30>[    2.000000] b\n'],
    ['6,9,2000000,-;back\\x5cslash \\xc3\\xa9', '<6>[    2.000000] back\\slash é\n'],
    ['no record', ''],
    ['6,9;no time', ''],
  ])('%j is %j', (record, line) => {
    expect(lineOfRecord(record)).toBe(line)
  })

  it('comes out of the log parser with the level, time and text it went in with', () => {
    const text = stringMatching(/^[a-z0-9:][ -Z^-~]{0,80}[a-z]$/)
    assert(
      property(text, integer({ min: 0, max: 7 }), integer({ min: 0, max: 1e12 }), (words, level, at) => {
        const [line = ''] = lineOfRecord(`${level},7,${at},-;${words}`).split('\n')
        const read = parseLogLine(line)
        expect(read?.level).toBe(level)
        expect(read?.time).toBeCloseTo(at / 1e6, 5)
        expect(read?.text.replace(/\s+/g, ' ')).toBe(words.trim().replace(/\s+/g, ' '))
      }),
    )
  })
})

describe('the ring buffer', () => {
  it('throws the errno it is refused with', () => {
    expect(() => readKernelRing(1000, join(directory, 'absent'))).toThrow('ENOENT')
  })

  it('stops at the limit and says so', () => {
    const path = join(directory, 'kmsg')
    // A plain file gives all its records in one read, of which the first is taken.
    writeFileSync(path, `6,1,1000000,-;${'x'.repeat(200)}\n`.repeat(200))
    expect(readKernelRing(100, path)).toMatchObject({ status: 0, truncated: true })
    expect(readKernelRing(1_000_000, path)).toMatchObject({ status: 0, truncated: false })
  })
})
