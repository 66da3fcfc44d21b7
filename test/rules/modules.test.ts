import { expect, test } from 'vitest'
import { known, unknown } from '../../src/model/fact.ts'
import type { ModuleFacts } from '../../src/model/modules.ts'
import { moduleState, whyUntold } from '../../src/rules/modules.ts'
import { modules } from '../support/facts.ts'

function patched(patch: Partial<ModuleFacts>): ModuleFacts {
  const plain = modules({ builtin: ['ext4'] })
  if (plain.state === 'unknown') throw new Error('made known there')
  return { ...plain.value, ...patch }
}

const state = (name: string, patch: Partial<ModuleFacts>) =>
  moduleState({ modules: known(patched(patch), '/proc/modules') }, name)

test('a module that no list names is missing, once each list was read', () => {
  expect(state('vfio_pci', {})).toBe('missing')
  expect(state('vfio_pci', { loadable: unknown('denied', 'modules.dep') })).toBeUndefined()
})

test('/sys/module shows not every built-in module, so there only what always shows can be missing', () => {
  const builtin = known(['kvm'], '/sys/module')
  expect(state('vfio_pci', { builtin })).toBe('missing')
  expect(state('vfio_pci_core', { builtin })).toBeUndefined()
  expect(state('kvm', { builtin })).toBe('builtin')
})

test('the list that was not read says why', () => {
  const container = unknown('not-collected', '/lib/modules', 'a container')
  expect(whyUntold(patched({ loadable: container, loaded: unknown('denied', '/proc/modules') }))).toEqual(container)
  expect(whyUntold(patched({ builtin: known([], '/sys/module') }))).toMatchObject({ source: '/sys/module' })
})
