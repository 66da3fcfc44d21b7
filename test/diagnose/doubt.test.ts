import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { unknown, type UnknownReason } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import type { DeviceReport, Report } from '../../src/model/report.ts'
import { endpoint, facts, pciFacts } from '../support/facts.ts'

const DISK = '0000:01:00.0'
const MOUNTS = '/proc/self/mountinfo'
const disk = endpoint({ address: DISK, class: 0x010802, driver: 'nvme' })

function hiding(fn: PciFunction, reason: UnknownReason, detail?: string): PciFunction {
  return { ...fn, uses: unknown(reason, MOUNTS, detail) }
}

function report(functions: readonly PciFunction[], asked: readonly string[] = [DISK]): Report {
  const taken = { at: null, source: 'live', privileged: false } as const
  return diagnose({ taken, facts: facts(pciFacts(functions)) }, CHECKS, { asked, version: '0' })
}

function device(functions: readonly PciFunction[]): DeviceReport | undefined {
  return report(functions).devices.find((one) => one.address === DISK)
}

describe('whether the host uses a device could not be read', () => {
  test.each<[UnknownReason, string | undefined, string]>([
    ['denied', 'EACCES', `${MOUNTS} is not readable for this user`],
    ['absent', undefined, `${MOUNTS} could not be read`],
    ['not-collected', 'a container does not see them', 'a container does not see them'],
  ])('%s: the verdict and the first line say so', (reason, detail, words) => {
    const doubt = `whether this host uses it is not known, because ${words}`
    const { headline, verdict } = report([hiding(disk, reason, detail)])
    expect(headline).toMatch(new RegExp(`^Could not tell whether ${DISK} .* can be passed through: ${doubt}$`))
    expect(verdict).toBe('cannot-tell')
    expect(device([hiding(disk, reason, detail)])).toMatchObject({
      verdict: 'cannot-tell',
      because: ['device-use-unknown'],
      doubt,
    })
  })

  test('of several, the first line names one, and each has its own doubt', () => {
    const other = endpoint({ address: '0000:02:00.0', group: 2 })
    const both = report([hiding(disk, 'denied'), other], [DISK, other.address])
    expect(both.headline).toContain(`${DISK} can be passed through: whether this host uses it is not known`)
    expect(both.devices.map((one) => one.doubt === undefined)).toEqual([false, true])
  })

  test('what goes along counts too', () => {
    const mate = hiding(endpoint({ address: '0000:01:00.1' }), 'denied')
    expect(device([disk, mate])?.doubt).toContain('whether this host uses 0000:01:00.1 is not known')
  })

  test('the step that takes it from its driver says to look first', () => {
    const { causes } = report([hiding(disk, 'denied')])
    const steps = causes.flatMap((one) => one.remedy).flatMap((one) => one.steps)
    expect(steps.map((one) => one.risk ?? '').join(' ')).toContain(`uses ${DISK} could not be read: look first`)
  })

  test.each<[string, PciFunction, string]>([
    ['read, and idle', disk, 'ready-after-binding'],
    ['a post, which hardly ever shows it', hiding(disk, 'not-in-paste'), 'ready-after-binding'],
    ['on vfio-pci the host has nothing', hiding(endpoint({ address: DISK, driver: 'vfio-pci' }), 'denied'), 'ready'],
    ['without a driver neither', hiding(endpoint({ address: DISK, driver: null }), 'denied'), 'ready-after-binding'],
  ])('no doubt: %s', (_name, fn, verdict) => {
    expect(device([fn])).toMatchObject({ verdict })
    expect(device([fn])).not.toHaveProperty('doubt')
  })
})
