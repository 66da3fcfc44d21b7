import type { WrittenAddress } from '../model/modules.ts'
import { cleanLine } from './clean.ts'
import { conditionOf } from './udev-condition.ts'
import { rulesOf } from './udev-tokens.ts'
import { isVfioName, vfioWrites } from './vfio-writes.ts'

const MOST = 256
const TEXT_LIMIT = 400

/**
 * What rules of udev hand to a driver by the address of a PCI function (udev(7)): by `ATTR{driver_override}` of the function
 * that a rule is for, or by a command of `RUN`. Addresses that a pattern stands for are left out. The attribute is written
 * as soon as its rule is met (udev-rules.c: TK_A_ATTR), so of several the last stands. Never fails.
 */
export function parseUdevRules(files: readonly { readonly path: string; readonly text: string }[]): WrittenAddress[] {
  const found = new Map<string, WrittenAddress>()
  for (const file of files) readFile(file, found)
  return [...found.values()]
}

function readFile(
  { path, text }: { readonly path: string; readonly text: string },
  found: Map<string, WrittenAddress>,
): void {
  // Labels that a jump leads to which may be taken.
  const ahead = new Set<string>()
  for (const { raw, line, tokens } of rulesOf(text)) {
    for (const one of tokens) if (one.key === 'LABEL') ahead.delete(one.value)
    const condition = conditionOf(tokens)
    if (condition === null) continue
    const { named, ids } = condition
    const sure = condition.sure && ahead.size === 0
    const keep = (address: string, known: boolean): void => {
      const before = found.get(address)
      if ((before?.sure === true && !known) || (before === undefined && found.size >= MOST)) return
      found.set(address, { path, line, text: cleanLine(raw).trim().slice(0, TEXT_LIMIT), address, sure: known, ...ids })
    }
    for (const { key, attribute, operator, value } of tokens) {
      if (key === 'GOTO') ahead.add(value)
      if (operator === '==' || operator === '!=') continue
      if (key === 'ATTR' && attribute === 'driver_override') {
        for (const address of named) {
          if (isVfioName(value)) keep(address, sure)
          else if (sure) found.delete(address)
        }
      } else if (key === 'RUN' && attribute !== 'builtin') {
        for (const own of named.length === 0 ? [''] : named)
          for (const one of run(value, own)) {
            const meant = named.length === 0 || named.includes(one.address)
            keep(one.address, sure && one.sure && meant)
          }
      }
    }
  }
}

/** What a command of RUN hands over. A program for VFIO that is given the function does who knows what with it. */
function run(value: string, own: string): readonly { readonly address: string; readonly sure: boolean }[] {
  const command = substituted(value, own)
  // udev starts no shell by itself (udev(7): RUN).
  if (/^\/\S{0,60}\/(?:sh|bash|dash|ash|busybox|driverctl) /.test(command)) return vfioWrites(command)
  return own !== '' && /^\S{0,200}vfio/.test(command) ? [{ address: own, sure: false }] : []
}

/** udev-rules.c: the substitutions that name the device. */
function substituted(value: string, own: string): string {
  return value.replace(/\$(?:kernel|id|devpath|sys)\b|%[kbpS%]|\$\$/g, (word) => {
    if (word === '%%' || word === '$$') return word.charAt(0)
    if (word === '%S' || word === '$sys') return '/sys'
    if (own === '') return ''
    return word === '%p' || word === '$devpath' ? `/devices/${own}` : own
  })
}
