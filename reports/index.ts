import type { Format, Renderer } from './renderer.ts'

export type { Format, Renderer, RenderOptions } from './renderer.ts'

/** The formats by name. Each is loaded when it is asked for: text alone needs the `table` package. */
export const FORMATS: Readonly<Record<Format, () => Promise<Renderer>>> = {
  text: async () => (await import('./text.ts')).renderText,
  markdown: async () => (await import('./markdown.ts')).renderMarkdown,
  json: async () => (await import('./json.ts')).renderJson,
}
