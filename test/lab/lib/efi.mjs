import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackInto } from './apt.mjs'
import { ARCHITECTURES } from './architectures.mjs'
import { cached, digest } from './cache.mjs'
import { run } from './shell.mjs'

/** One release of all, whatever the machine runs: its kernel-install is a shell script, which the guest can run. */
const SUITE = 'bookworm'
const PACKAGES = ['ovmf', 'systemd-boot-efi', 'systemd', 'shim-signed', 'grub-efi-amd64-signed', 'mtools']
/** Names the entries and their directory (kernel-install(8)). */
export const MACHINE_ID = '5d0c2b7e8f3a4c6db1e94a7f60c3d852'

/**
 * The directory with the unpacked packages: firmware, the boot loaders, kernel-install, and what writes FAT.
 * @param {(line: string) => void} tell
 * @returns {Promise<string | undefined>} undefined where they could not be had
 */
export async function getEfi(tell) {
  try {
    return await cached(
      `efi-${digest([SUITE, ...PACKAGES])}`,
      async (directory) => {
        tell('fetching EFI firmware and boot loaders')
        await unpackInto(ARCHITECTURES.amd64, directory, async () => PACKAGES.map((name) => `${name}/${SUITE}`))
      },
      'efi-',
    )
  } catch (error) {
    tell(`EFI firmware and boot loaders could not be had: ${error.message.split('\n')[0].slice(0, 300)}`)
    return undefined
  }
}

/**
 * Puts what Debian's systemd has of kernel-install into the files of a guest.
 * @param {string} efi
 * @param {string} root
 */
export async function addKernelInstall(efi, root) {
  const parts = ['bin/kernel-install', 'lib/kernel/install.d']
  await mkdir(join(root, 'usr/bin'), { recursive: true })
  await mkdir(join(root, 'usr/lib/kernel'), { recursive: true })
  for (const part of parts) await run('cp', ['-r', join(efi, 'usr', part), join(root, 'usr', part)])
  await mkdir(join(root, 'etc'), { recursive: true })
  await writeFile(join(root, 'etc/machine-id'), `${MACHINE_ID}\n`)
}
