import { chmod, copyFile, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { archive } from './archive.mjs'
import { cached, digest } from './cache.mjs'
import { run, text } from './shell.mjs'
import { unpackUserland } from './userland.mjs'

const LAB = dirname(dirname(fileURLToPath(import.meta.url)))
const PROGRAMS = [
  'bash',
  'dash',
  'kmod',
  'lspci',
  'setpriv',
  'dmesg',
  'stty',
  'find',
  'xargs',
  'sed',
  'grep',
  'tee',
  'usermod',
  'install',
  'stat',
]
const KMOD = ['modprobe', 'insmod', 'rmmod', 'lsmod', 'depmod', 'modinfo']
const SHIMS = {
  sudo: 'sudo',
  'update-grub': 'update-grub',
  'update-initramfs': 'update-initramfs',
  'update-extlinux': 'update-extlinux',
  apt: 'nothing',
  udevadm: 'nothing',
  reboot: 'nothing',
}
/** Intel, AMD, Red Hat twice, Ensoniq, and Bochs. */
const VENDORS = ['8086', '1022', '1af4', '1b36', '1274', '1234']
const USERS = 'root:x:0:0:root:/root:/usr/bin/bash\nalex:x:1000:1000:Alex:/home/alex:/usr/bin/bash\n'
const GROUPS = 'root:x:0:\nkvm:x:104:\nalex:x:1000:\n'

/**
 * Programs, Node, the truth program, and an /etc.
 * @param {import('./architectures.mjs').Architecture} architecture
 * @returns {Promise<string>} the file of the archive
 */
export async function baseArchive(architecture) {
  const { name: of, userland, compiler } = architecture
  const kind = userland === null ? 'base-' : `${of}-base-`
  const truth = await readFile(join(LAB, 'guest/truth.c'))
  const shims = await Promise.all(Object.values(SHIMS).map((name) => readFile(join(LAB, 'guest/bin', name))))
  const self = await readFile(fileURLToPath(import.meta.url))
  return cached(
    `${kind}${digest([truth, ...shims, self, userland?.join() ?? process.version])}.cpio`,
    async (file) => {
      const root = `${file}.root`
      for (const directory of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'usr/share/misc', 'lab', 'home/alex']) {
        await mkdir(join(root, directory), { recursive: true })
      }
      for (const directory of [
        'proc',
        'sys',
        'dev',
        'run',
        'root',
        'var/tmp',
        'etc/modprobe.d',
        'etc/modules-load.d',
        'etc/security/limits.d',
        'etc/udev/rules.d',
      ]) {
        await mkdir(join(root, directory), { recursive: true })
      }
      await mkdir(join(root, 'tmp'))
      await chmod(join(root, 'tmp'), 0o1777)
      for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name))

      if (userland === null) await copyPrograms(root)
      else await unpackUserland(architecture, root)
      for (const [name, shim] of Object.entries(SHIMS)) {
        await copyFile(join(LAB, 'guest/bin', shim), join(root, 'usr/sbin', name))
      }
      const present = new Set([...(await readdir(join(root, 'usr/bin'))), ...(await readdir(join(root, 'usr/sbin')))])
      for (const applet of (await text('busybox', '--list')).split('\n')) {
        if (!present.has(applet)) await symlink('busybox', join(root, 'usr/bin', applet))
      }
      await writeFile(join(root, 'usr/share/misc/pci.ids'), await namesOfEmulated())
      const compile = ['-static', '-Os', '-D_GNU_SOURCE', '-o', join(root, 'lab/truth'), join(LAB, 'guest/truth.c')]
      await run(compiler, compile)

      await writeFile(join(root, 'etc/passwd'), USERS)
      await writeFile(join(root, 'etc/group'), GROUPS)
      await writeFile(join(root, 'etc/hostname'), 'lab\n')
      await writeFile(join(root, 'etc/modules'), '')
      await mkdir(join(root, 'etc/initramfs-tools'))
      await writeFile(join(root, 'etc/initramfs-tools/modules'), '')
      await writeFile(file, await archive(root))
    },
    kind,
  )
}

/** Of pci.ids, the vendors and the devices that QEMU emulates, and the classes: a capture holds the whole file. */
async function namesOfEmulated() {
  let block = ''
  const lines = (await readFile('/usr/share/misc/pci.ids', 'utf8')).split('\n').filter((line) => {
    if (line.startsWith('#') || line === '') return false
    if (!line.startsWith('\t')) block = line.split('  ')[0]
    if (block.startsWith('C ')) return true
    if (line.startsWith('\t\t') || !VENDORS.includes(block)) return false
    return block !== '8086' || /^\t?(8086|10[0d]|29|2668)/.test(line)
  })
  return `${lines.join('\n')}\n`
}

/** This machine's own. */
async function copyPrograms(root) {
  for (const name of PROGRAMS) await copyProgram(await text('which', name), join(root, 'usr/bin', name), root)
  await copyProgram(process.execPath, join(root, 'usr/bin/node'), root)
  // Debian's; busybox's own would run its applets and not the programs.
  await symlink('dash', join(root, 'usr/bin/sh'))
  for (const name of KMOD) await symlink('../bin/kmod', join(root, 'usr/sbin', name))
  await copyFile(await text('which', 'busybox'), join(root, 'usr/bin/busybox'))
  await copyFile('/etc/os-release', join(root, 'etc/os-release'))
}

/** A program with the libraries that the dynamic linker names. */
async function copyProgram(from, to, root) {
  await copyFile(from, to)
  for (const [library] of (await text('ldd', from)).matchAll(/\/\S+/g)) {
    const name = join(root, library.replace(/^\/(usr\/)?/, 'usr/'))
    await mkdir(dirname(name), { recursive: true })
    await copyFile(library, name)
  }
}
