// `npm run new-check -- AREA/ID`: writes a check and its test from a template, and puts it in the registry.
import { spawnSync } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AREAS, generateRegistry } from './registry.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [area = '', id = ''] = (process.argv[2] ?? '').split('/')
if (!AREAS.includes(area) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
  console.error(`usage: npm run new-check -- AREA/ID   (an area of: ${AREAS.join(', ')}; an id like group-viability)`)
  process.exit(2)
}

const check = `import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { lastParameter } from '../../src/rules/parameters.ts'

export const check: AnyCheck = defineCheck({
  id: '${id}',
  area: '${area}',
  title: 'TODO: state the healthy condition',
  // Facts without which nothing can be said (the engine answers "unknown" for you), and facts that help.
  needs: ['commandLine'],
  uses: [],
  problems: {
    '${id}-TODO': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'TODO: one line, with {parameter}',
      summary: 'TODO: why, and what follows, in two sentences.',
      proof: 'TODO: the evidence that proves it.',
      ruledOut: 'TODO: the evidence that rules it out.',
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['TODO: kernel file, ABI document or specification section'],
    },
  },
  judge(facts) {
    const { value: line, source } = facts.commandLine
    // The last occurrence, which wins for most parameters; parametersNamed gives all, parameterWords splits lists.
    const found = lastParameter(line, 'TODO')
    if (found === undefined) return { kind: 'pass', evidence: [{ source, saw: 'no TODO=' }] }
    const hit: Hit<'${id}-TODO'> = {
      code: '${id}-TODO',
      subject: { kind: 'host' },
      values: { parameter: found.text },
      evidence: [{ source, saw: found.text, wanted: 'nothing' }],
    }
    return { kind: 'hits', hits: [hit] }
  },
})
`
const test = `import { check } from '../../../checks/${area}/${id}.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine } from '../../support/facts.ts'

checkTable(check, [
  { name: 'the evidence that proves it', facts: { commandLine: commandLine('quiet TODO=1') }, expect: ['${id}-TODO'] },
  { name: 'the evidence that rules it out', facts: { commandLine: commandLine('quiet') }, expect: 'pass' },
  { name: 'neither can be read', facts: {}, expect: 'unknown' },
])
`
const files = [
  [join(root, 'checks', area, `${id}.ts`), check],
  [join(root, 'test/checks', area, `${id}.test.ts`), test],
]
for (const [path] of files) {
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  ) {
    console.error(`${path.slice(root.length + 1)} is there already`)
    process.exit(2)
  }
}
for (const [path, text] of files) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  console.log(`wrote ${path.slice(root.length + 1)}`)
}
await generateRegistry()
// Long ids wrap: the formatter knows how.
spawnSync(process.execPath, [join(root, 'node_modules/oxfmt/bin/oxfmt'), ...files.map(([path]) => path)], {
  stdio: 'ignore',
})
console.log(`next: fill in the TODOs, then npx vitest run test/checks/${area}/${id}.test.ts`)
