import { expect, test } from 'vitest'
import { doctor, machine } from './support.ts'

const opening = ['--capture', machine('opening-scene'), '--format', 'json']
const asked = (stdout: string): readonly string[] =>
  (JSON.parse(stdout) as { devices: { address: string; asked: boolean }[] }).devices
    .filter((one) => one.asked)
    .map((one) => one.address)

test('each of several devices is asked about', () => {
  expect(asked(doctor([...opening, '04:00.0', '03:00.0']).stdout)).toEqual(['0000:03:00.0', '0000:04:00.0'])
})

test('one may be given as an option, beside others', () => {
  for (const args of [
    ['04:00.0', '--device', '03:00.0'],
    ['--device=03:00.0', '--device', '04:00.0'],
  ])
    expect(asked(doctor([...opening, ...args]).stdout)).toEqual(['0000:03:00.0', '0000:04:00.0'])
})

test('of an option that is given twice the last counts', () => {
  expect(asked(doctor([...opening, '--format', 'text', '--format', 'json', '04:00.0']).stdout)).toEqual([
    '0000:04:00.0',
  ])
})

test('lists may be given in pieces', () => {
  const { stdout } = doctor([...opening, '--only', 'iommu', '--only', 'bridge-presence'])
  const areas = new Set((JSON.parse(stdout) as { checks: { area: string }[] }).checks.map((one) => one.area))
  expect([...areas]).toEqual(['iommu', 'isolation'])
})
