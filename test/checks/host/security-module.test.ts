import { check } from '../../../checks/host/security-module.ts'
import type { KernelLog } from '../../../src/model/log.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact } from '../../support/facts.ts'

const log = (texts: readonly string[], fromBoot: boolean = true) =>
  fact<KernelLog>(
    { lines: texts.map((text, index) => ({ text, time: index, wall: null, level: null, line: index + 1 })), fromBoot },
    'kernel log',
  )
const apparmor = (name: string): string =>
  `audit: type=1400 audit(1700000000.1:90): apparmor="DENIED" operation="open" profile="libvirt-0a1b" name="${name}" pid=4242 comm="qemu-system-x86" requested_mask="r" denied_mask="r"`

checkTable(check, [
  {
    name: 'SELinux keeps a libvirt in a container from the configuration space',
    facts: {
      kernelLog: log([
        'avc:  denied  { write } for  pid=4242 comm="libvirtd" name="config" dev="sysfs" ino=77 scontext=system_u:system_r:virt_launcher.process:s0:c1,c2 tcontext=system_u:object_r:sysfs_t:s0 tclass=file permissive=0',
      ]),
    },
    expect: ['security-module-denied@host'],
    severity: 'warn',
  },
  {
    name: 'with SELinux on, denials go to auditd and not to this log',
    facts: { kernelLog: log(['SELinux:  policy capability network_peer_controls=1']) },
    expect: 'skip',
  },
  {
    name: 'AppArmor refused the ROM',
    facts: { kernelLog: log([apparmor('/home/ann/card.rom')]) },
    expect: ['security-module-denied@host'],
    severity: 'warn',
  },
  {
    name: 'AppArmor refused a look around, as it does on healthy hosts',
    facts: { kernelLog: log([apparmor('/sys/devices/system/node/')]) },
    expect: ['security-module-aside@host'],
    severity: 'info',
  },
  {
    name: 'SELinux refused a node',
    facts: {
      kernelLog: log([
        'audit: type=1400 audit(1700000000.1:91): avc:  denied  { read write } for  pid=4242 comm="qemu-system-x86" path="/dev/vfio/14" scontext=system_u:system_r:svirt_t:s0:c1,c2 tcontext=system_u:object_r:device_t:s0 tclass=chr_file permissive=0',
      ]),
    },
    expect: ['security-module-denied@host'],
    severity: 'warn',
  },
  {
    name: 'a denial of another program',
    facts: { kernelLog: log(['audit: apparmor="DENIED" operation="open" profile="/usr/bin/man" name="/dev/vfio/1"']) },
    expect: 'pass',
  },
  { name: 'a log that was cut', facts: { kernelLog: log([], false) }, expect: 'unknown' },
  {
    name: 'AppArmor keeps a snap of libvirt from a file that binds devices',
    facts: {
      kernelLog: log([
        'audit: type=1400 audit(1700000000.1:91): apparmor="DENIED" operation="open" class="file" profile="snap.some-hypervisor.libvirtd" name="/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:02.1/driver_override" pid=77 comm="rpc-libvirtd" requested_mask="w" denied_mask="w"',
      ]),
    },
    expect: ['security-module-denied@host'],
    severity: 'warn',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
