/**
 * The programs that have a graphics card open, each once, in the order of the listing: debugfs' `clients`, of which
 * the columns are command, tgid, minor, master, authenticated, uid and more as kernels grew. A command may hold blanks.
 * Source: drm_clients_info in drivers/gpu/drm/drm_debugfs.c.
 */
export function parseDrmClients(text: string): readonly string[] {
  const names = text.split('\n').flatMap((line) => {
    const found = /^ {0,20}(\S.{0,15}?) {1,5}\d{1,10} {1,3}\d{1,3} {3}[yn] {4}[yn] /.exec(line)
    return found?.[1] ?? []
  })
  return [...new Set(names)]
}
