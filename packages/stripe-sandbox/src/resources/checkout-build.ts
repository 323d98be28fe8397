import type Stripe from 'stripe'
import { stripeId } from '../core/ids'
import type { World } from '../core/world'

export type LineRequest = {
  price: Stripe.Price
  quantity: number
  adjustable: Stripe.LineItem.AdjustableQuantity | null
  metadata: Stripe.Metadata
}

type SessionFields = {
  mode: 'payment' | 'setup' | 'subscription'
  successUrl: string
  cancelUrl: string | null
  customer: string | null
  customerEmail: string | null
  customerCreation: 'always' | 'if_required' | null
  clientReferenceId: string | null
  metadata: Stripe.Metadata
  /** Null in `setup` mode if no currency is given. */
  currency: string | null
  automaticTax: boolean
  allowPromotionCodes: boolean | null
  billingAddressCollection: 'auto' | 'required' | null
  invoiceCreation: Stripe.Checkout.Session.InvoiceCreation | null
  locale: string | null
  methodTypes: string[]
  allowedMethods: string[] | null
  excludedMethods: string[]
  discounts: Stripe.Checkout.Session.Discount[]
  methodCollection: 'always' | 'if_required' | null
  taxIdCollection: Stripe.Checkout.Session.TaxIdCollection | null
  submitType: 'auto' | 'book' | 'donate' | 'pay' | 'subscribe' | null
  expiresAt: number
}

export function buildLine(world: World, line: LineRequest): Stripe.LineItem {
  const product = world.store.products.get(typeof line.price.product === 'string' ? line.price.product : '')
  return {
    id: stripeId('li'),
    object: 'item',
    adjustable_quantity: line.adjustable,
    amount_discount: 0,
    amount_subtotal: 0,
    amount_tax: 0,
    amount_total: 0,
    currency: line.price.currency,
    description: product?.name ?? null,
    metadata: line.metadata,
    price: line.price,
    quantity: line.quantity,
  }
}

/** Creates an open session, with amounts computed from its lines. */
export function buildSession(world: World, fields: SessionFields): Stripe.Checkout.Session {
  const id = stripeId('cs_test', 58)
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: fields.allowPromotionCodes,
    allowed_payment_method_types: fields.allowedMethods,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: {
      enabled: fields.automaticTax,
      liability: fields.automaticTax ? { type: 'self' } : null,
      provider: fields.automaticTax ? 'stripe' : null,
      status: fields.automaticTax ? 'complete' : null,
    },
    billing_address_collection: fields.billingAddressCollection,
    cancel_url: fields.cancelUrl,
    client_reference_id: fields.clientReferenceId,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: world.now(),
    currency: fields.currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: fields.customer,
    customer_account: null,
    customer_creation: fields.customerCreation,
    customer_details: null,
    customer_email: fields.customerEmail,
    discounts: fields.discounts,
    excluded_payment_method_types: fields.excludedMethods,
    expires_at: fields.expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: fields.invoiceCreation,
    livemode: false,
    locale: fields.locale,
    managed_payments: { enabled: false },
    metadata: fields.metadata,
    mode: fields.mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      fields.methodCollection ?? (fields.mode === 'payment' ? 'if_required' : 'always'),
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: fields.methodTypes,
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: fields.submitType,
    subscription: null,
    success_url: fields.successUrl,
    ...(fields.taxIdCollection === null ? {} : { tax_id_collection: fields.taxIdCollection }),
    total_details: null,
    ui_mode: 'hosted_page',
    url: `${world.settings.baseUrl}/c/pay/${id}`,
    wallet_options: null,
  }
}
