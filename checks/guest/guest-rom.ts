import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'rom-file-missing': ['q-romfile-missing'],
  'rom-file-denied': ['q-romfile-load'],
  'rom-file-unfit': ['q-romfile-empty', 'q-romfile-big'],
  'rom-file-incomplete': ['rp-ran-off', 'rp-zero'],
  'rom-without-bar': ['q-romfile-hotplug', 'l-rom-bar'],
  'rom-denylisted': ['q-rom-denylist'],
  'rom-denylist-overruled': ['q-rom-denylist2'],
} as const

const SOURCES = ['QEMU hw/pci/pci.c: pci_add_option_rom'] as const

export const check: AnyCheck = defineCheck({
  id: 'guest-rom',
  area: 'guest',
  title: 'The ROM file of each passed device could be used',
  needs: ['messages'],
  uses: [],
  problems: {
    'rom-file-missing': {
      severity: 'fail',
      family: 'rom-bad',
      title: 'The ROM file of the passed device was not found',
      summary:
        'QEMU looks up a name without a directory in its own data directories only; Proxmox wants the file in /usr/share/kvm and the bare name in the definition. Under libvirt a security module may hide a file in another place.',
      proof: 'The message of QEMU that it failed to find the file.',
      ruledOut: 'The file at that path, readable for QEMU.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Move the file to where QEMU looks for it, and name it by its whole path (in Proxmox: by its name alone).',
          xml: "<rom file='/usr/share/vgabios/card.rom'/>",
          proxmox: 'hostpci0: ADDRESS,romfile=card.rom',
        },
      ],
      blocks: 'machine',
      sources: [...SOURCES, 'PVE/QemuServer/PCI.pm'],
    },
    'rom-file-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'QEMU may not read the ROM file',
      summary: 'The file is there. Its mode, or AppArmor or SELinux around QEMU, keeps QEMU from reading it.',
      proof: 'The message of QEMU that it failed to load the file.',
      ruledOut: 'No denial in the audit log, and a mode that lets QEMU read.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Put the file where the profile of libvirt allows reading, for example /usr/share/vgabios, and let everybody read it.',
        },
      ],
      blocks: 'machine',
      sources: [...SOURCES, 'libvirt src/security/apparmor/libvirt-qemu'],
    },
    'rom-file-unfit': {
      severity: 'fail',
      family: 'rom-bad',
      title: 'The ROM file is empty, or too large for the ROM of the device',
      summary:
        'An empty file is mostly a dump that failed: the rom attribute of sysfs must be switched on before it is read, and reads nothing when the BAR is not mapped. A file that is too large is of another card or a whole flash image.',
      proof: 'The message of QEMU.',
      ruledOut: 'A file that begins with 55 aa and has the size of the ROM.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'dump-rom', address: '{address}' }],
      blocks: 'machine',
      sources: [...SOURCES, 'drivers/pci/pci-sysfs.c: pci_read_rom'],
    },
    'rom-file-incomplete': {
      severity: 'warn',
      family: 'rom-bad',
      title: 'The ROM file holds no last image: it is empty, or ends too early',
      summary:
        'A ROM is a row of images, and the last of them is marked. rom-parser went through the whole file and met no such mark, as in a dump that was broken off or that holds the first image alone. The driver in the guest may still bring the card up; what is lost is the picture before it, above all under UEFI, whose image is mostly the last.',
      proof: 'The words of rom-parser.',
      ruledOut: 'A file in which rom-parser finds the last image.',
      remedy: [{ do: 'dump-rom', address: '{address}' }],
      sources: ['rom-parser rom-parser.c', 'PCI Firmware Specification 5.1.2: indicator'],
    },
    'rom-without-bar': {
      severity: 'fail',
      family: 'rom-bad',
      title: 'The guest names a ROM file and switches the ROM off',
      summary: 'A ROM file needs the ROM BAR. Leave one of the two out.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'One of the two settings alone.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave rombar=0 or the ROM file out.',
          xml: "<rom bar='on' file='/usr/share/vgabios/card.rom'/>",
        },
      ],
      blocks: 'machine',
      sources: [...SOURCES, 'libvirt src/conf/domain_conf.c'],
    },
    'rom-denylisted': {
      severity: 'info',
      family: 'healthy',
      title: 'QEMU leaves the ROM of {who} out, because running it is known to upset the host',
      summary: 'This network card works without its ROM; only booting over the network through it is lost.',
      proof: 'The message of QEMU.',
      ruledOut: 'rombar=0 or a ROM file in the definition.',
      remedy: [{ do: 'nothing', why: 'The device works without its ROM.' }],
      sources: ['QEMU hw/vfio/pci-quirks.c: vfio_opt_rom_in_denylist'],
    },
    'rom-denylist-overruled': {
      severity: 'warn',
      family: 'rom-bad',
      title: 'The guest runs the ROM of {who}, which is known to upset the host',
      summary:
        'QEMU leaves the ROM of this model out by itself, because running it hangs guests and hosts, and runs it here only because the definition of the guest asks for it, by rombar or by a ROM file. The card works without it; only booting over the network through it is lost.',
      proof: 'The message of QEMU.',
      ruledOut: 'No rombar and no ROM file in the definition, or rombar=0.',
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave the ROM out: take the ROM file away, and switch the ROM off.',
          xml: "<rom bar='off'/>",
          qemu: '-device vfio-pci,host={address},rombar=0',
          proxmox: 'hostpci0: {address},rombar=0',
        },
      ],
      sources: ['QEMU hw/vfio/pci.c: vfio_pci_size_rom', 'QEMU hw/vfio/pci-quirks.c: rom_denylist'],
    },
  },
  judge(facts) {
    // A dump that was made anew since.
    const whole = messagesWith(facts.messages, 'rp-last').at(-1)?.line ?? 0
    const hits = raise<keyof typeof CODES>(
      facts.messages,
      CODES,
      (hit) => hit.topic !== 'rom-file-incomplete' || hit.line > whole,
    )
    return concludeOutput(hits, 'nothing complains about a ROM file')
  },
})
