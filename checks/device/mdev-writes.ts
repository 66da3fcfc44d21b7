import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'

type Code = 'mdev-no-room' | 'mdev-type-missing'

/** What a driver that makes parts answers to a UUID in create. */
const CODES: Readonly<Record<string, Code>> = {
  'No space left on device': 'mdev-no-room',
  'Too many users': 'mdev-no-room',
  'No such file or directory': 'mdev-type-missing',
}

export const check: AnyCheck = defineCheck({
  id: 'mdev-writes',
  area: 'device',
  title: 'The parts of a device (mdev) that were asked for by hand were made',
  needs: [],
  uses: ['attempts'],
  problems: {
    'mdev-no-room': {
      severity: 'fail',
      family: 'guest-config',
      title: 'There is no room on {who} for one more part of this type (mdev)',
      summary:
        'Parts of all types share the memory of the device, so a large one uses up the room of several small ones. With Intel GVT-g this memory is the graphics aperture, mostly 256 MB, and the screens of the host take some of it as well.',
      proof: 'The answer "No space left on device" to a UUID that was written to create.',
      ruledOut: 'available_instances of that type above 0.',
      explains: ['sysfs-write-refused', 'guest-mdev-not-made'],
      remedy: [
        {
          do: 'advise',
          say: 'See what still fits: grep . /sys/bus/pci/devices/*/mdev_supported_types/*/available_instances. Take a smaller type (with GVT-g a higher last number), or remove parts that no guest uses (mdevctl list).',
        },
        {
          do: 'advise',
          say: 'With GVT-g, enlarge the aperture (Aperture Size) in the firmware setup, if it has that, or start the host without a graphical session.',
        },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['drivers/gpu/drm/i915/gvt/aperture_gm.c: alloc_resource', 'drivers/vfio/mdev/mdev_core.c'],
    },
    'mdev-type-missing': {
      severity: 'fail',
      family: 'guest-config',
      title: '{who} offers no such part (mdev)',
      summary:
        'The directory mdev_supported_types comes with a host driver that can make parts, and lists the types that this model has. GVT-g of Intel needs i915.enable_gvt=1 and the module kvmgt, and exists for graphics of the fifth to the tenth generation only; NVIDIA needs its driver for hosts with vGPU.',
      proof:
        'The answer "No such file or directory" to a UUID that was written to create, or to a look at the directory of types.',
      ruledOut: 'The type in mdev_supported_types of the device.',
      explains: ['sysfs-write-refused', 'guest-mdev-not-made'],
      remedy: [
        {
          do: 'advise',
          say: 'Show what there is: ls /sys/class/mdev_bus/*/mdev_supported_types. If that is empty, load the driver that makes parts with the option that switches them on, and do not bind the device to vfio-pci.',
        },
        { do: 'show', what: 'loaded-modules' },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['Documentation/driver-api/vfio-mediated-device.rst', 'drivers/gpu/drm/i915/gvt/kvmgt.c'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = []
    for (const { kind, address, error, command, line } of valueOf(facts.attempts) ?? []) {
      const looked = kind === 'mdev-types'
      const code = (looked || kind === 'mdev-create') && error !== null ? CODES[error] : undefined
      const who = address ?? 'the device'
      if (code === undefined || hits.some((one) => one.code === code && one.values?.['who'] === who)) continue
      hits.push({
        code,
        subject: address === null ? { kind: 'host' } : { kind: 'device', address },
        values: { address: address ?? 'this host', who },
        evidence: [{ source: `${facts.attempts.source}, line ${line}`, saw: `${command}: ${error}` }],
        confidence: 'likely',
        // Whoever only looked may have wanted to know, or have looked on a device that is made parts of in another way.
        ...(looked ? { severity: 'warn' } : {}),
      })
    }
    return concludeOutput(hits, 'nobody tried to make a part of a device by hand')
  },
})
