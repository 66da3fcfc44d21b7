import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { architectureOf, parseCpuInfo } from '../../src/parse/cpuinfo.ts'
import { parseIomem } from '../../src/parse/iomem.ts'
import { parseKernelConfig } from '../../src/parse/kernel-config.ts'
import { parseKernelVersion, releaseOfBanner } from '../../src/parse/kernel-version.ts'
import { parseLimits } from '../../src/parse/limits.ts'
import { parseMemInfo } from '../../src/parse/meminfo.ts'
import { parseOsRelease } from '../../src/parse/os-release.ts'
import { parseNames } from '../../src/parse/passwd.ts'

describe('os-release', () => {
  test.each([
    [
      'Debian',
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
      { id: 'debian', like: [], name: 'Debian GNU/Linux 12 (bookworm)', version: '12' },
    ],
    [
      'several relatives, no pretty name',
      "ID='Pop'\nID_LIKE=\"ubuntu debian\"\nNAME=Pop!_OS\nVERSION='22.04 LTS'\n",
      { id: 'pop', like: ['ubuntu', 'debian'], name: 'Pop!_OS 22.04 LTS', version: null },
    ],
    [
      'rolling',
      '# comment\nID=arch\nPRETTY_NAME="Arch Linux"',
      { id: 'arch', like: [], name: 'Arch Linux', version: null },
    ],
    [
      'escapes, and the last one counts',
      'NAME=a\nNAME="\\"b\\" \\$c"\n',
      { id: 'linux', like: [], name: '"b" $c', version: null },
    ],
    ['an escape sequence in it', 'ID=a\nPRETTY_NAME="x\u001b[31my"', { id: 'a', like: [], name: 'xy', version: null }],
  ])('%s', (_, text, wanted) => {
    expect(parseOsRelease(text)).toEqual(wanted)
  })

  test.each([[''], ['hello'], ['ID=\nNAME=""']])('not one: %j', (text) => {
    expect(parseOsRelease(text)).toBeNull()
  })
})

test.each([
  ['6.8.12-4-pve', [6, 8, 12]],
  ['3.13.0-170-generic', [3, 13, 0]],
  ['6.2.0-rc1+', [6, 2, 0]],
  ['5.10.70.mx64.403', [5, 10, 70]],
  ['6.18', [6, 18, 0]],
  ['7.0-rc3', [7, 0, 0]],
  ['linux', null],
  ['6', null],
  ['', null],
])('kernel version of %s', (release, wanted) => {
  expect(parseKernelVersion(release)).toEqual(wanted)
})

test('the numbers of a version come back', () => {
  const number = fc.nat({ max: 9999 })
  fc.assert(
    fc.property(number, number, number, fc.stringMatching(/^([-+.][ -~]{0,20})?$/), (a, b, c, rest) => {
      expect(parseKernelVersion(`${a}.${b}.${c}${rest}`)).toEqual([a, b, c])
    }),
  )
})

test('the banner tells the release', () => {
  expect(releaseOfBanner('Linux version 6.8.12-4-pve (build@proxmox) (gcc 12) #1 SMP\n')).toBe('6.8.12-4-pve')
  expect(releaseOfBanner('FreeBSD 14.0')).toBeNull()
})

test('kernel configuration', () => {
  const text = [
    '#',
    '# Automatically generated file; DO NOT EDIT.',
    'CONFIG_VFIO=m',
    '# CONFIG_VFIO_NOIOMMU is not set',
    'CONFIG_INTEL_IOMMU_DEFAULT_ON=y',
    'CONFIG_HZ=250',
    'CONFIG_CMDLINE="quiet splash"',
    '# CONFIG_COMMENT=y',
    'xCONFIG_NO=y',
  ]
  const wanted = {
    CONFIG_VFIO: 'm',
    CONFIG_VFIO_NOIOMMU: 'n',
    CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y',
    CONFIG_HZ: '250',
    CONFIG_CMDLINE: 'quiet splash',
  }
  expect(parseKernelConfig(text.join('\n'))).toEqual(wanted)
  expect(parseKernelConfig(text.join('\r\n'))).toEqual(wanted)
})

const X86 = `processor	: 0
vendor_id	: GenuineIntel
model name	: Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz
fpu		: yes
flags		: fpu vme vmx lm hypervisor
vmx flags	: vnmi ept
address sizes	: 39 bits physical, 48 bits virtual

processor	: 1
vendor_id	: AuthenticAMD
flags		: svm
`
const ARM = `processor	: 0
BogoMIPS	: 108.00
Features	: fp asimd evtstrm crc32 cpuid
CPU implementer	: 0x41
CPU architecture: 8
CPU part	: 0xd0b
`
const RISCV =
  'processor\t: 0\nhart\t\t: 2\nisa\t\t: rv64imafdc_zicntr_zifencei\nmmu\t\t: sv39\nuarch\t\t: sifive,u74-mc\n'
const POWER = 'processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3000MHz\n\nplatform\t: PowerNV\n'
const S390 =
  'vendor_id       : IBM/S390\n# processors    : 4\nfeatures\t: esan3 zarch stfle \nprocessor 0: version = 00\n'

describe('cpuinfo', () => {
  test.each([
    [
      'x86, the first processor counts',
      X86,
      {
        vendor: 'intel',
        model: 'Intel(R) Core(TM) i7-4790K CPU @ 4.00GHz',
        flags: ['fpu', 'vme', 'vmx', 'lm', 'hypervisor'],
        physicalBits: 39,
      },
      'x86_64',
    ],
    [
      'Arm',
      ARM,
      { vendor: 'arm', model: null, flags: ['fp', 'asimd', 'evtstrm', 'crc32', 'cpuid'], physicalBits: null },
      'aarch64',
    ],
    [
      'RISC-V',
      RISCV,
      { vendor: 'riscv', model: 'sifive,u74-mc', flags: ['rv64imafdc', 'zicntr', 'zifencei'], physicalBits: null },
      'riscv64',
    ],
    ['POWER', POWER, { vendor: 'power', model: 'POWER9, altivec supported', flags: [], physicalBits: null }, null],
    ['s390', S390, { vendor: 's390', model: null, flags: ['esan3', 'zarch', 'stfle'], physicalBits: null }, 's390x'],
    [
      'another',
      'processor\t: 0\nsystem type\t: x\n',
      { vendor: 'other', model: null, flags: [], physicalBits: null },
      null,
    ],
    ['not a listing', 'hello: world', null, null],
  ])('%s', (_, text, wanted, architecture) => {
    expect(parseCpuInfo(text)).toEqual(wanted)
    expect(architectureOf(text)).toBe(architecture)
  })

  test.each([
    ['AuthenticAMD', 'amd'],
    ['HygonGenuine', 'hygon'],
    ['  Shanghai  ', 'zhaoxin'],
    ['CentaurHauls', 'zhaoxin'],
    ['GenuineTMx86', 'other'],
    ['constructor', 'other'],
  ])('vendor %s', (vendor, wanted) => {
    expect(parseCpuInfo(`vendor_id\t: ${vendor}\n`)?.vendor).toBe(wanted)
  })

  test.each([
    ['32-bit x86 kernel', 'vendor_id\t: GenuineIntel\nfdiv_bug\t: no\nflags\t\t: fpu lm\n', 'i686'],
    ['32-bit Arm kernel', 'Features\t: half thumb neon\nCPU implementer\t: 0x41\nCPU architecture: 8\n', 'armv7l'],
  ])('architecture: %s', (_, text, wanted) => {
    expect(architectureOf(text)).toBe(wanted)
  })
})

test('names by number', () => {
  const names = parseNames('root:x:0:\nkvm:x:993:libvirt-qemu\nalias:x:993:\nbroken\n:x:5:\nbad:x:-1:\n')
  expect([...names]).toEqual([
    [0, 'root'],
    [993, 'kvm'],
  ])
})

test.each([
  [
    'numbers',
    'Limit                     Soft Limit           Hard Limit           Units     \nMax locked memory         8388608              unlimited            bytes     \n',
    { memlockSoft: 8_388_608, memlockHard: null },
  ],
  ['nothing', 'Max stack size  1 1 bytes', null],
])('limits: %s', (_, text, wanted) => {
  expect(parseLimits(text)).toEqual(wanted)
})

test('meminfo', () => {
  const text =
    'MemTotal:       32768000 kB\nMemAvailable:   16384000 kB\nHugePages_Total:    1024\nHugePages_Free:      512\nHugepagesize:       2048 kB\n'
  expect(parseMemInfo(text)).toEqual({
    totalBytes: 33_554_432_000,
    availableBytes: 16_777_216_000,
    hugePagesTotal: 1024,
    hugePagesFree: 512,
    hugePageBytes: 2_097_152,
  })
  expect(parseMemInfo('MemTotal: 1 kB\n')).toEqual({
    totalBytes: 1024,
    availableBytes: null,
    hugePagesTotal: 0,
    hugePagesFree: 0,
    hugePageBytes: 0,
  })
  expect(parseMemInfo('')).toBeNull()
})

test('iomem keeps the nesting; hidden addresses are no map', () => {
  expect(
    parseIomem(
      'e0000000-efffffff : PCI Bus 0000:00\n  e0000000-e0ffffff : 0000:01:00.0\n    e0000000-e07e8fff : BOOTFB\n',
    ),
  ).toEqual([
    { depth: 0, start: 0xe0000000n, end: 0xefffffffn, name: 'PCI Bus 0000:00' },
    { depth: 1, start: 0xe0000000n, end: 0xe0ffffffn, name: '0000:01:00.0' },
    { depth: 2, start: 0xe0000000n, end: 0xe07e8fffn, name: 'BOOTFB' },
  ])
  expect(parseIomem('00000000-00000000 : Reserved\n  00000000-00000000 : x\n')).toBeNull()
  expect(parseIomem('')).toEqual([])
})

test('no parser throws, whatever it is given', () => {
  const parsers: readonly ((text: string) => unknown)[] = [
    parseOsRelease,
    parseKernelVersion,
    releaseOfBanner,
    parseKernelConfig,
    parseCpuInfo,
    architectureOf,
    parseNames,
    parseLimits,
    parseMemInfo,
    parseIomem,
  ]
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\n',
      ':',
      '=',
      '"',
      'ID=',
      'CONFIG_',
      'vendor_id',
      'flags : ',
      'Max locked memory ',
      'MemTotal: ',
      '0-f : ',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const parse of parsers) expect(() => parse(pieces.join(''))).not.toThrow()
    }),
  )
})
