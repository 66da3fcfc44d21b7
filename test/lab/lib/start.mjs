import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { efiStart } from './esp.mjs'

/** What each kernel of the lab is told, before what the scenario has for it. */
const line = ({ architecture }) =>
  `root=UUID=3b1f0c8e-5d7a-4e27-9a43-6c2d0f9b7e15 ro console=${architecture.console} quiet panic=-1`

/**
 * QEMU's arguments for what starts the kernel: firmware and a boot loader; or QEMU itself, which then hands over what
 * GRUB would.
 * @param {object} boot
 * @param {import('./run.mjs').Scenario} boot.scenario
 * @param {import('./kernels.mjs').Kernel} boot.kernel
 * @param {string} boot.image the initial RAM disk
 * @param {string | undefined} boot.efi what efi.mjs got
 * @param {string} boot.work the directory of the scenario, for what outlives a boot
 * @param {string | undefined} boot.left after a remedy: the directory with the configuration that it left
 * @returns {Promise<string[]>}
 */
export async function startArguments({ scenario, kernel, image, efi, work, left }) {
  const parameters = `${line(kernel)} ${scenario.parameters ?? ''}`.trimEnd()
  if (scenario.loader !== undefined) {
    return efiStart({ efi, loader: scenario.loader, work, kernel, image, parameters })
  }
  const words = left === undefined ? parameters : await generatedLine(left)
  const file = scenario.realMode ? kernel.bzImage : kernel.vmlinux
  return ['-kernel', file, '-initrd', image, '-append', `BOOT_IMAGE=/boot/vmlinuz-${kernel.release} ${words}`]
}

async function generatedLine(left) {
  const extlinux = await readFile(join(left, 'boot/extlinux.conf'), 'utf8').catch(() => null)
  if (extlinux !== null) return /^ *APPEND (.*)$/m.exec(extlinux)[1].trimEnd()
  const grub = await readFile(join(left, 'boot/grub/grub.cfg'), 'utf8')
  return /^\tlinux\t\S+ (.*)$/m.exec(grub)[1].trimEnd()
}
