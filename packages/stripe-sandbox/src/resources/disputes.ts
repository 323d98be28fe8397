import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import type { Params } from '../core/params'
import { DAY } from '../core/periods'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { recordBalance } from './balance'
import { findCharge, findIntent } from './payments'

const ANSWER_DAYS = 7
/** Stripe's fee for a dispute, in cents. */
const DISPUTE_FEE = 1500

export function findDispute(world: World, id: string): Stripe.Dispute {
  const found = world.store.disputes.get(id)
  if (found === undefined) throw noSuch('dispute', id)
  return found
}

function noEvidence(charge: Stripe.Charge): Stripe.Dispute.Evidence {
  return {
    access_activity_log: null,
    billing_address: null,
    cancellation_policy: null,
    cancellation_policy_disclosure: null,
    cancellation_rebuttal: null,
    customer_communication: null,
    customer_email_address: charge.billing_details.email,
    customer_name: charge.billing_details.name,
    customer_purchase_ip: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    duplicate_charge_explanation: null,
    duplicate_charge_id: null,
    enhanced_evidence: {},
    product_description: null,
    receipt: null,
    refund_policy: null,
    refund_policy_disclosure: null,
    refund_refusal_explanation: null,
    service_date: null,
    service_documentation: null,
    shipping_address: null,
    shipping_carrier: null,
    shipping_date: null,
    shipping_documentation: null,
    shipping_tracking_number: null,
    uncategorized_file: null,
    uncategorized_text: null,
  }
}

type DisputeFields = {
  charge: Stripe.Charge
  amount?: number
  reason?: string
  /** True for an inquiry, in which the bank only asks and withdraws no money. */
  inquiry?: boolean
}

/** Opens a dispute, which withdraws the money immediately unless it is only an inquiry. */
export function openDispute(world: World, fields: DisputeFields): Stripe.Dispute {
  const { charge } = fields
  if (charge.status !== 'succeeded') throw invalid(`Charge ${charge.id} was not successful.`, 'charge')
  const inquiry = fields.inquiry ?? false
  const dispute: Stripe.Dispute = {
    id: stripeId('du'),
    object: 'dispute',
    amount: fields.amount ?? charge.amount - charge.amount_refunded,
    balance_transactions: [],
    charge: charge.id,
    created: world.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(charge),
    evidence_details: {
      due_by: world.now() + ANSWER_DAYS * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: 'manual',
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: idOf(charge.payment_intent),
    payment_method_details: {
      card: {
        brand: 'visa',
        case_type: inquiry ? 'inquiry' : 'chargeback',
        network: 'visa',
        network_reason_code: '10.4',
      },
      type: 'card',
    },
    reason: fields.reason ?? 'fraudulent',
    status: inquiry ? 'warning_needs_response' : 'needs_response',
  }
  world.store.disputes.put(dispute)
  charge.disputed = true
  if (inquiry) {
    world.emit('charge.dispute.created', dispute)
    return dispute
  }
  world.emit('charge.dispute.created', dispute)
  withdraw(world, dispute)
  return dispute
}

function withdraw(world: World, dispute: Stripe.Dispute): void {
  dispute.balance_transactions.push(
    recordBalance(world, {
      type: 'adjustment',
      amount: -dispute.amount,
      currency: dispute.currency,
      description: `Chargeback withdrawal for ${idOf(dispute.charge)}`,
      source: dispute.id,
      fee: () => DISPUTE_FEE,
    }),
  )
  world.emit('charge.dispute.funds_withdrawn', dispute)
}

export const DISPUTE_STEPS = ['under_review', 'won', 'lost', 'escalated', 'warning_closed'] as const
export type DisputeStep = (typeof DISPUTE_STEPS)[number]

/** Applies the next step of an open dispute; `escalated` turns an inquiry into a dispute. */
export function moveDispute(world: World, dispute: Stripe.Dispute, step: DisputeStep): void {
  const before = { status: dispute.status }
  const inquiry = dispute.status.startsWith('warning_')
  const over = ['won', 'lost', 'warning_closed'].includes(dispute.status)
  const wrong = over || (step === 'escalated' || step === 'warning_closed' ? !inquiry : false)
  if (wrong) throw invalid(`A dispute with status ${dispute.status} cannot become ${step}.`, 'status')
  switch (step) {
    case 'under_review':
      dispute.status = inquiry ? 'warning_under_review' : 'under_review'
      dispute.evidence_details = {
        ...dispute.evidence_details,
        has_evidence: true,
        submission_count: 1,
        submission_method: 'manual',
      }
      world.emit('charge.dispute.updated', dispute, before)
      return
    case 'escalated':
      dispute.status = 'needs_response'
      dispute.is_charge_refundable = false
      if (dispute.payment_method_details?.card) dispute.payment_method_details.card.case_type = 'chargeback'
      world.emit('charge.dispute.updated', dispute, before)
      withdraw(world, dispute)
      return
    case 'warning_closed':
      dispute.status = 'warning_closed'
      world.emit('charge.dispute.closed', dispute, before)
      return
    case 'lost':
      if (inquiry) withdraw(world, dispute)
      dispute.status = 'lost'
      dispute.is_charge_refundable = false
      world.emit('charge.dispute.closed', dispute, before)
      return
    case 'won':
      if (inquiry) throw invalid('An inquiry ends as warning_closed or is escalated.', 'status')
      dispute.status = 'won'
      world.emit('charge.dispute.closed', dispute, before)
      dispute.balance_transactions.push(
        recordBalance(world, {
          type: 'adjustment',
          amount: dispute.amount,
          currency: dispute.currency,
          description: `Chargeback reversal for ${idOf(dispute.charge)}`,
          source: dispute.id,
          fee: () => -DISPUTE_FEE,
        }),
      )
      world.emit('charge.dispute.funds_reinstated', dispute)
      return
    default:
      step satisfies never
  }
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Dispute> {
  const charge = params.text('charge')
  if (charge !== undefined) findCharge(world, charge, 'charge')
  const intent = params.text('payment_intent')
  if (intent !== undefined) findIntent(world, intent, 'payment_intent')
  const created = createdFilter(params)
  const rows = world.store.disputes.newestFirst(
    (dispute) =>
      (charge === undefined || idOf(dispute.charge) === charge) &&
      (intent === undefined || idOf(dispute.payment_intent) === intent) &&
      created(dispute),
  )
  return page(params, rows, '/v1/disputes')
}

export const disputeRoutes: Route[] = [
  get('/v1/disputes', ({ world, params }) => list(world, params)),
  get('/v1/disputes/:id', ({ world, params, id }) => {
    params.finish()
    return findDispute(world, id)
  }),
  post('/v1/disputes/:id/close', ({ world, params, id }) => {
    const dispute = findDispute(world, id)
    params.finish()
    moveDispute(world, dispute, 'lost')
    return dispute
  }),
]
