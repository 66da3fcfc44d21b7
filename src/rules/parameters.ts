import type { CommandLine, Parameter } from '../model/boot.ts'
import type { ModprobeDirective } from '../model/modules.ts'

/** `-` and `_` are the same in a parameter's name (kernel/params.c: parameq). */
export function sameName(a: string, b: string): boolean {
  return plainName(a) === plainName(b)
}

/** The name of a parameter, of its text or alone, in the one way of writing that stands for both. */
export function plainName(text: string): string {
  return (text.split('=', 1)[0] ?? '').replaceAll('-', '_')
}

/** Every occurrence of a parameter, in order. */
export function parametersNamed(line: Pick<CommandLine, 'parameters'>, name: string): readonly Parameter[] {
  return line.parameters.filter((one) => sameName(one.name, name))
}

/** The last occurrence, which wins for single-valued parameters. */
export function lastParameter(line: CommandLine, name: string): Parameter | undefined {
  return parametersNamed(line, name).at(-1)
}

/** As the kernel reads a switch (param_set_bool in kernel/params.c, lib/kstrtox.c: kstrtobool); undefined: it refuses it. */
export function switchValue(value: string | null): boolean | undefined {
  // A bare name is true.
  if (value === null || /^(?:[yt1]|on)/i.test(value)) return true
  return /^(?:[nf0]|of)/i.test(value) ? false : undefined
}

/** The comma-separated words of every occurrence, as the IOMMU drivers read them (each occurrence adds). */
export function parameterWords(line: CommandLine, name: string): readonly string[] {
  return parametersNamed(line, name).flatMap((one) => (one.value ?? '').split(',').filter((word) => word !== ''))
}

/** PCI_ANY_ID: takes every vendor or device (include/linux/mod_devicetable.h). */
export const ANY_ID = 'ffffffff'

/** One entry of vfio-pci's `ids`; each half of `id` and `subsystem` may be ANY_ID. */
export interface ListedId {
  /** `vvvv:dddd`, lower case. */
  readonly id: string
  /** The same form; null: neither half is given. */
  readonly subsystem: string | null
  /** A class code of 24 bits, and the bits of it that count; null: not given. */
  readonly class: readonly [code: number, mask: number] | null
  readonly text: string
  readonly source: string
}

/**
 * The ids that a `vfio-pci.ids=` value or an `options vfio-pci ids=` line lists: vendor:device, and as many of
 * subvendor, subdevice, class and class mask as are given (vfio_pci_fill_ids in drivers/vfio/pci/vfio_pci.c).
 */
export function parseIds(value: string, source: string): readonly ListedId[] {
  return value.split(',').flatMap((entry) => {
    const text = entry.trim()
    const [vendor, device, subvendor, subdevice, code, mask] = numbers(text)
    if (vendor === undefined || device === undefined) return []
    const pair = (one: number, other: number): string => `${hex(one)}:${hex(other)}`
    return [
      {
        id: pair(vendor, device),
        subsystem: subvendor === undefined ? null : pair(subvendor, subdevice ?? 0xffff_ffff),
        class: code === undefined ? null : ([code, mask ?? 0] as const),
        text,
        source,
      },
    ]
  })
}

/** As sscanf reads "%x:%x:…": up to the first part that is no hexadecimal number. */
function numbers(text: string): readonly number[] {
  const found: number[] = []
  for (const part of text.split(':', 6)) {
    const digits = /^\s{0,8}(?:0x)?([0-9a-f]{1,8})(.?)/i.exec(part)
    if (digits?.[1] === undefined) break
    found.push(Number.parseInt(digits[1], 16))
    if (digits[2] !== '') break
  }
  return found
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}

/** Ids for vfio-pci from the kernel command line. */
export function idsOnCommandLine(line: Pick<CommandLine, 'parameters'>, source: string): readonly ListedId[] {
  return parametersNamed(line, 'vfio-pci.ids').flatMap((one) => parseIds(one.value ?? '', source))
}

/** Ids for vfio-pci from modprobe.d. */
export function idsInModprobe(directives: readonly ModprobeDirective[]): readonly ListedId[] {
  return directives.flatMap((one) =>
    one.kind === 'options' && one.module === 'vfio_pci'
      ? one.options.flatMap(([name, value]) => (name === 'ids' ? parseIds(value, `${one.path}:${one.line}`) : []))
      : [],
  )
}
