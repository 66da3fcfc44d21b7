import { execFile } from 'node:child_process'

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: Uint8Array | string, encoding?: 'utf8' | 'buffer', anyStatus?: boolean, timeout?: number }} [options]
 * @returns {Promise<{ stdout: string | Buffer, stderr: string, status: number }>} rejects for a status other than 0,
 *   unless `anyStatus`.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const { input, encoding = 'utf8', anyStatus = false, ...rest } = options
    const child = execFile(command, args, { ...rest, encoding, maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      if (status === -1 || (status !== 0 && !anyStatus)) {
        const why =
          error?.killed === true ? `not done after ${rest.timeout} ms` : String(stderr).trim() || error?.message
        reject(new Error(`${command}: ${why}\n${command} ${args.join(' ')}`))
      } else resolve({ stdout, stderr: String(stderr), status })
    })
    child.stdin?.on('error', () => {}) // a decompressor that has its stream's end does not read what trails it
    child.stdin?.end(input)
  })
}

/**
 * The same, for text: standard output without the newline at its end.
 * @param {string} command
 * @param {...string} args
 * @returns {Promise<string>}
 */
export async function text(command, ...args) {
  const { stdout } = await run(command, args)
  return String(stdout).trimEnd()
}
