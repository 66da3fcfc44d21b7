import { expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { unknown, type Fact } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { EnvironmentFacts } from '../../src/model/system.ts'
import type { Report } from '../../src/model/report.ts'
import { endpoint, environment, facts, pciFacts } from '../support/facts.ts'

const CARD = '0000:01:00.0'

function diagnosed(given: Partial<Facts>): Report {
  const taken = { at: null, source: 'live', privileged: true } as const
  return diagnose({ taken, facts: facts(given) }, CHECKS, { asked: [], version: '0' })
}

function report(where: Fact<EnvironmentFacts>, driver: string = 'e1000e'): Report {
  return diagnosed({ ...pciFacts([endpoint({ address: CARD, driver })]), environment: where })
}

test('a container without a device to give away does not tell of its host', () => {
  const { verdict, headline } = report(environment({ container: 'lxc' }))
  expect(verdict).toBe('cannot-tell')
  expect(headline).toContain('this container (lxc) shows a part of its host alone, so run vfio-doctor on the host')
})

test('a device on vfio-pci shows in a container too', () => {
  const { verdict, headline } = report(environment({ container: 'lxc' }), 'vfio-pci')
  expect(verdict).not.toBe('cannot-tell')
  expect(headline).toContain('1 device can be passed through now')
})

test.each([
  ['outside of a container', environment()],
  ['where that is not known', unknown('denied', '/proc/cpuinfo')],
])('%s nothing is said of one', (_name, where) => {
  const { verdict, headline } = report(where)
  expect(verdict).toBe('ready')
  expect(headline).not.toContain('container')
})

test.each([
  ['none is there', true, 'There is no PCI function here'],
  ['none is shown', false, 'Could not tell whether passthrough works here'],
])('a machine without a PCI function: %s', (_name, complete, words) => {
  const { verdict, headline } = diagnosed({ ...pciFacts([], complete), environment: environment() })
  expect(verdict).toBe('cannot-tell')
  expect(headline).toContain(words)
})
