import { describe, expect, it } from 'vitest'
import { moduleState } from '../../src/rules/modules.ts'
import { valueOf } from '../../src/model/fact.ts'
import { factsOf, functionOf, known } from './support.ts'

describe('what tools answer is met as what it is', () => {
  it('a controller that binds by address, whose refusal stands in the next line', () => {
    const facts = factsOf(`
      time="2025-06-01T10:00:00Z" level=info msg="Binding device node-a-slot-2 [1b36 0010] to vfio-pci"
      time="2025-06-01T10:00:00Z" level=info msg="Binding device 0000:0a:00.0 vfio-pci"
      time="2025-06-01T10:00:00Z" level=error msg="write /sys/bus/pci/drivers/vfio-pci/bind: invalid argument"`)
    expect(valueOf(facts.attempts)?.at(-1)).toMatchObject({
      kind: 'bind',
      address: '0000:0a:00.0',
      driver: 'vfio-pci',
      error: 'Invalid argument',
    })
  })

  it('a sentence about binding names no device', () => {
    const facts = factsOf('Binding device drivers to vfio-pci is what I do not understand.')
    expect(valueOf(facts.attempts) ?? []).toEqual([])
  })

  it('dash, which has words of its own for a directory that is not there', () => {
    const facts = factsOf(
      './bind.sh: 5: ./bind.sh: cannot create /sys/bus/pci/drivers/vfio-pci/new_id: Directory nonexistent',
    )
    expect(valueOf(facts.attempts)).toMatchObject([
      { kind: 'new-id', driver: 'vfio-pci', error: 'No such file or directory' },
    ])
  })

  it('the listing of ls-iommu, which has no colon behind the class', () => {
    const facts = factsOf(`
      IOMMU Group   7: 0000:0a:00.0 USB controller [0c03] Example Corp. Host Controller [1b36:000d] (rev 01)
              Subsystem: Example Corp. unknown [1b36:1100]
              Kernel driver in use: xhci_hcd
      IOMMU Group   7: 0000:0a:00.1 SATA controller [0106] Example Corp. unknown [1b36:0010]
              Kernel driver in use: ahci`)
    expect(known(functionOf(facts, '0000:0a:00.0'))).toMatchObject({
      class: 0x0c0300,
      vendorId: '1b36',
      deviceId: '000d',
      driver: 'xhci_hcd',
      group: 7,
    })
    expect(known(functionOf(facts, '0000:0a:00.1'))).toMatchObject({ class: 0x010600, driver: 'ahci', group: 7 })
  })
})

describe('bold print', () => {
  it('is taken off a line of lspci', () => {
    const facts = factsOf(`
      **0a:00.0 USB controller [0c03]**: Example Corp. Host Controller [1b36:000d] (rev 01)
      **Kernel driver in use: vfio-pci**
      Kernel modules: xhci_pci`)
    expect(known(functionOf(facts, '0000:0a:00.0'))).toMatchObject({ class: 0x0c0300, driver: 'vfio-pci' })
  })

  it('and rows of stars are left alone', () => {
    const line = '*** ERROR *** vfio-pci: probe of 0000:03:00.0 failed with error -22'
    expect(valueOf(factsOf(line).messages)?.hits).toMatchObject([{ text: line }])
  })
})

describe('the back end of VFIO is known to be absent', () => {
  const listing = (command: string, ...more: readonly string[]) =>
    factsOf(
      [`$ ${command}`, 'vfio_pci               16384  0', 'vfio                   36864  1 vfio_pci', ...more].join(
        '\n',
      ),
    )

  it.each(['lsmod', 'lsmod | grep vfio', 'sudo lsmod | grep -i "vfio"'])('from %s', (command) => {
    expect(moduleState(listing(command), 'vfio_iommu_type1')).toBe('loadable')
  })

  it('not from a filter that would have dropped it', () => {
    expect(moduleState(listing('lsmod | grep vfio_pci'), 'vfio_iommu_type1')).toBeUndefined()
  })

  it('not where iommufd stands in for it', () => {
    const facts = listing('lsmod | grep vfio', 'iommufd                98304  1 vfio')
    expect(moduleState(facts, 'vfio_iommu_type1')).toBeUndefined()
  })

  it('not where vfio itself is not shown as a module', () => {
    const facts = factsOf('$ lsmod | grep vfio\nvfio_pci               16384  0')
    expect(moduleState(facts, 'vfio_iommu_type1')).toBeUndefined()
  })

  it('and is there where another row says that it uses that module', () => {
    const facts = factsOf('$ lsmod | grep -w kvm\nirqbypass   16384  1 kvm\nkvm   1036288  1 kvm_intel')
    expect(moduleState(facts, 'kvm_intel')).toBe('loaded')
  })

  it('and is there where it is listed', () => {
    const facts = listing('lsmod | grep vfio', 'vfio_iommu_type1       32768  0')
    expect(moduleState(facts, 'vfio_iommu_type1')).toBe('loaded')
  })
})

describe('a script that gives a console up', () => {
  const tried = (text: string) => (valueOf(factsOf(text).attempts) ?? []).map(({ kind, error }) => ({ kind, error }))

  it('tries nothing with a PCI device, whatever it is answered', () => {
    expect(tried('# echo 0 > /sys/class/vtconsole/vtcon3/bind\nbash: echo: write error: No such device')).toEqual([])
    expect(tried('hook.sh: line 8: /sys/class/vtconsole/vtcon3/bind: No such file or directory')).toEqual([])
    expect(
      tried('hook.sh: line 9: /sys/bus/platform/drivers/vesa-framebuffer/unbind: No such file or directory'),
    ).toEqual([])
    expect(tried('hook.sh: line 9: /sys/bus/pci/drivers/vfio-pci/bind: No such device')).toEqual([
      { kind: 'bind', error: 'No such device' },
    ])
  })

  it('and its refusal is not taken for that of a driver, though set -x leaves out the file', () => {
    const hits = (text: string) => valueOf(factsOf(text).messages)?.hits.length ?? 0
    const refusal = 'hook.sh: line 9: echo: write error: No such device'
    expect(hits(`++ echo vesa-framebuffer.0\n${refusal}`)).toBe(0)
    expect(hits(`++ echo 0000:0a:00.0\n${refusal}`)).toBe(1)
    expect(hits(`++ echo vesa-framebuffer.0\n++ sleep 2\n++ echo 0000:0a:00.0\n${refusal}`)).toBe(1)
  })
})

describe('a row of lsmod', () => {
  const loaded = (text: string) => {
    const modules = valueOf(factsOf(text).modules)
    return modules === undefined ? [] : [...(valueOf(modules.loaded) ?? [])].toSorted()
  }

  it('tells that its users are loaded, though a filter left their rows out', () => {
    expect(loaded('$ lsmod | grep mdev\nmdev  16384  1 examplegt\nkvm  983040  2 kvm_amd,examplegt')).toEqual([
      'examplegt',
      'kvm',
      'kvm_amd',
      'mdev',
    ])
  })

  it('but of kvm, whose own users the row of another does not tell', () => {
    expect(loaded('$ lsmod | grep vfio\nirqbypass  16384  2 kvm,vfio_pci')).toEqual(['irqbypass', 'vfio_pci'])
  })
})

describe('a heading', () => {
  const said = (text: string) => (valueOf(factsOf(text).messages)?.hits ?? []).map(({ id }) => id)

  it('is no command that somebody typed as root', () => {
    expect(said('# hook script error: FATAL: Module nouveau is in use')).toEqual(['km-inuse'])
    expect(said('# After 6.9 update - not enough MMIO resources for SR-IOV at each start')).toEqual(['pci-iov-nommio'])
    expect(
      said('# qemu-system-x86_64: -device vfio-pci,host=0a:00.0: vfio 0000:0a:00.0: group 7 is not viable'),
    ).toEqual(['q-not-viable'])
  })

  it.each(['# modprobe -r nouveau', '# echo 1 > /sys/bus/pci/devices/0000:0a:00.0/reset', '# virsh start desk'])(
    'but this is: %s',
    (text) => {
      expect(valueOf(factsOf(`${text}\nerror`).attempts)).toHaveLength(1)
    },
  )
})

describe('a line of a log that a terminal broke at its edge', () => {
  const WORDS = 'quiet splash audit=0 loglevel=3 vt.global_cursor_default=0 '
  const LINE = `[    0.000000] Command line: root=/dev/sda2 ro ${WORDS.repeat(4)}intel_iommu=on mitigations=auto iommu=pt`
  const broken = (width: number, line = LINE): string => {
    const rows: string[] = []
    for (let at = 0; at < line.length; at += width) rows.push(line.slice(at, at + width).trimEnd())
    return rows.join('\n')
  }

  it.each([100, 101, 120, 131])('is read as one, at %i columns', (width) => {
    const line = valueOf(factsOf(`$ dmesg | grep ommand\n${broken(width)}`).commandLine)?.raw
    expect(line).toContain('intel_iommu=on mitigations=auto')
    expect(line).toContain('iommu=pt')
  })

  it('and the next line stands for itself', () => {
    const next = '[    0.100000] DMAR: IOMMU enabled'
    expect(valueOf(factsOf(`${broken(100)}\n${next}`).messages)?.hits.map(({ text }) => text)).toContain(
      'DMAR: IOMMU enabled',
    )
  })

  it('not a long line with a short one below, which may be another', () => {
    const long = `[    1.000000] usb 1-1: ${'x'.repeat(90)}`
    const facts = factsOf(`${long}\nBOOT_IMAGE=/vmlinuz root=/dev/sda2 ro intel_iommu=on`)
    expect(valueOf(facts.commandLine)?.raw).toBe('BOOT_IMAGE=/vmlinuz root=/dev/sda2 ro intel_iommu=on')
  })
})
