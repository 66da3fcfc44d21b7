import type { Fact } from '../model/fact.ts'
import type { KernelFacts } from '../model/system.ts'

/** Whether the running kernel is at least MAJOR.MINOR; undefined where its version is unknown. */
export function atLeast(kernel: Fact<KernelFacts>, major: number, minor: number): boolean | undefined {
  if (kernel.state === 'unknown') return undefined
  const [a, b] = kernel.value.version
  return a > major || (a === major && b >= minor)
}
