import { expect, test } from 'vitest'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { installLine, installLines } from '../../src/rules/install-line.ts'

const read = (text: string) => parseModprobe(text, '/etc/modprobe.d/a.conf')

test.each<[string, number | undefined]>([
  ['install vfio-pci /bin/true\ninstall vfio_pci /bin/false', 1],
  ['install vfio /bin/true\ninstall vfio-pci /bin/false', 2],
  ['install vfio* /bin/true\ninstall vfio-pci /bin/false', 1],
  ['remove vfio-pci /bin/true\noptions vfio-pci ids=10de:1b80', undefined],
  ['install vfio-pci', undefined],
  ['', undefined],
])('of %j the line that counts is %s', (text, line) => {
  expect(installLine(read(text))?.line).toBe(line)
})

test('another module, and the lines that are passed over', () => {
  const directives = read('install kvm /bin/true\ninstall * /bin/false\ninstall kvm /bin/x')
  expect(installLine(directives, 'kvm')?.command).toBe('/bin/true')
  expect(installLines(directives, 'kvm').map((one) => one.line)).toEqual([1, 2, 3])
})
