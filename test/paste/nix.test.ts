import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { candidates } from '../../src/rules/candidates.ts'
import { factsOf } from './support.ts'

const parameters = (post: string) =>
  (valueOf(factsOf(post).boot)?.sources ?? []).map((one) => [
    one.path,
    one.parameters.map(({ name, value }) => (value === null ? name : `${name}=${value}`)).join(' '),
  ])

describe('a configuration.nix', () => {
  it('tells the system, the parameters, the modules and modprobe.d', () => {
    const facts = factsOf(`
      boot = {
        initrd = {
          availableKernelModules = [ "nvme" "xhci_pci" ];
          kernelModules = [
            "vfio_pci"
            "vfio"
            # "i915"
          ];
        };
        kernelModules = [ "kvm-amd" ];
        blacklistedKernelModules = [ "nouveau" ];
        extraModprobeConfig = ''
          options vfio-pci ids=10de:1b81,10de:10f0
          softdep nvidia pre: vfio-pci
        '';
        kernelParams = [
          "amd_iommu=on" # the board is an AMD one
          "iommu=pt"
        ];
      };`)
    expect(valueOf(facts.os)).toMatchObject({ id: 'nixos', flavour: 'nixos' })
    expect(valueOf(facts.initramfs)?.configuredModules.map((one) => one.module)).toEqual(['vfio_pci', 'vfio'])
    expect(valueOf(facts.modprobe)?.loadAtBoot).toEqual([{ module: 'kvm_amd', path: 'boot.kernelModules' }])
    expect(valueOf(facts.modprobe)?.directives).toMatchObject([
      { kind: 'blacklist', module: 'nouveau' },
      { kind: 'options', module: 'vfio_pci', options: [['ids', '10de:1b81,10de:10f0']] },
      { kind: 'softdep', module: 'nvidia', pre: ['vfio_pci'] },
    ])
    expect(valueOf(facts.boot)?.sources).toMatchObject([
      { layer: 'configured', parameters: [{ name: 'amd_iommu' }, { name: 'iommu' }] },
    ])
  })

  it('joins the ids that it lists elsewhere', () => {
    const post = (joined: string) => `
      let
        gpuIDs = [
          "10de:1f07" # Graphics
          "10de:10f9" # Audio
        ];
      in { config, ... }: {
        boot.kernelParams = [
          "amd_iommu=on"
        ] ++ ${joined};
      }`
    const whole = [['boot.kernelParams (paste, line 7)', 'amd_iommu=on vfio-pci.ids=10de:1f07,10de:10f9']]
    expect(parameters(post('lib.optional cfg.enable ("vfio-pci.ids=" + lib.concatStringsSep "," gpuIDs)'))).toEqual(
      whole,
    )
    expect(parameters(post('[ "vfio-pci.ids=${lib.concatStringsSep "," gpuIDs}" ]'))).toEqual(whole)
    expect(parameters(post('[ "vfio-pci.ids=${lib.concatStringsSep "," others}" ]'))).toEqual([
      ['boot.kernelParams (paste, line 7)', 'amd_iommu=on'],
    ])
  })

  it('on one line, in the quotes of either kind', () => {
    const facts = factsOf(`
      boot.initrd.kernelModules = [ "vfio_pci" ];
      boot.kernelParams = ["intel_iommu=on"];
      boot.extraModprobeConfig = "options vfio-pci ids=10de:1b81";`)
    expect(valueOf(facts.initramfs)?.configuredModules).toEqual([
      { module: 'vfio_pci', source: 'boot.initrd.kernelModules' },
    ])
    expect(valueOf(facts.modprobe)?.directives).toMatchObject([{ kind: 'options', module: 'vfio_pci' }])
    expect(parameters('boot.kernelParams = ["intel_iommu=on"];')).toEqual([
      ['boot.kernelParams (paste, line 1)', 'intel_iommu=on'],
    ])
  })

  it('that ends where the post goes on with something else', () => {
    const facts = factsOf(`
      boot.kernelParams = [
        "intel_iommu=on"
      ]
      and this is what I see
      01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)`)
    expect(valueOf(facts.pci)?.functions.map((one) => one.address)).toEqual(['0000:01:00.0'])
    expect(valueOf(facts.boot)?.sources).toHaveLength(1)
  })

  it.each(['#boot.kernelParams = [ "intel_iommu=on" ];', 'disk = [', 'kernelModules = none', 'ids = [ "a" ]'])(
    'not in: %s',
    (post) => {
      expect(factsOf(post).boot.state).toBe('unknown')
      expect(factsOf(post).os.state).toBe('unknown')
    },
  )
})

describe('the system of a post', () => {
  it.each([
    ['PRETTY_NAME="NixOS 24.05 (Uakari)"\nID=nixos', 'nixos', 'nixos'],
    ['Operating System: Fedora Linux 41 (Kinoite)', 'fedora', 'ostree'],
    ['NAME="Fedora Linux"\nID=fedora\nVARIANT_ID=silverblue', 'fedora', 'ostree'],
    ['OS: Bazzite 41', 'bazzite', 'ostree'],
    ['Host OS: Linux Mint 21.3', 'linuxmint', 'plain'],
    ['Distro: Pop!_OS 22.04 LTS', 'pop', 'plain'],
    ['- OS: openSUSE MicroOS', 'opensuse', 'transactional'],
    ['Description:\tUbuntu 22.04.4 LTS', 'ubuntu', 'plain'],
    ['uname -r\n6.6.43-talos', 'talos', 'talos'],
  ])('%s', (post, id, flavour) => {
    expect(valueOf(factsOf(post).os)).toMatchObject({ id, flavour })
  })

  it.each(['Operating System: Windows 11', 'Description: the card stays black', 'OS: ask me'])('none: %s', (post) => {
    expect(factsOf(post).os.state).toBe('unknown')
  })

  it('is that of the host, which a form asks for first', () => {
    const os = factsOf('## Host\n- Operating System: Debian 12\n## Guest\n- Operating System: Ubuntu 24.04').os
    expect(valueOf(os)?.id).toBe('debian')
  })
})

describe('ids that somebody wrote for vfio-pci', () => {
  const post = `
    GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1b81"
    01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [10de:1b81] (rev a1)
      Kernel driver in use: nvidia`

  it('tell the device where nothing shows what runs', () => {
    expect([...candidates(factsOf(post), [])]).toEqual([
      ['0000:01:00.0', 'its id is written for vfio-pci (GRUB_CMDLINE_LINUX_DEFAULT (paste, line 1))'],
    ])
  })

  it('and no more where that is shown', () => {
    expect(
      candidates(factsOf(`${post}\n    $ cat /proc/cmdline\n    BOOT_IMAGE=/vmlinuz root=/dev/sda1`), []).size,
    ).toBe(0)
  })
})
