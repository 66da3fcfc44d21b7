import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeQuote, openQuote } from '../../src/parse/open-quote.ts'

/** As Debian ships it, in short, with the line of the parameters in the middle. */
const debian = (line: string): string => `# If you change this file, run 'update-grub' afterwards
# to update /boot/grub/grub.cfg. Don't forget.
GRUB_DEFAULT=0
GRUB_DISTRIBUTOR=\`( . /etc/os-release && echo \${NAME} ) 2> /dev/null || echo Debian\`
${line}
GRUB_CMDLINE_LINUX=""

#GRUB_BADRAM="0x01234567,0xfefefefe,0x89abcdef,0xefefefef"
# you can see them in real GRUB with the command \`vbeinfo'
#GRUB_GFXMODE=640x480
#GRUB_INIT_TUNE="480 440 1"
`

const OPEN: readonly (readonly [string, number, string, '"' | "'" | null])[] = [
  [
    debian('GRUB_CMDLINE_LINUX_DEFAULT="quiet splash intel_iommu=on'),
    5,
    'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash intel_iommu=on',
    '"',
  ],
  [`GRUB_CMDLINE_LINUX_DEFAULT='quiet\nGRUB_TIMEOUT=5\n# don"t\n`, 1, `GRUB_CMDLINE_LINUX_DEFAULT='quiet`, "'"],
  [debian('GRUB_TIMEOUT="5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"'), 5, 'GRUB_TIMEOUT="5', '"'],
  ['A="x', 1, 'A="x', '"'],
  ['A=1\r\nB="x\r\nC="y"\r\n', 2, 'B="x', '"'],
  ['A=x"\nB="y"\n', 1, 'A=x"', '"'],
  ['A="a\nb"\nB="c\nC=1\n', 3, 'B="c', '"'],
  ['A="a"b"\n', 1, 'A="a"b"', '"'],
  ['A="a \\"\nB=1\n', 1, 'A="a \\"', '"'],
  ['A="x # note\nB="y"\n', 1, 'A="x # note', '"'],
]

const CLOSED: readonly string[] = [
  debian('GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"'),
  debian("GRUB_CMDLINE_LINUX_DEFAULT='quiet splash'"),
  debian('#GRUB_CMDLINE_LINUX_DEFAULT="quiet'),
  debian('GRUB_CMDLINE_LINUX_DEFAULT="quiet\n  splash"'),
  debian('GRUB_CMDLINE_LINUX_DEFAULT="quiet \\\n  splash"'),
  debian(`GRUB_CMDLINE_LINUX_DEFAULT="dyndbg='file a +p' it's"`),
  debian(`GRUB_CMDLINE_LINUX_DEFAULT='dyndbg="file a +p"'`),
  debian('GRUB_CMDLINE_LINUX_DEFAULT="a \\"b\\" c"'),
  "A=it\\'s\n",
  'A=a#"b"\n',
  'A=1 # it\'s "so\n',
  'A="$(sed "s, release .*$,,g" /etc/system-release)"\n',
  'A="$(echo "it\'s" # a comment "\n)"\n',
  'if [ "$A" = "x" ]; then B="y"; fi\n',
  'A="${A} b"\nB=${A:-c}\n',
  '',
]

/** The next apostrophe closes it, be it in a comment, and a shell takes all between for the value. */
const SWALLOWED = debian("GRUB_CMDLINE_LINUX_DEFAULT='quiet")

/** Nothing is said where the reading would be a guess. */
const NOT_FOLLOWED: readonly string[] = [
  SWALLOWED,
  "cat <<EOF\nit's\nEOF\n",
  "A=$'it\\'s'\n",
  'A="${B:-"c}"\n',
  'A=$(case x in x) echo "y;; esac)\n',
  'A=$(echo b\nC=1\n',
]

describe('openQuote', () => {
  test.each(OPEN)('%j', (text, line, written, mark) => {
    expect(openQuote(text)).toEqual({ line, text: written, mark })
  })
  test.each(OPEN)('closed, the file is whole: %j', (text) => {
    const found = openQuote(text)
    expect(found === null ? 'null' : openQuote(closeQuote(text, found))).toBe(null)
  })
  test.each(CLOSED.map((one) => [one]))('all closed: %j', (text) => {
    expect(openQuote(text)).toBe(null)
  })
  test.each(NOT_FOLLOWED.map((one) => [one]))('not followed: %j', (text) => {
    expect(openQuote(text)).toBe(null)
  })

  /** Reads the file and runs nothing. */
  const parses = (text: string): boolean => {
    try {
      execFileSync('sh', ['-n'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] })
      return true
    } catch {
      return false
    }
  }
  test.each(OPEN)('a shell stops there too: %j', (text) => {
    expect(parses(text)).toBe(false)
  })

  test('what is named, a shell does not read either', () => {
    const unit = fc.constantFrom('A=', '"', "'", '\\', '\n', ' ', '#', 'x', '$A', '`', '$(', ')', '${B}')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        const found = openQuote(text)
        if (found === null) return
        expect(found.line).toBeLessThanOrEqual(text.split('\n').length)
        expect(parses(text)).toBe(false)
        if (found.mark !== null) expect(openQuote(closeQuote(text, found))).toBe(null)
      }),
      { numRuns: 150 },
    )
  })
})
