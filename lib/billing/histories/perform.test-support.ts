import type { SandboxControl } from '@ai-credits/stripe-sandbox'
import type Stripe from 'stripe'
import { acceptPayment } from '@/lib/billing/apply/accept-payment'
import { ensureCustomer } from '@/lib/billing/apply/customers'
import { addCheckout } from '@/lib/billing/apply/save-checkout'
import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { soldAs } from '@/lib/billing/checkout/offers'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { refreshBilling } from '@/lib/billing/repair/refresh-billing'
import { dateOf, withStripe } from '@/lib/billing/stripe-client'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { InsufficientCredits, InvalidRequest } from '@/lib/errors'
import { chargeUse } from '@/lib/metering/charge-use'
import { newKey, PLAIN } from '@/lib/testing/scenario'
import { ACTIONS, type Action, type ActionOf, type At } from './actions.test-support'
import { type Held, type HeldPayment, invoicesOf, paymentsOf, subscriptionsOf } from './holdings.test-support'
import type { Person, World } from './world.test-support'

/** `left out`: the action has no legal object. `refused`: Stripe or the product refused it. */
export type Outcome = {
  /** The place of the action among its step's choices. */
  choice: number
  result: string
  /** The key of the object to which the action was done. */
  target: string | null
  isDone: boolean
}

/** The outcome of one action. */
type Done = Omit<Outcome, 'choice'>

const SUPER = { plan: 'super' } as const

export const LEFT_OUT: Done = { result: 'left out', target: null, isDone: false }
/** The disturbed twin has no such object: its twin's outcome decides whether that is allowed. */
const MISSING: Done = { result: 'missing', target: null, isDone: false }

/**
 * Performs an action. The orderly twin chooses the object by the table; the disturbed one (`as`: the orderly one's outcome)
 * takes the same object.
 */
export async function perform(
  world: World,
  person: Person,
  { action, step, as }: { action: Action; step: number; as: Outcome | null },
): Promise<Done> {
  const target = await targetOf({ world, person }, action, as)
  if (target === null) return as === null ? LEFT_OUT : MISSING
  const done = { target: target.key, isDone: target.isDone }
  try {
    return { ...done, result: await target.act({ world, person, action, step, isDone: target.isDone }) }
  } catch (error) {
    const isRefused = error instanceof InvalidRequest || error instanceof InsufficientCredits
    if (isRefused || isStripeRefusal(error)) return { ...done, result: 'refused' }
    throw error
  } finally {
    await world.meet(person)
  }
}

type Doing = { world: World; person: Person; action: Action; step: number; isDone: boolean }
type Chosen = { key: string | null; isDone: boolean; act: (doing: Doing) => Promise<string> }

const NO_OBJECT: Chosen = { key: null, isDone: false, act: doHere }

async function targetOf(
  { world, person }: Pick<Doing, 'world' | 'person'>,
  action: Action,
  as: Outcome | null,
): Promise<Chosen | null> {
  const rule = ACTIONS[action.do]
  if (rule.on === undefined) return NO_OBJECT
  const { customer, made } = person
  if (customer === null || !('of' in action)) return null
  type Holding<T> = { all: Held<T>[]; isLegal?: (it: T, at: At) => boolean }
  const choose = <T>(
    { all, isLegal = () => true }: Holding<T>,
    act: (it: T, doing: Doing) => Promise<string>,
  ) => {
    const legal = all.filter(({ it, isDone }) => isLegal(it, { now: world.now, isDone, news: world.news }))
    const found = as === null ? pick(legal, action.of) : all.find(({ key }) => key === as.target)
    return found ? { ...found, act: (doing: Doing) => act(found.it, doing) } : null
  }
  switch (rule.on) {
    case 'subscription':
      return choose({ all: await subscriptionsOf(customer), isLegal: rule.legal }, doToSubscription)
    case 'invoice':
      return choose({ all: await invoicesOf(customer), isLegal: rule.legal }, doToInvoice)
    case 'payment':
      return choose({ all: await paymentsOf(customer) }, doToPayment)
    case 'refund':
    case 'dispute':
    case 'credit note':
      return choose({ all: made.filter(({ kind }) => kind === rule.on) }, doToMade)
    default:
      return rule satisfies never
  }
}

/** Performs an action of a person, the operator or staff that concerns no object in Stripe yet. */
async function doHere({ world, person, action }: Doing): Promise<string> {
  const { ctx, sandbox } = world
  const { control } = sandbox
  const { accountId, user } = person
  const pay = async (session: string, payment: Parameters<SandboxControl['payCheckout']>[1]) => {
    await world.meet(person)
    person.lastSession = session
    const { kind } = control.payCheckout(session, payment)
    // If Stripe does not list the event, only the buyer's return reports the purchase before its page expires.
    if (world.news === 'unlisted') await completeCheckout(ctx, { sessionId: session })
    return kind
  }
  switch (action.do) {
    case 'nothing':
      return 'done'
    case 'pack':
    case 'super': {
      if (action.do === 'super' && (await wouldShareBalance(person))) return 'left out'
      const wanted = action.do === 'super' ? SUPER : { pack: action.pack }
      const { sessionId } = await startCheckout(ctx, { user, ...wanted })
      return pay(sessionId, { outcome: action.pay, ...(action.code && { code: action.code }) })
    }
    case 'pack in another currency':
      return pay(await openWithoutCurrency(world, accountId), { currency: action.currency })
    case 'open tab': {
      const returnTo = `/settings/credits?tab=${person.tabs.length}`
      const { sessionId: session } = await startCheckout(ctx, { user, ...SUPER, returnTo })
      person.tabs.push({ session, expiresAt: world.now.getTime() + DAY_MS })
      return 'done'
    }
    case 'pay tab': {
      person.tabs = person.tabs.filter(({ expiresAt }) => expiresAt > world.now.getTime())
      if (await wouldShareBalance(person)) return 'left out'
      const tab = person.tabs.shift()
      return tab === undefined ? 'left out' : pay(tab.session, { outcome: action.pay })
    }
    case 'success page':
      if (person.lastSession === null) return 'left out'
      return (await completeCheckout(ctx, { sessionId: person.lastSession })).status
    case 'billing page':
      await refreshBilling(ctx, { user })
      return 'done'
    case 'accept payment': {
      const subject = await oldestMismatch(world, accountId)
      if (subject === null) return 'left out'
      await acceptPayment(ctx, { accountId, subject })
      return 'done'
    }
    case 'use': {
      const usage = { pages: action.pages }
      const idempotencyKey = newKey()
      await chargeUse(ctx, { user, operation: 'web.extract', usage, idempotencyKey, ...PLAIN })
      return 'done'
    }
    case 'subscribe by hand':
      if (await wouldShareBalance(person)) return 'left out'
      return subscribeByHand(world, action, await knownCustomer(world, person))
    case 'new method':
      control.setPaymentMethod(await knownCustomer(world, person), action.kind)
      return 'done'
    case 'customer balance': {
      const customer = await knownCustomer(world, person)
      if (await sharesBalance(customer)) return 'left out'
      const currency = (await currencyOf(customer)) ?? 'usd'
      const { amount } = action
      await withStripe((stripe) => stripe.customers.createBalanceTransaction(customer, { amount, currency }))
      return 'done'
    }
    default:
      throw new Error(`${action.do} needs an object`)
  }
}

/** The oldest checkout or invoice, by its time in Stripe, that staff are asked about. */
async function oldestMismatch({ ctx }: World, accountId: string): Promise<string | null> {
  const notices = await listNotices(ctx.pool, accountId)
  const asked = notices.filter(({ kind }) => kind === 'mismatch')
  const found = await Promise.all(
    asked.map(async ({ subject, facts }) => {
      const { created } = await withStripe<{ created: number }>((stripe) =>
        subject.startsWith('cs_')
          ? stripe.checkout.sessions.retrieve(subject)
          : stripe.invoices.retrieve(subject),
      )
      return { subject, order: `${created} ${JSON.stringify({ ...facts, payment: null })}` }
    }),
  )
  return found.sort((left, right) => (left.order < right.order ? -1 : 1))[0]?.subject ?? null
}

async function knownCustomer(world: World, person: Person): Promise<string> {
  const customer = await ensureCustomer(world.ctx, person.accountId, null)
  await world.meet(person)
  return customer
}

/**
 * A customer's balance in Stripe pays for the next invoice, and is restored if that is voided. Which of two
 * subscriptions it pays for would depend on when the product learns that one of them lost, so there is a balance only
 * with a single subscription.
 */
async function sharesBalance(customer: string): Promise<boolean> {
  return (await subscriptionsOf(customer)).length > 1
}

/** True if a second subscription would meet a balance. */
async function wouldShareBalance({ customer }: Person): Promise<boolean> {
  if (customer === null || (await subscriptionsOf(customer)).length === 0) return false
  const found = await withStripe((stripe) => stripe.customers.retrieve(customer))
  return !found.deleted && found.balance !== 0
}

async function currencyOf(customer: string): Promise<string | null> {
  const found = await withStripe((stripe) => stripe.customers.retrieve(customer))
  return found.deleted ? null : (found.currency ?? null)
}

/** Starts a checkout that does not name its currency, as older versions did. */
async function openWithoutCurrency({ ctx }: World, accountId: string): Promise<string> {
  const sold = soldAs(ctx, { pack: 'small' })
  const customer = await ensureCustomer(ctx, accountId, null)
  const session = await withStripe(async (stripe) => {
    const { data } = await stripe.prices.list({ lookup_keys: [sold.lookupKey] })
    return stripe.checkout.sessions.create({
      mode: 'payment',
      customer,
      line_items: [{ price: data[0]?.id ?? '', quantity: 1 }],
      success_url: 'https://app.example/',
    })
  })
  const row = { ...sold, id: session.id, accountId, status: 'open', returnTo: null } as const
  await addCheckout(ctx.pool, row, { now: ctx.clock.now(), expiresAt: dateOf(session.expires_at) })
  return session.id
}

async function subscribeByHand(
  { ctx }: World,
  action: ActionOf<'subscribe by hand'>,
  customer: string,
): Promise<string> {
  const { trialDays, withoutMethod, currency, coupon, isSent } = action
  // Stripe does not combine currencies on one customer.
  const own = await currencyOf(customer)
  if (own !== null && own !== currency) return 'left out'
  await withStripe(async (stripe) => {
    const { data } = await stripe.prices.list({ lookup_keys: [soldAs(ctx, SUPER).lookupKey] })
    await stripe.subscriptions.create({
      customer,
      items: [{ price: data[0]?.id ?? '' }],
      currency,
      trial_settings: { end_behavior: { missing_payment_method: withoutMethod } },
      ...(trialDays > 0 && { trial_period_days: trialDays }),
      ...(coupon !== null && { discounts: [{ coupon }] }),
      ...(isSent && { collection_method: 'send_invoice', days_until_due: 5 }),
    })
  })
  return 'done'
}

/** Performs an action of the operator in Stripe's dashboard, or of the owner in the portal, on a subscription. */
async function doToSubscription(
  subscription: Stripe.Subscription,
  { world, action }: Doing,
): Promise<string> {
  const { id } = subscription
  const inSeconds = (milliseconds: number) => Math.floor((world.now.getTime() + milliseconds) / 1_000)
  await withStripe(async (stripe): Promise<unknown> => {
    const update = (params: Stripe.SubscriptionUpdateParams) => stripe.subscriptions.update(id, params)
    switch (action.do) {
      case 'cancel':
        return update({ cancel_at_period_end: true })
      case 'undo cancel':
        return update({ cancel_at: '' })
      case 'cancel at':
        return update({ cancel_at: inSeconds(action.hours * HOUR_MS) })
      case 'schedule end':
        return scheduleEnd(stripe, subscription, inSeconds(action.hours * HOUR_MS))
      case 'release schedule':
        return stripe.subscriptionSchedules.release(String(subscription.schedule))
      case 'end': {
        const prorate = action.prorate && !(await sharesBalance(String(subscription.customer)))
        return stripe.subscriptions.cancel(id, { prorate, invoice_now: prorate })
      }
      case 'end trial':
        return update({ trial_end: 'now' })
      case 'pause collection': {
        const { behavior, days } = action
        const end = days === null ? {} : { resumes_at: inSeconds(days * DAY_MS) }
        return update({ pause_collection: { behavior, ...end } })
      }
      case 'resume collection':
        return update({ pause_collection: '' })
      case 'pause':
        return stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } })
      case 'resume': {
        const success = action.onSuccess ? 'resume_on_payment_success' : 'resume_on_payment_attempt'
        return stripe.subscriptions.resume(id, { payment_behavior: success })
      }
      case 'discount':
        return update({ discounts: action.coupon === null ? '' : [{ coupon: action.coupon }] })
      default:
        throw new Error(`${action.do} is not done to a subscription`)
    }
  })
  return 'done'
}

/** A schedule that ends with "cancel" shows no end on the subscription itself. */
async function scheduleEnd(stripe: Stripe, { id, items }: Stripe.Subscription, end: number): Promise<void> {
  const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id })
  const [phase] = phases
  await stripe.subscriptionSchedules.update(schedule, {
    end_behavior: 'cancel',
    phases: [
      {
        items: items.data.map(({ price }) => ({ price: price.id, quantity: 1 })),
        ...(phase && { start_date: phase.start_date }),
        end_date: end,
      },
    ],
  })
}

/** Performs an action of a person or the operator on an invoice. */
async function doToInvoice(invoice: Stripe.Invoice, doing: Doing): Promise<string> {
  const { id, amount_remaining: remaining, total } = invoice
  const { world, action } = doing
  const credit = async (params: Omit<Stripe.CreditNoteCreateParams, 'invoice'>) => {
    const made = await withStripe((stripe) => stripe.creditNotes.create({ ...params, invoice: id }))
    return made.id
  }
  switch (action.do) {
    case 'pay invoice':
      world.sandbox.control.payInvoice(id, portion(remaining, action.quarters))
      return 'done'
    case 'pay out of band':
      await withStripe((stripe) => stripe.invoices.pay(id, { paid_out_of_band: true }))
      return 'done'
    case 'void':
      await withStripe((stripe) => stripe.invoices.voidInvoice(id))
      return 'done'
    case 'write off':
      await withStripe((stripe) => stripe.invoices.markUncollectible(id))
      return 'done'
    case 'finalise':
      await withStripe((stripe) => stripe.invoices.finalizeInvoice(id))
      return 'done'
    case 'credit': {
      if (action.by === 'balance' && (await sharesBalance(String(invoice.customer)))) return 'left out'
      const amount = portion(total, action.quarters)
      const by = {
        refund: 'refund_amount',
        balance: 'credit_amount',
        'out of band': 'out_of_band_amount',
      } as const
      await credit({ amount, [by[action.by]]: amount })
      return 'done'
    }
    case 'credit before payment':
      note(doing, 'credit note', await credit({ amount: portion(remaining, action.quarters) }))
      return 'done'
    default:
      throw new Error(`${action.do} is not done to an invoice`)
  }
}

async function doToPayment({ intent, amount }: HeldPayment, doing: Doing): Promise<string> {
  const { action } = doing
  const { control } = doing.world.sandbox
  const of = { paymentIntent: intent }
  switch (action.do) {
    case 'refund': {
      control.setFaults({ refunds: action.isPending ? 'pending' : 'succeeded' })
      try {
        const refund = control.refund(
          of,
          action.quarters === 4 ? undefined : portion(amount, action.quarters),
        )
        note(doing, 'refund', refund.id)
      } finally {
        control.setFaults({ refunds: 'succeeded' })
      }
      return 'done'
    }
    case 'dispute': {
      const dispute = control.openDispute(of, { inquiry: action.isInquiry })
      note(doing, 'dispute', dispute.id)
      return 'done'
    }
    default:
      throw new Error(`${action.do} is not done to a payment`)
  }
}

function note({ person, step, isDone }: Doing, kind: Person['made'][number]['kind'], id: string): void {
  person.made.push({ kind, key: `${kind} of step ${step}`, it: id, isDone })
}

/** The next step of a refund, a dispute or a credit note. */
async function doToMade(id: string, { world, action }: Doing): Promise<string> {
  const { control } = world.sandbox
  switch (action.do) {
    case 'settle refund':
      control.settleRefund(id, action.status)
      return 'done'
    case 'move dispute':
      control.moveDispute(id, action.step)
      return 'done'
    case 'void credit note':
      await withStripe((stripe) => stripe.creditNotes.voidCreditNote(id))
      return 'done'
    default:
      throw new Error(`${action.do} is not done to such an object`)
  }
}

function portion(amount: number, quarters: number): number {
  return Math.ceil((amount * quarters) / 4)
}

/** Negative: counted from the newest. */
function pick<T>(items: T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items.at(index % items.length)
}

/** True if the sandbox or the library refused an action. */
function isStripeRefusal(error: unknown): boolean {
  const isKnown = (message: string) => / is (open|complete|expired|paid|void|draft)$/.test(message)
  return error instanceof Error && ('type' in error || 'status' in error || isKnown(error.message))
}
