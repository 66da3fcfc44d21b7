import type { Fact } from '../model/fact.ts'

type Config = Fact<Readonly<Record<string, string>>>

/**
 * What the running kernel was configured with. The whole file is the rule, so a symbol that it lacks is `n`; of a post
 * only the lines shown are known, and what they do not mention is undefined.
 */
export function configSymbol(config: Config, name: string): string | undefined {
  if (config.state === 'unknown') return undefined
  const value = config.value[name]
  if (value !== undefined) return value
  return config.source.startsWith('paste') ? undefined : 'n'
}

/** Known to be neither built in nor a module. */
export function notBuilt(config: Config, name: string): boolean {
  return configSymbol(config, name) === 'n'
}
