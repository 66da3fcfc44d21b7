/**
 * An element of an XML text: as much of XML as libvirt writes and people paste. Here rather than from a package: a
 * post holds pieces of a document, cut off or without a root, and the place of each element is wanted.
 */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The text directly inside, entities resolved. */
  readonly text: string
  /** Offsets of the whole element in the source. */
  readonly start: number
  readonly end: number
}

interface Open {
  name: string
  attributes: Map<string, string>
  children: Open[]
  text: string
  start: number
  end: number
}

const DEPTH = 64
const COUNT = 50_000

/**
 * The outermost elements. No document types and no entities but the five of XML and numbers; an element that is never
 * closed ends with its parent or the text, a stray closing tag is passed over. Never fails; time grows with the length.
 */
export function scanXml(source: string): readonly XmlElement[] {
  const root: Open = { name: '', attributes: new Map(), children: [], text: '', start: 0, end: source.length }
  const stack: Open[] = [root]
  let count = 0
  for (let at = 0; at < source.length && count < COUNT;) {
    const open = stack.at(-1) ?? root
    const tag = source.indexOf('<', at)
    if (tag < 0) break
    if (open.text.length < 4096) open.text += entities(source.slice(at, Math.min(tag, at + 4096)))
    const skipped = skipMarkup(source, tag)
    if (skipped !== null) {
      at = skipped
      continue
    }
    const end = endOfTag(source, tag)
    if (end < 0) break
    at = end + 1
    const closing = source[tag + 1] === '/'
    const name = /^[A-Za-z_][\w:.-]{0,99}/.exec(source.slice(tag + (closing ? 2 : 1), tag + 102))?.[0]
    if (name === undefined) continue
    if (closing) close(stack, name, at)
    else {
      count++
      const inner = source.slice(tag + 1 + name.length, end)
      const element: Open = { name, attributes: attributes(inner), children: [], text: '', start: tag, end: at }
      open.children.push(element)
      if (!inner.endsWith('/') && stack.length < DEPTH) {
        element.end = source.length
        stack.push(element)
      }
    }
  }
  return root.children
}

/** The first element of this name, the elements themselves included, in document order. */
export function findElement(elements: readonly XmlElement[], name: string): XmlElement | undefined {
  return allElements(elements, (one) => one.name === name)[0]
}

/** Every element that is wanted, at any depth, in document order. */
export function allElements(
  elements: readonly XmlElement[],
  wanted: (element: XmlElement) => boolean,
  found: XmlElement[] = [],
): readonly XmlElement[] {
  for (const one of elements) {
    if (wanted(one)) found.push(one)
    allElements(one.children, wanted, found)
  }
  return found
}

export function childNamed(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name)
}

function close(stack: Open[], name: string, end: number): void {
  const index = stack.findLastIndex((open, depth) => depth > 0 && open.name === name)
  if (index < 0) return
  for (const open of stack.splice(index)) open.end = end
}

/** Past a comment, a declaration or a processing instruction; null where a tag stands. */
function skipMarkup(source: string, at: number): number | null {
  const after = (end: string): number => {
    const found = source.indexOf(end, at)
    return found < 0 ? source.length : found + end.length
  }
  if (source.startsWith('<!--', at)) return after('-->')
  if (source.startsWith('<![CDATA[', at)) return after(']]>')
  if (source[at + 1] === '?') return after('?>')
  return source[at + 1] === '!' ? after('>') : null
}

/** The `>` that ends a tag: not one inside quotes. */
function endOfTag(source: string, start: number): number {
  let quote = ''
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at] ?? ''
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '>') return at
  }
  return -1
}

function attributes(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(/([\w:.-]{1,100})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')/g))
    found.set(name, entities(double ?? single ?? ''))
  return found
}

function entities(text: string): string {
  if (!text.includes('&')) return text
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
  return text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (all, name, decimal, hex) => {
    if (typeof name === 'string') return named[name.toLowerCase()] ?? all
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
