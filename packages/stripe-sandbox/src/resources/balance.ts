import type Stripe from 'stripe'
import { convert } from '../core/currencies'
import { noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import type { Params } from '../core/params'
import { DAY } from '../core/periods'
import { get, type Route } from '../core/routes'
import type { World } from '../core/world'

type Movement = {
  type: 'charge' | 'refund' | 'refund_failure' | 'adjustment'
  amount: number
  currency: string
  description: string | null
  source: string
  /** Computes Stripe's fee from an amount in the settlement currency; the result is in the same currency. */
  fee?: (settled: number) => number
}

/** The settlement currency for `currency` and the conversion rate, which is null without a conversion. */
function settlement(world: World, currency: string): { currency: string; rate: number | null } {
  const { settlementCurrency, rates } = world.account
  const rate = rates[currency]
  return currency === settlementCurrency || rate === undefined
    ? { currency, rate: null }
    : { currency: settlementCurrency, rate }
}

/** Records the balance transaction of a charge, refund or dispute in the settlement currency. */
export function recordBalance(world: World, movement: Movement): Stripe.BalanceTransaction {
  const { currency, rate } = settlement(world, movement.currency)
  const amount = rate === null ? movement.amount : convert(movement.amount, movement.currency, currency, rate)
  const fee = movement.fee?.(amount) ?? 0
  return world.store.balanceTransactions.put({
    id: stripeId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: world.now() + 2 * DAY,
    balance_type: 'payments',
    created: world.now(),
    currency,
    description: movement.description,
    exchange_rate: rate,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: amount - fee,
    reporting_category: movement.type === 'adjustment' ? 'dispute' : movement.type,
    source: movement.source,
    status: 'pending',
    type: movement.type,
  })
}

/** Stripe's standard fee for a US card: 2.9 % + 30 cents. */
export function processingFee(amount: number): number {
  return Math.round((amount * 29) / 1000) + 30
}

/** The merchant's balance in Stripe by currency. Money is available after two days. */
function retrieveBalance(world: World): Stripe.Balance {
  const sums = new Map<string, { available: number; pending: number }>()
  for (const { currency, net, available_on } of world.store.balanceTransactions.all()) {
    const sum = sums.get(currency) ?? { available: 0, pending: 0 }
    sum[available_on <= world.now() ? 'available' : 'pending'] += net
    sums.set(currency, sum)
  }
  if (sums.size === 0) sums.set(world.account.settlementCurrency, { available: 0, pending: 0 })
  const entries = [...sums]
  const row = (currency: string, amount: number) => ({ amount, currency, source_types: { card: amount } })
  return {
    object: 'balance',
    available: entries.map(([currency, { available }]) => row(currency, available)),
    livemode: world.account.livemode,
    pending: entries.map(([currency, { pending }]) => row(currency, pending)),
  }
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.BalanceTransaction> {
  const source = params.text('source')
  const type = params.text('type')
  const created = createdFilter(params)
  const rows = world.store.balanceTransactions.newestFirst(
    (row) =>
      (source === undefined || idOf(row.source) === source) &&
      (type === undefined || row.type === type) &&
      created(row),
  )
  return page(params, rows, '/v1/balance_transactions')
}

export const balanceRoutes: Route[] = [
  get('/v1/balance', ({ world, params }) => {
    params.finish()
    return retrieveBalance(world)
  }),
  get('/v1/balance_transactions', ({ world, params }) => list(world, params)),
  get('/v1/balance_transactions/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.balanceTransactions.get(id)
    if (found === undefined) throw noSuch('balance transaction', id)
    return found
  }),
]
