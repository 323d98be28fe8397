import { html } from 'hono/html'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { day, type Html, layout } from './layout'

type PortalView = {
  session: Stripe.BillingPortal.Session
  accountName: string
  customer: Stripe.Customer
  subscriptions: Array<{ subscription: Stripe.Subscription; name: string }>
  method: Stripe.PaymentMethod | undefined
  invoices: Stripe.Invoice[]
}

function button(session: string, action: string, label: string, fields: Record<string, string> = {}): Html {
  return html`<form class="inline" method="post" action="/p/session/${session}/${action}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">${label}</button></form>`
}

function renewal(subscription: Stripe.Subscription): string {
  const end = subscription.items.data[0]?.current_period_end ?? subscription.created
  if (subscription.status === 'canceled') return `Ended on ${day(subscription.ended_at ?? end)}`
  if (subscription.cancel_at !== null) return `Ends on ${day(subscription.cancel_at)}`
  if (subscription.status === 'past_due')
    return 'The last payment failed. Update the payment method to keep the plan.'
  return `Renews on ${day(end)}`
}

function plan(session: string, { subscription, name }: PortalView['subscriptions'][number]): Html {
  const item = subscription.items.data[0]
  const price = item?.price
  const fields = { subscription: subscription.id }
  const ending = subscription.cancel_at !== null
  return html`<section><h2>${name}</h2>
<p>${money((price?.unit_amount ?? 0) * (item?.quantity ?? 1), subscription.currency)} per ${price?.recurring?.interval ?? 'period'}</p>
<p class="soft">${renewal(subscription)}</p>
${ending ? button(session, 'resume', 'Don’t cancel', fields) : button(session, 'cancel', 'Cancel at period end', fields)}
${button(session, 'cancel-now', 'Cancel now', fields)}</section>`
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

export function portalPage(view: PortalView): Html {
  const { session, method } = view
  return layout(
    `Billing · ${view.accountName}`,
    html`${session.return_url ? html`<p><a href="${session.return_url}">Return to ${view.accountName}</a></p>` : ''}
<h1>Manage your billing</h1>
<p class="soft">${view.customer.email ?? view.customer.id}</p>
${
  view.subscriptions.length === 0
    ? html`<section><h2>Current plan</h2><p>You have no subscription.</p></section>`
    : view.subscriptions.map((entry) => plan(session.id, entry))
}
<section><h2>Payment method</h2>
<p>${method ? `${method.card ? 'Visa' : 'Bank account'} ending in ${method.card?.last4 ?? method.us_bank_account?.last4 ?? '????'}` : 'None saved'}</p>
${button(session.id, 'payment-method', 'Use a card that works', { kind: 'card' })}
${button(session.id, 'payment-method', 'Use a card that fails', { kind: 'card_fails_later' })}</section>
<section><h2>Invoices</h2>
${
  view.invoices.length === 0
    ? html`<p>No invoices yet.</p>`
    : html`<table><tr><th scope="col">Date (UTC)</th><th scope="col">Status</th><th scope="col" class="num">Amount</th></tr>
${view.invoices.map(invoiceRow)}</table>`
}</section>`,
  )
}
