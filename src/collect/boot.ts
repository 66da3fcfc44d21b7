import type { Host } from '../host/host.ts'
import type { BootFacts } from '../model/boot.ts'
import { known, type Fact } from '../model/fact.ts'
import { detectLoader } from './boot-loader.ts'
import { bootContext } from './boot-sources/context.ts'
import { entrySources } from './boot-sources/entries.ts'
import { grubSetup } from './boot-sources/grub.ts'
import { limineSources } from './boot-sources/limine.ts'
import { bootcSources, kernelCommandLineSources, otherSources } from './boot-sources/others.ts'
import { unifiedImageSources } from './boot-sources/unified-images.ts'
import { unwrittenNames } from './boot-sources/unwritten.ts'

/**
 * The boot loader in use, and every place where kernel parameters are written, whether or not that loader reads it:
 * a parameter in the file of another loader is a finding. Reads files alone: the
 * partitions that proxmox-boot-tool keeps unmounted are not looked into.
 */
export function collectBoot(host: Host): Fact<BootFacts> {
  const context = bootContext(host)
  const grub = grubSetup(context)
  const others = otherSources(context)
  const kernelstub = others.some((one) => one.loader === 'kernelstub')
  const sources = [
    ...grub.sources,
    ...entrySources(context, grub, kernelstub),
    ...kernelCommandLineSources(context, grub.bls === true),
    ...unifiedImageSources(context),
    ...others,
    ...limineSources(context),
    ...bootcSources(context),
  ]
  const loader = detectLoader({ context, grub, sources })
  const unread = [...context.unread].map(([path, reason]) => ({ path, reason }))
  const unwritten = unwrittenNames(context, grub, sources)
  return known(
    { efi: context.efi, loader, sources, unread, ...(unwritten === undefined ? {} : { unwritten }) },
    loader.source,
  )
}
