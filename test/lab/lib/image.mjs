import { appendFile, chmod, copyFile, cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, digest } from './cache.mjs'
import { addKernelInstall } from './efi.mjs'
import { run, text } from './shell.mjs'

/** @typedef {import('./kernels.mjs').Kernel} Kernel */

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
  apt: 'nothing',
  udevadm: 'nothing',
  reboot: 'nothing',
}
/** Intel, AMD, Red Hat twice, Ensoniq, and Bochs. */
const VENDORS = ['8086', '1022', '1af4', '1b36', '1274', '1234']
/** Options of the kernel's configuration that bear on the matter; the guest has these lines alone. */
const OPTIONS =
  /CONFIG_\w*(IOMMU|VFIO|PCI|IRQ_REMAP|KVM|VIRT|SYSFB|FB_|DRM|LOCKDOWN|STRICT_DEVMEM|HUGETLB|MODULE|INTEL|AMD)/
const USERS = 'root:x:0:0:root:/root:/usr/bin/bash\nalex:x:1000:1000:Alex:/home/alex:/usr/bin/bash\n'
const GROUPS = 'root:x:0:\nkvm:x:104:\nalex:x:1000:\n'

/**
 * The initial RAM disk of one boot: archives one behind the other, which the kernel unpacks over each other
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Those that change seldom come from the cache.
 * @param {string} file written
 * @param {Kernel} kernel
 * @param {{ scenario: string, plan: object, doctor: string, efi?: string | undefined, etc?: string | undefined, tables?: Record<string, Buffer> | undefined }} boot
 *   the scenario's shell functions, the plan of examine.mjs, the doctor's dist directory, what efi.mjs got for a host
 *   with EFI, the configuration (tar.gz) that an earlier boot left, and ACPI tables by name
 * @param {string} work a directory for the run's own files
 */
export async function writeImage(file, kernel, boot, work) {
  const own = join(work, 'own')
  await mkdir(join(own, 'lab'), { recursive: true })
  await mkdir(join(own, 'opt'))
  for (const name of ['init', 'lib.sh', 'examine.mjs']) await copyFile(join(LAB, 'guest', name), join(own, 'lab', name))
  await symlink('lab/init', join(own, 'init'))
  await writeFile(join(own, 'lab/scenario.sh'), boot.scenario)
  await writeFile(join(own, 'lab/plan.json'), JSON.stringify(boot.plan))
  await cp(boot.doctor, join(own, 'opt/vfio-doctor'), { recursive: true })
  if (boot.efi !== undefined) await addKernelInstall(boot.efi, own)
  if (boot.etc !== undefined) await run('tar', ['-C', own, '-xzf', boot.etc])
  await writeFile(file, await tablesArchive(boot.tables ?? {}, join(work, 'tables')))
  await appendFile(file, await readFile(await baseArchive()))
  await appendFile(file, await readFile(await modulesArchive(kernel)))
  await appendFile(file, await archive(own))
}

/** Where the kernel looks for ACPI tables before it unpacks anything: it comes first, and is not compressed. */
async function tablesArchive(tables, root) {
  if (Object.keys(tables).length === 0) return Buffer.alloc(0)
  const directory = join(root, 'kernel/firmware/acpi')
  await mkdir(directory, { recursive: true })
  for (const [name, table] of Object.entries(tables)) await writeFile(join(directory, `${name}.aml`), table)
  return archive(root)
}

/** Programs, Node, the truth program, and an /etc. */
async function baseArchive() {
  const truth = await readFile(join(LAB, 'guest/truth.c'))
  const shims = await Promise.all(Object.values(SHIMS).map((name) => readFile(join(LAB, 'guest/bin', name))))
  const self = await readFile(fileURLToPath(import.meta.url))
  return cached(
    `base-${digest([truth, ...shims, self, process.version])}.cpio`,
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

      for (const name of PROGRAMS) await copyProgram(await text('which', name), join(root, 'usr/bin', name), root)
      await copyProgram(process.execPath, join(root, 'usr/bin/node'), root)
      // Debian's; busybox's own would run its applets and not the programs.
      await symlink('dash', join(root, 'usr/bin/sh'))
      for (const name of KMOD) await symlink('../bin/kmod', join(root, 'usr/sbin', name))
      for (const [name, shim] of Object.entries(SHIMS)) {
        await copyFile(join(LAB, 'guest/bin', shim), join(root, 'usr/sbin', name))
      }
      await copyFile(await text('which', 'busybox'), join(root, 'usr/bin/busybox'))
      const present = new Set([...(await readdir(join(root, 'usr/bin'))), ...(await readdir(join(root, 'usr/sbin')))])
      for (const applet of (await text('busybox', '--list')).split('\n')) {
        if (!present.has(applet)) await symlink('busybox', join(root, 'usr/bin', applet))
      }
      await writeFile(join(root, 'usr/share/misc/pci.ids'), await namesOfEmulated())
      await run('gcc', ['-static', '-Os', '-D_GNU_SOURCE', '-o', join(root, 'lab/truth'), join(LAB, 'guest/truth.c')])

      await copyFile('/etc/os-release', join(root, 'etc/os-release'))
      await writeFile(join(root, 'etc/passwd'), USERS)
      await writeFile(join(root, 'etc/group'), GROUPS)
      await writeFile(join(root, 'etc/hostname'), 'lab\n')
      await writeFile(join(root, 'etc/modules'), '')
      await mkdir(join(root, 'etc/initramfs-tools'))
      await writeFile(join(root, 'etc/initramfs-tools/modules'), '')
      await writeFile(file, await archive(root))
    },
    'base-',
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

/** A program with the libraries that the dynamic linker names. */
async function copyProgram(from, to, root) {
  await copyFile(from, to)
  for (const [library] of (await text('ldd', from)).matchAll(/\/\S+/g)) {
    const name = join(root, library.replace(/^\/(usr\/)?/, 'usr/'))
    await mkdir(dirname(name), { recursive: true })
    await copyFile(library, name)
  }
}

/** The modules of modules.txt and their dependencies, with tables that list these alone. */
async function modulesArchive(kernel) {
  const list = await readFile(join(LAB, 'lib/modules.txt'), 'utf8')
  const self = await readFile(fileURLToPath(import.meta.url))
  return cached(
    `modules-${kernel.release}-${digest([list, self, kernel.version])}.cpio`,
    async (file) => {
      const root = `${file}.root`
      const target = join(root, 'usr/lib/modules', kernel.release)
      await mkdir(target, { recursive: true })
      for (const name of await readdir(kernel.modules)) {
        if (/^modules\.(builtin|order)/.test(name)) await copyFile(join(kernel.modules, name), join(target, name))
      }
      await mkdir(join(root, 'boot'))
      const options = (await readFile(kernel.config, 'utf8')).split('\n').filter((line) => OPTIONS.test(line))
      await writeFile(join(root, 'boot', `config-${kernel.release}`), `${options.join('\n')}\n`)
      for (const path of await withDependencies(kernel, list)) {
        await mkdir(dirname(join(target, path)), { recursive: true })
        await copyFile(join(kernel.modules, path), join(target, path))
      }
      await run('depmod', ['-b', join(root, 'usr'), kernel.release])
      await writeFile(file, await archive(root))
    },
    `modules-${kernel.release}-`,
  )
}

/** Paths of the modules of a list and of all that they need, soft dependencies too. */
async function withDependencies(kernel, list) {
  const paths = new Map() // module name → path
  for (const entry of await readdir(join(kernel.modules, 'kernel'), { recursive: true })) {
    const name = /([^/]+)\.ko(\.\w+)?$/.exec(entry)?.[1]
    if (name !== undefined) paths.set(name.replaceAll('-', '_'), join('kernel', entry))
  }
  const wanted = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const found = new Set()
  while (wanted.length > 0) {
    const path = paths.get(wanted.pop().replaceAll('-', '_'))
    if (path === undefined || found.has(path)) continue
    found.add(path)
    wanted.push(...(await dependencies(join(kernel.modules, path))))
  }
  return [...found].sort()
}

async function dependencies(path) {
  const fields = (await text('modinfo', '-F', 'depends', path)) + ',' + (await text('modinfo', '-F', 'softdep', path))
  return fields.split(/[\s,]+/).filter((word) => word !== '' && !word.endsWith(':'))
}

/** A directory as an archive whose bytes depend on the files alone. */
async function archive(root) {
  const names = (await text('find', root, '-mindepth', '1', '-printf', '%P\\n')).split('\n').sort().join('\n')
  const { stdout } = await run('cpio', ['-o', '-H', 'newc', '--reproducible', '-R', '0:0', '--quiet'], {
    cwd: root,
    input: names,
    encoding: 'buffer',
  })
  return stdout
}
