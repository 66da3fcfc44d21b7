/** As fnmatch for `*` and `?`; never more than pattern times name steps, whatever a paste holds. */
export function globMatches(pattern: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0]
  while (from < name.length) {
    if (pattern[at] === '*') [star, mark] = [at++, from]
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[from])) [at, from] = [at + 1, from + 1]
    else if (star >= 0) [at, from] = [star + 1, ++mark]
    else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
