// Scores the bundle over real posts with known causes (a folder outside the project) and holds the figures of
// test/cases.json: fails on a crash, a new false alarm, or a score below the recorded one.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: node scripts/cases.mjs FOLDER   (the folder with score.mjs and the cases)')
  process.exit(2)
}
const command = `node ${join(root, 'dist/vfio-doctor.cjs')} --paste - --format json`
const run = spawnSync('node', [join(folder, 'score.mjs'), command, folder, '--json', '--quiet'], { encoding: 'utf8' })
let score
try {
  score = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')
} catch {
  console.error(`the score could not be read: ${run.stderr || run.stdout}`)
  process.exit(1)
}
const wanted = JSON.parse(readFileSync(join(root, 'test/cases.json'), 'utf8'))
const failures = [
  ...(score.crash > 0 ? [`${score.crash} crashes`] : []),
  ...['top1', 'top3', 'deviceHit'].flatMap((key) =>
    score[key] < wanted[key] ? [`${key} ${score[key]} below ${wanted[key]}`] : [],
  ),
  ...(score.falseAlarm > wanted.falseAlarm ? [`${score.falseAlarm} false alarms, ${wanted.falseAlarm} recorded`] : []),
]
console.log(
  `cases: top-1 ${score.top1}/${score.decidable}, top-3 ${score.top3}/${score.decidable}, device ${score.deviceHit}/${score.device}, ` +
    `false alarms ${score.falseAlarm}/${score.quietCases}, crashes ${score.crash}`,
)
if (failures.length > 0) {
  console.error(`worse than test/cases.json: ${failures.join('; ')}`)
  process.exit(1)
}
const better = ['top1', 'top3', 'deviceHit'].filter((key) => score[key] > wanted[key])
if (better.length > 0 || score.falseAlarm < wanted.falseAlarm)
  console.log('better than recorded: raise test/cases.json')
