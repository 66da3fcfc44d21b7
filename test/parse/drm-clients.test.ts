import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDrmClients } from '../../src/parse/drm-clients.ts'

const HEAD = '             command   pid dev master a   uid      magic\n'
const row = (command: string, pid: number, minor: number): string =>
  `${command.padStart(20)} ${String(pid).padStart(5)} ${String(minor).padStart(3)}   n    y  1000          0`

test('each program once, whatever columns follow', () => {
  const rows = [row('systemd-logind', 750, 0), row('gnome-shell', 1410, 128), row('gnome-shell', 1410, 0)]
  expect(parseDrmClients(`${HEAD}${rows.join('\n')}\n`)).toEqual(['systemd-logind', 'gnome-shell'])
  const newer = rows.map((one) => `${one} ${'<unset>'.padStart(64)} ${'7'.padStart(20)}`)
  expect(parseDrmClients(`${HEAD}${newer.join('\n')}\n`)).toEqual(['systemd-logind', 'gnome-shell'])
})

test('a command with blanks, and a long pid', () => {
  expect(parseDrmClients(`${HEAD}${row('Web Content', 4194303, 128)}\n`)).toEqual(['Web Content'])
})

test('the head alone', () => {
  expect(parseDrmClients(HEAD)).toEqual([])
  expect(parseDrmClients('')).toEqual([])
})

test('any command is read as it stands', () => {
  const command = fc.stringMatching(/^[!-~]([ -~]{0,13}[!-~])?$/)
  fc.assert(
    fc.property(command, fc.nat(4_194_304), fc.nat(255), (name, pid, minor) => {
      expect(parseDrmClients(HEAD + row(name, pid, minor))).toEqual([name])
    }),
  )
})
