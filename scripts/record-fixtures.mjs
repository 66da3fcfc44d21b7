// `npm run record`: the captures of the scenes, the golden reports of every machine in fixtures/machines, and the block
// of the README that one of them is shown in. Prints what changed; look at the difference before you commit it.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSource } from './load-checks.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { record } = await loadSource('scripts/record.ts')
for (const line of await record(root, process.argv.slice(2))) console.log(line)
