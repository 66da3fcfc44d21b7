import { describe, expect, test } from 'vitest'
import { collectKernelLog } from '../../src/collect/kernel-log.ts'
import type { KernelLog } from '../../src/model/log.ts'
import type { Fact } from '../../src/model/fact.ts'
import { memoryHost } from '../support/memory-host.ts'

const RING = 'dmesg -r'
const JOURNAL = 'journalctl -k -b -o short-monotonic --no-pager --no-hostname'
const WHOLE = '<5>[    0.000000] Linux version 6.8.0 (a@b)\n<4>[    9.000000] vfio-pci: x\n'
const TAIL = '<4>[  900.000000] DMAR: fault\n'
const JOURNAL_WHOLE = '[    0.000000] kernel: Linux version 6.8.0 (a@b)\n[  900.000000] kernel: DMAR: fault\n'
const REFUSED = { status: 1, stderr: 'dmesg: read kernel buffer failed: Operation not permitted\n' }

function texts(log: Fact<KernelLog>): readonly string[] {
  return log.state === 'known' ? log.value.lines.map((one) => one.text) : []
}

describe('which source is taken', () => {
  const syslog =
    'Feb 23 19:00:00 h kernel: [    0.000000] Linux version 6.8.0 (a@b)\nFeb 23 19:00:01 h sshd[1]: hello\n'
  test.each([
    ['the ring buffer when it is whole', { [RING]: WHOLE, [JOURNAL]: JOURNAL_WHOLE }, {}, RING, true],
    ['the journal when the ring buffer was overwritten', { [RING]: TAIL, [JOURNAL]: JOURNAL_WHOLE }, {}, JOURNAL, true],
    [
      'the ring buffer when the journal is no better',
      { [RING]: TAIL, [JOURNAL]: '[  800.000000] kernel: x\n' },
      {},
      RING,
      false,
    ],
    ['the journal when dmesg is refused', { [RING]: REFUSED, [JOURNAL]: JOURNAL_WHOLE }, {}, JOURNAL, true],
    ['a file when both fail', { [RING]: REFUSED }, { '/var/log/kern.log': syslog }, '/var/log/kern.log', true],
    ['a whole file before half a ring', { [RING]: TAIL }, { '/var/log/messages': syslog }, '/var/log/messages', true],
  ])('%s', async (_, programs, files, source, fromBoot) => {
    const log = await collectKernelLog(memoryHost({ programs, files }))
    expect(log).toMatchObject({ state: 'known', source, value: { fromBoot } })
  })
})

test('a cut output does not reach from the boot to now', async () => {
  const log = await collectKernelLog(memoryHost({ programs: { [RING]: { stdout: WHOLE, truncated: true } } }))
  expect(log).toMatchObject({ state: 'known', value: { fromBoot: false } })
})

describe('why there is none', () => {
  test.each([
    ['refused by dmesg_restrict', { [RING]: REFUSED }, 'denied', RING],
    [
      'the journal refuses, no dmesg',
      { [JOURNAL]: { status: 1, stderr: 'No journal files were opened due to insufficient permissions.\n' } },
      'denied',
      JOURNAL,
    ],
    ['no program at all', {}, 'no-tool', RING],
    ['too slow', { [RING]: { error: 'timeout' as const } }, 'timeout', RING],
    ['broken', { [RING]: { status: 1, stderr: '\u001b[31mdmesg: boom' } }, 'unreadable', RING],
  ])('%s', async (_, programs, reason, source) => {
    const log = await collectKernelLog(memoryHost({ programs }))
    expect(log).toMatchObject({ state: 'unknown', reason, source })
  })
})

describe('files of a log daemon', () => {
  const old =
    'Feb 22 08:00:00 h kernel: [    0.000000] Linux version 6.8.0 (a@b)\nFeb 22 08:00:01 h kernel: [    5.000000] old\n'
  const now =
    'Feb 23 08:00:00 h kernel: [    0.000000] Linux version 6.9.0 (a@b)\nFeb 23 08:00:01 h kernel: [    5.000000] new\n'

  test('only the last boot, only the kernel', async () => {
    const files = {
      '/var/log/syslog': `${old}${now}Feb 23 08:01:00 h cron[1]: job\n`,
      '/proc/sys/kernel/osrelease': '6.9.0\n',
    }
    const log = await collectKernelLog(memoryHost({ files }))
    expect(texts(log)).toEqual(['Linux version 6.9.0 (a@b)', 'new'])
  })

  test('a log of another kernel is of another boot', async () => {
    const files = { '/var/log/syslog': now, '/proc/sys/kernel/osrelease': '6.10.0\n' }
    expect(await collectKernelLog(memoryHost({ files }))).toMatchObject({ state: 'unknown', reason: 'no-tool' })
  })

  test('a file that was last written before the boot is of another boot', async () => {
    const file = { stat: { kind: 'file' as const, modified: 1000 }, text: now }
    const host = (btime: number) =>
      memoryHost({ files: { '/var/log/syslog': file, '/proc/stat': `cpu 1\nbtime ${btime}\n` } })
    expect((await collectKernelLog(host(2000))).state).toBe('unknown')
    expect((await collectKernelLog(host(500))).state).toBe('known')
  })

  test('a file too long to be read whole is left alone', async () => {
    const file = { stat: { kind: 'file' as const, size: 2 ** 31 }, text: now }
    expect((await collectKernelLog(memoryHost({ files: { '/var/log/syslog': file } }))).state).toBe('unknown')
  })
})
