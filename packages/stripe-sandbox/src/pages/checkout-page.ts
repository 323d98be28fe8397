import { html } from 'hono/html'
import type Stripe from 'stripe'
import type { Outcome } from '../flows/checkout'
import { type Html, layout, money } from './layout'

const CHOICES: Array<{ outcome: Outcome; label: string; method: string; subscriptionOnly?: boolean }> = [
  { outcome: 'card', label: 'Card that works (4242)', method: 'card' },
  { outcome: 'card_declined', label: 'Card that is declined (0002)', method: 'card' },
  {
    outcome: 'card_fails_later',
    label: 'Card that works now and fails at renewal (0341)',
    method: 'card',
    subscriptionOnly: true,
  },
  { outcome: 'bank_succeeds', label: 'Bank account: the money arrives later', method: 'us_bank_account' },
  { outcome: 'bank_fails', label: 'Bank account: the payment fails later', method: 'us_bank_account' },
]

/** What this session can be paid with. */
export function choicesOf(session: Stripe.Checkout.Session): typeof CHOICES {
  return CHOICES.filter(
    ({ method, subscriptionOnly }) =>
      session.payment_method_types.includes(method) &&
      (session.mode === 'subscription' || subscriptionOnly !== true),
  )
}

type CheckoutView = {
  session: Stripe.Checkout.Session
  lines: Stripe.LineItem[]
  accountName: string
  email: string
  /** The customer's own address is shown and not asked for. */
  emailFixed: boolean
  outcome: Outcome
  error: string | null
}

function interval(line: Stripe.LineItem): string {
  const recurring = line.price?.recurring
  if (!recurring) return ''
  return recurring.interval_count === 1
    ? ` per ${recurring.interval}`
    : ` every ${recurring.interval_count} ${recurring.interval}s`
}

function lineRow(line: Stripe.LineItem): Html {
  const name = line.description ?? 'Item'
  const adjustable = line.adjustable_quantity
  const quantity =
    adjustable?.enabled === true
      ? html`<label>Quantity of ${name}
<input type="number" name="quantity[${line.id}]" value="${line.quantity ?? 1}" min="${adjustable.minimum ?? 0}" max="${adjustable.maximum ?? 99}">
</label>`
      : html`<span class="soft">Quantity ${line.quantity ?? 1}</span>`
  return html`<tr><td>${name}<br>${quantity}</td>
<td class="num">${money(line.amount_subtotal, line.currency)}${interval(line)}</td></tr>`
}

export function checkoutPage(view: CheckoutView): Html {
  const { session, lines } = view
  const currency = session.currency ?? 'usd'
  const total = money(session.amount_total ?? 0, currency)
  const tax = session.total_details?.amount_tax ?? 0
  const subscribes = session.mode === 'subscription'
  const choices = choicesOf(session)
  return layout(
    `Checkout · ${view.accountName}`,
    html`${session.cancel_url ? html`<p><a href="${session.cancel_url}">Back to ${view.accountName}</a></p>` : ''}
<h1>${subscribes ? 'Subscribe to' : 'Pay'} ${view.accountName}</h1>
<p class="total">${total}</p>
${view.error ? html`<p class="error" role="alert">${view.error}</p>` : ''}
<form method="post" action="/c/pay/${session.id}">
<input type="hidden" name="total" value="${session.amount_total ?? 0}">
<section><h2>Your order</h2>
<table>${lines.map(lineRow)}
${tax > 0 ? html`<tr><td>Tax</td><td class="num">${money(tax, currency)}</td></tr>` : ''}
<tr><th scope="row">Total</th><td class="num"><strong>${total}</strong></td></tr></table></section>
<section><h2>Payment</h2>
<label for="email">Email</label>
<input id="email" name="email" type="email" required autocomplete="email" value="${view.email}" ${view.emailFixed ? 'readonly' : ''}>
<fieldset><legend>Pay with</legend>
${choices.map(
  ({ outcome, label }) => html`<label>
<input type="radio" name="outcome" value="${outcome}" ${outcome === view.outcome ? 'checked' : ''}>${label}</label>`,
)}
</fieldset>
<button class="main" type="submit">${subscribes ? 'Subscribe' : `Pay ${total}`}</button>
</section></form>`,
  )
}
