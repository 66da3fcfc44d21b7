import { valueOf } from '../../model/fact.ts'
import { configPath } from '../grammar.ts'
import type { Ground } from '../steps.ts'
import { asRoot, tee } from '../shell.ts'
import type { Change, Recipe } from './change.ts'
import { configured, edit, hasSource, sources, WHOLE_LINE } from './files.ts'
import { byCmdline, CMDLINE } from './kernel-cmdline.ts'

const DEFAULTS = '/etc/default/grub'
/** How an assignment begins: it may be indented, or stand behind `export`, `then` or `local`; a comment begins otherwise. */
const LEAD = '[[:blank:]a-z]*'
export const HEAD: string = `^${LEAD}`

/** GRUB with /etc/default/grub: a shell script that grub-mkconfig reads. */
export function grub(on: Ground): Recipe {
  const found = configured(on, ['grub', 'proxmox-grub'], '/etc/default/grub')
  // A drop-in that sets the list anew hides the main file's (cloud images ship one), so each file gets the change.
  const files = [DEFAULTS, ...found.filter((path) => path.startsWith('/etc/default/grub.d/'))]
  return {
    kind: 'commands',
    place: `GRUB_CMDLINE_LINUX_DEFAULT in ${files.join(', ')}`,
    // A line that runs on behind `&&`, say, is none that the commands know.
    ...(files.length === 1 ? {} : { note: 'The last command shows what each file has then.' }),
    files,
    prepare: (change) => prepare(on, change, files),
    commands: (change) => editGrub(on, change, files),
    show: `grep '${HEAD}GRUB_CMDLINE_LINUX' ${files.join(' ')}`,
    generate: generators(on),
    ...(on.platform.family === null ? { generator: 'update-grub, grub2-mkconfig or grub-mkconfig' } : {}),
  }
}

function editGrub(on: Ground, change: Change, files: readonly string[]): readonly string[] {
  return [
    // A parameter to be taken out may stand in any of the lists, one to be put in belongs in the normal entries.
    ...edit(on, { select: `/${HEAD}GRUB_CMDLINE_LINUX/`, quoted: true }, { add: [], remove: change.remove }, files),
    ...edit(
      on,
      { select: `/${HEAD}GRUB_CMDLINE_LINUX_DEFAULT=/`, quoted: true },
      { add: change.add, remove: [] },
      files,
    ),
  ]
}

/**
 * The list may be missing, or stand in single quotes or none. The file is a shell script, so double quotes mean the
 * same, and the edit after this can rely on them.
 */
function prepare(on: Ground, change: Change, files: readonly string[]): readonly string[] {
  const empty = 'GRUB_CMDLINE_LINUX_DEFAULT=""'
  const missing = `grep -q '${HEAD}GRUB_CMDLINE_LINUX_DEFAULT=' ${DEFAULTS} || echo '${empty}' | ${tee(on.platform, DEFAULTS, '-a ')}`
  const quotes = String.raw`"s/^\(${LEAD}GRUB_CMDLINE_LINUX[A-Z_]*\)=['\"]*\([^'\"#]*\)['\"]*[[:space:]]*\(#.*\)\{0,1\}$/\1=\"\2\"/"`
  const broken = sources(on, (one) => one.stops !== undefined)
  return [
    ...closeQuotes(on),
    broken.length === 0 ? '' : mend(on, broken),
    change.add.length === 0 ? '' : missing,
    asRoot(on.platform, `sed -i -e ${quotes} ${files.join(' ')}`),
  ]
}

/** With a blank beside its `=` a line is no assignment, and grub-mkconfig, which runs under `set -e`, ends there. */
export function mend(on: Ground, files: readonly string[]): string {
  const before = String.raw`s/^\([[:space:]]*GRUB_[A-Za-z0-9_]*\)[[:space:]]\{1,\}=/\1=/`
  const after = String.raw`s/^\([[:space:]]*GRUB_[A-Za-z0-9_]*=\)[[:space:]]\{1,\}\([^#[:space:]]\)/\1\2/`
  return asRoot(on.platform, `sed -i -e '${before}' -e '${after}' ${files.join(' ')}`)
}

/** The script that closes a quote at the end of a line, if the line has it open still; null where the mark is none. */
export function closing(line: string, mark: string): string | null {
  if (mark === '"') return String.raw`'${line}{/^[^"]*"\([^"]*"[^"]*"\)*[^"]*$/s/[[:space:]]*$/"/;}'`
  if (mark !== "'") return null
  return String.raw`"${line}{/^[^']*'\([^']*'[^']*'\)*[^']*\$/s/[[:space:]]*\$/'/;}"`
}

/** The same for each file of GRUB that has one. */
function closeQuotes(on: Ground): readonly string[] {
  return (valueOf(on.facts.boot)?.sources ?? []).flatMap(({ path, openQuote }) => {
    const file = configPath(path)
    const script = openQuote?.mark == null ? null : closing(String(openQuote.line), openQuote.mark)
    return file === null || script === null ? [] : [asRoot(on.platform, `sed -i -e ${script} ${file}`)]
  })
}

/** What writes grub.cfg. Debian and Void have a wrapper; SUSE and Fedora name the directory grub2. */
function generators(on: Ground): readonly string[] {
  const { platform } = on
  const debian = 'update-grub'
  const plain = 'grub-mkconfig -o /boot/grub/grub.cfg'
  const second = 'grub2-mkconfig -o /boot/grub2/grub.cfg'
  if (platform.flavour === 'transactional') return [asRoot(platform, 'transactional-update --continue grub.cfg')]
  // The second command copies to managed ESPs, and says so and does nothing where there are none.
  if (platform.flavour === 'proxmox') return [debian, 'proxmox-boot-tool refresh']
  switch (platform.family) {
    case 'debian':
    case 'void':
      return [asRoot(platform, debian)]
    case 'suse':
    case 'fedora':
      return [asRoot(platform, second)]
    case 'arch':
    case 'gentoo':
    case 'alpine':
      return [asRoot(platform, plain)]
    case null: {
      // Inside root's shell, since a user's PATH may lack the directory of these programs.
      const choice = `if command -v ${debian}; then ${debian}; elif command -v grub2-mkconfig; then ${second}; else ${plain}; fi`
      return [asRoot(platform, `sh -c '${choice}'`)]
    }
    default:
      return platform.family satisfies never
  }
}

/**
 * GRUB with boot loader entries: grub2-mkconfig leaves the entries as they are (RHEL 9.3 and later), grubby writes
 * them. New kernels take their line from /etc/kernel/cmdline where there is one (20-grub.install).
 */
export function grubBls(on: Ground): Recipe {
  if (on.platform.family === 'suse') return sdbootutil(on)
  const also = hasSource(on, CMDLINE) ? [CMDLINE] : []
  return {
    kind: 'commands',
    place: 'the boot entries of all kernels (`grubby`)',
    files: also,
    commands: (change) => [
      asRoot(on.platform, `grubby --update-kernel=ALL ${grubbyArguments(change)}`),
      ...(also.length === 0 ? [] : edit(on, WHOLE_LINE, change, also)),
    ],
    generate: [],
  }
}

function grubbyArguments(change: Change): string {
  const remove = change.remove.length === 0 ? [] : [`--remove-args="${change.remove.join(' ')}"`]
  const add = change.add.length === 0 ? [] : [`--args="${change.add.join(' ')}"`]
  return [...remove, ...add].join(' ')
}

/** openSUSE with systemd-boot or with GRUB that reads boot loader entries. */
export function sdbootutil(on: Ground): Recipe {
  return {
    ...byCmdline(on, [asRoot(on.platform, 'sdbootutil update-all-entries')]),
    risk: 'Where the disk is unlocked by the TPM, the changed line may ask for the recovery key once.',
  }
}
