/** Interfaces with a default route in /proc/net/route (fib_route_seq_show in net/ipv4/fib_trie.c): all-zero target and mask. */
export function defaultRoutes(text: string): readonly string[] {
  return text.split('\n', 100_000).flatMap((line) => {
    const [name = '', target, , , , , , mask] = line.split(/\s+/)
    return name !== '' && target === '00000000' && mask === '00000000' ? [name] : []
  })
}

/**
 * Interfaces with a default route in /proc/net/ipv6_route (rt6_info_route in net/ipv6/route.c): an empty prefix. The
 * kernel keeps one such entry on `lo` that rejects.
 */
export function defaultRoutes6(text: string): readonly string[] {
  return text.split('\n', 1_000_000).flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [target, prefix, name] = [fields[0], fields[1], fields[9]]
    return target === '0'.repeat(32) && prefix === '00' && name !== undefined && name !== 'lo' ? [name] : []
  })
}
