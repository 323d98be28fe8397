import type { ClientBase } from 'pg'
import { freePlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import {
  followSubscription,
  type PaidPeriod,
  type SubscriptionState,
  startPaidPeriod,
} from '@/lib/credits/book/plan-life'
import type { Payment } from '@/lib/credits/book/records'
import { applyReturnedMoney, type ReturnedMoney } from '@/lib/credits/book/returned-money'
import { settleBefore, settleDue, settleEnds } from '@/lib/credits/book/settle'
import { loadGrants, loadPaidLines } from '@/lib/credits/store/load-account'
import { loadMoneyBack } from '@/lib/credits/store/record-history'
import { writeAccount } from '@/lib/credits/store/write-account'
import type { Millicredits } from '@/lib/millicredits'

/** A pack bought by one paid line. */
export type PaidPack = {
  amount: Millicredits
  /** Null if the pack never expires. */
  expiresAt: Date | null
  payment: Payment
}

/** The content of one reading of Stripe for an account. */
export type BillingFacts = {
  accountId: string
  packs: PaidPack[]
  periods: PaidPeriod[]
  /** Null if the reading has no subscription, which leaves the plan as it is. */
  subscription: SubscriptionState | null
  returned: ReturnedMoney[]
  /** Returns true if no newer reading has been applied. Called under the account's lock. */
  isNewest: (client: ClientBase) => Promise<boolean>
  /** Writes further rows in the same transaction. */
  record: (client: ClientBase) => Promise<void>
}

/** Thrown if a Stripe line has already paid for another account's grant, because its customer was reassigned by hand. */
export class ForeignLine extends Error {
  override readonly name = 'ForeignLine'
  constructor(stripeLine: string) {
    super(`Stripe line ${stripeLine} paid for another account's grant`)
  }
}

/**
 * Applies a reading of Stripe in one transaction under the account's lock: makes a grant for each new paid line, sets
 * the plan to the subscription's state and takes back returned money. Returns false, without any effect, if a newer
 * reading was applied before. Throws `NotFound` for an unknown account, `ForeignLine` if a line paid for another
 * account's grant.
 */
export async function applyBilling(ctx: Context, facts: BillingFacts): Promise<boolean> {
  const outcome = await writeAccount<boolean>(ctx, {
    accountId: facts.accountId,
    idempotency: null,
    makes: 'grant',
    already: async (client) => ((await facts.isNewest(client)) ? null : false),
    settle: (book) => settleBefore(book, facts.subscription),
    decide: async (book, client) => {
      await applyLines(book, client, facts)
      if (facts.subscription !== null) followSubscription(book, facts.subscription)
      settleDue(book)
      await applyReturned(book, client, facts.returned)
      await facts.record(client)
      return { value: true, objectId: facts.accountId, result: null }
    },
  })
  return outcome.value
}

async function applyLines(book: AccountBook, client: ClientBase, facts: BillingFacts): Promise<void> {
  const lines = [...facts.packs, ...facts.periods].map(({ payment }) => payment.stripeLine)
  if (lines.length === 0) return
  const { rows } = await client.query<{ account_id: string; stripe_line: string }>({
    name: 'lines-that-paid',
    text: 'select account_id, stripe_line from grants where stripe_line = any($1)',
    values: [lines],
  })
  const foreign = rows.find((row) => row.account_id !== book.accountId)
  if (foreign) throw new ForeignLine(foreign.stripe_line)
  const known = new Set(rows.map((row) => row.stripe_line))
  for (const { amount, expiresAt, payment } of facts.packs) {
    if (known.has(payment.stripeLine)) continue
    book.issue({ source: 'pack', amount, expiresAt, period: null, payment, reason: null })
    settleEnds(book)
  }
  await startPeriods(
    book,
    client,
    facts.periods.filter(({ payment }) => !known.has(payment.stripeLine)),
  )
}

/**
 * Starts paid periods in order; those of one instant in the order of the reading. Stripe's timestamps are in seconds,
 * so two subscriptions may begin at the same instant. An account has one allowance per period start and both payments
 * must be recorded, so the second period is stored a millisecond later.
 */
async function startPeriods(book: AccountBook, client: ClientBase, periods: PaidPeriod[]): Promise<void> {
  if (periods.length === 0) return
  const { rows } = await client.query<{ start: Date }>({
    name: 'paid-starts',
    text: 'select period_start as start from grants where account_id = $1 and plan <> $3 and period_start >= $2',
    values: [
      book.accountId,
      new Date(Math.min(...periods.map(({ period }) => period.start.getTime()))),
      freePlan(book.catalog).key,
    ],
  })
  const taken = new Set(rows.map(({ start }) => start.getTime()))
  for (const { period, ...paid } of periods.toSorted(byStart)) {
    let start = period.start.getTime()
    while (taken.has(start)) start += 1
    taken.add(start)
    startPaidPeriod(book, { ...paid, period: { ...period, start: new Date(start) } })
    settleEnds(book)
  }
}

function byStart(left: PaidPeriod, right: PaidPeriod): number {
  return left.period.start.getTime() - right.period.start.getTime()
}

async function applyReturned(
  book: AccountBook,
  client: ClientBase,
  returned: ReturnedMoney[],
): Promise<void> {
  if (returned.length === 0) return
  const { rows } = await client.query<{ id: string }>({
    name: 'grants-of-payments',
    text: `
      select id from grants where account_id = $1 and (stripe_line = any($2) or stripe_payment = any($3))`,
    values: [
      book.accountId,
      returned.flatMap(({ lines }) => lines),
      returned.flatMap(({ payments }) => payments),
    ],
  })
  const ids = rows.map((row) => row.id)
  book.addGrants(await loadGrants(client, book.accountId, ids))
  const payments = {
    lines: returned.flatMap(({ lines }) => lines),
    payments: returned.flatMap((one) => one.payments),
  }
  book.addLines(await loadPaidLines(client, book.accountId, payments))
  const histories = await loadMoneyBack(client, book.accountId, ids)
  for (const one of returned) applyReturnedMoney(book, one, histories)
}
