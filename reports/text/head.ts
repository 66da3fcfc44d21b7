import type { DeviceReport, Report } from '../../src/model/report.ts'
import { headWords, machineRows } from '../machine-words.ts'
import { deviceWords } from '../sentences.ts'
import { displayWidth, hang, wrap } from '../width.ts'
import { DEVICE_VERDICTS, MACHINE_VERDICTS } from '../wording.ts'
import { marked, titled, type Page, type Section } from './page.ts'

/** What was examined, by which version: one line where it fits. */
export function head(report: Report, page: Page): Section {
  const tool = `${report.tool.name} ${report.tool.version}`
  const margin = '   '
  const lines: string[] = []
  let line = ''
  for (const words of headWords(report)) {
    const longer = line === '' ? words : line + page.style.separator + words
    if (line !== '' && displayWidth(tool) + margin.length + displayWidth(longer) > page.width) {
      lines.push(line)
      line = words
    } else line = longer
  }
  const column = ' '.repeat(displayWidth(tool) + margin.length)
  const room = page.width - column.length
  return [...lines, line]
    .flatMap((one) => wrap(one, room))
    .map((one, at) => (at === 0 ? `${page.style.bold(tool)}${margin}${one}` : column + one))
}

/** The answer, before anything else. */
export function answer(report: Report, page: Page): Section {
  const asked = report.devices.filter((one) => one.asked)
  const [only] = asked
  const { tone } =
    asked.length === 1 && only !== undefined ? DEVICE_VERDICTS[only.verdict] : MACHINE_VERDICTS[report.verdict]
  const first = titled(tone === 'plain' ? 'note' : tone, page.short(report.headline), '', page)
  return asked.length < 2 ? first : [...first, ...asked.flatMap((one) => deviceLine(one, page))]
}

function deviceLine(device: DeviceReport, page: Page): Section {
  const { tone, words } = DEVICE_VERDICTS[device.verdict]
  const { doubt, heldBy } = device
  const aside = doubt !== undefined ? `: ${doubt}` : heldBy !== undefined ? `, and ${heldBy} has it now` : ''
  return marked(tone, `${page.short(device.address)} ${deviceWords(device)}: ${words}${page.short(aside)}`, page)
}

/** Everything known of the machine, and what of it is not. */
export function machineSection(report: Report, page: Page): Section {
  return machineRows(report).flatMap(([label, value]) =>
    hang(`  ${label.padEnd(15)}`, value ?? 'could not tell', page.width),
  )
}
