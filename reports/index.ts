import { renderJson } from './json.ts'
import { renderMarkdown } from './markdown.ts'
import type { Format, Renderer } from './renderer.ts'
import { renderText } from './text.ts'

export type { Format, Renderer, RenderOptions } from './renderer.ts'

/** The formats by name. */
export const FORMATS: Readonly<Record<Format, Renderer>> = {
  text: renderText,
  markdown: renderMarkdown,
  json: renderJson,
}
