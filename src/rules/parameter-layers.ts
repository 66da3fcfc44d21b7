import { mattersToPassthrough } from '../knowledge/passthrough-parameters.ts'
import type { BootFacts, CommandLine, Loader, Parameter, ParameterSource, PassedOver } from '../model/boot.ts'
import { valueOf, type Known } from '../model/fact.ts'
import type { CpuFacts } from '../model/system.ts'
import { sameName } from './parameters.ts'

/** How far a written parameter came on its way to the running kernel. */
export type Stage = 'not-generated' | 'not-booted' | 'other-loader' | 'not-running' | PassedOver['why']

export interface Stranded {
  readonly parameter: Parameter
  readonly stage: Stage
  /** The places that have it, the one to quote first. */
  readonly places: readonly ParameterSource[]
  /** What the loader will read, and that lacks it. */
  readonly lacking: readonly ParameterSource[]
  /** Of what a later file sets anew, that file. */
  readonly by?: string
  /** Of what only the generated file has: the configuration without it, which the next run of the generator goes by. */
  readonly unkept?: readonly ParameterSource[]
  /** All that was read agrees; false where the loader or what it reads could not be told. */
  readonly sure: boolean
}

/** Loaders that are fed from the same files. */
const FED_ALIKE: readonly (readonly Loader[])[] = [
  ['grub', 'grub-bls', 'proxmox-grub'],
  ['systemd-boot', 'uki', 'kernelstub'],
]

/** Whose generator writes the whole line anew from the configuration; entries elsewhere may be written by hand. */
const GENERATES: ReadonlySet<Loader> = new Set(['grub', 'proxmox-grub', 'proxmox-systemd-boot', 'uki'])

/** The same, and those that do so where there is a configuration at all (update-extlinux(8), kernel-install(8)). */
const WRITES_ANEW: ReadonlySet<Loader> = new Set([...GENERATES, 'extlinux', 'systemd-boot'])

function alike(a: Loader, b: Loader): boolean {
  return a === b || FED_ALIKE.some((set) => set.includes(a) && set.includes(b))
}

/**
 * The loader that started this kernel, as it was found, or as the running line gives it away: systemd-boot names the
 * initrd by a path of the EFI system partition, with backslashes, and GRUB never does.
 */
export function loaderInUse(boot: BootFacts, line: CommandLine): Loader | undefined {
  const found = valueOf(boot.loader)
  if (found !== undefined) return found ?? undefined
  const initrd = line.parameters.find((one) => one.name === 'initrd')?.value ?? ''
  return initrd.startsWith('\\') ? 'systemd-boot' : undefined
}

export function has(parameters: readonly Parameter[], wanted: Parameter): boolean {
  return parameters.some((one) => sameName(one.name, wanted.name) && one.value === wanted.value)
}

/** Whether it matters on this CPU; a word that the driver does not know is another finding, and no loss. */
export function matters({ name, value, text }: Parameter, vendor: CpuFacts['vendor'] | undefined): boolean {
  if (!mattersToPassthrough(name) || text.includes('$')) return false
  if (name === 'intel_iommu' && vendor !== undefined && vendor !== 'intel' && vendor !== 'zhaoxin') return false
  return name !== 'amd_iommu' || ((vendor === undefined || vendor === 'amd' || vendor === 'hygon') && value !== 'on')
}

/** kernel-install names its entries TOKEN-RELEASE.conf (90-loaderentry.install); any other is a person's. */
export function writtenByHand({ path, loader }: ParameterSource): boolean {
  return loader === 'systemd-boot' && path.includes('/loader/entries/') && !/-\d{1,3}\.\d/.test(path)
}

/** Each parameter that is written somewhere and that the running kernel was not given, in the order of the files. */
export function stranded(
  boot: BootFacts,
  line: Known<CommandLine>,
  vendor: CpuFacts['vendor'] | undefined,
): readonly Stranded[] {
  const given = running(boot, line)
  const loader = loaderInUse(boot, line.value)
  const seen: Parameter[] = []
  const found: Stranded[] = []
  for (const one of boot.sources) {
    for (const parameter of written(one)) {
      if (!matters(parameter, vendor) || has(given, parameter) || has(seen, parameter)) continue
      seen.push(parameter)
      found.push(place(parameter, boot, loader))
    }
  }
  return found
}

/**
 * In a post a long line may be torn, and its rest then looks like a list that somebody wrote. What follows the running
 * line at once is counted with it, with the torn word put together.
 */
function running(boot: BootFacts, line: Known<CommandLine>): readonly Parameter[] {
  const { parameters } = line.value
  const number = Number(/^paste, line (\d+)$/.exec(line.source)?.[1] ?? Number.NaN)
  const rest = boot.sources.find((one) => one.path.endsWith(`(paste, line ${number + 1})`))?.parameters ?? []
  const [first] = rest
  const last = parameters.at(-1)
  if (first === undefined || last === undefined) return parameters
  const name = `${last.text}${first.name}`
  return [...parameters, { text: `${last.text}${first.text}`, name, value: first.value }, ...rest]
}

/** The files that grub-mkconfig ends in, where GRUB starts this host or may. */
export function stoppingFiles(boot: BootFacts, line: CommandLine): readonly ParameterSource[] {
  const loader = loaderInUse(boot, line)
  const stops = ({ stops: stray, openQuote }: ParameterSource): boolean => (stray ?? openQuote) !== undefined
  return boot.sources.filter((one) => stops(one) && (loader === undefined || alike(one.loader, loader)))
}

/** All that stands in the file, taken or not. */
function written({ parameters, passedOver = [], perhaps = [] }: ParameterSource): readonly Parameter[] {
  return [...parameters, ...perhaps, ...passedOver.map((one) => one.parameter)]
}

function place(parameter: Parameter, boot: BootFacts, loader: Loader | undefined): Stranded {
  const all = boot.sources.filter((one) => has(written(one), parameter))
  const known = boot.loader.state === 'known' && boot.loader.value !== null
  const own = loader === undefined ? all : all.filter((one) => alike(one.loader, loader))
  if (own.length === 0) return { parameter, stage: 'other-loader', places: all, lacking: [], sure: known }
  const generated = boot.sources.filter(
    (one) =>
      one.layer === 'generated' &&
      (loader === undefined ? own.some((written) => alike(written.loader, one.loader)) : alike(one.loader, loader)),
  )
  const ready = generated.filter((one) => own.includes(one))
  const lacking = generated.filter((one) => !own.includes(one))
  const taken = own.some((one) => has(one.parameters, parameter))
  if (ready.length > 0 && !ready.some((one) => has(one.parameters, parameter)))
    return { parameter, stage: 'not-running', places: own, lacking: [], sure: false }
  if (ready.length > 0) {
    // With Secure Boot the stub passes over an addon that is not signed.
    const signed = !own.every((one) => one.path.endsWith('.addon.efi'))
    const sure = known && lacking.length === 0 && signed
    const unkept = loader === undefined ? [] : unkeptBy(loader, own, boot)
    return { parameter, stage: 'not-booted', places: ready, lacking, sure, ...(unkept.length > 0 ? { unkept } : {}) }
  }
  const over = own.flatMap((one) => one.passedOver ?? []).find((one) => has([one.parameter], parameter))
  if (!taken && over !== undefined) {
    const by = over.by === undefined ? {} : { by: over.by }
    return { parameter, stage: over.why, places: own, lacking, ...by, sure: known && over.maybe !== true }
  }
  if (generated.length > 0) return { parameter, stage: 'not-generated', places: own, lacking, sure: known && taken }
  return { parameter, stage: 'not-running', places: own, lacking: [], sure: false }
}

/** The configuration that the next generation leaves a parameter out by; none where a person wrote the entry. */
function unkeptBy(loader: Loader, own: readonly ParameterSource[], boot: BootFacts): readonly ParameterSource[] {
  // An image can be built with parameters from places that are not read here.
  if (loader === 'uki' || !WRITES_ANEW.has(loader)) return []
  if (own.some((one) => one.layer === 'configured' || writtenByHand(one))) return []
  return boot.sources.filter((one) => one.layer === 'configured' && one.loader === loader)
}

/** What of the loader in use still holds a parameter that this boot was given. */
export interface Leaving {
  /** Nothing holds it; or only what was generated before it was taken out of the configuration. */
  readonly stage: 'gone' | 'not-generated'
  /** The places without it that decide. */
  readonly places: readonly ParameterSource[]
}

/** How far a parameter is on its way out; undefined where it is still written, or not all places could be read. */
export function leaving(parameter: Parameter, boot: BootFacts): Leaving | undefined {
  const loader = valueOf(boot.loader) ?? undefined
  if (loader === undefined || (boot.unread ?? []).length > 0) return undefined
  const own = boot.sources.filter((one) => alike(one.loader, loader))
  const configured = own.filter((one) => one.layer === 'configured')
  const generated = own.filter((one) => one.layer === 'generated')
  if (generated.length === 0 || configured.some((one) => has(one.parameters, parameter))) return undefined
  if (own.some((one) => has(one.perhaps ?? [], parameter))) return undefined
  if (!generated.some((one) => has(one.parameters, parameter))) return { stage: 'gone', places: generated }
  return configured.length > 0 && GENERATES.has(loader) ? { stage: 'not-generated', places: configured } : undefined
}

/** The later lines are a command line of their own, kept beside the one in use: joined, there would be two roots. */
export function secondLine(ones: readonly Stranded[]): boolean {
  const root = ({ name }: Parameter): boolean => name === 'root'
  return ones.some((one) => {
    return one.places.some(({ parameters, passedOver = [] }) => {
      return parameters.some(root) && passedOver.some(({ parameter }) => root(parameter))
    })
  })
}

/** Passthrough does without it: iommu=pt always, the other IOMMU words where an IOMMU is in effect. */
export function optional({ parameter }: Stranded, effect: boolean | undefined): boolean {
  const { name, value } = parameter
  if (name === 'iommu' || name.startsWith('iommu.')) return value === 'pt' || value === '1' || effect === true
  if (name === 'intel_iommu' || name === 'amd_iommu') return true
  return name === 'video' || /hugepages/.test(name) || name.startsWith('kvm')
}
