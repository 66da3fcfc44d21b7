/** Longest piece of a line that is kept, in UTF-16 units. */
export const LINE_LIMIT = 4096

/**
 * One line of foreign text made fit to print: escape sequences (ECMA-48), control characters and the marks that turn
 * the reading direction are taken out, a tab becomes a blank, and what is past LINE_LIMIT is cut off.
 */
export function cleanLine(line: string): string {
  // The one thing to take out of most that sysfs holds is its line's end.
  const bare = line.endsWith('\n') ? line.slice(0, -1) : line
  const cut = bare.length > LINE_LIMIT ? whole(bare.slice(0, LINE_LIMIT)) : bare
  if (!UNSAFE.test(cut)) return cut
  const plain = cut.includes('\u001b') || cut.includes('\u009b') ? cut.replace(ESCAPES, '') : cut
  return plain.replace(BLANKS, ' ').replace(CONTROLS, '')
}

/** A cut may fall between the two halves of a surrogate pair; half a character is not text. */
function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}

// Bidirectional marks can make a line read as another one (CVE-2021-42574); U+2028 and U+2029 end a line for some.
/* eslint-disable no-control-regex -- control characters are what these find */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g
const BLANKS = /[\t\u2028\u2029]/g
/** CSI with its parameters, OSC up to its end, and the two-character sequences. */
const ESCAPES =
  /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b\][^\u0007\u001b]{0,256}(?:\u0007|\u001b\\)|\u001b[ -/]{0,8}[0-~]/g
/* eslint-enable no-control-regex */
