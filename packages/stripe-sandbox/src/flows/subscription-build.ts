import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import { listOf } from '../core/lists'
import { nextPeriodEnd } from '../core/periods'
import type { World } from '../core/world'

type SubscriptionFields = {
  customer: Stripe.Customer
  items: Array<{ price: Stripe.Price; quantity: number }>
  currency: string
  metadata: Stripe.Metadata
  description: string | null
  /** Null if the customer's own payment method is charged. */
  paymentMethod: string | null
  automaticTax: boolean
  /** The end of the trial in seconds; null if the first period is paid immediately. */
  trialEnd: number | null
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause'
  /** Days to pay an invoice that is sent to the customer; null if invoices are charged automatically. */
  daysUntilDue: number | null
}

export function recurringOf(price: Stripe.Price): Stripe.Price.Recurring {
  if (price.recurring === null) throw new Error(`${price.id} is not a recurring price`)
  return price.recurring
}

/** The older format of a recurring price, which subscription items still contain. */
function planOf(price: Stripe.Price): Stripe.Plan {
  const recurring = recurringOf(price)
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: recurring.interval,
    interval_count: recurring.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  }
}

/** Builds a subscription item that starts in the current period. */
export function buildItem(
  world: World,
  subscription: string,
  {
    price,
    quantity,
    period,
  }: { price: Stripe.Price; quantity: number; period: Stripe.InvoiceLineItem.Period },
): Stripe.SubscriptionItem {
  return {
    id: stripeId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: world.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  }
}

/** Creates a subscription that is in trial or waiting for its first payment. Its period starts now. */
export function createSubscription(world: World, fields: SubscriptionFields): Stripe.Subscription {
  const id = stripeId('sub')
  const now = world.now()
  const { trialEnd } = fields
  const items = fields.items.map((item) => {
    const end = trialEnd ?? nextPeriodEnd(now, recurringOf(item.price), now)
    return buildItem(world, id, { ...item, period: { start: now, end } })
  })
  const subscription: Stripe.Subscription = {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: fields.automaticTax,
      liability: fields.automaticTax ? { type: 'self' } : null,
    },
    billing_cycle_anchor: trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: fields.daysUntilDue === null ? 'charge_automatically' : 'send_invoice',
    created: now,
    currency: fields.currency,
    customer: fields.customer.id,
    customer_account: null,
    days_until_due: fields.daysUntilDue,
    default_payment_method: fields.paymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: fields.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(items, `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: fields.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: fields.missingPaymentMethod },
    },
    trial_start: trialEnd === null ? null : now,
  }
  fields.customer.currency ??= fields.currency
  return world.store.subscriptions.put(subscription)
}
