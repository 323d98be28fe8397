import { html } from 'hono/html'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { day, type Html, layout } from './layout'

type PortalView = {
  session: Stripe.BillingPortal.Session
  configuration: Stripe.BillingPortal.Configuration
  accountName: string
  customer: Stripe.Customer
  /** `changesAt`: when its schedule changes it. */
  subscriptions: Array<{ subscription: Stripe.Subscription; name: string; changesAt: number | null }>
  method: Stripe.PaymentMethod | undefined
  invoices: Stripe.Invoice[]
}

function button(session: string, action: string, label: string, fields: Record<string, string> = {}): Html {
  return html`<form class="inline" method="post" action="/p/session/${session}/${action}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">${label}</button></form>`
}

function stateOf(subscription: Stripe.Subscription): string {
  const end = subscription.items.data[0]?.current_period_end ?? subscription.created
  switch (subscription.status) {
    case 'paused':
      return 'Paused. Add a payment method and resume.'
    case 'unpaid':
      return 'Unpaid. Pay the open invoices to keep the plan.'
    case 'incomplete':
      return 'Waiting for the first payment.'
    case 'past_due':
      return 'The last payment failed. Update the payment method to keep the plan.'
    default:
  }
  if (subscription.cancel_at !== null) return `Ends on ${day(subscription.cancel_at)}`
  if (subscription.pause_collection !== null) return 'Payments are paused.'
  return subscription.status === 'trialing' ? `Trial until ${day(end)}` : `Renews on ${day(end)}`
}

function plan({ session, configuration }: PortalView, entry: PortalView['subscriptions'][number]): Html {
  const { subscription, name, changesAt } = entry
  const item = subscription.items.data[0]
  const price = item?.price
  const fields = { subscription: subscription.id }
  const { enabled, mode } = configuration.features.subscription_cancel
  const allows = (wanted: string) => enabled && (configuration.is_default || mode === wanted)
  const act = (action: string, label: string) => button(session.id, action, label, fields)
  const isEnding = subscription.cancel_at !== null
  // As in Stripe, a subscription with a scheduled change cannot be cancelled here.
  const isChanging = changesAt !== null
  return html`<section><h2>${name}</h2>
<p>${money((price?.unit_amount ?? 0) * (item?.quantity ?? 1), subscription.currency)} per ${price?.recurring?.interval ?? 'period'}</p>
<p class="soft">${changesAt === null ? stateOf(subscription) : `Changes on ${day(changesAt)}`}</p>
${subscription.status === 'paused' ? act('unpause', 'Resume') : ''}
${isEnding && enabled ? act('resume', 'Don’t cancel') : ''}
${!isEnding && !isChanging && allows('at_period_end') ? act('cancel', 'Cancel at period end') : ''}
${allows('immediately') ? act('cancel-now', 'Cancel now') : ''}</section>`
}

function details({ session, configuration, customer }: PortalView): Html {
  const { enabled, allowed_updates: allowed } = configuration.features.customer_update
  if (!enabled) return html``
  const field = (update: string, name: string, label: string, value: string | null | undefined) =>
    allowed.includes(update)
      ? html`<label for="${name}">${label}</label><input id="${name}" name="${name}" type="text" value="${value ?? ''}">`
      : ''
  return html`<section><h2>Billing information</h2>
<form method="post" action="/p/session/${session.id}/details">
${field('email', 'email', 'Email', customer.email)}
${field('name', 'name', 'Name', customer.name)}
${field('address', 'country', 'Country (two letters)', customer.address?.country)}
${field('tax_id', 'tax_id', 'VAT number', '')}
<button class="main" type="submit">Save</button></form></section>`
}

const STATUS: Record<string, string> = {
  draft: 'Draft',
  open: 'Open',
  paid: 'Paid',
  void: 'Void',
  uncollectible: 'Failed',
}

function invoiceRow(invoice: Stripe.Invoice): Html {
  const when = day(invoice.created)
  return html`<tr><td>${invoice.hosted_invoice_url ? html`<a href="${invoice.hosted_invoice_url}">${when}</a>` : when}</td>
<td>${STATUS[invoice.status ?? 'draft'] ?? invoice.status}</td>
<td class="num">${money(invoice.total, invoice.currency)}</td></tr>`
}

function methodName(method: Stripe.PaymentMethod | undefined): string {
  if (method === undefined) return 'None saved'
  const last4 = method.card?.last4 ?? method.us_bank_account?.last4 ?? '????'
  return `${method.card ? 'Visa' : 'Bank account'} ending in ${last4}`
}

export function portalPage(view: PortalView): Html {
  const { session, configuration } = view
  const { payment_method_update, invoice_history } = configuration.features
  return layout(
    `Billing · ${view.accountName}`,
    html`${session.return_url ? html`<p><a href="${session.return_url}">Return to ${view.accountName}</a></p>` : ''}
<h1>Manage your billing</h1>
<p class="soft">${view.customer.email ?? view.customer.id}</p>
${
  view.subscriptions.length === 0
    ? html`<section><h2>Current plan</h2><p>You have no subscription.</p></section>`
    : view.subscriptions.map((entry) => plan(view, entry))
}
<section><h2>Payment method</h2>
<p>${methodName(view.method)}</p>
${
  payment_method_update.enabled
    ? html`${button(session.id, 'payment-method', 'Use a card that works', { kind: 'card' })}
${button(session.id, 'payment-method', 'Use a card that fails', { kind: 'card_fails_later' })}`
    : ''
}</section>
${details(view)}
${invoice_history.enabled ? invoicesSection(view.invoices) : ''}`,
  )
}

function invoicesSection(invoices: Stripe.Invoice[]): Html {
  return html`<section><h2>Invoices</h2>
${
  invoices.length === 0
    ? html`<p>No invoices yet.</p>`
    : html`<table><tr><th scope="col">Date (UTC)</th><th scope="col">Status</th><th scope="col" class="num">Amount</th></tr>
${invoices.map(invoiceRow)}</table>`
}</section>`
}
