import type { Context, Hono } from 'hono'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { OUTCOMES, payCheckout } from '../flows/checkout'
import { adjustQuantities, planOf } from '../flows/checkout-totals'
import { collectInvoice } from '../flows/collect'
import { switchPaymentMethod } from '../flows/payment-method'
import { cancelSubscription, setCancelAt } from '../flows/subscription-end'
import { isOver, periodOf } from '../flows/subscription-status'
import { attachPaymentMethod, createPaymentMethod, makeDefault } from '../resources/payment-methods'
import { checkoutPage, choicesOf } from './checkout-page'
import { invoicePage, invoicePdf } from './invoice-page'
import { day, type Html, notice } from './layout'
import { portalPage } from './portal-page'

type Around = {
  before: () => void
  /** Wakes deliveries and, as Stripe does, waits a moment for them before the buyer is sent back. */
  after: () => Promise<void>
}
type Form = Record<string, string | File>

const textOf = (form: Form, name: string): string => {
  const value = form[name]
  return typeof value === 'string' ? value : ''
}

function render(c: Context, page: Html, status: 200 | 402 | 404 | 410 | 422 = 200) {
  return c.html(page, status, { 'cache-control': 'no-store' })
}

const missing = (c: Context, what: string) =>
  render(c, notice('Not found', `This ${what} does not exist.`), 404)

function successUrl(session: Stripe.Checkout.Session): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id)
}

function showCheckout(
  world: World,
  session: Stripe.Checkout.Session,
  form: Form,
  error: string | null,
): Html {
  const customer = world.store.customers.get(idOf(session.customer) ?? '')
  const known = customer?.email ?? session.customer_email
  return checkoutPage({
    session,
    lines: planOf(world, session).lineItems,
    accountName: world.settings.accountName,
    email: known ?? textOf(form, 'email'),
    emailFixed: known !== null && known !== undefined,
    outcome: OUTCOMES.find((outcome) => outcome === form.outcome) ?? 'card',
    error,
  })
}

function checkoutRoutes(app: Hono, world: World, around: Around): void {
  const closed = (c: Context, session: Stripe.Checkout.Session) => {
    if (session.status === 'complete') return c.redirect(successUrl(session), 303)
    const back = session.cancel_url ? { href: session.cancel_url, label: 'Back' } : undefined
    return render(c, notice('This checkout has expired', 'Start again from where you came.', back), 410)
  }

  app.get('/c/pay/:id', (c) => {
    around.before()
    const session = world.store.sessions.get(c.req.param('id'))
    if (session === undefined) return missing(c, 'checkout')
    return session.status === 'open' ? render(c, showCheckout(world, session, {}, null)) : closed(c, session)
  })

  app.post('/c/pay/:id', async (c) => {
    const form: Form = await c.req.parseBody()
    around.before()
    const session = world.store.sessions.get(c.req.param('id'))
    if (session === undefined) return missing(c, 'checkout')
    if (session.status !== 'open') return closed(c, session)
    const outcome = choicesOf(session).find((choice) => choice.outcome === form.outcome)?.outcome
    const email = textOf(form, 'email')
    if (outcome === undefined || !/^\S+@\S+$/.test(email)) {
      return render(
        c,
        showCheckout(world, session, form, 'Enter an email address and choose how to pay.'),
        422,
      )
    }
    const quantities = new Map(
      Object.keys(form).flatMap((name): Array<[string, number]> => {
        const id = /^quantity\[(\w+)\]$/.exec(name)?.[1]
        const quantity = Number(textOf(form, name))
        return id !== undefined && Number.isSafeInteger(quantity) && quantity > 0 ? [[id, quantity]] : []
      }),
    )
    adjustQuantities(world, session, quantities)
    const shown = textOf(form, 'total')
    if (shown !== '' && shown !== String(session.amount_total)) {
      const total = money(session.amount_total ?? 0, session.currency ?? 'usd')
      return render(c, showCheckout(world, session, form, `The total is now ${total}. Check it and pay.`))
    }
    const result = payCheckout(world, session, { email, outcome, quantities })
    await around.after()
    if (result.kind === 'declined') return render(c, showCheckout(world, session, form, result.message), 402)
    return c.redirect(successUrl(session), 303)
  })
}

function portalRoutes(app: Hono, world: World, around: Around): void {
  const { store } = world

  app.get('/p/session/:id', (c) => {
    around.before()
    const session = store.portalSessions.get(c.req.param('id'))
    const customer = store.customers.get(session?.customer ?? '')
    if (session === undefined || customer === undefined) return missing(c, 'billing page')
    const mine = store.subscriptions.newestFirst((row) => idOf(row.customer) === customer.id)
    const method = idOf(customer.invoice_settings.default_payment_method) ?? ''
    const view = {
      session,
      accountName: world.settings.accountName,
      customer,
      subscriptions: mine
        .filter((row) => !isOver(row))
        .map((subscription) => {
          const product = idOf(subscription.items.data[0]?.price.product)
          return { subscription, name: store.products.get(product ?? '')?.name ?? 'Subscription' }
        }),
      method: store.paymentMethods.get(method),
      invoices: store.invoices.newestFirst(
        (row) => idOf(row.customer) === customer.id && row.status !== 'draft',
      ),
    }
    return render(c, portalPage(view))
  })

  app.post('/p/session/:id/:action', async (c) => {
    const form: Form = await c.req.parseBody()
    around.before()
    const session = store.portalSessions.get(c.req.param('id'))
    const customer = store.customers.get(session?.customer ?? '')
    if (session === undefined || customer === undefined) return missing(c, 'billing page')
    const action = c.req.param('action')
    if (action === 'payment-method') {
      const kind = textOf(form, 'kind') === 'card' ? 'card' : 'card_fails_later'
      const method = createPaymentMethod(world, kind, customer.email)
      attachPaymentMethod(world, method, customer)
      makeDefault(world, method, customer)
      switchPaymentMethod(world, customer, method)
    } else {
      const subscription = store.subscriptions.get(textOf(form, 'subscription'))
      const own = subscription !== undefined && idOf(subscription.customer) === customer.id
      if (!own || !changePlan(world, subscription, action)) return missing(c, 'action')
    }
    await around.after()
    return c.redirect(`/p/session/${session.id}`, 303)
  })
}

/** False for an action the page does not have. One that no longer applies changes nothing. */
function changePlan(world: World, subscription: Stripe.Subscription, action: string): boolean {
  if (!['cancel', 'resume', 'cancel-now'].includes(action)) return false
  if (isOver(subscription)) return true
  if (action === 'cancel-now') {
    cancelSubscription(world, subscription, 'cancellation_requested')
    return true
  }
  const { cancel_at, cancel_at_period_end, canceled_at } = subscription
  const cancels = action === 'cancel'
  setCancelAt(world, subscription, cancels ? periodOf(subscription).end : null, cancels)
  world.emit('customer.subscription.updated', subscription, { cancel_at, cancel_at_period_end, canceled_at })
  return true
}

function invoiceRoutes(app: Hono, world: World, around: Around): void {
  const { store } = world

  app.get('/i/:id', (c) => {
    const invoice = store.invoices.get(c.req.param('id'))
    return invoice === undefined ? missing(c, 'invoice') : render(c, invoicePage(invoice, null))
  })

  app.get('/i/:id/pdf', (c) => {
    const invoice = store.invoices.get(c.req.param('id'))
    if (invoice === undefined) return missing(c, 'invoice')
    return c.body(invoicePdf(invoice), 200, { 'content-type': 'application/pdf' })
  })

  app.post('/i/:id/pay', async (c) => {
    around.before()
    const invoice = store.invoices.get(c.req.param('id'))
    const customer = store.customers.get(idOf(invoice?.customer) ?? '')
    if (invoice === undefined || customer === undefined) return missing(c, 'invoice')
    const method = createPaymentMethod(world, 'card', customer.email)
    attachPaymentMethod(world, method, customer)
    makeDefault(world, method, customer)
    switchPaymentMethod(world, customer, method)
    collectInvoice(world, invoice, { retry: false, method, onSession: true })
    await around.after()
    return c.redirect(`/i/${invoice.id}`, 303)
  })

  app.get('/r/:id', (c) => {
    const charge = store.charges.get(c.req.param('id'))
    if (charge === undefined) return missing(c, 'receipt')
    const text = `${money(charge.amount, charge.currency)} paid on ${day(charge.created)} (UTC), refunded ${money(charge.amount_refunded, charge.currency)}.`
    return render(c, notice(`Receipt from ${world.settings.accountName}`, text))
  })
}

/** The pages Stripe would host: checkout, customer portal, invoices and receipts. */
export function mountPages(app: Hono, world: World, around: Around): void {
  checkoutRoutes(app, world, around)
  portalRoutes(app, world, around)
  invoiceRoutes(app, world, around)
}
