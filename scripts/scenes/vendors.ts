/** Names of vendors as pci.ids has them. */
export const VENDORS: Readonly<Record<string, string>> = {
  '1002': 'Advanced Micro Devices, Inc. [AMD/ATI]',
  '1022': 'Advanced Micro Devices, Inc. [AMD]',
  '104c': 'Texas Instruments',
  '10de': 'NVIDIA Corporation',
  '10ec': 'Realtek Semiconductor Co., Ltd.',
  '144d': 'Samsung Electronics Co Ltd',
  '15b3': 'Mellanox Technologies',
  '1912': 'Renesas Technology Corp.',
  '1b21': 'ASMedia Technology Inc.',
  '1af4': 'Red Hat, Inc.',
  '1b36': 'Red Hat, Inc.',
  '1def': 'Ampere Computing, LLC',
  '8086': 'Intel Corporation',
}
