import type { Entry } from '../../test/support/memory-host.ts'
import { pathOf, type Fn } from './pci.ts'

/** Where a member of /sys/class stands: below one of the functions. */
interface Place {
  readonly at: string
}

/** What of the host stands on its functions. */
export interface HostUses {
  readonly disks?: readonly (Place & {
    readonly name: string
    readonly partitions: readonly string[]
    readonly below: string
  })[]
  readonly network?: readonly (Place & { readonly name: string; readonly up: boolean })[]
  readonly displays?: readonly (Place & { readonly card: number; readonly connected: readonly string[] })[]
  readonly sounds?: readonly (Place & { readonly card: number })[]
  readonly keyboards?: readonly (Place & { readonly input: number; readonly name: string })[]
}

export function useFiles(uses: HostUses, functions: readonly Fn[]): Record<string, Entry> {
  const files: Record<string, Entry> = {}
  const member = (className: string, name: string, at: string, below: string): string => {
    const fn = functions.find((one) => one.at === at)
    if (fn === undefined) throw new Error(`no function ${at} for ${name}`)
    const path = `${pathOf(fn, functions)}/${below}${name}`
    files[`/sys/class/${className}/${name}`] = { link: `../../devices/${path}` }
    return `/sys/devices/${path}`
  }
  for (const { at, name, partitions, below } of uses.disks ?? []) {
    const path = member('block', name, at, below)
    files[`${path}/dev`] = '259:0\n'
    files[`${path}/holders/`] = ''
    for (const [index, partition] of partitions.entries()) {
      member('block', partition, at, `${below}${name}/`)
      files[`${path}/${partition}/dev`] = `259:${index + 1}\n`
      files[`${path}/${partition}/holders/`] = ''
      files[`/sys/dev/block/259:${index + 1}`] = { link: `../..${path.slice('/sys'.length)}/${partition}` }
      files[`/run/udev/data/b259:${index + 1}`] = 'E:ID_FS_TYPE=ext4\n'
    }
    files['/run/udev/data/b259:0'] = 'E:ID_PART_TABLE_TYPE=gpt\n'
  }
  for (const { at, name, up } of uses.network ?? []) {
    const path = member('net', name, at, 'net/')
    files[`${path}/operstate`] = up ? 'up\n' : 'down\n'
    files[`${path}/carrier`] = up ? '1\n' : '0\n'
  }
  for (const { at, card, connected } of uses.displays ?? []) {
    const path = member('drm', `card${card}`, at, 'drm/')
    for (const connector of ['DP-1', 'HDMI-A-1']) {
      member('drm', `card${card}-${connector}`, at, `drm/card${card}/`)
      files[`${path}/card${card}-${connector}/status`] = connected.includes(connector)
        ? 'connected\n'
        : 'disconnected\n'
    }
  }
  for (const { at, card } of uses.sounds ?? []) {
    files[`${member('sound', `card${card}`, at, 'sound/')}/number`] = `${card}\n`
    files[`/proc/asound/card${card}/pcm0p/sub0/status`] = 'closed\n'
  }
  for (const { at, input, name } of uses.keyboards ?? []) {
    const path = member('input', `input${input}`, at, 'usb1/1-3/1-3:1.0/0003:046D:C31C.0001/input/')
    files[`${path}/uevent`] =
      `PRODUCT=3/46d/c31c/110\nNAME="${name}"\nEV=120013\nKEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n`
  }
  return files
}
