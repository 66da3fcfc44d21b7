/**
 * What differs between the machines that the lab can emulate.
 * @typedef {object} Architecture
 * @property {string} name as Debian calls it
 * @property {string} emulator
 * @property {string} console the kernel's name of the first serial port
 * @property {string} results the guest's name of the port that carries the results, as a pattern
 * @property {(console: string, results: string) => string[]} ports QEMU's arguments for both, by their files
 * @property {number} seconds hard limit of one boot
 * @property {string} compiler for the truth program
 * @property {string} packages the list of Debian packages that its part of the lab takes its tools from
 * @property {string[] | null} userland Debian packages that the guest's programs come from; null: this machine's own
 */

const files = (console, results) => [
  '-chardev',
  `file,id=console,path=${console}`,
  '-chardev',
  `file,id=results,path=${results}`,
]

/** @type {Readonly<Record<'amd64' | 'arm64', Architecture>>} */
export const ARCHITECTURES = {
  amd64: {
    name: 'amd64',
    emulator: 'qemu-system-x86_64',
    console: 'ttyS0',
    results: '/dev/ttyS1',
    ports: (console, results) => [
      ...files(console, results),
      '-device',
      'isa-serial,index=0,chardev=console',
      '-device',
      'isa-serial,index=1,chardev=results',
    ],
    seconds: 300,
    compiler: 'gcc',
    packages: 'packages.txt',
    userland: null,
  },
  arm64: {
    name: 'arm64',
    emulator: 'qemu-system-aarch64',
    console: 'ttyAMA0',
    // Numbered by all virtio devices, whatever their driver.
    results: '/dev/vport*p1',
    ports: (console, results) => [
      ...files(console, results),
      '-serial',
      'chardev:console',
      '-device',
      'virtio-serial-device',
      '-device',
      'virtserialport,chardev=results',
    ],
    seconds: 480,
    compiler: 'aarch64-linux-gnu-gcc',
    packages: 'packages-arm64.txt',
    userland: [
      'bash',
      'busybox-static',
      'coreutils',
      'dash',
      'findutils',
      'grep',
      'kmod',
      'nodejs',
      'passwd',
      'pciutils',
      'sed',
      'util-linux',
    ],
  },
}
