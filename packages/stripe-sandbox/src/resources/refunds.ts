import type Stripe from 'stripe'
import { checkStep, money } from '../core/currencies'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { recordBalance } from './balance'
import { findCharge, findIntent } from './payments'

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

export function findRefund(world: World, id: string): Stripe.Refund {
  const found = world.store.refunds.get(id)
  if (found === undefined) throw noSuch('refund', id)
  return found
}

type RefundFields = {
  charge: Stripe.Charge
  amount: number
  reason: Stripe.Refund.Reason | null
  metadata: Stripe.Metadata
}

export function createRefund(
  world: World,
  { charge, amount, reason, metadata }: RefundFields,
): Stripe.Refund {
  const pending = world.faults.refunds === 'pending'
  const refund: Stripe.Refund = {
    id: stripeId('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: world.now(),
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    destination_details: pending
      ? { type: 'us_bank_transfer' }
      : {
          card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
          type: 'card',
        },
    metadata,
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: pending ? 'pending' : 'succeeded',
    transfer_reversal: null,
  }
  if (pending) refund.pending_reason = 'processing'
  refund.balance_transaction = recordBalance(world, {
    type: 'refund',
    amount: -amount,
    currency: refund.currency,
    description: 'REFUND FOR CHARGE',
    source: refund.id,
  }).id
  world.store.refunds.put(refund)
  const before = { amount_refunded: charge.amount_refunded, refunded: charge.refunded }
  charge.amount_refunded += amount
  charge.refunded = charge.amount_refunded === charge.amount
  world.emit('refund.created', refund)
  world.emit('charge.refunded', charge, before)
  if (!pending) {
    refund.destination_details = {
      card: {
        reference: stripeId('ref', 12).slice(4),
        reference_status: 'available',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    }
    world.emit('refund.updated', refund)
    world.emit('charge.refund.updated', refund)
  }
  return refund
}

/** Applies the bank's answer to a refund. A failure restores the charge, even days after the refund had succeeded. */
export function settleRefund(world: World, refund: Stripe.Refund, status: 'succeeded' | 'failed'): void {
  if (refund.status === status || refund.status === 'failed') return
  const before = { status: refund.status }
  refund.status = status
  delete refund.pending_reason
  if (status === 'failed') {
    refund.failure_reason = 'expired_or_canceled_card'
    refund.failure_balance_transaction = recordBalance(world, {
      type: 'refund_failure',
      amount: refund.amount,
      currency: refund.currency,
      description: 'REFUND FAILURE',
      source: refund.id,
    }).id
    const charge = findCharge(world, idOf(refund.charge) ?? '')
    charge.amount_refunded -= refund.amount
    charge.refunded = false
    world.emit('refund.failed', refund, before)
  }
  world.emit('refund.updated', refund, before)
  world.emit('charge.refund.updated', refund, before)
}

function chargeToRefund(world: World, params: Params): Stripe.Charge {
  const chargeId = params.text('charge')
  const intentId = params.text('payment_intent')
  if (chargeId !== undefined) return findCharge(world, chargeId, 'charge')
  if (intentId === undefined) {
    throw invalid(
      'One of the following params should be provided: payment_intent or charge.',
      'payment_intent',
    )
  }
  const intent = findIntent(world, intentId, 'payment_intent')
  const latest = idOf(intent.latest_charge)
  if (latest === null || intent.status !== 'succeeded') {
    throw invalid(
      `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
      'payment_intent',
      'charge_not_refundable',
    )
  }
  return findCharge(world, latest, 'payment_intent')
}

function create(world: World, params: Params): Stripe.Refund {
  const charge = chargeToRefund(world, params)
  const asked = params.integer('amount')
  const reason = params.oneOf('reason', REASONS) ?? null
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  return createRefund(world, { charge, amount: checkAmount(world, charge, asked), reason, metadata })
}

/** The requested amount, or the rest of the charge by default. Refuses more than the rest. */
export function checkAmount(world: World, charge: Stripe.Charge, asked: number | undefined): number {
  if (charge.status !== 'succeeded') throw invalid(`Charge ${charge.id} was not successful.`, 'charge')
  const left = charge.amount - charge.amount_refunded
  if (left === 0) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, 'charge', 'charge_already_refunded')
  }
  const disputed = world.store.disputes
    .all()
    .some((dispute) => idOf(dispute.charge) === charge.id && !dispute.is_charge_refundable)
  if (disputed)
    throw invalid(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      'charge',
      'charge_disputed',
    )
  const amount = asked ?? left
  if (amount < 1) throw invalid('Invalid positive integer', 'amount', 'parameter_invalid_integer')
  checkStep(amount, charge.currency, 'amount')
  if (amount > left) {
    const shown = (value: number) => money(value, charge.currency)
    throw invalid(
      `Refund amount (${shown(amount)}) is greater than unrefunded amount on charge (${shown(left)})`,
      'amount',
    )
  }
  return amount
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Refund> {
  const charge = params.text('charge')
  if (charge !== undefined) findCharge(world, charge, 'charge')
  const intent = params.text('payment_intent')
  if (intent !== undefined) findIntent(world, intent, 'payment_intent')
  const created = createdFilter(params)
  const rows = world.store.refunds.newestFirst(
    (refund) =>
      (charge === undefined || idOf(refund.charge) === charge) &&
      (intent === undefined || idOf(refund.payment_intent) === intent) &&
      created(refund),
  )
  return page(params, rows, '/v1/refunds')
}

function update(world: World, params: Params, id: string): Stripe.Refund {
  const refund = findRefund(world, id)
  const metadata = params.metadata()
  params.finish()
  refund.metadata = mergeMetadata(refund.metadata ?? {}, metadata)
  world.emit('refund.updated', refund)
  return refund
}

export const refundRoutes: Route[] = [
  post('/v1/refunds', ({ world, params }) => create(world, params)),
  get('/v1/refunds', ({ world, params }) => list(world, params)),
  get('/v1/refunds/:id', ({ world, params, id }) => {
    params.finish()
    return findRefund(world, id)
  }),
  post('/v1/refunds/:id', ({ world, params, id }) => update(world, params, id)),
]
