import { copyFile, rm, truncate, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MACHINE_ID } from './efi.mjs'
import { run } from './shell.mjs'

/**
 * @typedef {'systemd-boot' | 'uki' | 'secure-boot'} Loader how EFI firmware starts the kernel: systemd-boot by an entry of
 *   its own; systemd-boot by a unified kernel image, whose command line is inside; with Secure Boot on, by shim and GRUB
 */

/** The variables can be written from system management mode alone (README of ovmf). */
const SECURE = ['-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1']
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
  const secure = boot.loader === 'secure-boot'
  const firmware = (name) => join(efi, 'usr/share/OVMF', name)
  // Those of Secure Boot have the keys of Microsoft, who signed Debian's shim.
  if (!existsSync(variables)) await copyFile(firmware(`OVMF_VARS_4M${secure ? '.ms' : ''}.fd`), variables)
  const disk = mtools(efi, partition)
  if (!existsSync(partition)) await makePartition(boot, disk, partition)
  else await renewImage(boot, disk)
  return [
    secure ? SECURE : [],
    [
      '-drive',
      `if=pflash,unit=0,format=raw,readonly=on,file=${firmware(`OVMF_CODE_4M${secure ? '.secboot' : ''}.fd`)}`,
    ],
    ['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
    ['-drive', `if=none,id=esp,format=raw,file=${partition}`],
    ['-device', 'ide-hd,drive=esp,bus=ide.0'],
  ].flat()
}

/** The EFI system partition (a disk without a partition table: firmware takes it). */
async function makePartition(boot, disk, partition) {
  await writeFile(partition, '')
  await truncate(partition, SIZE)
  await disk('mformat', '-F', '-v', 'ESP', '::')
  await disk('mmd', '::/EFI', '::/EFI/BOOT')
  const put = async (name, text) => {
    const file = join(boot.work, 'text')
    await writeFile(file, text)
    await disk('mcopy', '-o', file, `::${name}`)
    await rm(file)
  }
  await (boot.loader === 'secure-boot' ? makeGrub : makeSystemdBoot)(boot, disk, put)
}

/** As bootctl and kernel-install leave it. */
async function makeSystemdBoot(boot, disk, put) {
  const directory = `/${MACHINE_ID}/${boot.kernel.release}`
  await disk('mmd', '::/EFI/Linux', '::/loader', '::/loader/entries', `::/${MACHINE_ID}`, `::${directory}`)
  await disk('mcopy', join(boot.efi, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'), '::/EFI/BOOT/BOOTX64.EFI')
  await put('/loader/loader.conf', 'timeout 0\n')
  await put('/loader/entries.srel', 'type1\n')
  await disk('mcopy', boot.kernel.bzImage, `::${directory}/linux`)
  if (boot.loader === 'uki') {
    const unified = join(boot.work, 'unified.efi')
    await makeUnified(boot, unified)
    await disk('mcopy', unified, `::/EFI/Linux/${MACHINE_ID}-${boot.kernel.release}.efi`)
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
  await put(entryName(boot.kernel), `${entry.join('\n')}\n`)
}

/** As grub-install leaves it on Debian, with the kernel beside it, where the lab's host has its root on no disk. */
async function makeGrub(boot, disk, put) {
  const grub = 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'
  await disk('mcopy', join(boot.efi, 'usr/lib/shim/shimx64.efi.signed'), '::/EFI/BOOT/BOOTX64.EFI')
  await disk('mcopy', join(boot.efi, grub), '::/EFI/BOOT/grubx64.efi')
  await disk('mmd', '::/EFI/debian', '::/boot')
  await disk('mcopy', boot.kernel.bzImage, `::/boot/vmlinuz-${boot.kernel.release}`)
  await disk('mcopy', boot.image, `::/boot/${imageName(boot.kernel)}`)
  const start = [
    `linux /boot/vmlinuz-${boot.kernel.release} ${boot.parameters}`,
    `initrd /boot/${imageName(boot.kernel)}`,
  ]
  await put('/EFI/debian/grub.cfg', `${[...start, 'boot'].join('\n')}\n`)
}

/** As the guest's own update-initramfs would have left it: at the place that the entry of systemd-boot names. */
async function renewImage(boot, disk) {
  const entry = String((await disk('mtype', `::${entryName(boot.kernel)}`)).stdout)
  const named = /^initrd\s+(\S+)$/m.exec(entry)?.[1]
  if (named === undefined) throw new Error(`the boot entry names no initrd:\n${entry}`)
  await disk('mcopy', '-o', boot.image, `::${named}`)
}

const imageName = (kernel) => `initrd.img-${kernel.release}`
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
