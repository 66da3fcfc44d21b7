// Loads the registry of checks from its TypeScript sources (Node 20 cannot import them as they are).
import { build } from 'esbuild'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What a TypeScript module of the project exports. */
export async function loadSource(path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, path)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { VFIO_DOCTOR_VERSION: '"0.0.0"' },
    logLevel: 'error',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

export async function loadChecks() {
  const { CHECKS } = await loadSource('checks/registry.ts')
  return CHECKS
}
