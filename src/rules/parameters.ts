import type { CommandLine, Parameter } from '../model/boot.ts'
import type { ModprobeDirective } from '../model/modules.ts'

/** `-` and `_` are the same in a parameter's name (kernel/params.c: parameq). */
export function sameName(a: string, b: string): boolean {
  return a.replaceAll('-', '_') === b.replaceAll('-', '_')
}

/** Every occurrence of a parameter, in order. */
export function parametersNamed(line: CommandLine, name: string): readonly Parameter[] {
  return line.parameters.filter((one) => sameName(one.name, name))
}

/** The last occurrence, which wins for single-valued parameters. */
export function lastParameter(line: CommandLine, name: string): Parameter | undefined {
  return parametersNamed(line, name).at(-1)
}

/** The comma-separated words of every occurrence, as the IOMMU drivers read them (each occurrence adds). */
export function parameterWords(line: CommandLine, name: string): readonly string[] {
  return parametersNamed(line, name).flatMap((one) => (one.value ?? '').split(',').filter((word) => word !== ''))
}

/** One entry of vfio-pci's `ids`: vendor, device and, where given, subsystem; the class part is ignored. */
export interface ListedId {
  /** `vvvv:dddd`, lower case. */
  readonly id: string
  readonly subsystem: string | null
  readonly text: string
  readonly source: string
}

/** The ids that a `vfio-pci.ids=` value or an `options vfio-pci ids=` line lists (drivers/vfio/pci/vfio_pci.c). */
export function parseIds(value: string, source: string): readonly ListedId[] {
  const ids: ListedId[] = []
  for (const text of value.split(',')) {
    const found =
      /^(?:0x)?([0-9a-f]{1,8}):(?:0x)?([0-9a-f]{1,8})(?::(?:0x)?([0-9a-f]{1,8}):(?:0x)?([0-9a-f]{1,8}))?/i.exec(
        text.trim(),
      )
    if (found === null) continue
    const hex = (part: string | undefined): string => (part ?? '').toLowerCase().padStart(4, '0')
    ids.push({
      id: `${hex(found[1])}:${hex(found[2])}`,
      subsystem: found[3] === undefined ? null : `${hex(found[3])}:${hex(found[4])}`,
      text: text.trim(),
      source,
    })
  }
  return ids
}

/** Ids for vfio-pci from the kernel command line. */
export function idsOnCommandLine(line: CommandLine, source: string): readonly ListedId[] {
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
