import { describe, expect, test } from 'vitest'
import { viommuRemedy } from '../../src/rules/virtual-iommu.ts'

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
