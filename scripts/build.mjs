// Builds dist/: one entry with lazily loaded chunks, the report's JSON Schema, and the licences of what is bundled.
import { build } from 'esbuild'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateRegistry } from './registry.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const dist = join(root, 'dist')

await generateRegistry()
await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
const result = await build({
  absWorkingDir: root,
  entryPoints: { 'vfio-doctor': 'src/cli/main.ts' },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  metafile: true,
  define: { VFIO_DOCTOR_VERSION: JSON.stringify(version) },
  // yargs and table measure text with string-width, whose emoji pattern costs 20 ms to compile at start-up.
  alias: { 'string-width': join(root, 'src/cli/ascii-width.ts') },
  banner: {
    // CommonJS dependencies call require(), which an ES module has not.
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})
await chmod(join(dist, 'vfio-doctor.mjs'), 0o755)
await copyFile(join(root, 'reports/report.v1.schema.json'), join(dist, 'report.v1.schema.json'))
await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(result.metafile.inputs)))

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
