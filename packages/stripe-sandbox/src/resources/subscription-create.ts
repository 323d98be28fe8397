import type Stripe from 'stripe'
import { invalid } from '../core/errors'
import { mergeMetadata, type Params } from '../core/params'
import type { World } from '../core/world'
import { collectInvoice, methodFor } from '../flows/collect'
import { redeem } from '../flows/discounts'
import { DRAFT_SECONDS } from '../flows/invoice-build'
import { finalizeInvoice, intentOf } from '../flows/invoice-pay'
import { draftForPeriod, linesForPeriod } from '../flows/periods'
import { createSubscription } from '../flows/subscription-build'
import { setCancelAt } from '../flows/subscription-end'
import { periodOf, setStatus } from '../flows/subscription-status'
import { checkMethod } from '../flows/subscription-update'
import { checkOneCurrency, findCustomer } from './customers'
import {
  readDaysUntilDue,
  readGrants,
  readItems,
  readMethod,
  readMissingMethod,
  readTrialEnd,
} from './subscription-params'

const ITEMS_MAX = 20

/** Reads settings that the sandbox accepts and ignores. */
export function acceptSettings(params: Params): void {
  params.boolean('off_session')
  const settings = params.object('payment_settings')
  settings?.oneOf('save_default_payment_method', ['off', 'on_subscription'])
  settings?.strings('payment_method_types')
}

/** Creates a subscription directly, as the API and the dashboard do. */
export function createByHand(world: World, params: Params): Stripe.Subscription {
  const customer = findCustomer(world, params.required('customer'), 'customer')
  const fixedCurrency = params.text('currency')
  const wanted = readItems(world, params, fixedCurrency)
  const behavior = params.oneOf('payment_behavior', [
    'allow_incomplete',
    'default_incomplete',
    'error_if_incomplete',
  ])
  const method = readMethod(world, params)
  const trialEnd = readTrialEnd(world, params) ?? null
  const daysUntilDue = readDaysUntilDue(params) ?? null
  const grants = readGrants(world, params, customer.id) ?? []
  const cancelAt = params.integer('cancel_at')
  const atPeriodEnd = params.boolean('cancel_at_period_end') ?? false
  const fields = {
    metadata: mergeMetadata({}, params.metadata()),
    description: params.text('description') ?? null,
    automaticTax: params.object('automatic_tax')?.boolean('enabled') ?? false,
    missingPaymentMethod: readMissingMethod(params) ?? 'create_invoice',
  }
  params.oneOf('proration_behavior', ['create_prorations', 'none'])
  acceptSettings(params)
  params.finish()
  if (wanted.length === 0) throw invalid('Missing required param: items.', 'items', 'parameter_missing')
  if (wanted.length > ITEMS_MAX) throw invalid(`At most ${ITEMS_MAX} items.`, 'items')
  if (behavior === 'error_if_incomplete' && trialEnd === null && daysUntilDue === null) {
    checkMethod(method ?? methodFor(world, undefined, customer.id))
  }
  const items = wanted.map(({ price, quantity, recurring }, index) => {
    const found = price()
    if (found === undefined || !recurring) throw invalid('Missing price.', `items[${index}][price]`)
    return { price: found, quantity: quantity ?? 1 }
  })
  const currency = fixedCurrency ?? items[0]?.price.currency ?? 'usd'
  checkTogether(items, currency)
  checkOneCurrency(world, customer, currency)
  const subscription = createSubscription(world, {
    ...fields,
    customer,
    items,
    currency,
    paymentMethod: method?.id ?? null,
    trialEnd,
    daysUntilDue,
  })
  const redeemed = { customer: customer.id, subscription: subscription.id }
  subscription.discounts = grants.map((grant) => redeem(world, grant, redeemed).id)
  if (cancelAt !== undefined) setCancelAt(world, subscription, cancelAt, false)
  if (atPeriodEnd) setCancelAt(world, subscription, periodOf(subscription).end, true)
  world.emit('customer.subscription.created', subscription)
  begin(world, subscription, behavior)
  return subscription
}

/**
 * Checks that all items share one currency and one interval. Stripe also allows mixed intervals, which the sandbox does not
 * support.
 */
export function checkTogether(items: { price: Stripe.Price }[], currency: string): void {
  const intervals = new Set(
    items.map(({ price }) => `${price.recurring?.interval_count} ${price.recurring?.interval}`),
  )
  if (intervals.size > 1) throw invalid('The sandbox supports one interval per subscription.', 'items')
  if (items.some(({ price }) => price.currency !== currency && price.recurring === null)) {
    throw invalid('All prices must have the same currency.', 'items')
  }
}

/** Invoices the first period: immediately, or as a draft to be sent. */
function begin(world: World, subscription: Stripe.Subscription, behavior: string | undefined): void {
  const period = periodOf(subscription)
  const isSent = subscription.collection_method === 'send_invoice'
  const invoice = draftForPeriod(world, subscription, {
    lines: linesForPeriod(world, subscription, period),
    reason: 'subscription_create',
    period: { start: period.start, end: period.start },
    finalizesAt: isSent ? world.now() + DRAFT_SECONDS : null,
  })
  if (invoice === null) return
  if (isSent) {
    setStatus(world, subscription, 'active')
    return
  }
  finalizeInvoice(world, invoice)
  if (invoice.status === 'paid') return
  if (behavior === 'default_incomplete') {
    intentOf(world, invoice, ['card'])
    return
  }
  const result = collectInvoice(world, invoice, { retry: false })
  if (result === 'processing') setStatus(world, subscription, world.account.firstBankPayment)
}
