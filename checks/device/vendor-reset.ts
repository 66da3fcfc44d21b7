import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput, onlyIfWanted } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = { 'reset-chip-unready': ['vr-psp-unready'] } as const

export const check: AnyCheck = defineCheck({
  id: 'vendor-reset',
  area: 'device',
  title: 'The module vendor-reset met no card that was not ready to be reset',
  needs: [],
  uses: ['messages', 'pci'],
  problems: {
    'reset-chip-unready': {
      severity: 'info',
      family: 'reset-failure',
      title: 'The processor on {who} that resets it was not ready for that',
      summary:
        'The module vendor-reset waited for it in vain and went on. The reset may have worked all the same; a card that the last guest left hanging mostly stays so until the host loses power.',
      proof: 'The line of vendor-reset that it continued anyway.',
      ruledOut: 'No such line.',
      remedy: [
        {
          do: 'advise',
          say: 'If the guest then has no picture, or code 43: shut the guest down from within before it is started again, and switch the machine off wholly once.',
        },
      ],
      sources: ['vendor-reset src/amd/navi10.c: amd_navi10_reset'],
    },
  },
  judge(facts, scope) {
    const hits = raise(facts.messages, CODES).map((hit) => onlyIfWanted(hit, facts.pci, scope))
    return concludeOutput(hits, 'the module vendor-reset says nothing')
  },
})
