import type { Hono } from 'hono'
import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { addressIn } from '../flows/checkout-customer'
import { switchPaymentMethod } from '../flows/payment-method'
import { changesAt } from '../flows/periods'
import { cancelSubscription, setCancelAt } from '../flows/subscription-end'
import { isOver, periodOf } from '../flows/subscription-status'
import { resumeSubscription } from '../flows/subscription-update'
import { attachPaymentMethod, createPaymentMethod, makeDefault } from '../resources/payment-methods'
import { defaultConfiguration } from '../resources/portal-configurations'
import { createTaxId } from '../resources/tax-ids'
import { type Around, type Form, missing, render, textOf } from './form'
import { portalPage } from './portal-page'

type Found = {
  session: Stripe.BillingPortal.Session
  customer: Stripe.Customer
  configuration: Stripe.BillingPortal.Configuration
}

function find(world: World, id: string): Found | null {
  const session = world.store.portalSessions.get(id)
  const customer = world.store.customers.get(session?.customer ?? '')
  if (session === undefined || customer === undefined) return null
  const named = world.store.portalConfigurations.get(idOf(session.configuration))
  return { session, customer, configuration: named ?? defaultConfiguration(world) }
}

export function portalPages(app: Hono, world: World, around: Around): void {
  const { store } = world

  app.get('/p/session/:id', (c) => {
    around.before()
    const found = find(world, c.req.param('id'))
    if (found === null) return missing(c, 'billing page')
    const { customer } = found
    const mine = store.subscriptions.newestFirst((row) => idOf(row.customer) === customer.id)
    const method = idOf(customer.invoice_settings.default_payment_method) ?? ''
    const view = {
      ...found,
      accountName: world.settings.accountName,
      subscriptions: mine
        .filter((row) => !isOver(row))
        .map((subscription) => {
          const product = idOf(subscription.items.data[0]?.price.product)
          const name = store.products.get(product ?? '')?.name ?? 'Subscription'
          return { subscription, name, changesAt: changesAt(world, subscription) }
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
    const found = find(world, c.req.param('id'))
    if (found === null) return missing(c, 'billing page')
    if (!act(world, found, c.req.param('action'), form)) return missing(c, 'action')
    await around.after()
    return c.redirect(`/p/session/${found.session.id}`, 303)
  })
}

/** Returns false if the page has no such action. */
function act(world: World, { customer, configuration }: Found, action: string, form: Form): boolean {
  const { features } = configuration
  if (action === 'payment-method') {
    if (!features.payment_method_update.enabled) return false
    const kind = textOf(form, 'kind') === 'card' ? 'card' : 'card_fails_later'
    const method = createPaymentMethod(world, kind, customer.email)
    attachPaymentMethod(world, method, customer)
    makeDefault(world, method, customer)
    switchPaymentMethod(world, customer, method)
    return true
  }
  if (action === 'details') return updateDetails(world, customer, features.customer_update, form)
  const subscription = world.store.subscriptions.get(textOf(form, 'subscription'))
  const own = subscription !== undefined && idOf(subscription.customer) === customer.id
  return own && changePlan(world, subscription, action, configuration)
}

function updateDetails(
  world: World,
  customer: Stripe.Customer,
  feature: Stripe.BillingPortal.Configuration.Features.CustomerUpdate,
  form: Form,
): boolean {
  if (!feature.enabled) return false
  const typed = (update: string, name: string) =>
    feature.allowed_updates.includes(update) ? textOf(form, name) : ''
  const before = copy(customer)
  customer.email = typed('email', 'email') || customer.email
  customer.name = typed('name', 'name') || customer.name
  const country = typed('address', 'country')
  if (country !== '') customer.address = addressIn(country)
  const { email, name, address } = before
  world.emit('customer.updated', customer, { email, name, address })
  const taxId = typed('tax_id', 'tax_id')
  if (taxId !== '') createTaxId(world, customer, { type: 'eu_vat', value: taxId })
  return true
}

/** An action that no longer applies changes nothing. */
function changePlan(
  world: World,
  subscription: Stripe.Subscription,
  action: string,
  { features, is_default }: Stripe.BillingPortal.Configuration,
): boolean {
  const cancel = features.subscription_cancel
  const known: Record<string, boolean> = {
    cancel: cancel.enabled && (is_default || cancel.mode === 'at_period_end'),
    'cancel-now': cancel.enabled && (is_default || cancel.mode === 'immediately'),
    resume: cancel.enabled,
    unpause: features.payment_method_update.enabled,
  }
  if (!Object.hasOwn(known, action) || !known[action]) return false
  if (isOver(subscription)) return true
  if (action === 'unpause') {
    const isPaused = subscription.status === 'paused'
    if (isPaused) resumeSubscription(world, subscription, { anchorNow: true, onSuccess: true })
    return true
  }
  if (action === 'cancel-now') {
    cancelSubscription(world, subscription, 'cancellation_requested')
    return true
  }
  const { cancel_at, cancel_at_period_end, canceled_at } = subscription
  const cancels = action === 'cancel'
  if (cancels && changesAt(world, subscription) !== null) return false
  setCancelAt(world, subscription, cancels ? periodOf(subscription).end : null, cancels)
  world.emit('customer.subscription.updated', subscription, { cancel_at, cancel_at_period_end, canceled_at })
  return true
}
