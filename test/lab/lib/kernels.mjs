import { existsSync } from 'node:fs'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privateApt, unpackInto, updateLists } from './apt.mjs'
import { cached } from './cache.mjs'
import { run, text } from './shell.mjs'

/**
 * @typedef {import('./architectures.mjs').Architecture} Architecture
 *
 * @typedef {object} Kernel
 * @property {Architecture} architecture
 * @property {string} name of WANTED
 * @property {string} label `5.10`, `6.1` … : major and minor version
 * @property {string} release as uname -r prints it
 * @property {string} version of the Debian package
 * @property {string} vmlinux the ELF image, which QEMU enters by PVH: it boots in half the time of a bzImage under TCG;
 *   of arm64 the image as packaged
 * @property {string} bzImage the image as packaged: its real-mode start asks the firmware for a framebuffer
 * @property {string} modules the directory that becomes /lib/modules/RELEASE
 * @property {string} config its configuration
 */

/** The releases of the lab. `newest` is the highest that the registry has. */
export const WANTED = ['5.10', '6.1', '6.12', 'newest']

/** What `newest` was when the expectations were last held against it: a newer one may behave otherwise. */
export const HELD_AGAINST = '7.3'

/**
 * Kernels by the names of WANTED, downloaded at the first use.
 * @param {Architecture} architecture
 * @param {readonly string[]} wanted
 * @param {(line: string) => void} tell
 * @returns {Promise<Map<string, Kernel>>} without those that could not be had
 */
export async function getKernels(architecture, wanted, tell) {
  const kernels = new Map()
  try {
    const versions = await choose(architecture, tell)
    for (const name of wanted) {
      const version = versions[name]
      if (version === undefined)
        tell(`kernel ${name} ${architecture.name}: the configured Debian sources have none, so nothing is run on it`)
      else {
        const failed = (error) => tell(`kernel ${name} ${architecture.name}: ${firstLine(error)}`)
        const got = await unpack(architecture, version, tell).catch(failed)
        if (got !== undefined) kernels.set(name, { ...got, name, architecture })
      }
    }
  } catch (error) {
    tell(`the list of kernels could not be fetched: ${firstLine(error)}`)
  }
  return kernels
}

function firstLine(error) {
  return error.message.split('\n')[0].slice(0, 300)
}

/** Which version each name stands for: asked once, and kept until the cache is deleted. */
async function choose(architecture, tell) {
  const { name: own } = architecture
  const path = await cached(own === 'amd64' ? 'kernels.json' : `kernels-${own}.json`, async (file) => {
    tell(`asking the package registry which kernels it has for ${own}`)
    await updateLists(architecture)
    const madison = await text('apt-cache', ...privateApt(architecture), 'madison', `linux-image-${own}`)
    const found = [...new Set(madison.split('\n').map((line) => line.split('|')[1]?.trim() ?? ''))].filter(Boolean)
    const chosen = {}
    for (const name of WANTED) {
      const best = await highest(found.filter((version) => name === 'newest' || version.startsWith(`${name}.`)))
      if (best !== undefined) chosen[name] = best
    }
    // Not kept: the next run may have a network.
    if (Object.keys(chosen).length === 0)
      throw new Error(`apt-get update brought no linux-image-${own} (is there a network for packages?)`)
    await writeFile(file, `${JSON.stringify(chosen, null, 2)}\n`)
  })
  return JSON.parse(await readFile(path, 'utf8'))
}

async function highest(versions) {
  let best
  for (const one of versions) {
    if (best === undefined) best = one
    else if ((await run('dpkg', ['--compare-versions', one, 'gt', best], { anyStatus: true })).status === 0) best = one
  }
  return best
}

/** @returns {Promise<Kernel>} */
async function unpack(architecture, version, tell) {
  const amd64 = architecture.name === 'amd64'
  const root = await cached(`kernels/${version}${amd64 ? '' : `-${architecture.name}`}`, async (directory) => {
    tell(`fetching Linux ${version} ${architecture.name}`)
    const names = async () => (await packagesOf(architecture, version)).map((name) => `${name}=${version}`)
    await unpackInto(architecture, directory, names)
    await rm(join(directory, 'usr/share'), { recursive: true, force: true })
    if (!amd64) return
    const { image } = await inside(directory)
    await writeFile(join(directory, 'vmlinux'), await extractVmlinux(await readFile(image)))
  })
  const { release, modules, image, config } = await inside(root)
  const label = /^\d+\.\d+/.exec(release)[0]
  return { label, release, version, vmlinux: amd64 ? join(root, 'vmlinux') : image, bzImage: image, modules, config }
}

/** Where an unpacked package keeps its files: since 7.3 all are under /usr/lib/modules. */
async function inside(root) {
  const base = ['lib/modules', 'usr/lib/modules'].map((path) => join(root, path)).find((path) => existsSync(path))
  const [release] = await readdir(base)
  const modules = join(base, release)
  const image = [join(root, `boot/vmlinuz-${release}`), join(modules, 'vmlinuz')].find((path) => existsSync(path))
  const config = [join(root, `boot/config-${release}`), join(modules, 'config')].find((path) => existsSync(path))
  return { release, modules, image, config }
}

/** The meta package names the image; newer releases keep the binary and the modules in packages of their own. */
async function packagesOf(architecture, version) {
  const own = architecture.name
  const depends = async (name) => {
    const shown = await text('apt-cache', ...privateApt(architecture), 'show', `${name}=${version}`)
    return shown.match(/^(Pre-)?Depends:.*$/gm)?.join() ?? ''
  }
  const names = async (of, kinds) =>
    (await depends(of)).match(new RegExp(`linux-(${kinds})-\\d[\\w.+~-]*-${own}`, 'g')) ?? []
  const [image] = await names(`linux-image-${own}`, 'image')
  return [image, ...new Set(await names(image, 'modules|binary|base'))]
}

/**
 * The ELF image inside a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length).
 * @param {Buffer} image
 * @returns {Promise<Buffer>}
 */
async function extractVmlinux(image) {
  const setup = (image.readUInt8(0x1f1) + 1) * 512
  const start = setup + image.readUInt32LE(0x248)
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c))
  const tool = DECOMPRESSORS.find(([magic]) => payload.subarray(0, magic.length / 2).toString('hex') === magic)
  if (tool === undefined) throw new Error(`kernel payload of unknown compression ${payload.toString('hex', 0, 6)}`)
  const [, command, ...args] = tool
  // The size that the kernel appends to the payload is no part of the stream: the tool complains after its work.
  const { stdout } = await run(command, args, { input: payload, encoding: 'buffer', anyStatus: true })
  if (stdout.toString('latin1', 1, 4) !== 'ELF') throw new Error('kernel payload is not an ELF image')
  return stdout
}

const DECOMPRESSORS = [
  ['fd377a585a00', 'xz', '-dc', '--single-stream'],
  ['28b52ffd', 'zstd', '-dcq'],
  ['02214c18', 'lz4', '-dc'],
  ['1f8b', 'gzip', '-dc'],
]
