import { configLine, configPath, moduleName, plainText } from '../grammar.ts'
import { closing, HEAD, mend } from '../parameters/grub.ts'
import { appendLine, asRoot, backup, pattern, replacement } from '../shell.ts'
import { lines, step, type Expansion } from '../steps.ts'

export const renameFile: Expansion<'rename-file'> = (action, on) => {
  const from = configPath(action.from)
  const to = configPath(action.to)
  if (from === null || to === null) {
    return [step(`Rename the file by hand: from ${plainText(action.from)} to ${plainText(action.to)}`)]
  }
  return [
    step(`Rename ${from} to ${to}.`, {
      run: asRoot(on.platform, `mv -n ${from} ${to}`),
      undo: asRoot(on.platform, `mv -n ${to} ${from}`),
    }),
  ]
}

export const editFile: Expansion<'edit-file'> = (action, on) => {
  const path = configPath(action.path)
  const remove = action.remove.trim()
  const add = action.add.trim()
  const fits = [remove, add].every((text) => text === '' || configLine(text) !== null)
  if (path === null || !fits || (remove === '' && add === '')) {
    const wish =
      remove === ''
        ? 'Add this'
        : add === ''
          ? `Take \`${plainText(remove)}\` out`
          : `Put this in the place of \`${plainText(remove)}\``
    return [
      step(
        `${wish}, in ${plainText(action.path)}.`,
        add === '' ? {} : { edit: { path: plainText(action.path), text: plainText(add) } },
      ),
    ]
  }
  if (remove === '') {
    return [
      step(`Add a line to ${path}.`, {
        run: appendLine(on.platform, add, path),
        undo: `Take the line out of ${path} again.`,
      }),
    ]
  }
  const word = '[^[:alnum:]_-]'
  const change = `s/\\(^\\|${word}\\)${pattern(remove)}\\(${word}\\|$\\)/\\1${replacement(add)}\\2/g`
  // A line that held nothing else goes as a whole.
  const whole = add === '' ? `-e '/^[[:space:]]*${pattern(remove)}[[:space:]]*$/d' ` : ''
  const copy = copyOf(path)
  const say =
    add === '' ? `Take \`${remove}\` out of ${path}.` : `In ${path}, put \`${add}\` in the place of \`${remove}\`.`
  return [
    step(say, {
      run: lines(
        copy === null ? null : backup(on.platform, path),
        asRoot(on.platform, `sed -i ${whole}-e '${change}' ${path}`),
      ),
      undo: `Put \`${remove}\` back${copy === null ? '' : `; the file as it was is ${copy}`}.`,
    }),
  ]
}

/** By either spelling, since `-` and `_` are the same to kmod; only in /etc, since a package writes its files anew. */
export const correctModuleName: Expansion<'correct-module-name'> = (action, on) => {
  const path = configPath(action.path)
  const from = moduleName(action.from)
  const to = moduleName(action.to)
  const own = path?.startsWith('/etc/modprobe.d/') === true && on.platform.flavour !== 'nixos'
  if (path === null || from === null || to === null || !own) {
    return [
      step(
        `Put \`${plainText(action.to)}\` in the place of \`${plainText(action.from)}\`, in ${plainText(action.path)}.`,
      ),
    ]
  }
  const word = '[^[:alnum:]_-]'
  const spelt = pattern(from).replace(/[-_]/g, '[-_]')
  const change = `/^[[:space:]]*#/!s/\\(^\\|${word}\\)${spelt}\\(${word}\\|$\\)/\\1${to}\\2/g`
  return [
    step(`Put \`${to}\` in the place of \`${from}\`, in ${path}.`, {
      run: lines(
        asRoot(on.platform, `sed -i -e '${change}' ${path}`),
        `grep -n ${to.replace(/[-_]/g, '[-_]')} ${path}`,
      ),
      undo: `Write ${from} there again.`,
      risk: 'The line then does what it says, from the next start: where it keeps the driver of the only screen or of the network card from loading, have another way in first.',
    }),
  ]
}

/** kmod warns about, or people stumble over, a stray file in modprobe.d: no copy is left there. */
function copyOf(path: string): string | null {
  return path.includes('/modprobe.d/') ? null : `${path}.bak-vfio-doctor`
}

export const joinLines: Expansion<'join-lines'> = (action, on) => {
  const path = configPath(action.path)
  if (path === null) return [step(`Make one line of all lines of ${plainText(action.path)}.`)]
  const sed = (script: string): string => asRoot(on.platform, `sed -i ${script} ${path}`)
  return [
    step(`Make one line of all lines of ${path}.`, {
      run: lines(
        backup(on.platform, path),
        sed("-e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d'"),
        sed("-e ':a' -e '$!N' -e 's/[[:space:]]*\\n[[:space:]]*/ /' -e 'ta'"),
        `cat ${path}`,
      ),
      undo: asRoot(on.platform, `cp -a ${path}.bak-vfio-doctor ${path}`),
    }),
  ]
}

export const mendAssignments: Expansion<'mend-assignments'> = (action, on) => {
  const path = configPath(action.path)
  const say = (where: string): string => `Take the blanks away from beside the = in ${where}.`
  if (path === null) return [step(say(plainText(action.path)))]
  return [
    step(say(path), {
      run: lines(backup(on.platform, path), mend(on, [path]), `grep '${HEAD}GRUB_' ${path}`),
      undo: asRoot(on.platform, `cp -a ${path}.bak-vfio-doctor ${path}`),
    }),
  ]
}

export const closeQuote: Expansion<'close-quote'> = (action, on) => {
  const path = configPath(action.path)
  const line = /^[1-9]\d{0,5}$/.test(action.line) ? action.line : null
  const script = line === null ? null : closing(line, action.mark)
  const where = `line ${line ?? plainText(action.line)} of ${path ?? plainText(action.path)}`
  const say = `Close the quote that is open in ${where}, before anything else: grub-mkconfig cannot read the file as it is.`
  if (path === null || line === null) return [step(say)]
  const show = `sed -n '${line}p' ${path}`
  if (script === null) return [step(`${say} Put it where the value ends.`, { run: show })]
  return [
    step(say, {
      run: lines(backup(on.platform, path), asRoot(on.platform, `sed -i -e ${script} ${path}`), show),
      undo: asRoot(on.platform, `cp -a ${path}.bak-vfio-doctor ${path}`),
    }),
  ]
}
