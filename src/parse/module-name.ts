/** A module's name as the kernel writes it: `-` becomes `_` (scripts/Makefile.lib: modname; kmod: underscores). */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_')
}

/**
 * The modules that modules.dep or modules.builtin lists: one path a line, its dependencies after a colon
 * (`kernel/drivers/vfio/pci/vfio-pci.ko.zst: …`).
 */
export function modulesOfList(text: string): readonly string[] {
  const names: string[] = []
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    const name = moduleOfPath(text.slice(from, Math.min(to, from + 1024)).split(':', 1)[0] ?? '')
    if (name !== null) names.push(name)
    from = to + 1
  }
  return names
}

/** The module in a file of this path; null where it is no module. */
export function moduleOfPath(path: string): string | null {
  const file = path.slice(path.lastIndexOf('/') + 1)
  const name = /^([\w.+-]{1,128}?)\.ko(?:\.(?:gz|xz|zst|bz2|lzma))?$/.exec(file)?.[1]
  return name === undefined ? null : moduleName(name)
}

/** The first field of each line of /proc/modules (or of lsmod without its headline). */
export function parseProcModules(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const name = /^([\w-]{1,128}) +\d+ /.exec(line)?.[1]
    return name === undefined ? [] : [moduleName(name)]
  })
}
