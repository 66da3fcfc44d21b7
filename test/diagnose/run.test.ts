import { expect, test } from 'vitest'
import type { AnyCheck } from '../../src/model/check.ts'
import { runCheck } from '../../src/diagnose/run.ts'
import { commandLine, facts } from '../support/facts.ts'

const base: AnyCheck = {
  id: 'x',
  area: 'kernel',
  title: 't',
  needs: ['commandLine'],
  uses: ['cpu'],
  problems: {},
  judge: () => ({ kind: 'pass', evidence: [{ source: 's', saw: 's' }] }),
}
const scope = { asked: [], candidates: new Map<string, string>() }

test('a needed fact that is unknown makes the check unknown, and names the fact', () => {
  const outcome = runCheck(base, facts(), scope)
  expect(outcome).toMatchObject({
    kind: 'unknown',
    missing: [{ what: 'the kernel command line', reason: 'not-collected' }],
  })
})

test('a check that throws is a crash with a clean message, not the end of the run', () => {
  const broken: AnyCheck = {
    ...base,
    judge: () => {
      throw new Error('boom\u001b[31m\nnow')
    },
  }
  expect(runCheck(broken, facts({ commandLine: commandLine('quiet') }), scope)).toMatchObject({
    kind: 'crash',
    message: 'boom [31m now',
  })
})
