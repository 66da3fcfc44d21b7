import type { InstallLine, RunFile, WrittenAddress } from '../model/modules.ts'
import { plainWord, shellArguments } from './shell-commands.ts'
import { scriptOfShell, shellCourse, type Step } from './shell-course.ts'
import { Variables } from './shell-held.ts'
import { fullAddresses, vfioWrites } from './vfio-writes.ts'

const MOST = 64
const DEPTH = 3

/**
 * The addresses in an install line for vfio-pci: those that its command hands to the driver or names to a script, and
 * those of which it cannot be told what becomes of them.
 */
export function addressesOfInstall({ path, line, command }: InstallLine): readonly WrittenAddress[] {
  const found = new Map(fullAddresses(command).map((address) => [address, false]))
  for (const address of operandsOfScripts(command)) found.set(address, true)
  for (const { address, sure } of vfioWrites(command)) found.set(address, sure)
  const text = `install vfio-pci ${command}`
  return [...found].slice(0, MOST).map(([address, sure]) => ({ path, line, text, address, sure }))
}

/** The addresses with which scripts are surely called. */
function operandsOfScripts(command: string): readonly string[] {
  const variables = new Variables()
  const found: string[] = []
  for (const step of shellCourse(command)) {
    variables.enter(step)
    if (step.sure && fileOf(step)?.kind === 'script')
      for (const word of step.stages[0]?.words ?? []) {
        const { texts, sure } = variables.expand(word)
        if (sure) found.push(...texts.flatMap(fullAddresses))
      }
    variables.leave(step)
  }
  return found
}

/**
 * The files that the command of an install line runs by absolute path. What any system and initramfs has is left out.
 * Never fails.
 */
export function filesRun(command: string): readonly RunFile[] {
  const found = new Map<string, RunFile>()
  gather(command, true, 0, found)
  return [...found.values()].slice(0, MOST)
}

function gather(command: string, steady: boolean, depth: number, found: Map<string, RunFile>): void {
  const steps = [...shellCourse(command, 1, steady)]
  for (const step of steps) {
    const whole =
      depth === 0 && !BACKGROUND.test(command) && steps.length === 1 && step.stages.length === 1 && step.depth === 0
    const inner = depth < DEPTH ? scriptOfShell(step) : null
    if (inner !== null) gather(inner, step.sure, depth + 1, found)
    const [first] = step.stages[0]?.words ?? []
    const shell = plainWord(first)
    const file = fileOf(step)
    const files: readonly (RunFile | null)[] = [
      whole && file !== null ? { ...file, whole } : file,
      shell !== null && MANY.test(shell) ? { path: shell, kind: 'many', direct: true, sure: step.sure } : null,
    ]
    for (const one of files) if (one !== null && found.get(one.path)?.sure !== true) found.set(one.path, one)
  }
}

/** What is left to run by itself answers nothing. */
const BACKGROUND = /(?:^|[^&>])&(?![&>])/

/** busybox and toybox are one program that is many: what they run is no file of its own. */
const MANY = /^\/(?:usr\/)?s?bin\/(?:busybox|toybox)$/

function fileOf({ stages, sure }: Step): RunFile | null {
  const words = stages[0]?.words ?? []
  const operands = shellArguments(words)
  const path = plainWord((operands ?? words)[0])
  return isScriptPath(path) ? { path, kind: 'script', direct: operands === null, sure } : null
}

function isScriptPath(path: string | null): path is string {
  return (
    path !== null &&
    /^\/[\w./@+-]{1,200}$/.test(path) &&
    !/\/(?:modprobe|insmod|kmod|busybox|toybox|sh|bash|dash|ash|env|true|false|test|echo|printf|cat|tee|grep|sleep|logger|lspci|setpci|udevadm|systemctl|virsh|ls|ln|touch|mkdir|rm)$/.test(
      path,
    )
  )
}
