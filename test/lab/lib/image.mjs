import { appendFile, copyFile, cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { archive } from './archive.mjs'
import { baseArchive } from './base.mjs'
import { cached, digest } from './cache.mjs'
import { addKernelInstall } from './efi.mjs'
import { run, text } from './shell.mjs'

/** @typedef {import('./kernels.mjs').Kernel} Kernel */

const LAB = dirname(dirname(fileURLToPath(import.meta.url)))
/** Options of the kernel's configuration that bear on the matter; the guest has these lines alone. */
const OPTIONS =
  /CONFIG_\w*(IOMMU|VFIO|PCI|IRQ_REMAP|KVM|VIRT|SYSFB|FB_|DRM|LOCKDOWN|STRICT_DEVMEM|HUGETLB|MODULE|INTEL|AMD|SMMU|ARM_GIC)/
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
  await writeFile(join(own, 'lab/results'), kernel.architecture.results)
  await writeFile(join(own, 'lab/plan.json'), JSON.stringify(boot.plan))
  await cp(boot.doctor, join(own, 'opt/vfio-doctor'), { recursive: true })
  if (boot.efi !== undefined) await addKernelInstall(boot.efi, own)
  if (boot.etc !== undefined) await run('tar', ['-C', own, '-xzf', boot.etc])
  await writeFile(file, await tablesArchive(boot.tables ?? {}, join(work, 'tables')))
  await appendFile(file, await readFile(await baseArchive(kernel.architecture)))
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
