import type { Fn } from '../pci.ts'
import { ACS_ON } from './x79.ts'

/** Group numbers of the desktop below, where other files name them. */
export const GPU_GROUP = 14

const SUB = '1043:8694'

/**
 * An Intel desktop of the twelfth generation with a Z690 chipset: graphics of the processor, a graphics card in a port
 * with access control, two NVMe drives and a network card. Functions of the chipset that lack a PCI Express
 * capability share the group of their slot (pci_device_group in drivers/iommu/iommu.c).
 */
export const ALDER_LAKE: readonly Fn[] = [
  bare('00:00.0', '4660', 0x060000, '12th Gen Core Processor Host Bridge/DRAM Registers', 1),
  port('00:01.0', '460d', '12th Gen Core Processor PCI Express x16 Controller #1', 1, 2),
  {
    ...bare('00:02.0', '4680', 0x030000, 'AlderLake-S GT1 [UHD Graphics 770]', 0),
    type: 'integrated',
    unit: 'dmar0',
    driver: 'i915',
    modules: ['i915'],
    bootVga: true,
    bars: [
      ['64', 0x6000000000, 0x1000000],
      ['64p', 0x4000000000, 0x10000000],
    ],
  },
  {
    ...bare('00:04.0', '461d', 0x118000, 'Alder Lake Innovation Platform Framework Processor Participant', 3),
    driver: 'proc_thermal_pci',
  },
  port('00:06.0', '464d', '12th Gen Core Processor PCI Express x4 Controller #0', 2, 4),
  { ...bare('00:08.0', '464f', 0x088000, '12th Gen Core Processor Gaussian & Neural Accelerator', 5) },
  { ...bare('00:0a.0', '467d', 0x118000, 'Platform Monitoring Technology', 6), driver: 'intel_vsec' },
  {
    ...bare('00:14.0', '7ae0', 0x0c0330, 'Alder Lake-S PCH USB 3.2 Gen 2x2 XHCI Controller', 7),
    driver: 'xhci_hcd',
    bars: [['64', 0x6001100000, 0x10000]],
  },
  { ...bare('00:14.2', '7aa7', 0x050000, 'Alder Lake-S PCH Shared SRAM', 7), noInterrupt: true },
  {
    ...bare('00:14.3', '7af0', 0x028000, 'Alder Lake-S PCH CNVi WiFi', 8),
    type: 'integrated',
    flr: true,
    driver: 'iwlwifi',
    modules: ['iwlwifi'],
    bars: [['64', 0x6001114000, 0x4000]],
  },
  ...['7acc', '7acd', '7ace', '7acf'].map((id, at): Fn => ({
    ...bare(`00:15.${at}`, id, 0x0c8000, `Alder Lake-S PCH Serial IO I2C Controller #${at}`, 9),
    driver: 'intel-lpss',
  })),
  { ...bare('00:16.0', '7ae8', 0x078000, 'Alder Lake-S PCH HECI Controller #1', 10), driver: 'mei_me' },
  {
    ...bare('00:17.0', '7ae2', 0x010601, 'Alder Lake-S PCH SATA Controller [AHCI Mode]', 11),
    driver: 'ahci',
    bars: [['32', 0x82700000, 0x2000]],
  },
  ...['7afc', '7afd'].map((id, at): Fn => ({
    ...bare(`00:19.${at}`, id, 0x0c8000, `Alder Lake-S PCH Serial IO I2C Controller #${at + 4}`, 27),
    driver: 'intel-lpss',
  })),
  port('00:1a.0', '7ac8', 'Alder Lake-S PCH PCI Express Root Port #25', 3, 12),
  port('00:1b.0', '7ac0', 'Alder Lake-S PCH PCI Express Root Port #17', 4, 16),
  port('00:1b.4', '7ac4', 'Alder Lake-S PCH PCI Express Root Port #21', 5, 17),
  port('00:1c.0', '7ab8', 'Alder Lake-S PCH PCI Express Root Port #1', 6, 18),
  port('00:1c.1', '7ab9', 'Alder Lake-S PCH PCI Express Root Port #2', 7, 19),
  port('00:1c.2', '7aba', 'Alder Lake-S PCH PCI Express Root Port #3', 8, 20),
  port('00:1c.4', '7abc', 'Alder Lake-S PCH PCI Express Root Port #5', 9, 21),
  port('00:1d.0', '7ab0', 'Alder Lake-S PCH PCI Express Root Port #9', 10, 22),
  { ...bare('00:1e.0', '7aa8', 0x078000, 'Alder Lake-S PCH Serial IO UART #0', 23), driver: 'intel-lpss' },
  { ...bare('00:1e.3', '7aab', 0x0c8000, 'Alder Lake-S PCH Serial IO SPI Controller #1', 23), driver: 'intel-lpss' },
  { ...bare('00:1f.0', '7a84', 0x060100, 'Z690 Chipset LPC/eSPI Controller', 13), noInterrupt: true },
  {
    ...bare('00:1f.3', '7ad0', 0x040300, 'Alder Lake-S HD Audio Controller', 13),
    driver: 'snd_hda_intel',
    modules: ['snd_hda_intel'],
    bars: [['64', 0x6001110000, 0x4000]],
  },
  { ...bare('00:1f.4', '7aa3', 0x0c0500, 'Alder Lake-S PCH SMBus Controller', 13), driver: 'i801_smbus' },
  {
    ...bare('00:1f.5', '7aa4', 0x0c8000, 'Alder Lake-S PCH SPI Controller', 13),
    driver: 'intel-spi',
    noInterrupt: true,
  },
  {
    at: '01:00.0',
    id: '10de:2484',
    class: 0x030000,
    name: 'GA104 [GeForce RTX 3070]',
    subsystem: '1462:3909',
    type: 'legacy',
    driver: 'nouveau',
    modules: ['nouveau'],
    group: GPU_GROUP,
    bootVga: false,
    bars: [
      ['32', 0x81000000, 0x1000000],
      ['64p', 0x6010000000, 0x10000000],
      ['64p', 0x6020000000, 0x2000000],
    ],
  },
  {
    at: '01:00.1',
    id: '10de:228b',
    class: 0x040300,
    name: 'GA104 High Definition Audio Controller',
    subsystem: '1462:3909',
    driver: 'snd_hda_intel',
    modules: ['snd_hda_intel'],
    group: GPU_GROUP,
    bars: [['32', 0x82080000, 0x4000]],
  },
  nvme('02:00.0', 15, 0x82600000),
  {
    at: '03:00.0',
    id: '8086:15f3',
    class: 0x020000,
    name: 'Ethernet Controller I225-V',
    subsystem: '1043:87d2',
    driver: 'igc',
    modules: ['igc'],
    flr: true,
    msix: true,
    group: 24,
    bars: [['32', 0x82400000, 0x100000]],
  },
  {
    at: '04:00.0',
    id: '1b21:3241',
    class: 0x0c0330,
    name: 'ASM3241 USB 3.2 Gen2 Host Controller',
    subsystem: '1043:8769',
    driver: 'xhci_hcd',
    flr: true,
    group: 25,
    bars: [['64', 0x82300000, 0x8000]],
  },
  nvme('05:00.0', 26, 0x82200000),
]

function bare(at: string, device: string, code: number, name: string, group: number): Fn {
  return { at, id: `8086:${device}`, class: code, name, subsystem: SUB, group }
}

function port(at: string, device: string, name: string, bus: number, group: number): Fn {
  const base = bare(at, device, 0x060400, name, group)
  return { ...base, type: 'root-port', buses: [bus], driver: 'pcieport', acs: ACS_ON }
}

function nvme(at: string, group: number, start: number): Fn {
  return {
    at,
    id: '144d:a80a',
    class: 0x010802,
    name: 'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    subsystem: '144d:a801',
    driver: 'nvme',
    flr: true,
    msix: true,
    group,
    bars: [['64', start, 0x4000]],
  }
}
