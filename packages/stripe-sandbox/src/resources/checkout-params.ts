import type Stripe from 'stripe'
import { invalid } from '../core/errors'
import { mergeMetadata, type Params } from '../core/params'
import { DAY, MINUTE } from '../core/periods'
import type { SessionPlan } from '../core/store'
import type { World } from '../core/world'
import type { LineRequest } from './checkout-build'
import { findPrice, priceFromData } from './prices'
import { readMissingMethod, readTrialEnd } from './subscription-params'

const QUANTITY_MAX = 999_999

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

/** Validates a line and returns a function that creates it once the whole call is valid. */
export function readLine(world: World, line: Params): { recurring: boolean; make: () => LineRequest } {
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
      recurring: made.recurring !== null,
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

export function readInvoiceCreation(params: Params): Stripe.Checkout.Session.InvoiceCreation | null {
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

export function readExpiry(world: World, params: Params): number {
  const now = world.now()
  const at = params.integer('expires_at')
  if (at === undefined) return now + DAY
  if (at < now + 30 * MINUTE - 5 || at > now + DAY + 5) {
    throw invalid('`expires_at` must be between 30 minutes and 24 hours from now.', 'expires_at')
  }
  return at
}

type DataParams = Pick<
  SessionPlan,
  | 'subscriptionMetadata'
  | 'subscriptionDescription'
  | 'paymentMetadata'
  | 'paymentDescription'
  | 'receiptEmail'
  | 'trial'
  | 'missingPaymentMethod'
  | 'savesMethod'
>

/** Reads `subscription_data`, `payment_intent_data` and `setup_intent_data`, each of which is allowed in one mode only. */
export function readData(
  world: World,
  params: Params,
  mode: 'payment' | 'setup' | 'subscription',
): DataParams {
  const subscription = params.object('subscription_data')
  const payment = params.object('payment_intent_data')
  const setup = params.object('setup_intent_data')
  const given = { payment_intent_data: payment, setup_intent_data: setup, subscription_data: subscription }
  const own = {
    payment: 'payment_intent_data',
    setup: 'setup_intent_data',
    subscription: 'subscription_data',
  }[mode]
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && name !== own) {
      throw invalid(`You can not pass \`${name}\` in \`${mode}\` mode.`, name)
    }
  }
  if (mode !== 'payment' && params.has('invoice_creation')) {
    throw invalid(`You can not pass \`invoice_creation\` in \`${mode}\` mode.`, 'invoice_creation')
  }
  return {
    subscriptionMetadata: mergeMetadata({}, subscription?.metadata()),
    subscriptionDescription: subscription?.text('description') ?? null,
    paymentMetadata: mergeMetadata({}, (setup ?? payment)?.metadata()),
    paymentDescription: payment?.text('description') ?? null,
    receiptEmail: payment?.text('receipt_email') ?? null,
    trial: subscription === undefined ? null : readTrial(world, subscription),
    missingPaymentMethod:
      (subscription === undefined ? undefined : readMissingMethod(subscription)) ?? 'create_invoice',
    savesMethod: payment?.oneOf('setup_future_usage', ['off_session', 'on_session']) !== undefined,
  }
}

function readTrial(world: World, subscription: Params): SessionPlan['trial'] {
  const days = subscription.integer('trial_period_days')
  const end = readTrialEnd(world, subscription)
  if (days !== undefined && days > 0) return { days }
  return typeof end === 'number' ? { end } : null
}

/** Reads which fields of the customer the buyer's input updates. Stripe requires this where it needs the data. */
export function readCustomerUpdate(params: Params, customer: Stripe.Customer | null) {
  const update = params.object('customer_update')
  const read = (key: string) => update?.oneOf(key, ['auto', 'never']) === 'auto'
  const customerUpdate = { address: read('address'), name: read('name') }
  read('shipping')
  if (update !== undefined && customer === null) {
    throw invalid('`customer_update` can only be used with `customer`.', 'customer_update')
  }
  return customerUpdate
}

export function readTax(
  params: Params,
  customer: Stripe.Customer | null,
  customerUpdate: SessionPlan['customerUpdate'],
) {
  const automaticTax = params.object('automatic_tax')?.boolean('enabled') ?? false
  const collection = params.object('tax_id_collection')
  const taxIdCollection = collection && {
    enabled: collection.boolean('enabled') ?? false,
    required: collection.oneOf('required', ['if_supported', 'never']) ?? 'never',
  }
  if (automaticTax && customer !== null && !customer.address && !customerUpdate.address) {
    throw invalid(
      'Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the ' +
        "Customer or set `customer_update[address]` to 'auto' to save the address entered in Checkout.",
      'automatic_tax',
      'customer_tax_location_invalid',
    )
  }
  if (taxIdCollection?.enabled && customer !== null && !customerUpdate.name) {
    throw invalid(
      'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing ' +
        'customer, please set `customer_update[name]` to `auto`.',
      'tax_id_collection',
    )
  }
  return { automaticTax, taxIdCollection: taxIdCollection ?? null }
}
