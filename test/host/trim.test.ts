import { expect, test } from 'vitest'
import { recordedHost } from '../../src/host/recorded.ts'
import { recordingHost } from '../../src/host/recording.ts'
import { trimCapture } from '../../src/host/trim.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const IDS = [
  '# a comment',
  '1002  AMD',
  '\t67df  Ellesmere',
  '\t\t1002 0b37  Radeon RX 480',
  '10de  NVIDIA Corporation',
  '\t1b80  GP104',
  '1b80  Another',
  'C 03  Display controller',
  '\t00  VGA compatible controller',
  '',
].join('\n')
const ALIASES = [
  'alias pci:v000010DEd00001B80sv*sd*bc*sc*i* nouveau',
  'alias pci:v00001002d*sv*sd*bc03sc*i* amdgpu',
  'alias pci:v*d*sv*sd*bc01sc08i02* nvme',
  'alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci',
  'alias usb:v1002p* x',
  '',
].join('\n')

function trimmed(files: Readonly<Record<string, Entry>>): (path: string) => unknown {
  const recording = recordingHost(memoryHost({ files }))
  for (const path of Object.keys(files)) recording.host.readText(path)
  const host = recordedHost(trimCapture(recording.capture()))
  return (path) => {
    const read = host.readText(path)
    return read.ok ? read.value : read.error
  }
}

const TABLES = { '/usr/share/misc/pci.ids': IDS, '/lib/modules/6.8/modules.alias': ALIASES, '/etc/other': IDS }

test('the tables are cut down to the vendors of the machine, and nothing else is', () => {
  const read = trimmed({ ...TABLES, '/sys/bus/pci/devices/0000:01:00.0/vendor': '0x10de\n' })
  expect(read('/usr/share/misc/pci.ids')).toBe(
    '10de  NVIDIA Corporation\n\t1b80  GP104\nC 03  Display controller\n\t00  VGA compatible controller\n',
  )
  expect(read('/lib/modules/6.8/modules.alias')).toBe(
    [0, 2, 3].map((line) => `${ALIASES.split('\n')[line]}\n`).join(''),
  )
  expect(read('/etc/other')).toBe(IDS)
})

test('where no vendor is known the tables stay', () => {
  const read = trimmed({ ...TABLES, '/sys/bus/pci/devices': { error: 'denied' } })
  expect(read('/usr/share/misc/pci.ids')).toBe(IDS)
  expect(read('/lib/modules/6.8/modules.alias')).toBe(ALIASES)
})
