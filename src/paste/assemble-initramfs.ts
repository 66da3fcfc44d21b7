import type { InitramfsFacts, InitramfsTool } from '../model/boot.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import { parseDracut, parseMkinitcpio } from '../parse/initramfs-conf.ts'
import type { Gleaned } from './gleaned.ts'

const LIST = '/etc/initramfs-tools/'
const NIX = 'boot.initrd.'

/** What a post shows of the settings of the tool that makes the initramfs; never what is in the image. */
export function initramfs(found: Gleaned): Fact<InitramfsFacts> {
  const settings = (tool: string) => found.initramfs.filter((one) => one.tool === tool)
  const [mkinitcpio, dracut] = [settings('mkinitcpio'), settings('dracut')]
  const list = found.loadAtBoot.filter((one) => one.path.startsWith(LIST))
  const nix = found.loadAtBoot.filter((one) => one.path.startsWith(NIX))
  const tools: InitramfsTool[] = []
  if (mkinitcpio.length > 0) tools.push('mkinitcpio')
  if (dracut.length > 0) tools.push('dracut')
  if (list.length > 0) tools.push('initramfs-tools')
  const missing = unknown('not-in-paste', 'paste')
  const [tool = null] = tools
  if (tool === null && nix.length === 0) return missing
  const { modules, hooks } = parseMkinitcpio(mkinitcpio)
  const listed = [...list, ...nix].map((one) => ({ module: one.module, source: one.path }))
  // Without MODULES the hooks do not tell which module comes first.
  const whole = mkinitcpio.some((one) => one.text.startsWith('MODULES'))
  return known(
    {
      tool: tools.length === 1 ? tool : null,
      image: null,
      configuredModules: [...modules, ...parseDracut(dracut), ...listed],
      hooks: whole && hooks.length > 0 ? hooks : null,
      content: missing,
      imageTime: missing,
      newestConfigTime: missing,
    },
    'paste',
  )
}

/** The modules that are loaded once the system is up. */
export function loadedAtBoot(found: Gleaned): Gleaned['loadAtBoot'] {
  return found.loadAtBoot.filter((one) => !one.path.startsWith(LIST) && !one.path.startsWith(NIX))
}
