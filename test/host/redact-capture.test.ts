import { describe, expect, test } from 'vitest'
import type { Capture } from '../../src/host/capture.ts'
import { serializeCapture } from '../../src/host/capture-file.ts'
import type { Host } from '../../src/host/host.ts'
import { knownOf } from '../../src/host/known.ts'
import { recordedHost } from '../../src/host/recorded.ts'
import { recordingHost } from '../../src/host/recording.ts'
import { redactCapture } from '../../src/host/redact-capture.ts'
import { memoryHost } from '../support/memory-host.ts'

/** A configuration space with a Device Serial Number behind another capability. */
function configSpace(): Uint8Array {
  const bytes = new Uint8Array(4096)
  const view = new DataView(bytes.buffer)
  bytes.set([0x86, 0x80, 0xd3, 0x10])
  view.setUint32(0x100, 0x1401_0001, true)
  view.setUint32(0x140, 0x0001_0003, true)
  bytes.set([0x56, 0x34, 0x12, 0xff, 0xff, 0xca, 0x05, 0x68], 0x144)
  return bytes
}

const MACHINE_ID = 'a1b2c3d400014abc8def0123456789ab'
const FUNCTION = '/sys/bus/pci/devices/0000:01:00.0'
const FILES = {
  '/proc/cmdline': `root=/dev/mapper/fedora_tupac-root systemd.machine_id=${MACHINE_ID} ids=10de:1b80\n`,
  '/proc/sys/kernel/hostname': 'tupac\n',
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nkvm:x:36:36::/:/bin/no\nalice:x:1000:1000:Alice Doe,,,:/home/alice:/bin/sh\n',
  '/etc/group': 'root:x:0:\nkvm:x:36:alice,libvirt-qemu\nalice:x:1000:\n',
  '/etc/libvirt/qemu/win.xml': "<mac address='68:05:ca:12:34:56'/><rom file='/home/alice/vbios.rom'/>",
  '/home/alice/vbios.rom': 'U',
  '/proc/net/route':
    'Iface\tDestination\tGateway \tFlags\nvmbr0\t00000000\t0708090A\t0003\nenx6805ca123456\t0008090A\t00000000\t0001\n',
  '/proc/self/mountinfo': '22 1 0:40 / /mnt rw - nfs4 vault.lan:/export rw,addr=10.9.8.7\n',
  '/usr/share/misc/pci.ids': '10de  NVIDIA Corporation\n',
  '/proc/1/environ': 'TOKEN_OF_ALICE=hunter2\0container=lxc\0',
  '/var/log/syslog':
    'Feb 23 19:46:46 tupac sudo: alice : COMMAND=/bin/secret\nFeb 23 19:46:47 tupac kernel: [    0.000000] Linux version 6.8.0\n',
  '/etc/udev/rules.d/70-key.rules': 'ATTRS{serial}=="YUBI7777", MODE="0660"\n',
  '/etc/udev/rules.d/80-card.rules': 'KERNEL=="0000:01:00.0", ATTR{driver_override}="vfio-pci"\n',
  '/etc/modprobe.d/latin.conf': new Uint8Array(Buffer.from('# /home/alice m\u00fc\n', 'latin1')),
  '/sys/class/dmi/id/product_serial': 'PF1ABC23\n',
  '/sys/class/dmi/id/bios_version': '1.2.3.4\n',
  [`${FUNCTION}/config`]: configSpace(),
  [`${FUNCTION}/vendor`]: '0x10de\n',
  [`${FUNCTION}/driver`]: { link: '../../bus/pci/drivers/vfio-pci' },
  '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': new Uint8Array([6, 0, 0, 0, 1]),
  [`/boot/loader/entries/${MACHINE_ID}-6.8.conf`]: 'title Fedora\n',
} as const
const SECRETS = [
  'tupac',
  'alice',
  'Alice',
  '68:05:ca:12:34:56',
  MACHINE_ID,
  'PF1ABC23',
  'hunter2',
  'YUBI7777',
  '10.9.8.7',
  '0708090A',
  'vault',
]

async function record(): Promise<Capture> {
  const inner = memoryHost({
    files: FILES,
    programs: { 'dmesg -r': '<6>[ 1.0] IN=eth0 SRC=10.9.8.7\n<6>[ 2.0] pci 0000:01:00.0: S/N PF1ABC23\n' },
  })
  const host: Host = { ...inner, identity: () => ({ ...inner.identity(), user: 'alice' }) }
  const recording = recordingHost(host)
  for (const path of Object.keys(FILES)) {
    recording.host.readBytes(path)
    recording.host.stat(path, true)
    recording.host.link(path)
  }
  recording.host.list('/home')
  recording.host.list('/boot/loader/entries')
  recording.host.identity()
  await recording.host.run('dmesg', ['-r'])
  return recording.capture()
}

describe('a redacted capture', () => {
  test('holds none of the secrets, in base64 neither', async () => {
    const capture = redactCapture(await record())
    const whole = new TextDecoder().decode(serializeCapture(capture, { gzip: false }))
    for (const secret of SECRETS) expect(whole).not.toContain(secret)
    for (const place of Object.values(capture.paths)) {
      if (place.read === undefined || !('base64' in place.read)) continue
      const raw = Buffer.from(place.read.base64, 'base64').toString('latin1')
      for (const secret of SECRETS) expect(raw).not.toContain(secret)
    }
    expect(capture.redacted).toBe(true)
  })

  test('masked again stays as it is', async () => {
    const once = redactCapture(await record())
    expect(redactCapture(once)).toEqual(once)
  })

  test('still says what a parser looks for', async () => {
    const host = recordedHost(redactCapture(await record()))
    const read = (path: string): string => {
      const answer = host.readText(path)
      return answer.ok ? answer.value : answer.error
    }
    expect(read('/proc/cmdline')).toMatch(/^root=\/dev\/mapper\/fedora_host-1-root .* ids=10de:1b80\n$/)
    expect(read('/etc/passwd')).toBe(
      'root:x:0:0::/root:/bin/sh\nkvm:x:36:36::/:/bin/no\nuser-1:x:1000:1000::/home/user-1:/bin/sh\n',
    )
    expect(read('/etc/group')).toBe('root:x:0:\nkvm:x:36:user-1,libvirt-qemu\nuser-1:x:1000:\n')
    expect(host.identity().user).toBe('user-1')
    // 10.9.8.7 and 10.9.8.0; no route is lost, and the default one is one still.
    expect(read('/proc/net/route')).toMatch(
      /^Iface.*\nvmbr0\t00000000\t010200C0\t0003\nenx00005e0053[0-9a-f]{2}\t020200C0\t00000000\t0001\n$/,
    )
    expect(read('/proc/self/mountinfo')).toMatch(/ - nfs4 host-\d:\/export rw,addr=192\.0\.2\.1\n$/)
    expect(read('/etc/udev/rules.d/70-key.rules')).toBe('')
    expect(read('/etc/udev/rules.d/80-card.rules')).toBe(FILES['/etc/udev/rules.d/80-card.rules'])
    expect(read('/proc/1/environ')).toBe('container=lxc')
    expect(read('/var/log/syslog')).toBe('Feb 23 19:46:47 host-1 kernel: [    0.000000] Linux version 6.8.0\n')
    expect(read('/etc/modprobe.d/latin.conf')).toBe('# /home/user-1 m\ufffd\n')
    expect(read('/sys/class/dmi/id/bios_version')).toBe('1.2.3.4\n')
    expect(read(`${FUNCTION}/vendor`)).toBe('0x10de\n')
    expect(host.link(`${FUNCTION}/driver`)).toEqual({ ok: true, value: '../../bus/pci/drivers/vfio-pci' })
    expect(host.readBytes('/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c')).toEqual({
      ok: true,
      value: new Uint8Array([6, 0, 0, 0, 1]),
    })
  })

  test('leads from a listing and from a text to the same paths', async () => {
    const host = recordedHost(redactCapture(await record()))
    const entries = host.list('/boot/loader/entries')
    expect(entries.ok && host.readText(`/boot/loader/entries/${entries.value[0]}`)).toMatchObject({ ok: true })
    const homes = host.list('/home')
    expect(homes).toEqual({ ok: true, value: ['user-1'] })
    const xml = host.readText('/etc/libvirt/qemu/win.xml')
    const file = /file='([^']+)'/.exec(xml.ok ? xml.value : '')?.[1] ?? ''
    expect(host.stat(file, true)).toMatchObject({ ok: true })
  })

  test('keeps a configuration space but for the serial number', async () => {
    const read = recordedHost(redactCapture(await record())).readBytes(`${FUNCTION}/config`)
    const expected = configSpace().fill(0, 0x144, 0x14c)
    expect(read).toEqual({ ok: true, value: expected })
  })

  test('names that it does not tell itself can be given', () => {
    const host = memoryHost({ files: { '/proc/sys/kernel/hostname': 'zeus\n', '/etc/fstab': '/dev/zeus/root / ext4' } })
    const recording = recordingHost(host)
    recording.host.readText('/etc/fstab')
    const capture = redactCapture(recording.capture(), knownOf(host))
    expect(recordedHost(capture).readText('/etc/fstab')).toEqual({ ok: true, value: '/dev/host-1/root / ext4' })
    expect(Object.keys(capture.paths)).toEqual(['/etc/fstab'])
  })
})
