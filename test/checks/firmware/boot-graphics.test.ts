import { check } from '../../../checks/firmware/boot-graphics.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { BootFacts } from '../../../src/model/boot.ts'
import { checkTable } from '../../support/check-table.ts'
import { config, cpu, endpoint, environment, pciFacts } from '../../support/facts.ts'

const MiB = 1 << 20
const boot = (efi: boolean, source = '/boot'): Fact<BootFacts> =>
  known({ efi, loader: known('grub', '/boot'), sources: [] }, source)
const card = (patch: Record<string, unknown> = {}): ReturnType<typeof endpoint> =>
  endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '2204', class: 0x030000, bootVga: false, ...patch })
const large = config({ rebar: known([{ index: 1, size: 16384 * MiB, sizes: [256 * MiB, 16384 * MiB] }], 'config') })
const small = config({ rebar: known([{ index: 1, size: 256 * MiB, sizes: [256 * MiB, 16384 * MiB] }], 'config') })
const asked = ['0000:01:00.0']

checkTable(check, [
  {
    name: 'POWER has neither a VGA BIOS nor UEFI',
    facts: { ...pciFacts([card({ bootVga: true })]), boot: boot(false), cpu: cpu('power') },
    asked,
    expect: 'pass',
  },
  {
    name: 'a container that is shown no firmware',
    facts: {
      ...pciFacts([card({ bootVga: true })]),
      boot: boot(false),
      environment: environment({ container: 'docker' }),
    },
    asked,
    expect: 'pass',
  },
  {
    name: 'the primary display of a host in legacy mode',
    facts: { ...pciFacts([card({ bootVga: true })]), boot: boot(false) },
    asked,
    expect: ['legacy-boot-graphics@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the same by UEFI',
    facts: { ...pciFacts([card({ bootVga: true })]), boot: boot(true) },
    asked,
    expect: 'pass',
  },
  {
    name: 'a post does not show how the host booted',
    facts: { ...pciFacts([card({ bootVga: true })]), boot: boot(false, 'paste') },
    asked,
    expect: 'skip',
  },
  { name: 'an enlarged BAR', facts: pciFacts([card({ config: large })]), asked, expect: ['bar-enlarged'] },
  { name: 'the small BAR', facts: pciFacts([card({ config: small })]), asked, expect: 'pass' },
  {
    name: 'Intel Arc wants it large',
    facts: pciFacts([card({ vendorId: '8086', config: large })]),
    asked,
    expect: 'pass',
  },
  {
    name: 'nobody wants the card',
    facts: { ...pciFacts([card({ bootVga: true, config: large })]), boot: boot(false) },
    expect: 'skip',
  },
  { name: 'neither can be read', facts: pciFacts([card({ bootVga: undefined })]), asked, expect: 'skip' },
  { name: 'no devices', facts: {}, asked, expect: 'unknown' },
])
