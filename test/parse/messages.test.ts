import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allMessages } from '../../src/knowledge/messages/all.ts'
import type { MessageHit, MessageList } from '../../src/model/log.ts'
import { parseKernelLog } from '../../src/parse/kernel-log.ts'
import { parseTemplate } from '../../src/parse/message-template.ts'
import { recognise } from '../../src/parse/messages.ts'
import { WHOLE } from '../support/vocabulary.ts'

function found(text: string): MessageList {
  const lines = text.split('\n').map((one, at) => ({ text: one, line: at + 1, time: null, wall: null }))
  return recognise(lines, 'paste', false, WHOLE)
}

function first(text: string): MessageHit | undefined {
  return found(text).hits[0]
}

function ids(text: string): readonly string[] {
  return found(text).hits.map((hit) => hit.id)
}

const REFUSED = 'vfio-pci: probe of 0000:03:00.0 failed with error -22'

describe('recognise', () => {
  it.each([
    ['bare', REFUSED],
    ['dmesg', `[  214.159625] ${REFUSED}`],
    ['dmesg -e', `[  +0.000123] ${REFUSED}`],
    ['dmesg -T', `[Sun Feb 23 19:46:46 2025] ${REFUSED}`],
    ['dmesg -r', `<4>[  214.159625] ${REFUSED}`],
    ['dmesg -x', `kern  :warn  : [  214.159625] ${REFUSED}`],
    ['journal', `Feb 23 19:46:46 box kernel: ${REFUSED}`],
    ['journal, ISO', `2025-02-23T19:46:46+0100 box kernel: ${REFUSED}`],
    ['syslog', `Feb 23 19:46:46 box kernel: [  214.159625] ${REFUSED}`],
    ['printk with the caller', `[  214.159625] [   T1] ${REFUSED}`],
    ['quoted in mail', `> > [  214.159625] ${REFUSED}`],
    ['a list in Markdown', `  - \`${REFUSED}\``],
    ['a code span', `I get \`${REFUSED}\` at boot`],
    ['bold', `**${REFUSED}**`],
    ['a table', `| ${REFUSED} |`],
    ['typographic quotes', `it says \u201c${REFUSED}\u201d.`],
    ['wide blanks', REFUSED.replaceAll(' ', '\u00a0')],
    ['colours', `\u001b[32m[  214.159625] \u001b[0m\u001b[33mvfio-pci\u001b[0m${REFUSED.slice(8)}`],
    ['carriage return', `${REFUSED}\r`],
    ['wrapped', `Feb 23 19:46:46 box kernel: [  214.159625] vfio-pci: probe of\n0000:03:00.0 failed with error -22`],
    ['wrapped and quoted', `> [  214.159625] vfio-pci: probe of 0000:03:00.0\n> failed with error -22`],
  ])('sees through the dress: %s', (_, text) => {
    expect(found(text).hits).toMatchObject([
      {
        id: 'vfio-probe-failed-old',
        topic: 'driver-refused-device',
        device: '0000:03:00.0',
        values: { driver: 'vfio-pci', errno: '-22', error: 'EINVAL' },
        line: 1,
        source: 'paste',
        harmless: false,
      },
    ])
  })

  it('takes the time from the dress where the line does not bring one', () => {
    expect(first(`[  214.159625] ${REFUSED}`)).toMatchObject({ time: 214.159625, wall: null })
    expect(first(`Feb 23 19:46:46 box kernel: ${REFUSED}`)).toMatchObject({ time: null, wall: 'Feb 23 19:46:46' })
    const given = recognise([{ text: REFUSED, line: 7, time: 1.5, wall: null }], 'dmesg', true, WHOLE)
    expect(given).toMatchObject({ fromBoot: true, hits: [{ line: 7, time: 1.5, text: REFUSED }] })
    expect(given).not.toHaveProperty('dropped')
  })

  it('reads what parseKernelLog gives', () => {
    const log = parseKernelLog(
      `<4>[  214.159625] ${REFUSED}\n<6>[  215.000000] pci 0000:03:00.0: Adding to iommu group 28\n`,
    )
    expect(recognise(log, 'dmesg -r', true, WHOLE).hits).toMatchObject([
      { id: 'vfio-probe-failed-old', line: 1 },
      { id: 'iommu-add-group', line: 2, device: '0000:03:00.0', values: { driver: 'pci', group: '28' } },
    ])
  })

  it.each([
    [
      "vfio-pci 0000:41:00.0: BAR 3: can't reserve [mem 0xe0>",
      ['pci-can-reserve'],
      { device: '0000:41:00.0', values: { bar: '3' } },
    ],
    [
      'vfio-pci 0000:41:00.0: DMAR: Device is ineligible for IOM…',
      ['dmar-rmrr-ineligible'],
      { device: '0000:41:00.0' },
    ],
    ['vfio_iommu_type1_attach_group: No interrupt remapping suppo...', ['vfio-no-intr-remap'], {}],
    [
      'qemu-kvm: -device vfio-pci,host=41:00.0: vfio 0000:41:00.0: group 31 is not via>',
      ['q-not-viable'],
      { values: { group: '31' } },
    ],
    [
      'qemu-kvm: -device vfio-pci,host=41:00.0: vfio 0000:41:00.0: failed to open /dev/vfio/31: No such file or dir>',
      ['q-group-enoent'],
      { values: { group: '31', error: 'ENOENT' } },
    ],
    ['vfio-pci 0000:41:00.0: not ready 1023ms after bus reset; >', [], {}],
    ['vfio-pci 0000:41:00.0: Device is ine>', [], {}],
    ['vfio_pin_pages_remote: RLIMIT_MEMLOCK (838>', ['vfio-memlock'], {}],
  ])('knows a line of a log that the edge of a screen cut: %s', (text, known, more) => {
    const log = `Feb 23 19:46:46 box kernel: ${text}`
    expect(ids(log)).toEqual(known)
    expect(found(log).hits).toMatchObject(known.map(() => more))
    // Without the dress of a log it may be anything, and without the mark it may be whole.
    if (known[0] !== 'q-group-enoent') expect(ids(text)).toEqual([])
    expect(ids(log.replace(/(?:>|…|\.\.\.)$/, ''))).toEqual([])
  })

  it('takes a line that was cut for nothing else than what the whole says', () => {
    const other: string[] = []
    for (const { example } of allMessages()) {
      const topics = new Set(found(`Feb 23 19:46:46 box kernel: ${example}`).hits.map((hit) => hit.topic))
      for (let end = 1; end < example.length; end += 7) {
        const cut = `Feb 23 19:46:46 box kernel: ${example.slice(0, end)}`.trimEnd()
        const plain = new Set(found(cut).hits.map((hit) => hit.topic))
        for (const { topic } of found(`${cut}>`).hits)
          if (!topics.has(topic) && !plain.has(topic)) other.push(`${topic}: ${cut}`)
      }
    }
    expect(other).toEqual([])
  })

  it('knows a message whose head was cut off, and not one of which little is left', () => {
    expect(ids('is ineligible for IOMMU domain attach due to platform RMRR requirement.')).toEqual([
      'dmar-rmrr-ineligible',
    ])
    expect(ids('R requirement.')).toEqual([])
    expect(ids('Initialization failed')).toEqual(['dmar-init-failed'])
    expect(ids('Initialization failed for another reason')).toEqual([])
    expect(
      ids(
        '00.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping.',
      ),
    ).toEqual(['iommu-rmrr-new'])
  })

  it.each([
    ['vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up', '0000:01:00.0'],
    ['vfio-pci 10000:E1:00.0: not ready 65535ms after FLR; giving up', '10000:e1:00.0'],
    ['pcieport 0000:00:1c.0: DPC: containment event, status:0x1f01 source:0x0000', '0000:00:1c.0'],
    ["pci 0000:01:00.0: [Firmware Bug]: BAR 0: invalid; can't size", '0000:01:00.0'],
    ['pci 0000:01:00.0: BAR 1 [mem size 0x400000000 64bit pref]: failed to assign', '0000:01:00.0'],
    ['pcieport 0000:00:01.0: AER: Corrected error message received from 0000:01:00.0', '0000:01:00.0'],
    ['DMAR: [DMA Read] Request device [0a:00.1] fault addr 7f0c1000 [fault reason 06] PTE', '0000:0a:00.1'],
    ['DMAR:[DMA Write] Request device [0a:00.1] fault addr 7f0c1000', '0000:0a:00.1'],
    ['qemu: -device vfio-pci,host=05:00.0,id=x: vfio: failed to setup container for group 12', '0000:05:00.0'],
    ['arm-smmu 12e00000.iommu: Unhandled context fault: fsr=0x402, iova=0x7f000000, fsynr=0x10', null],
    ['platform dprc.1: Adding to iommu group 4', null],
  ])('names the device of %s', (text, device) => {
    expect(first(text)?.device).toBe(device)
  })

  it('keeps the reporter beside the device', () => {
    const hit = first('pcieport 0000:00:01.0: AER: Corrected error message received from 0000:01:00.0')
    expect(hit?.values).toMatchObject({ device: '0000:01:00.0', reporter: '0000:00:01.0' })
  })

  it('returns the wrapper and what it wraps', () => {
    const text =
      'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for ' +
      'group 1: memory listener initialization failed: Region pc.ram: vfio_dma_map(0x55, 0x0, 0xa0000, 0x7f) = -12 ' +
      '(Cannot allocate memory)'
    expect(ids(text)).toEqual(['q-map-12', 'q-listener-init', 'q-container-wrap'])
    for (const hit of found(text).hits) {
      expect(hit).toMatchObject({ device: '0000:01:00.0', values: { error: 'ENOMEM' } })
    }
  })

  it.each([
    ['failed to open /dev/vfio/1: Permission denied', ['q-group-eacces'], 'EACCES'],
    ["Could not open '/dev/vfio/1': Device or resource busy", ['q-group-could-not-open'], 'EBUSY'],
    ['failed to open /dev/vfio/72: Operation not permitted: runtime: permission denied', ['q-group-eperm'], 'EPERM'],
    ['Failed to set iommu for container: Operation not permitted', ['q-set-iommu-eperm'], 'EPERM'],
    ['qemu-system-x86_64: VFIO_MAP_DMA failed: No such device or address', ['q-legacy-map-failed'], 'ENXIO'],
    ["modprobe: ERROR: could not insert 'x': Key was rejected by service", ['km-key-rejected'], 'EKEYREJECTED'],
    ['write /sys/bus/pci/drivers/vfio-pci/new_id: file exists', ['sh-newid-eexist-go'], 'EEXIST'],
    ['vfio-pci 0000:01:00.0: Failed to add to iommu group 1: -16', ['iommu-add-fail'], 'EBUSY'],
    ['Failed to set group container: gibberish', ['q-set-group-container'], undefined],
  ])('names the error of %s', (text, id, error) => {
    expect(ids(text)).toEqual(id)
    expect(first(text)?.values['error']).toBe(error)
  })

  it('prefers the words that say more', () => {
    expect(ids('PCI device 0000:01:00.0 is in use')).toEqual(['l-inuse2'])
    expect(ids('PCI device 0000:01:00.0 is in use by driver QEMU, domain win')).toEqual(['l-inuse'])
    expect(ids('Could not access KVM kernel module: No such file or directory')).toEqual(['k-access-enoent'])
    expect(ids('Could not access KVM kernel module: Permission denied')).toEqual(['k-access'])
  })

  it.each([
    'amdgpu 0000:01:00.0: amdgpu: resetting the ring',
    'usb 1-1: reset done by host',
    'resetting',
    'The vendor says: try resetting',
    'Is Secure boot enabled on this machine?',
    'foo: PCI INT handler',
    'my IOMMU enabled machine',
    'probe of failed with error -22',
    'vfio-pci: probe of 0000:03:00.0 failed with error EINVAL',
    'vfio-pci: probe of 0000:33:20.9 failed with error -22',
  ])('is not fooled by %s', (text) => {
    expect(found(text).hits).toEqual([])
  })

  it('does not join lines that are each dressed', () => {
    expect(ids('[  214.159625] vfio-pci: probe of 0000:03:00.0\n[  214.159626] failed with error -22')).toEqual([])
  })

  it('never throws, and passes no control character on', () => {
    const texts = Array.from(allMessages(), (one) => one.example)
    const noise = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...texts)), { maxLength: 6 })
    fc.assert(
      fc.property(noise, (parts) => {
        for (const hit of found(parts.join('')).hits) {
          // eslint-disable-next-line no-control-regex -- control characters are what must not be there
          expect(JSON.stringify([hit.text, hit.values])).not.toMatch(/\\u00[01]|\\[nrtbf]|\u007f/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds every message in the midst of other words', () => {
    const plain = Array.from(allMessages()).filter((one) => !one.alone)
    fc.assert(
      fc.property(fc.constantFrom(...plain), fc.stringMatching(/^[a-z ]{0,30}$/), (message, before) => {
        expect(ids(`${before} / ${message.example}`)).toContain(message.id)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the ends of a flood and counts the rest', () => {
    const lines = Array.from({ length: 12_000 }, (_, at) => ({ text: REFUSED, line: at + 1, time: at, wall: null }))
    const list = recognise(lines, 'dmesg', true, WHOLE)
    expect(list.hits).toHaveLength(2000)
    expect(list.dropped).toBe(10_000)
    expect(list.hits[0]?.line).toBe(1)
    expect(list.hits.at(-1)?.line).toBe(12_000)
  })

  it('is bounded on lines made to hurt', () => {
    const huge = recognise(
      [{ text: REFUSED + ' x'.repeat(20_000_000), line: 1, time: null, wall: null }],
      'x',
      false,
      WHOLE,
    )
    expect(huge.hits).toHaveLength(1)
    expect(huge.hits[0]?.text.length).toBeLessThanOrEqual(4096)
    const start = performance.now()
    for (const message of allMessages()) {
      for (const piece of parseTemplate(message.text).pieces) {
        const line = piece.repeat(Math.ceil(4096 / piece.length))
        found(`${line}\n${line.replaceAll(' ', '0 ')}`)
      }
    }
    // Some 1400 pairs of lines of 4 KB, a millisecond each at the most on a slow machine; quadratic would be minutes.
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})

describe('the requester of Linux 5.14, with 0x before its parts', () => {
  const of = (device: string) =>
    `DMAR: [DMA Write NO_PASID] Request device [${device}] fault addr 0xbeef0000 [fault reason 0x05] PTE Write access is not set`
  it.each([
    ['0x17:0x1f.6', '0000:17:1f.6'],
    ['0xA0:0x00.0', '0000:a0:00.0'],
    ['17:1f.6', '0000:17:1f.6'],
  ])('%s', (shown, device) => {
    expect(first(of(shown))).toMatchObject({ id: 'dmar-fault', device })
  })

  it('is none where its parts are none', () => {
    expect(first(of('0x17:0x3f.6'))?.id).not.toBe('dmar-fault')
  })
})
