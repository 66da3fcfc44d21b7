// Builds dist/: the bundle with its compiled code, what starts it, the report's JSON Schema, and the licences of what is
// bundled.
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateRegistry } from './registry.mjs'
import { packedShelves } from './shelves.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const dist = join(root, 'dist')

await generateRegistry()
await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
// One file without seams. What most runs need nothing of stands apart, each part whole with all that it imports, since even
// reading it costs.
const APART = {
  spawn: 'src/host/spawn.ts',
  dmi: 'src/host/dmi-library.ts',
  yargs: 'src/cli/yargs-library.ts',
  paste: 'src/paste/index.ts',
}
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
      const name = Object.keys(APART).find((key) => join(root, APART[key]) === join(resolveDir, path))
      return kind === 'dynamic-import' && name !== undefined ? { path: `./${name}.cjs`, external: true } : null
    })
  },
}
// What a check says of its problems is needed where it found one: in the bundle a getter makes it then, and neither its
// code nor its text is loaded in most runs. The formatter keeps the form that is looked for.
const problemsWhenAsked = {
  name: 'problems-when-asked',
  setup({ onLoad }) {
    onLoad({ filter: /[/]checks[/][^/]+[/][^/]+\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await readFile(path, 'utf8')).replace(
        /^  problems: (\{\n[^]*?\n  \}),$/m,
        '  get problems() {\nreturn $1\n},',
      ),
    }))
  },
}
// A module of a package is evaluated where it is imported, `table` for 20 ms: in the bundle when a table is drawn, without
// its streams, its judge of settings (the tests, which run the sources, have it judge ours), and a pattern for what Unicode
// shows as one character, over which V8 takes a millisecond (in ASCII each is one).
const tableWhenDrawn = {
  name: 'table-when-drawn',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^table$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'table', namespace: 'when-drawn' } : null,
    )
    onLoad({ filter: /^/, namespace: 'when-drawn' }, () => ({
      contents: "export const table = (...given) => require('table/dist/src/table').table(...given)",
      resolveDir: root,
    }))
    onLoad({ filter: /[/]table[/]dist[/]src[/]validateConfig\.js$/ }, () => ({
      contents: 'exports.validateConfig = () => {}',
    }))
    onLoad({ filter: /[/]table[/]dist[/]src[/]utils\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/[/]\\p\{Regional_Indicator\}.*[/]gu;/, '/[^]/g;'),
    }))
  },
}
const common = {
  absWorkingDir: root,
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  // start.cjs calls it with what Node gives a module.
  banner: { js: '(function(require,module,exports,__filename){' },
  footer: { js: '})' },
  metafile: true,
  // yargs and table measure text with string-width, whose emoji pattern costs 20 ms to compile at start-up; table cuts it
  // with slice-ansi, which brings as much along.
  alias: {
    'string-width': join(root, 'src/cli/ascii-width.ts'),
    'slice-ansi': join(root, 'src/cli/ascii-slice.ts'),
    'strip-ansi': join(root, 'src/cli/ascii-strip.ts'),
  },
}
const libraries = await build({
  ...common,
  entryPoints: APART,
  plugins: [packedShelves(root)],
  // yargs looks for its texts beside itself, and does not miss them: it speaks English here.
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: `${common.banner.js}const importMetaUrl=require('node:url').pathToFileURL(__filename).href;` },
})
const result = await build({
  ...common,
  entryPoints: { bundle: 'src/cli/main.ts' },
  plugins: [apart, packedShelves(root), problemsWhenAsked, tableWhenDrawn],
  // import() of a file apart becomes require(), which needs no loader of the running script.
  supported: { 'dynamic-import': false },
  define: { VFIO_DOCTOR_VERSION: JSON.stringify(version) },
})
// esbuild escapes strings, and leaves patterns alone: with one letter beyond ASCII in it V8 keeps all of the source in two
// bytes a letter.
const escape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
for (const name of ['bundle', ...Object.keys(APART)]) {
  const path = join(dist, `${name}.cjs`)
  await writeFile(path, (await readFile(path, 'utf8')).replace(/[^\0-\x7f]/g, escape))
}
await copyFile(join(root, 'src/cli/start.cjs'), join(dist, 'vfio-doctor.cjs'))
await chmod(join(dist, 'vfio-doctor.cjs'), 0o755)
await copyFile(join(root, 'reports/report.v1.schema.json'), join(dist, 'report.v1.schema.json'))
await writeFile(
  join(dist, 'THIRD-PARTY-LICENSES.txt'),
  await licences([...Object.keys(result.metafile.inputs), ...Object.keys(libraries.metafile.inputs)]),
)
execFileSync(process.execPath, [join(root, 'scripts/code-cache.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] })

/** The licence texts of the packages whose files are in the bundle. */
async function licences(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
  const texts = await Promise.all(
    [...packages].sort().map(async (name) => {
      for (const file of [
        'LICENSE',
        'LICENSE.md',
        'LICENSE.txt',
        'LICENCE',
        'license',
        'license.md',
        'LICENSE-MIT.txt',
      ]) {
        const text = await readFile(join(root, 'node_modules', name, file), 'utf8').catch(() => null)
        if (text !== null) return `${name}\n\n${text.trim()}\n`
      }
      const { license } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'))
      return `${name}\n\nLicensed under ${license}.\n`
    }),
  )
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
