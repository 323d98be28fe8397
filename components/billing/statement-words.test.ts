import { expect, test } from 'vitest'
import type { Micros } from '@/lib/instant'
import { ZERO } from '@/lib/millicredits'
import type { Movement } from '@/lib/usage/statement'
import { movementInWords } from './statement-words'

const APP = '01a20a4b-5ad0-74a0-95e4-a6c46fbf2f20'
const CHARGE = '01a20a4c-11fe-7000-b1c1-a0f37c1f7d2e'

const PLAIN: Movement = {
  at: 0 as Micros,
  kind: 'grant',
  amount: 0,
  balanceAfter: ZERO,
  source: null,
  operation: null,
  appId: null,
  chargeId: null,
  refundId: null,
  grantId: null,
  reason: null,
  effectiveAt: 0 as Micros,
  dueNumber: null,
}

const used = { operation: 'web.extract', appId: APP, chargeId: CHARGE }
const receipt = '/settings/usage?receipt=chg_01a20a4c11fe7000b1c1a0f37c1f7d2e'

test.each<[Partial<Movement>, string, string | null, string | null]>([
  [{ kind: 'charge', ...used }, 'Web Content Extraction', 'in Recipe Box', receipt],
  [{ kind: 'charge', ...used, appId: null }, 'Web Content Extraction', null, receipt],
  [{ kind: 'refund', ...used, reason: 'it failed' }, 'Refund: Web Content Extraction', 'it failed', receipt],
  [{ kind: 'grant', source: 'allowance' }, 'Monthly allowance', null, null],
  [{ kind: 'grant', source: 'promo', reason: 'welcome' }, 'Promotional credits', 'welcome', null],
  [
    { kind: 'transfer', source: 'reward', reason: 'moved from rewards' },
    'Moved from your rewards',
    null,
    null,
  ],
  [{ kind: 'expire', source: 'allowance' }, 'Expired: monthly allowance', null, null],
  [{ kind: 'revoke', source: 'pack', reason: 'money back' }, 'Taken back: credit pack', 'money back', null],
  [{ kind: 'restore', source: 'pack' }, 'Given back: credit pack', null, null],
])('movement %j reads “%s”', (movement, title, detail, href) => {
  const words = movementInWords({ ...PLAIN, ...movement }, new Map([[APP, 'Recipe Box']]))
  expect(words).toEqual({ title, detail, href })
})
