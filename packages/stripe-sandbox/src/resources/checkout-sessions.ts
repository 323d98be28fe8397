import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { unitAmount } from '../flows/amounts'
import { expireSession } from '../flows/checkout'
import { planOf, totalSession } from '../flows/checkout-totals'
import { buildLine, buildSession, type LineRequest } from './checkout-build'
import {
  readCustomerUpdate,
  readData,
  readExpiry,
  readInvoiceCreation,
  readLine,
  readTax,
} from './checkout-params'
import { checkOneCurrency, findCustomer, readCustomer } from './customers'
import { readGrants } from './subscription-params'

/** The payment methods that the hosted page offers unless the seller allows fewer. */
const METHODS = ['card', 'us_bank_account']
const LINES_MAX = 100

export function findSession(world: World, id: string): Stripe.Checkout.Session {
  const found = world.store.sessions.get(id)
  if (found === undefined) throw noSuch('checkout.session', id)
  return found
}

const SAVED_METHOD_CHOICES = ['allow_redisplay_filters', 'payment_method_remove', 'payment_method_save']

function readMode(params: Params): 'payment' | 'setup' | 'subscription' {
  const mode = params.oneOf('mode', ['payment', 'setup', 'subscription'])
  if (mode === undefined) throw invalid('Missing required param: mode.', 'mode', 'parameter_missing')
  return mode
}

function readLines(world: World, params: Params, mode: string) {
  const lines = params.objects('line_items').map((line) => readLine(world, line))
  if (mode === 'setup' && lines.length > 0) {
    throw invalid('You can not pass `line_items` in `setup` mode.', 'line_items')
  }
  if (mode !== 'setup' && lines.length === 0)
    throw invalid('Missing required param: line_items.', 'line_items', 'parameter_missing')
  if (lines.length > LINES_MAX) throw invalid(`At most ${LINES_MAX} line items.`, 'line_items')
  if (mode === 'payment' && lines.some((line) => line.recurring)) {
    throw invalid('You specified `payment` mode but passed a recurring price.', 'line_items')
  }
  if (mode === 'subscription' && !lines.some((line) => line.recurring)) {
    throw invalid('You must provide at least one recurring price in `subscription` mode.', 'line_items')
  }
  return lines
}

function readMethods(params: Params) {
  const allowed = params.strings('allowed_payment_method_types')
  const only = params.strings('payment_method_types')
  const excluded = params.strings('excluded_payment_method_types')
  const methodTypes = METHODS.filter(
    (method) =>
      (allowed.length === 0 || allowed.includes(method)) &&
      (only.length === 0 || only.includes(method)) &&
      !excluded.includes(method),
  )
  return { methodTypes, allowedMethods: allowed.length === 0 ? null : allowed, excludedMethods: excluded }
}

function readDiscounts(world: World, params: Params, customer: string | null, allowsCodes: boolean | null) {
  const grants = readGrants(world, params, customer) ?? []
  if (grants.length > 0 && allowsCodes !== null) {
    throw invalid('You may only specify one of: allow_promotion_codes, discounts.', 'discounts')
  }
  if (grants.length > 1) throw invalid('At most one discount per session.', 'discounts')
  return grants.map(({ coupon, code }) => ({ coupon: coupon.id, promotion_code: code?.id ?? null }))
}

function create(world: World, params: Params): Stripe.Checkout.Session {
  const mode = readMode(params)
  params.oneOf('ui_mode', ['hosted_page'])
  const lines = readLines(world, params, mode)
  const successUrl = params.url('success_url')
  if (successUrl === undefined) {
    throw invalid('Missing required param: success_url.', 'success_url', 'parameter_missing')
  }
  const customerId = params.text('customer')
  const customerEmail = params.text('customer_email') ?? null
  const customer = customerId === undefined ? null : findCustomer(world, customerId, 'customer')
  if (customer !== null && customerEmail !== null) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer')
  }
  const fixedCurrency = params.text('currency')?.toLowerCase()
  const data = readData(world, params, mode)
  const customerUpdate = readCustomerUpdate(params, customer)
  const creation = params.oneOf('customer_creation', ['always', 'if_required'])
  const allowPromotionCodes = params.boolean('allow_promotion_codes') ?? null
  const saved = params.object('saved_payment_method_options')
  for (const choice of SAVED_METHOD_CHOICES) saved?.has(choice)
  const fields = {
    mode,
    successUrl,
    cancelUrl: params.url('cancel_url') ?? null,
    customer: customer?.id ?? null,
    customerEmail,
    customerCreation: mode === 'payment' && customer === null ? (creation ?? 'if_required') : null,
    clientReferenceId: params.text('client_reference_id') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    allowPromotionCodes,
    discounts: readDiscounts(world, params, customer?.id ?? null, allowPromotionCodes),
    billingAddressCollection: params.oneOf('billing_address_collection', ['auto', 'required']) ?? null,
    invoiceCreation: readInvoiceCreation(params),
    locale: params.text('locale') ?? null,
    submitType: params.oneOf('submit_type', ['auto', 'pay', 'subscribe']) ?? null,
    methodCollection: params.oneOf('payment_method_collection', ['always', 'if_required']) ?? null,
    expiresAt: readExpiry(world, params),
    ...readTax(params, customer, customerUpdate),
    ...readMethods(params),
  }
  params.finish()
  if (fields.methodTypes.length === 0) {
    throw invalid('No payment method remains to offer.', 'allowed_payment_method_types')
  }

  const made = lines.map((line) => line.make())
  const first = made[0]?.price.currency ?? (mode === 'setup' ? null : 'usd')
  const currency = fixedCurrency ?? first
  if (currency !== null && made.some(({ price }) => unitAmount(world, price, currency) === null)) {
    throw invalid('All prices on a Checkout Session must have the same currency.', 'line_items')
  }
  const bills = mode === 'subscription' || fields.invoiceCreation?.enabled === true
  if (customer !== null && currency !== null && bills) checkOneCurrency(world, customer, currency)
  const session = buildSession(world, { ...fields, currency })
  const lineItems = made.map((line) => buildLine(world, line))
  const currencies = fixedCurrency === undefined ? sharedCurrencies(world, made) : [fixedCurrency]
  world.store.sessionPlans.put({
    id: session.id,
    lineItems,
    ...data,
    customerUpdate,
    currencies,
    pendingIntent: null,
  })
  if (mode !== 'setup') totalSession(world, session)
  return world.store.sessions.put(session)
}

/** The currencies that all lines have. The buyer chooses among them if the call names none. */
function sharedCurrencies(world: World, lines: LineRequest[]): string[] {
  const [first, ...others] = lines.map(({ price }) =>
    Object.keys(world.store.priceOptions.get(price.id)?.options ?? { [price.currency]: null }),
  )
  return (first ?? []).filter((currency) => others.every((other) => other.includes(currency)))
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Checkout.Session> {
  const customer = readCustomer(world, params)
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
