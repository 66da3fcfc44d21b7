import { describe, expect, test } from 'vitest'
import { known, unknown, type Fact } from '../../src/model/fact.ts'
import type { AcpiFacts, DmarTable } from '../../src/model/iommu.ts'
import { remappingRemedy, viommuRemedy } from '../../src/rules/virtual-iommu.ts'

function acpi(dmar: Fact<DmarTable | null>): Fact<AcpiFacts> {
  return known({ tables: [], dmar, ivrs: unknown('denied', 'IVRS') }, 'tables')
}
function dmar(interruptRemapping: boolean): Fact<AcpiFacts> {
  const table = { hostAddressWidth: 39, x2apicOptOut: false, platformOptIn: false, units: [], reserved: [] }
  return acpi(known({ ...table, interruptRemapping, checksumOk: true }, 'DMAR'))
}
const UNREAD = acpi(unknown('denied', 'DMAR'))

describe('an IOMMU for a virtual machine', () => {
  test.each(['KVM', 'QEMU'])('%s has one to give', (hypervisor) => {
    expect(viommuRemedy(hypervisor, undefined).map((one) => one.do)).toEqual(['advise', 'change-guest'])
  })

  test.each(['Xen', 'bhyve', 'Hyper-V', 'VirtualBox'])('%s has none, and no command of QEMU is given', (hypervisor) => {
    const remedy = viommuRemedy(hypervisor, undefined)
    expect(remedy.every((one) => one.do === 'advise')).toBe(true)
    expect(JSON.stringify(remedy)).toContain(`from ${hypervisor}.`)
  })
})

describe('interrupt remapping for a virtual machine', () => {
  const kinds = (...given: Parameters<typeof remappingRemedy>) => remappingRemedy(...given).map((one) => one.do)

  test.each(['KVM', 'QEMU'])("%s can switch Intel's on, and vfio need not do without", (hypervisor) => {
    expect(kinds(hypervisor, dmar(false), false)).toEqual(['change-guest'])
  })

  test.each([
    ['the table offers it, and the kernel left it off', dmar(true)],
    ['another IOMMU has no such table', acpi(known(null, 'DMAR'))],
    ['the table could not be read', UNREAD],
  ])('%s: doing without is the last resort', (_name, given) => {
    expect(kinds('QEMU', given, false)).toEqual(['change-guest', 'unsafe-interrupts'])
  })

  test('vfio does without already', () => {
    expect(kinds('QEMU', UNREAD, true)).toEqual(['change-guest'])
  })

  test('what another hypervisor has is not said for sure, and no command of QEMU is given', () => {
    expect(kinds('VMware', dmar(false), false)).toEqual(['advise', 'unsafe-interrupts'])
    expect(JSON.stringify(remappingRemedy('VMware', dmar(false), false))).toContain('If VMware can')
  })
})
