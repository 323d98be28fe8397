import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { DAY, MINUTE } from '../core/periods'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { expireSession, planOf, totalSession } from '../flows/checkout'
import { buildLine, buildSession, type LineRequest } from './checkout-build'
import { findCustomer } from './customers'
import { findPrice, priceFromData } from './prices'

/** The ways to pay that the hosted page offers unless the seller allows fewer. */
const METHODS = ['card', 'us_bank_account']
const LINES_MAX = 100
const QUANTITY_MAX = 999_999

export function findSession(world: World, id: string): Stripe.Checkout.Session {
  const found = world.store.sessions.get(id)
  if (found === undefined) throw noSuch('checkout.session', id)
  return found
}

function readQuantity(line: Params): number {
  const quantity = line.integer('quantity')
  if (quantity === undefined) {
    throw invalid('Quantity is required. Add `quantity` to the line item.', line.name('quantity'))
  }
  if (quantity < 1 || quantity > QUANTITY_MAX) {
    throw invalid('This value must be greater than or equal to 1.', line.name('quantity'))
  }
  return quantity
}

/** Checks a line now and returns what makes it later, once the whole call is known to be right. */
function readLine(world: World, line: Params): { recurring: boolean; make: () => LineRequest } {
  const quantity = readQuantity(line)
  const adjust = line.object('adjustable_quantity')
  const adjustable = adjust && {
    enabled: adjust.boolean('enabled') ?? false,
    minimum: adjust.integer('minimum') ?? 0,
    maximum: adjust.integer('maximum') ?? 99,
  }
  const metadata = mergeMetadata({}, line.metadata())
  const priceId = line.text('price')
  const data = line.object('price_data')
  if ((priceId === undefined) === (data === undefined)) {
    throw invalid('You must provide one of `price` or `price_data`.', line.name('price'))
  }
  if (data !== undefined) {
    const made = priceFromData(world, data)
    return {
      recurring: made.recurring,
      make: () => ({ price: made.make(), quantity, adjustable: adjustable ?? null, metadata }),
    }
  }
  const price = findPrice(world, priceId ?? '', line.name('price'))
  if (!price.active) {
    throw invalid(
      'The price specified is inactive. This field only accepts active prices.',
      line.name('price'),
    )
  }
  return {
    recurring: price.recurring !== null,
    make: () => ({ price, quantity, adjustable: adjustable ?? null, metadata }),
  }
}

function readInvoiceCreation(params: Params): Stripe.Checkout.Session.InvoiceCreation | null {
  const creation = params.object('invoice_creation')
  if (creation === undefined) return null
  const data = creation.object('invoice_data')
  return {
    enabled: creation.boolean('enabled') ?? false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: data?.text('description') ?? null,
      footer: data?.text('footer') ?? null,
      issuer: null,
      metadata: mergeMetadata({}, data?.metadata()),
      rendering_options: null,
    },
  }
}

function readExpiry(world: World, params: Params): number {
  const now = world.now()
  const at = params.integer('expires_at')
  if (at === undefined) return now + DAY
  if (at < now + 30 * MINUTE - 5 || at > now + DAY + 5) {
    throw invalid('`expires_at` must be between 30 minutes and 24 hours from now.', 'expires_at')
  }
  return at
}

const PAGE_SETTINGS = [
  'customer_update',
  'tax_id_collection',
  'saved_payment_method_options',
] satisfies Array<keyof Stripe.Checkout.SessionCreateParams>
const PAGE_CHOICES = ['address', 'name', 'shipping', 'enabled', 'required', 'payment_method_save']

/** Settings of the real page that the sandbox's page need not act on; they are accepted and have no effect here. */
function acceptPageSettings(params: Params): void {
  for (const key of PAGE_SETTINGS) {
    const settings = params.object(key)
    for (const choice of PAGE_CHOICES) settings?.has(choice)
  }
  params.oneOf('payment_method_collection', ['always', 'if_required'])
}

function create(world: World, params: Params): Stripe.Checkout.Session {
  const mode = params.oneOf('mode', ['payment', 'subscription'])
  if (mode === undefined) throw invalid('Missing required param: mode.', 'mode', 'parameter_missing')
  params.oneOf('ui_mode', ['hosted_page'])
  const lines = params.objects('line_items').map((line) => readLine(world, line))
  if (lines.length === 0)
    throw invalid('Missing required param: line_items.', 'line_items', 'parameter_missing')
  if (lines.length > LINES_MAX) throw invalid(`At most ${LINES_MAX} line items.`, 'line_items')
  const successUrl = params.url('success_url')
  if (successUrl === undefined) {
    throw invalid('Missing required param: success_url.', 'success_url', 'parameter_missing')
  }
  if (mode === 'payment' && lines.some((line) => line.recurring)) {
    throw invalid('You specified `payment` mode but passed a recurring price.', 'line_items')
  }
  if (mode === 'subscription' && !lines.some((line) => line.recurring)) {
    throw invalid('You must provide at least one recurring price in `subscription` mode.', 'line_items')
  }
  const customer = params.text('customer')
  const customerEmail = params.text('customer_email') ?? null
  const fixedCurrency = params.text('currency')
  if (customer !== undefined) {
    findCustomer(world, customer, 'customer')
    if (customerEmail !== null) {
      throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer')
    }
  }
  const subscriptionData = params.object('subscription_data')
  const paymentData = params.object('payment_intent_data')
  const invoiceCreation = readInvoiceCreation(params)
  const wrong =
    mode === 'payment' ? subscriptionData : (paymentData ?? (invoiceCreation === null ? undefined : params))
  if (wrong !== undefined) {
    const name =
      mode === 'payment' ? 'subscription_data' : paymentData ? 'payment_intent_data' : 'invoice_creation'
    throw invalid(`You can not pass \`${name}\` in \`${mode}\` mode.`, name)
  }
  const plan = {
    subscriptionMetadata: mergeMetadata({}, subscriptionData?.metadata()),
    subscriptionDescription: subscriptionData?.text('description') ?? null,
    paymentMetadata: mergeMetadata({}, paymentData?.metadata()),
    paymentDescription: paymentData?.text('description') ?? null,
    receiptEmail: paymentData?.text('receipt_email') ?? null,
    pending: null,
  }
  paymentData?.oneOf('setup_future_usage', ['off_session', 'on_session'])
  const allowed = params.strings('allowed_payment_method_types')
  const excluded = params.strings('excluded_payment_method_types')
  const creation = params.oneOf('customer_creation', ['always', 'if_required'])
  acceptPageSettings(params)
  const fields = {
    mode,
    successUrl,
    cancelUrl: params.url('cancel_url') ?? null,
    customer: customer ?? null,
    customerEmail,
    customerCreation: mode === 'payment' && customer === undefined ? (creation ?? 'if_required') : null,
    clientReferenceId: params.text('client_reference_id') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    automaticTax: params.object('automatic_tax')?.boolean('enabled') ?? false,
    allowPromotionCodes: params.boolean('allow_promotion_codes') ?? null,
    billingAddressCollection: params.oneOf('billing_address_collection', ['auto', 'required']) ?? null,
    invoiceCreation,
    locale: params.text('locale') ?? null,
    methodTypes: METHODS.filter(
      (method) => (allowed.length === 0 || allowed.includes(method)) && !excluded.includes(method),
    ),
    allowedMethods: allowed.length === 0 ? null : allowed,
    excludedMethods: excluded,
    submitType: params.oneOf('submit_type', ['auto', 'pay', 'subscribe']) ?? null,
    expiresAt: readExpiry(world, params),
  }
  params.finish()
  if (fields.methodTypes.length === 0) {
    throw invalid('No payment method is left to offer.', 'allowed_payment_method_types')
  }

  const made = lines.map((line) => line.make())
  const currency = fixedCurrency ?? made[0]?.price.currency ?? 'usd'
  if (made.some((line) => line.price.currency !== currency)) {
    throw invalid('All prices on a Checkout Session must have the same currency.', 'line_items')
  }
  const session = buildSession(world, { ...fields, currency })
  const lineItems = made.map((line) => buildLine(world, world.faults, line, fields.automaticTax))
  totalSession(session, lineItems)
  world.store.sessionPlans.put({ id: session.id, lineItems, ...plan })
  return world.store.sessions.put(session)
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Checkout.Session> {
  const customer = params.text('customer')
  const subscription = params.text('subscription')
  const intent = params.text('payment_intent')
  const status = params.text('status')
  const email = params.object('customer_details')?.text('email')
  const created = createdFilter(params)
  const rows = world.store.sessions.newestFirst(
    (session) =>
      (customer === undefined || idOf(session.customer) === customer) &&
      (subscription === undefined || idOf(session.subscription) === subscription) &&
      (intent === undefined || idOf(session.payment_intent) === intent) &&
      (status === undefined || session.status === status) &&
      (email === undefined || session.customer_details?.email === email) &&
      created(session),
  )
  return page(params, rows, '/v1/checkout/sessions')
}

function expire(world: World, params: Params, id: string): Stripe.Checkout.Session {
  const session = findSession(world, id)
  params.finish()
  if (session.status !== 'open') {
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    )
  }
  expireSession(world, session)
  return session
}

export const checkoutRoutes: Route[] = [
  post('/v1/checkout/sessions', ({ world, params }) => create(world, params)),
  get('/v1/checkout/sessions', ({ world, params }) => list(world, params)),
  get('/v1/checkout/sessions/:id', ({ world, params, id }) => {
    params.finish()
    return findSession(world, id)
  }),
  post('/v1/checkout/sessions/:id', ({ world, params, id }) => {
    const session = findSession(world, id)
    const metadata = params.metadata()
    params.finish()
    session.metadata = mergeMetadata(session.metadata ?? {}, metadata)
    return session
  }),
  post('/v1/checkout/sessions/:id/expire', ({ world, params, id }) => expire(world, params, id)),
  get('/v1/checkout/sessions/:id/line_items', ({ world, params, id }) => {
    const { lineItems } = planOf(world, findSession(world, id))
    return page(params, lineItems, `/v1/checkout/sessions/${id}/line_items`)
  }),
]
