import type Stripe from 'stripe'
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
  fee?: number
}

/** The entry of the merchant's Stripe balance that belongs to a charge, refund or dispute. */
export function recordBalance(world: World, movement: Movement): Stripe.BalanceTransaction {
  const fee = movement.fee ?? 0
  return world.store.balanceTransactions.put({
    id: stripeId('txn'),
    object: 'balance_transaction',
    amount: movement.amount,
    available_on: world.now() + 2 * DAY,
    balance_type: 'payments',
    created: world.now(),
    currency: movement.currency,
    description: movement.description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency: movement.currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: movement.amount - fee,
    reporting_category: movement.type === 'adjustment' ? 'dispute' : movement.type,
    source: movement.source,
    status: 'pending',
    type: movement.type,
  })
}

/** Stripe's standard price for a US card: 2.9 % + 30 cents. */
export function processingFee(amount: number): number {
  return Math.round((amount * 29) / 1000) + 30
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
  get('/v1/balance_transactions', ({ world, params }) => list(world, params)),
  get('/v1/balance_transactions/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.balanceTransactions.get(id)
    if (found === undefined) throw noSuch('balance transaction', id)
    return found
  }),
]
