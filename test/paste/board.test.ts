import { expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf } from './support.ts'

const MODEL = 'Raspberry Pi 5 Model B Rev 1.0'

it.each([
  ['below its file', `$ cat /proc/device-tree/model\n${MODEL}\n$ uname -r`],
  ['below its file in sysfs', `==> /sys/firmware/devicetree/base/model <==\n${MODEL}\0`],
  [
    'before the next prompt, for want of a line feed',
    `pi@host:~ $ cat /proc/device-tree/model\n${MODEL}pi@host:~ $ lspci`,
  ],
  ['in the log', `[    0.000000] Machine model: ${MODEL}`],
  ['in a trace', `[   20.123456] Hardware name: ${MODEL} (DT)`],
])('the model of a device tree stands %s', (_name, post) => {
  expect(valueOf(factsOf(post).board)?.system).toBe(MODEL)
})

it('a model in a sentence is none', () => {
  expect(factsOf(`I want to know whether a ${MODEL} can do this.`).board.state).toBe('unknown')
})
