import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { DAY, nextPeriodEnd } from '../core/periods'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { couponOf, unitAmount } from './amounts'
import { DRAFT_SECONDS, draftInvoice } from './invoice-build'
import type { LineFields } from './invoice-lines'
import { finalizeInvoice, voidInvoice, writeOff } from './invoice-pay'
import { buildItem, recurringOf } from './subscription-build'
import { periodOf } from './subscription-status'

/** One invoice line per item for the period, at the items' prices. A trial costs nothing. */
export function linesForPeriod(
  world: World,
  subscription: Stripe.Subscription,
  period: { start: number; end: number },
): LineFields[] {
  const isTrial = subscription.status === 'trialing'
  return subscription.items.data.map((item) => {
    const quantity = item.quantity ?? 1
    const name = world.store.products.get(idOf(item.price.product))?.name ?? item.price.id
    return {
      amount: isTrial ? 0 : (unitAmount(world, item.price, subscription.currency) ?? 0) * quantity,
      currency: subscription.currency,
      description: isTrial ? `Trial period for ${name}` : `${quantity} × ${name}`,
      period,
      price: item.price,
      quantity,
      metadata: subscription.metadata,
      subscription: { id: subscription.id, item: item.id },
      proration: false,
      taxPercent: taxPercentOf(world, subscription),
    }
  })
}

export function taxPercentOf(world: World, subscription: Stripe.Subscription): number {
  return subscription.automatic_tax.enabled ? world.faults.taxPercent : 0
}

/** Takes the prorations and other invoice items that are waiting for the subscription's next invoice. */
function takePendingItems(world: World, subscription: Stripe.Subscription): Stripe.InvoiceItem[] {
  return world.store.invoiceItems
    .all()
    .filter(
      (item) =>
        item.invoice === null &&
        idOf(item.customer) === idOf(subscription.customer) &&
        item.currency === subscription.currency &&
        (item.parent === null || item.parent.subscription_details?.subscription === subscription.id),
    )
}

export function lineOfItem(world: World, item: Stripe.InvoiceItem, taxPercent: number): LineFields[] {
  const price = world.store.prices.get(idOf(item.pricing?.price_details?.price) ?? '')
  if (price === undefined) return []
  const parent = item.parent?.subscription_details
  return [
    {
      amount: item.amount,
      currency: item.currency,
      description: item.description ?? '',
      period: item.period,
      price,
      quantity: item.quantity,
      metadata: item.metadata ?? {},
      subscription: parent ? { id: parent.subscription, item: parent.subscription_item ?? '' } : null,
      proration: item.proration,
      taxPercent,
      invoiceItem: item.id,
    },
  ]
}

/** Drafts the subscription invoice for a period, including waiting items. It stays a draft until `finalizesAt`. */
export function draftForPeriod(
  world: World,
  subscription: Stripe.Subscription,
  fields: {
    lines: LineFields[]
    reason: Stripe.Invoice.BillingReason
    period: { start: number; end: number }
    finalizesAt: number | null
  },
): Stripe.Invoice | null {
  const customer = world.store.customers.get(idOf(subscription.customer))
  if (customer === undefined) return null
  const items = takePendingItems(world, subscription)
  const taxPercent = taxPercentOf(world, subscription)
  const invoice = draftInvoice(world, {
    customer,
    currency: subscription.currency,
    lines: [...items.flatMap((item) => lineOfItem(world, item, taxPercent)), ...fields.lines],
    billingReason: fields.reason,
    period: fields.period,
    subscription,
    description: null,
    metadata: {},
    automaticTax: subscription.automatic_tax.enabled,
    finalizesAt: fields.finalizesAt,
    discounts: liveDiscounts(world, subscription),
    daysUntilDue: subscription.days_until_due,
  })
  for (const item of items) item.invoice = invoice.id
  useUpDiscounts(world, subscription, invoice)
  return invoice
}

function liveDiscounts(world: World, subscription: Stripe.Subscription): string[] {
  return subscription.discounts
    .map((discount) => idOf(discount))
    .filter((id) => {
      const end = world.store.discounts.get(id)?.end ?? null
      return end === null || end > world.now()
    })
}

/** Removes the subscription's discounts that applied to one invoice or have ended. */
function useUpDiscounts(world: World, subscription: Stripe.Subscription, invoice: Stripe.Invoice): void {
  const used = new Set((invoice.total_discount_amounts ?? []).map(({ discount }) => idOf(discount)))
  subscription.discounts = subscription.discounts.filter((reference) => {
    const discount = world.store.discounts.get(idOf(reference))
    if (discount === undefined) return false
    const isOnce = couponOf(world, discount)?.duration === 'once' && used.has(discount.id)
    const isOver = discount.end !== null && discount.end <= world.now()
    if (isOnce || isOver) world.emit('customer.discount.deleted', discount)
    return !isOnce && !isOver
  })
}

/**
 * Begins the phase of the subscription's schedule that starts with its next period. Another interval moves the day on
 * which it renews. After the last phase, the schedule releases the subscription.
 */
function beginPhase(world: World, subscription: Stripe.Subscription): void {
  const schedule = world.store.schedules.get(idOf(subscription.schedule) ?? '')
  if (schedule?.status !== 'active') return
  const { start, end } = periodOf(subscription)
  const phase = schedule.phases.find(({ start_date: from }) => from === end)
  if (phase !== undefined) {
    const [before] = subscription.items.data
    subscription.items.data = phase.items.map(({ price: id, quantity }, index) => {
      const price = world.store.prices.get(idOf(id) ?? '')
      const item = subscription.items.data[index]
      if (price === undefined) throw new Error(`schedule ${schedule.id} has an unknown price`)
      const made = buildItem(world, subscription.id, {
        price,
        quantity: quantity ?? 1,
        period: { start, end },
      })
      return item === undefined ? made : { ...made, id: item.id, created: item.created }
    })
    const [after] = subscription.items.data
    if (before && after && !isSameInterval(before.price, after.price)) subscription.billing_cycle_anchor = end
    schedule.current_phase = { start_date: phase.start_date, end_date: phase.end_date }
    world.emit('subscription_schedule.updated', schedule)
  } else if ((schedule.phases.at(-1)?.end_date ?? end) <= end) releaseSchedule(world, schedule)
}

/** When the subscription's schedule changes it; null if it does not. */
export function changesAt(world: World, subscription: Stripe.Subscription): number | null {
  const schedule = world.store.schedules.get(idOf(subscription.schedule) ?? '')
  if (schedule?.status !== 'active') return null
  const { start } = periodOf(subscription)
  return schedule.phases.find(({ start_date: from }) => from > start)?.start_date ?? null
}

function isSameInterval(left: Stripe.Price, right: Stripe.Price): boolean {
  const [one, other] = [recurringOf(left), recurringOf(right)]
  return one.interval === other.interval && one.interval_count === other.interval_count
}

/** Stops a schedule and leaves its subscription in place. */
export function releaseSchedule(world: World, schedule: Stripe.SubscriptionSchedule): void {
  const subscription = world.store.subscriptions.get(idOf(schedule.subscription) ?? '')
  schedule.status = 'released'
  schedule.released_at = world.now()
  schedule.released_subscription = idOf(schedule.subscription)
  schedule.subscription = null
  schedule.current_phase = null
  if (subscription !== undefined) subscription.schedule = null
  world.emit('subscription_schedule.released', schedule)
}

/** Starts the next period of a subscription and drafts its invoice according to its collection and status. */
export function renew(world: World, subscription: Stripe.Subscription): void {
  const period = periodOf(subscription)
  const before = copy(subscription)
  beginPhase(world, subscription)
  for (const item of subscription.items.data) {
    item.current_period_start = item.current_period_end
    item.current_period_end = nextPeriodEnd(
      subscription.billing_cycle_anchor,
      recurringOf(item.price),
      item.current_period_start,
    )
  }
  if (subscription.status === 'trialing') subscription.status = 'active'
  const paused = subscription.pause_collection
  const waits = subscription.status === 'unpaid' || paused?.behavior === 'keep_as_draft'
  const invoice = draftForPeriod(world, subscription, {
    lines: linesForPeriod(world, subscription, periodOf(subscription)),
    reason: 'subscription_cycle',
    period,
    finalizesAt: waits || paused !== null ? null : world.now() + DRAFT_SECONDS,
  })
  world.emit('customer.subscription.updated', subscription, {
    items: before.items,
    latest_invoice: before.latest_invoice,
    ...(before.status === subscription.status ? {} : { status: before.status }),
  })
  if (invoice === null || paused === null || waits) return
  finalizeInvoice(world, invoice)
  if (invoice.status !== 'open') return
  if (paused.behavior === 'void') voidInvoice(world, invoice)
  else writeOff(world, invoice, 'subscription_paused')
}

/** How long a first payment, a resumption or a pending update waits for its money. */
export const WAITS_SECONDS = DAY - 3_600
