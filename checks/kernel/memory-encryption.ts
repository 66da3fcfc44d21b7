import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = { 'pt-default-set-aside': ['iommu-memenc'], 'snp-off-by-pt': ['amd-snp-pt'] } as const
type Code = keyof typeof CODES

export const check: AnyCheck = defineCheck({
  id: 'memory-encryption',
  area: 'kernel',
  title: 'Memory encryption and the mode of the IOMMU get on with each other',
  needs: [],
  uses: ['messages'],
  problems: {
    'pt-default-set-aside': {
      severity: 'info',
      family: 'healthy',
      title: 'The kernel translates DMA for its own devices, because memory is encrypted',
      summary:
        'This kernel is built to let devices of the host past the IOMMU by default, which does not go with encrypted memory, so it does not. Devices that are given to a guest are translated in any case.',
      proof: 'The kernel line that it disables default IOMMU passthrough.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'Passthrough to guests does not depend on it.' }],
      sources: ['drivers/iommu/iommu.c: iommu_subsys_init'],
    },
    'snp-off-by-pt': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'Encrypted guests (SEV-SNP) are not on offer, because the IOMMU is in passthrough mode or off',
      summary:
        'SNP needs the IOMMU to translate for every device of the host. Ordinary guests and passthrough work as they are; only who wants SNP guests must do without iommu=pt, which passthrough does not need.',
      proof: 'The line of the AMD IOMMU driver that SNP cannot be supported.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        { do: 'advise', say: 'Take iommu=pt out of the command line if you want SNP guests; else leave it be.' },
      ],
      sources: ['drivers/iommu/amd/init.c: iommu_snp_enable'],
    },
  },
  judge(facts) {
    return concludeOutput(raise<Code>(facts.messages, CODES), 'nothing shown speaks of memory encryption')
  },
})
