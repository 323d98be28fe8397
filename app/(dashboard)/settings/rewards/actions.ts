'use server'

import { refresh } from 'next/cache'
import { asPerson, type Person } from '@/app/form-outcome'
import { parseCredits } from '@/components/apps/parse-credits'
import type { TransferOutcome } from '@/components/rewards/transfer-form'
import { textOf } from '@/lib/auth/form-context'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { IdempotencyConflict, InvalidRequest, Unavailable } from '@/lib/errors'
import { hashRequest } from '@/lib/metering/request-hash'

/** The idempotency key of a transfer: a UUID made by the page. */
const MOVE_KEY = /^[0-9a-f-]{36}$/

/** Moves rewards to spendable credits; submitting the same form twice moves them once. */
export async function move(_before: TransferOutcome | null, form: FormData): Promise<TransferOutcome> {
  return asPerson('/settings/rewards', refused, (person) => moveAs(person, form))
}

async function moveAs({ ctx, accountId }: Person, form: FormData): Promise<TransferOutcome> {
  const amount = parseCredits(textOf(form, 'amount'))
  if (amount === null) return refused('Enter more than 0 credits, at most three decimals.', 'amount')
  const key = textOf(form, 'key')
  if (!MOVE_KEY.test(key)) return refused('This page is out of date. Reload it and try again.')
  try {
    const fingerprint = hashRequest('POST /rewards/transfer', { user: accountId, amount })
    const idempotency = { key: `page-${key}`, fingerprint }
    const { value } = await transferRewards(ctx, { accountId, amount, idempotency })
    refresh()
    return { moved: value.amount, problem: null }
  } catch (error) {
    if (error instanceof InvalidRequest)
      return refused(error.errors[0]?.message ?? 'This amount cannot be moved.', 'amount')
    if (error instanceof IdempotencyConflict)
      return refused('Your previous move took effect. Reload the page to see the remaining rewards.')
    if (error instanceof Unavailable)
      return refused('This may or may not have taken effect. Press again: rewards move at most once.')
    throw error
  }
}

function refused(message: string, field: 'amount' | null = null): TransferOutcome {
  return { moved: null, problem: { message, field } }
}
