import type { CpuFacts } from '../model/system.ts'
import { VENDORS } from './cpuinfo.ts'

export interface NamedCpu {
  readonly vendor: CpuFacts['vendor']
  readonly model: string
}

/**
 * A line of lscpu or /proc/cpuinfo as the field of /proc/cpuinfo that it is. lscpu translates its labels, so the value
 * tells: a vendor string of cpuid, the flags, the address sizes. null: no such line.
 */
export function cpuField(text: string): readonly [field: string, value: string] | null {
  const pair = /^["']?(\p{L}[^:：]{0,60}?)["']?\s*[:：]\s*["']?(\S.*?)["',]{0,3}$/u.exec(text.slice(0, 8000))
  const value = pair?.[2] ?? ''
  if (Object.hasOwn(VENDORS, value)) return ['vendor_id', value]
  // The first flags of any x86 processor with a floating point unit (arch/x86/include/asm/cpufeatures.h).
  if (/^fpu (?:vme |de |pse )/.test(value)) return ['flags', value]
  if (/^\d{1,3} bits physical, \d{1,3} bits virtual$/.test(value)) return ['address sizes', value]
  return null
}

/** What makers print on a processor, from the start on; the names of a family are one maker's. */
const FAMILIES: readonly (readonly [CpuFacts['vendor'], RegExp])[] = [
  [
    'intel',
    /^(?:\d{1,2}(?:st|nd|rd|th) Gen )?(?:Intel(?:\(R\)|®)? ?(?:Genuine )?(?:Core|Xeon|Celeron|Pentium|Atom|Processor|CPU|N\d{2,3}\b|[im]\d[ -]\d)|Genuine Intel|Core i[3579]\b|Xeon\b|i[3579]-\d{3,5}|Pentium\b|Celeron\b)/i,
  ],
  [
    'amd',
    /^(?:AMD(?:\(R\)|®)? ?(?:Ryzen|EPYC|Threadripper|FX|Athlon|Opteron|Phenom|Sempron|A\d{1,2}-\d|G-|GX-|Eng Sample|Embedded)|Ryzen\b|EPYC\b|Threadripper\b|FX-\d{4}|Opteron\b)/i,
  ],
  ['hygon', /^Hygon C86/i],
  ['zhaoxin', /^ZHAOXIN /i],
]
/** The form that cpuid gives a model, in which nobody writes a sentence. */
const BY_CPUID = /\((?:R|TM)\)|\b\d{1,3}-Core Processor|@ ?\d\.\d{1,3} ?GHz/i
/** What stands before the model in listings and in posts that describe a machine. */
const LABEL =
  /^(?:host )?(?:CPU|processor|model name|prozessor|processeur|procesador|processador|processore|procesor|процессор|ЦП|цпу|处理器|處理器|プロセッサ|proc)(?: ?\(s\)| model| type)?\s*(?:[:：=|]| [-–] )\s*(.{4,200})$/iu
/** Words of lower case in a model or behind it; with any other it is a sentence. */
const PLAIN = new Set(
  'with w and series core cores threads thread processor cpu dual quad octa six eight bits type model at base boost turbo mobile pro gen rev stepping microcode'.split(
    ' ',
  ),
)

/** The processor that a line of a listing names; null for any other line, and for a sentence about one. */
export function namedCpu(text: string): NamedCpu | null {
  if (text.length > 240) return null
  const labelled = LABEL.exec(text)?.[1]
  const value = labelled ?? /^\p{L}[\p{L}\p{M} '’_-]{1,40}\s*[:：]\s*(.{4,200})$/u.exec(text)?.[1]
  if (value === undefined || (labelled === undefined && !BY_CPUID.test(value))) return null
  // inxi writes `CPU: Info: 8-core model: … bits: 64`.
  const inxi = /\bmodel: (.{4,120}?)(?: bits:| \(|$)/.exec(value)?.[1]
  const model = (inxi ?? value)
    .replace(/^(?:\d{1,3} ?[x×] |(?:\d{1,3}|single|dual|quad|hexa|octa)[- ]core )/i, '')
    .trim()
  const vendor = FAMILIES.find(([, family]) => family.test(model))?.[0]
  return vendor === undefined || isSentence(model) ? null : { vendor, model: model.replace(/[.,;]$/, '') }
}

function isSentence(model: string): boolean {
  if (model.length > 120 || /[?!]|\. |, (?!\d)/.test(model)) return true
  return model.split(/[\s()/]+/).some((word) => /^\p{Ll}{2,}$/u.test(word) && !PLAIN.has(word))
}
