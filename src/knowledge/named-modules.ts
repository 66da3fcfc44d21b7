/**
 * Modules that people name for passthrough in modprobe.d and on the command line, with underscores. Only such ones
 * stand here as have no module one letter away from them in any kernel from 5.10 to 7.3: e1000e, igb, nvme and xhci_pci
 * have (e1000, igc, nvmet, ehci_pci), so that a name near theirs may well be meant.
 */
export const NAMED_MODULES: readonly string[] = [
  'nouveau',
  'nvidia',
  'nvidia_drm',
  'nvidia_modeset',
  'nvidia_uvm',
  'amdgpu',
  'radeon',
  'i915',
  'snd_hda_intel',
  'snd_hda_codec_hdmi',
  'vfio_pci',
  'vfio_iommu_type1',
  'kvm_intel',
  'kvm_amd',
]
