import type { DeviceReport, Report } from '../../src/model/report.ts'
import { chooseDevices, groupsInTheWay, ownReasons } from '../select.ts'
import { deviceWords, deviceWordsWithin, driverWords, groupWords, restWords } from '../sentences.ts'
import { columns, GAP } from '../table.ts'
import { clip, displayWidth, hang } from '../width.ts'
import { DEVICE_VERDICTS } from '../wording.ts'
import { heading, marked, type Page, type Section } from './page.ts'

/** Narrower than this, a table would be mostly cut names. */
const TABLE_WIDTH = 70
/** Columns that the words for a verdict and a driver's name may take: then the one wraps, the other is cut. */
const VERDICT = 28
const DRIVER = 14

/** The devices that the report is about, a row each, and the rest in a line. */
export function deviceSection(report: Report, page: Page): Section {
  const { shown, rest } = chooseDevices(report, page.verbose)
  const lines =
    shown.length === 0
      ? []
      : page.width < TABLE_WIDTH
        ? deviceList(shown, report, page)
        : deviceTable(shown, report, page)
  return [...lines, ...restLines(rest, shown.length, page)]
}

function deviceTable(shown: readonly DeviceReport[], report: Report, page: Page): Section {
  const rows = shown.map((device) => ({
    device,
    address: page.short(device.address),
    driver: clip(driverWords(device), DRIVER, '...'),
    group: groupWords(device),
    verdict: verdictText(device, report),
  }))
  const widest = (texts: readonly string[]): number => Math.max(...texts.map(displayWidth))
  const verdict = Math.min(VERDICT, widest(rows.map((one) => one.verdict)))
  const taken =
    widest(['Device', ...rows.map((one) => one.address)]) +
    widest(['Driver', ...rows.map((one) => one.driver)]) +
    widest(['Group', ...rows.map((one) => one.group)])
  const room = Math.max(12, page.width - 2 - taken - verdict - 4 * GAP)
  const cells = rows.map((one) => [
    one.address,
    deviceWordsWithin(one.device, room),
    one.driver,
    one.group,
    one.verdict,
  ])
  const header = ['Device', 'What', 'Driver', 'Group', 'Verdict']
  const [top = '', ...body] = columns([header, ...cells], [{}, {}, {}, {}, { width: Math.max(verdict, 7) }])
  return [page.style.dim(`  ${top}`), ...body.map((line) => tinted(`  ${line}`, page))]
}

function deviceList(shown: readonly DeviceReport[], report: Report, page: Page): Section {
  return shown.flatMap((one) =>
    marked(
      DEVICE_VERDICTS[one.verdict].tone,
      `${page.short(one.address)} ${deviceWords(one)}: ${verdictText(one, report)} (driver ${driverWords(one)}, group ${groupWords(one)})`,
      page,
    ),
  )
}

/** The verdict, and for what is not plain from it, the codes that decide or that a guest has it. */
function verdictText(device: DeviceReport, report: Report): string {
  const { words } = DEVICE_VERDICTS[device.verdict]
  const tell = device.verdict === 'blocked' || device.verdict === 'cannot-tell'
  const reasons = tell ? ownReasons(device, report) : held(device)
  return reasons.length > 0 ? `${words}: ${reasons.join(', ')}` : words
}

function held({ heldBy }: DeviceReport): readonly string[] {
  if (heldBy === undefined) return []
  return [heldBy.startsWith('probably') ? 'probably in a guest' : 'in a guest now']
}

/** Colours the verdict in a row that `table` has laid out, by its words. */
function tinted(line: string, page: Page): string {
  const found = Object.values(DEVICE_VERDICTS).find((one) => line.endsWith(one.words) || line.includes(`${one.words}:`))
  if (found === undefined) return line
  const at = line.lastIndexOf(found.words)
  return line.slice(0, at) + page.style.paint(found.tone, found.words) + line.slice(at + found.words.length)
}

function restLines(rest: readonly DeviceReport[], shown: number, page: Page): Section {
  if (rest.length === 0) return []
  return hang('  ', `${restWords(rest, shown)}. --verbose lists them.`, page.width)
}

/** The groups that keep a device from being handed over; all of them where all is asked for. */
export function groupSection(report: Report, page: Page): Section {
  const groups = page.verbose ? report.groups : groupsInTheWay(report)
  if (groups.length === 0) return []
  const lines = groups.flatMap((one) => {
    const state = one.viable === null ? 'could not tell whether it is viable' : one.viable ? 'viable' : 'not viable'
    const members = page.verbose ? ` [${one.devices.join(' ')}]` : ''
    return hang(`  ${`Group ${one.id}`.padEnd(11)}`, page.short(`${state}: ${one.why}${members}`), page.width)
  })
  return page.verbose ? [...heading('IOMMU groups', page), ...lines] : lines
}
