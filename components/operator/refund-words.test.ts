import { expect, test } from 'vitest'
import { credits } from '@/lib/testing/scenario'
import { refundInWords } from './refund-words'

test('the effect of a refund counts one credit in the singular', () => {
  const effect = {
    granted: credits(2),
    unspent: credits(1),
    taken: credits(1),
    shortfall: credits(1),
    availableBefore: credits(2),
    availableAfter: credits(1),
  }
  expect(refundInWords(effect, { money: '$2' })).toEqual([
    '$2 is returned to the original payment method.',
    'It bought 2 credits. 1 credit is unspent, and 1 credit is taken back.',
    expect.stringMatching(/^1 credit is already spent/),
    'The available balance goes from 2 to 1 credit.',
  ])
})
