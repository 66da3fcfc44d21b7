import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { text } from './shell.mjs'

/**
 * Keeps a capture as a fixture, so that the ordinary tests cover the scenario without QEMU.
 * @param {string} fixtures directory
 * @param {string} name of the scenario
 * @param {import('./run.mjs').Scenario} scenario
 * @param {import('./kernels.mjs').Kernel} kernel
 * @param {string} directory what came back from the first boot
 * @param {{ devices: readonly string[], status: number }} question for the golden reports
 */
export async function record(fixtures, name, scenario, kernel, directory, question) {
  const capture = join(directory, 'first/capture.json.gz')
  const target = join(fixtures, `lab-${name}-${kernel.label}`)
  await mkdir(target, { recursive: true })
  // Packed anew: the guest's gzip may write a time and a name into its head.
  const bytes = await readFile(capture)
  await writeFile(join(target, 'capture.json.gz'), gzipSync(gunzipSync(bytes), { level: 9 }))
  const origin = {
    made: 'lab',
    what: scenario.title,
    scenario: name,
    kernel: kernel.release,
    package: `linux-image-${kernel.architecture.name} ${kernel.version}`,
    qemu: await qemuVersion(kernel.architecture),
    machine: scenario.machine,
    ...(scenario.tables === undefined ? {} : { tables: inHex(scenario.tables) }),
    ...(scenario.loader === undefined ? {} : { loader: scenario.loader }),
    parameters: scenario.parameters ?? '',
    as: scenario.as ?? 'root',
    ...(scenario.configure === undefined ? {} : { configure: scenario.configure.trim() }),
    setup: scenario.setup?.trim() ?? '',
    prepare: scenario.prepare?.trim() ?? '',
    questions: [question],
  }
  await writeFile(join(target, 'origin.json'), `${JSON.stringify(origin, null, 2)}\n`)
}

function inHex(tables) {
  return Object.fromEntries(Object.entries(tables).map(([name, bytes]) => [name, bytes.toString('hex')]))
}

async function qemuVersion({ emulator }) {
  return (await text(emulator, '--version')).split('\n')[0].replace(/^.*version /, '')
}
