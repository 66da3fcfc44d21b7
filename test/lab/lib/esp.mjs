import { copyFile, rm, truncate, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MACHINE_ID } from './efi.mjs'
import { run } from './shell.mjs'

/**
 * @typedef {'systemd-boot' | 'uki'} Loader how EFI firmware starts the kernel: systemd-boot by an entry of its own, or
 *   systemd-boot by a unified kernel image, whose command line is inside
 */

const SIZE = 400 * 1024 * 1024

/**
 * QEMU's arguments for a start by firmware and boot loader. What firmware remembers and the EFI system partition stay in
 * `work` from one boot to the next; only the initial RAM disk is put there anew, where the boot entry looks for it.
 * @param {object} boot
 * @param {string} boot.efi
 * @param {Loader} boot.loader
 * @param {string} boot.work
 * @param {import('./kernels.mjs').Kernel} boot.kernel
 * @param {string} boot.image the initial RAM disk
 * @param {string} boot.parameters of the first boot; those of a later one are what the guest left
 * @returns {Promise<string[]>}
 */
export async function efiStart(boot) {
  const { efi, work } = boot
  const [variables, partition] = [join(work, 'efivars'), join(work, 'esp')]
  if (!existsSync(variables)) await copyFile(join(efi, 'usr/share/OVMF/OVMF_VARS_4M.fd'), variables)
  const disk = mtools(efi, partition)
  if (!existsSync(partition)) await makePartition(boot, disk, partition)
  else await renewImage(boot, disk)
  return [
    ['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${join(efi, 'usr/share/OVMF/OVMF_CODE_4M.fd')}`],
    ['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ['-drive', `if=none,id=esp,format=raw,file=${partition}`],
    ['-device', 'ide-hd,drive=esp,bus=ide.0'],
  ].flat()
}

/** The EFI system partition as bootctl and kernel-install leave it (a disk without a partition table: firmware takes it). */
async function makePartition(boot, disk, partition) {
  await writeFile(partition, '')
  await truncate(partition, SIZE)
  await disk('mformat', '-F', '-v', 'ESP', '::')
  await disk('mmd', '::/EFI', '::/EFI/BOOT', '::/EFI/Linux', '::/loader', '::/loader/entries', `::/${MACHINE_ID}`)
  await disk('mcopy', join(boot.efi, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'), '::/EFI/BOOT/BOOTX64.EFI')
  const put = (words, name) => writing(boot.work, words, (file) => disk('mcopy', file, `::${name}`))
  await put('timeout 0\n', '/loader/loader.conf')
  await put('type1\n', '/loader/entries.srel')
  const directory = `/${MACHINE_ID}/${boot.kernel.release}`
  await disk('mmd', `::${directory}`)
  await disk('mcopy', boot.kernel.bzImage, `::${directory}/linux`)
  if (boot.loader === 'uki') {
    const unified = join(boot.work, 'unified.efi')
    await makeUnified(boot, unified)
    await disk('mcopy', unified, `::/EFI/Linux/${unifiedName(boot.kernel)}`)
    await rm(unified)
    return
  }
  await disk('mcopy', boot.image, `::${directory}/${imageName(boot.kernel)}`)
  const entry = [
    'title      Debian GNU/Linux',
    `version    ${boot.kernel.release}`,
    `machine-id ${MACHINE_ID}`,
    'sort-key   debian',
    `options    ${boot.parameters} systemd.machine_id=${MACHINE_ID}`,
    `linux      ${directory}/linux`,
    `initrd     ${directory}/${imageName(boot.kernel)}`,
  ]
  await put(`${entry.join('\n')}\n`, entryName(boot.kernel))
}

/** As the guest's own update-initramfs would have left it: at the place that its boot entry names. */
async function renewImage(boot, disk) {
  const entry = String((await disk('mtype', `::${entryName(boot.kernel)}`)).stdout)
  const named = /^initrd\s+(\S+)$/m.exec(entry)?.[1]
  if (named === undefined) throw new Error(`the boot entry names no initrd:\n${entry}`)
  await disk('mcopy', '-o', boot.image, `::${named}`)
}

const imageName = (kernel) => `initrd.img-${kernel.release}`
const unifiedName = (kernel) => `${MACHINE_ID}-${kernel.release}.efi`
const entryName = (kernel) => `/loader/entries/${MACHINE_ID}-${kernel.release}.conf`

/** The stub of systemd with the kernel, its image and its command line as sections (systemd-stub(7)). */
async function makeUnified(boot, file) {
  const stub = join(boot.efi, 'usr/lib/systemd/boot/efi/linuxx64.efi.stub')
  const part = async (words, name) => {
    const path = join(boot.work, name)
    await writeFile(path, words)
    return path
  }
  const sections = [
    ['.osrel', '/etc/os-release', 0x20000],
    ['.uname', await part(boot.kernel.release, 'uname'), 0x30000],
    ['.cmdline', await part(boot.parameters, 'cmdline'), 0x40000],
    ['.linux', boot.kernel.bzImage, 0x2000000],
    ['.initrd', boot.image, 0x4000000],
  ]
  const words = sections.flatMap(([name, path, address]) => {
    return ['--add-section', `${name}=${path}`, '--change-section-vma', `${name}=0x${address.toString(16)}`]
  })
  await run('objcopy', [...words, stub, file])
}

/** mtools on a partition's image; the names are relative to it. */
function mtools(efi, partition) {
  const env = { ...process.env, MTOOLS_SKIP_CHECK: '1', MTOOLSRC: '/dev/null' }
  return (name, ...args) => run(join(efi, 'usr/bin', name), ['-i', partition, ...args], { env })
}

async function writing(work, words, use) {
  const file = join(work, 'text')
  await writeFile(file, words)
  await use(file)
  await rm(file)
}
