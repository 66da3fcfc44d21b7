import { expect, test } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf } from './support.ts'

const handed = (post: string) =>
  valueOf(factsOf(post).installAddresses)?.map(({ address, sure }) => `${address} ${sure}`)
const A = 'install vfio-pci /usr/local/bin/vfio.sh 0000:03:00.0'
const B = 'install vfio-pci /sbin/modprobe -i vfio-pci'

test('of two lines of one file the first counts', () => {
  expect(handed(`$ cat /etc/modprobe.d/vfio.conf\n${A}\n${B}\n`)).toEqual(['0000:03:00.0 true'])
  expect(handed(`$ cat /etc/modprobe.d/vfio.conf\n${B}\n${A}\n`)).toEqual([])
})

test('which of two lines of different files counts is not told by their order in the post', () => {
  expect(handed(`$ cat /etc/modprobe.d/b.conf\n${A}\n$ cat /etc/modprobe.d/a.conf\n${B}\n`)).toEqual([
    '0000:03:00.0 false',
  ])
})

test('the same line twice is one', () => {
  expect(handed(`${A}\n\nand once more:\n\n${A}\n`)).toEqual(['0000:03:00.0 true'])
})

test('no line tells nothing', () =>
  expect(factsOf('options vfio-pci ids=10de:1b80').installAddresses.state).toBe('unknown'))
