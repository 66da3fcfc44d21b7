import type { GuestDefinition } from '../model/guests.ts'
import { cleanLine } from './clean.ts'
import { keyValues, parseDeviceArgument } from './host-device.ts'
import { shellWords } from './shell-words.ts'

/** Longer than any command line that is a person's or libvirt's; ARG_MAX is 2 MiB. */
const TEXT_LIMIT = 262_144

/**
 * A QEMU command line, as typed, as a script has it, as libvirt logs it or as `ps` shows it. null: the text has neither
 * the program's name nor a device of the host in it.
 */
export function parseQemuCommand(text: string, source = 'qemu'): GuestDefinition | null {
  const words = shellWords(text.slice(0, TEXT_LIMIT)).map((word) => cleanLine(word))
  // An error message begins with the program and repeats the argument that it stumbled over.
  if (/^(?:qemu-system-[\w-]+|qemu-kvm|kvm):$/.test(words[0] ?? '')) return null
  const program = words.map(programName).find((name) => name !== null) ?? null
  const arguments_ = optionsOf(words)
  const hostDevices = arguments_.flatMap(([option, value]) => {
    const device = option === 'device' ? parseDeviceArgument(value) : null
    return device === null ? [] : [device]
  })
  if (program === null && hostDevices.length === 0) return null
  const last = (...names: string[]): string | undefined => arguments_.findLast(([name]) => names.includes(name))?.[1]
  const machine = new Map(keyValues(last('machine', 'M') ?? '', 'type'))
  return {
    name: new Map(keyValues(last('name') ?? '', 'guest')).get('guest') ?? 'qemu',
    manager: 'qemu',
    machine: machine.get('type') ?? null,
    firmware: firmware(program, arguments_, machine),
    memoryBytes: memory(last('m')),
    hostDevices,
    running: null,
    source,
  }
}

function programName(word: string): string | null {
  const name = word.slice(word.lastIndexOf('/') + 1)
  return /^(?:qemu-system-[\w-]+|qemu-kvm|kvm)$/.test(name) ? name : null
}

/** Each option without its dashes, with the word after it; an option without a value gets the next option. */
function optionsOf(words: readonly string[]): (readonly [string, string])[] {
  return words.flatMap((word, index) => {
    const name = /^--?([a-zA-Z][\w-]*)$/.exec(word)?.[1]
    const value = words[index + 1]
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
}

function firmware(
  program: string | null,
  options: readonly (readonly [string, string])[],
  machine: ReadonlyMap<string, string>,
): 'uefi' | 'bios' | null {
  const flash = options.some(([name, value]) => {
    if (name === 'drive') return /(?:^|,)if=pflash(?:,|$)/.test(value)
    return name === 'bios' && /ovmf|efi|edk2|aavmf/i.test(value)
  })
  if (flash || machine.has('pflash0')) return 'uefi'
  // Without any of these a PC starts SeaBIOS; other architectures have defaults of their own.
  return program !== null && /^(?:qemu-system-(?:x86_64|i386)|qemu-kvm|kvm)$/.test(program) ? 'bios' : null
}

/** `-m 8G`, `-m 8192` (MiB), `-m size=8388608k,slots=4`; null where there is none that can be read. */
function memory(value: string | undefined): number | null {
  const size = new Map(keyValues(value ?? '', 'size')).get('size') ?? ''
  const found = /^(\d{1,15}(?:\.\d{1,6})?)([bkmgtp]?)b?$/i.exec(size)
  if (found === null) return null
  const suffix = (found[2] ?? '').toLowerCase()
  return Math.round(Number(found[1]) * 1024 ** (suffix === '' ? 2 : 'bkmgtp'.indexOf(suffix)))
}
