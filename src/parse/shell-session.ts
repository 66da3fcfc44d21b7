import type { Attempt } from '../model/guests.ts'
import { parseAttemptCommand } from './shell-attempt.ts'

/** A line of a shell session taken apart. */
export interface ShellLine {
  /** What was typed, without the prompt. */
  readonly command: string
  readonly prompted: boolean
  /** The directory that the prompt shows, where it shows one; a last part alone is possible (`[root@host 28]#`). */
  readonly directory: string | null
}

/**
 * Prompts: `root@host:~# `, `[user@host dir]$ `, `user@host dir % `, `user@host:~> ` (openSUSE), `host ~ # ` (Gentoo),
 * `/sys/bus/pci# `, `~ $ `, `└─$ ` (Kali), `virsh # `, `bash-5.1$ `, `➜  ~ `, `❯ `, `+ ` of set -x, a lone `$ ` or `# `. The
 * directory is the last group that matched.
 */
const PROMPTS: readonly RegExp[] = [
  /^(?:\([\w.-]{1,32}\) )?[\w.-]{1,64}@[\w.-]{1,64}:([^#$%>\n]{1,160}?) ?[#$%>] ?(?=\S|$)/u,
  /^(?:\([\w.-]{1,32}\) )?[\w.-]{1,64}@[\w.-]{1,64} ([^#$%>\s]{1,160}) ?[#$%>] (?=\S|$)/u,
  /^(?:\([\w.-]{1,32}\) )?\[[^\]\s]{1,80}(?: ([^\]\n]{1,80}))?\][#$%] ?/u,
  /^[\w-]{1,40} (~|\/\S{0,100}) [#$] /u,
  /^(\/(?:sys|proc|etc|dev|boot|root|home|var|usr|opt)(?:\/\S{0,200})?) ?[#$] ?(?=\S|$)/u,
  /^(~(?:\/\S{1,100})?) ?[#$] (?=\S|$)/u,
  /^└─+[#$] /u,
  /^(?:virsh|bash-[\d.]{1,8}|sh-[\d.]{1,8}|root|ash) ?[#$] ?/u,
  /^(?:[#$%] |\$$|\+{1,3} |➜ {1,2}(\S{1,40}) |❯ )/u,
]

/** Behind a lone `# `: a sentence is a heading of Markdown or a comment; hardly a command begins with a capital letter. */
const HEADING = /^(?:\[\p{L}[^\]]{0,40}\] \p{L}+|\p{Lu}\p{Ll}+) \p{L}/u

/** Words that sentences have and commands hardly, where none of the signs stands that a command is written with. */
const SENTENCE =
  /^\S+ (?:\S+ ){0,12}(?:is|are|was|not|no|cannot|can't|error|failed|fails|after|when|with|to|the) \S+ \S/i
const COMMANDS = /[|;&<>$=`\\]| -{1,2}\w|(?:^|\s)[.~]{0,2}\/\S/

/** A symbol of the kernel's configuration that is off stands in a comment there. */
const UNSET = /^CONFIG_\w{2,60} is not set$/

/** A clock that some prompts show first: `09:41 (3s) user@host:31$ `. */
const CLOCK = /^\[?\d{1,2}:\d{2}(?::\d{2})?\]? (?:\(\d{1,6}m?s\) )?/

/** Commands that are known for one without a prompt: a first word, and arguments that no sentence has. */
const KNOWN =
  /^(?:sudo (?:-\w+ )?)?(?:lspci(?: -| ?\||$)|lsmod(?: ?\||$)|dmesg(?: -| ?\||$)|journalctl -|uname -|(?:cat|ls|head|tail|less|readlink|find|grep|xxd|hexdump)(?: -\S{1,20}){0,6}(?: ["']\S{1,60})? ["']?(?:\.{0,2}\/|~\/)(?:sys|proc|dev|etc|boot|lib|var|kernel|devices)|virsh (?:-\w|start|list|dumpxml|edit|nodedev)|qm (?:start|set|config|showcmd|list)|pvesh |pveversion|modprobe (?:-{1,2}[\w-]{1,20} ){0,4}[\w-]{2,64}(?: \w{1,40}=\S{1,200}){0,8}$|modinfo \w|lscpu$|dmidecode|ulimit -|virt-host-validate|hostnamectl|ethtool -i|driverctl |dpdk-devbind|kvm-ok$|lshw(?: -|$))/

/** The command on a line, behind a prompt or known for one; else the text as it is. */
export function shellLine(text: string): ShellLine {
  const line = text.trim().replace(CLOCK, '')
  for (const prompt of PROMPTS) {
    const found = prompt.exec(line)
    if (found === null) continue
    const rest = line.slice(found[0].length)
    // No command ends its first word with a colon: a program prints such signs before its own messages.
    if (/^[A-Za-z][\w.-]{1,60}: /.test(rest)) break
    if (found[0] === '# ' && (HEADING.test(rest) || UNSET.test(rest) || (SENTENCE.test(rest) && !COMMANDS.test(rest))))
      break
    return { command: rest.trim(), prompted: true, directory: found[1]?.trim() ?? null }
  }
  return { command: text.trim(), prompted: KNOWN.test(text.trim()), directory: null }
}

/** What a line of a shell session tried, or null. The error that came back is not known yet. */
export function parseAttempt(text: string, line: number, directory: string | null = null): Attempt | null {
  const shell = shellLine(text)
  return parseAttemptCommand(shell.command, line, shell.directory ?? directory, shell.prompted)
}
