import type { CpuFacts } from '../model/system.ts'
import { cleanLine } from './clean.ts'

/** The vendor strings of cpuid leaf 0 (arch/x86/kernel/cpu/{intel,amd,hygon,zhaoxin,centaur}.c), and of s390. */
export const VENDORS: Readonly<Record<string, CpuFacts['vendor']>> = {
  GenuineIntel: 'intel',
  AuthenticAMD: 'amd',
  HygonGenuine: 'hygon',
  Shanghai: 'zhaoxin',
  CentaurHauls: 'zhaoxin',
  'IBM/S390': 's390',
}

/** Facts of the first processor in /proc/cpuinfo; the text may be cut off after it. null: not such a listing. */
export function parseCpuInfo(text: string): CpuFacts | null {
  const fields = fieldsOf(text)
  const vendor = vendorOf(fields)
  if (vendor === null) return null
  const sizes = /^(\d{1,3}) bits physical/.exec(fields.get('address sizes') ?? '')
  const model = fields.get('model name') ?? fields.get('Model Name') ?? fields.get('uarch') ?? power(fields) ?? null
  const flags = fields.get('flags') ?? fields.get('Features') ?? fields.get('features') ?? fields.get('isa')
  return {
    vendor,
    model: model === '' ? null : model,
    flags: flags?.split(fields.has('isa') ? '_' : ' ').filter(Boolean) ?? [],
    physicalBits: sizes === null ? null : Number(sizes[1]),
  }
}

/**
 * The architecture of the kernel that printed this listing, in uname's words; null where the listing does not tell
 * (POWER prints the same in both byte orders).
 */
export function architectureOf(text: string): string | null {
  const fields = fieldsOf(text)
  // Only a 32-bit x86 kernel reports this old bug (show_cpuinfo_misc, arch/x86/kernel/cpu/proc.c).
  if (fields.has('fdiv_bug')) return 'i686'
  if (fields.has('vendor_id') && fields.has('flags')) return 'x86_64'
  if (fields.get('vendor_id') === 'IBM/S390') return 's390x'
  const isa = /^rv(32|64)/.exec(fields.get('isa') ?? '')
  if (isa !== null) return `riscv${isa[1]}`
  if (fields.has('CPU implementer')) {
    // `asimd` is a word of the 64-bit kernel (arch/arm64/kernel/cpuinfo.c); the 32-bit one says `neon`.
    const features = (fields.get('Features') ?? '').split(' ')
    return features.includes('asimd') ? 'aarch64' : features.includes('thumb') ? 'armv7l' : null
  }
  return fields.get('CPU Family')?.startsWith('Loongson-64') === true ? 'loongarch64' : null
}

function vendorOf(fields: ReadonlyMap<string, string>): CpuFacts['vendor'] | null {
  const named = fields.get('vendor_id')
  if (named !== undefined) return (Object.hasOwn(VENDORS, named) ? VENDORS[named] : undefined) ?? 'other'
  if (fields.has('CPU implementer')) return 'arm'
  if (fields.has('isa') && fields.has('hart')) return 'riscv'
  if (power(fields) !== undefined) return 'power'
  return fields.has('processor') ? 'other' : null
}

function power(fields: ReadonlyMap<string, string>): string | undefined {
  const cpu = fields.get('cpu')
  return cpu !== undefined && /^(POWER|PPC)/.test(cpu) ? cpu : undefined
}

/** The first occurrence of each field counts: the first processor, and what s390 and POWER print around the list. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const raw of text.split('\n', 500)) {
    const line = cleanLine(raw)
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const key = line.slice(0, colon).trim()
    if (!fields.has(key)) fields.set(key, line.slice(colon + 1).trim())
  }
  return fields
}
