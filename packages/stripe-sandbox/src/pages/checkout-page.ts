import { html } from 'hono/html'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { asksForMethod, type Outcome } from '../flows/checkout'
import { type Html, layout } from './layout'

type Mode = 'payment' | 'setup' | 'subscription'

const CHOICES: Array<{ outcome: Outcome; label: string; method: string; modes: Mode[] }> = [
  {
    outcome: 'card',
    label: 'Card that works (4242)',
    method: 'card',
    modes: ['payment', 'setup', 'subscription'],
  },
  {
    outcome: 'card_other',
    label: 'Another card that works (4444)',
    method: 'card',
    modes: ['payment', 'setup', 'subscription'],
  },
  {
    outcome: 'card_declined',
    label: 'Card that is declined (0002)',
    method: 'card',
    modes: ['payment', 'setup', 'subscription'],
  },
  {
    outcome: 'card_fails_later',
    label: 'Card that works now and fails at renewal (0341)',
    method: 'card',
    modes: ['setup', 'subscription'],
  },
  {
    outcome: 'card_needs_authentication',
    label: 'Card that needs you for every payment (3184)',
    method: 'card',
    modes: ['setup', 'subscription'],
  },
  {
    outcome: 'bank_succeeds',
    label: 'Bank account: the money arrives later',
    method: 'us_bank_account',
    modes: ['payment', 'setup', 'subscription'],
  },
  {
    outcome: 'bank_fails',
    label: 'Bank account: the payment fails later',
    method: 'us_bank_account',
    modes: ['payment', 'setup', 'subscription'],
  },
]

/** The payment methods this session accepts. */
export function choicesOf(session: Stripe.Checkout.Session): typeof CHOICES {
  return CHOICES.filter(
    ({ method, modes }) =>
      session.payment_method_types.includes(method) && modes.some((mode) => mode === session.mode),
  )
}

/** The buyer's current input. */
export type CheckoutForm = {
  email: string
  outcome: Outcome
  code: string
  name: string
  country: string
  taxId: string
}

type CheckoutView = {
  session: Stripe.Checkout.Session
  lines: Stripe.LineItem[]
  /** The currencies that the buyer can choose from. */
  currencies: string[]
  /** "14 days free, then $20.00 per month"; null without a trial. */
  trial: string | null
  accountName: string
  /** True if the customer has an e-mail address, which is then read-only. */
  emailFixed: boolean
  form: CheckoutForm
  error: string | null
}

function interval(line: Stripe.LineItem): string {
  const recurring = line.price?.recurring
  if (!recurring) return ''
  return recurring.interval_count === 1
    ? ` per ${recurring.interval}`
    : ` every ${recurring.interval_count} ${recurring.interval}s`
}

/** The words for a trial at the top of the page. `amount` is the price of the first period after it. */
export function trialWords(days: number, amount: string, line: Stripe.LineItem): string {
  return `${days} ${days === 1 ? 'day' : 'days'} free, then ${amount}${interval(line)}`
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

function sumRow(label: string, amount: number, currency: string): Html {
  return amount === 0
    ? html``
    : html`<tr><td>${label}</td><td class="num">${money(amount, currency)}</td></tr>`
}

function orderSection({ session, lines, currencies, form }: CheckoutView): Html {
  const currency = session.currency ?? 'usd'
  const { amount_tax: tax = 0, amount_discount: off = 0 } = session.total_details ?? {}
  return html`<section><h2>Your order</h2>
<table>${lines.map(lineRow)}
${sumRow('Discount', -off, currency)}
${sumRow('Tax', tax, currency)}
<tr><th scope="row">Total</th><td class="num"><strong>${money(session.amount_total ?? 0, currency)}</strong></td></tr></table>
${
  currencies.length > 1
    ? html`<fieldset><legend>Currency</legend>${currencies.map(
        (choice) => html`<label><input type="radio" name="currency" value="${choice}"
${choice === currency ? 'checked' : ''}>${choice.toUpperCase()}</label>`,
      )}</fieldset><button type="submit" formnovalidate name="apply" value="currency">Change currency</button>`
    : ''
}
${
  session.allow_promotion_codes
    ? html`<label for="code">Promotion code</label>
<input id="code" name="code" type="text" autocomplete="off" value="${form.code}">
<button type="submit" formnovalidate name="apply" value="code">Apply code</button>`
    : ''
}</section>`
}

function addressFields({ session, form }: CheckoutView): Html {
  const asks = session.billing_address_collection === 'required' || session.automatic_tax.enabled
  return html`${
    asks
      ? html`<label for="name">Name</label><input id="name" name="name" type="text" value="${form.name}">
<label for="country">Country (two letters)</label>
<input id="country" name="country" type="text" minlength="2" maxlength="2" required value="${form.country}">`
      : ''
  }${
    session.tax_id_collection?.enabled
      ? html`<label for="tax-id">VAT number, for businesses</label>
<input id="tax-id" name="tax_id" type="text" value="${form.taxId}">`
      : ''
  }`
}

function buttonOf(session: Stripe.Checkout.Session): string {
  if (session.mode === 'subscription') return 'Subscribe'
  if (session.mode === 'setup') return 'Save'
  return `Pay ${money(session.amount_total ?? 0, session.currency ?? 'usd')}`
}

function headingOf(session: Stripe.Checkout.Session, accountName: string): string {
  if (session.mode === 'setup') return `Save a payment method for ${accountName}`
  return `${session.mode === 'subscription' ? 'Subscribe to' : 'Pay'} ${accountName}`
}

export function checkoutPage(view: CheckoutView): Html {
  const { session, form } = view
  const isSetup = session.mode === 'setup'
  const total = money(session.amount_total ?? 0, session.currency ?? 'usd')
  return layout(
    `Checkout · ${view.accountName}`,
    html`${session.cancel_url ? html`<p><a href="${session.cancel_url}">Back to ${view.accountName}</a></p>` : ''}
<h1>${headingOf(session, view.accountName)}</h1>
${isSetup ? '' : html`<p class="total">${total}</p>`}
${view.trial === null ? '' : html`<p>${view.trial}</p>`}
${view.error ? html`<p class="error" role="alert">${view.error}</p>` : ''}
<form method="post" action="/c/pay/${session.id}">
<input type="hidden" name="total" value="${session.amount_total ?? 0}">
<button hidden type="submit" tabindex="-1" aria-hidden="true"></button>
${isSetup ? '' : orderSection(view)}
<section><h2>Payment</h2>
<label for="email">Email</label>
<input id="email" name="email" type="email" required autocomplete="email" value="${form.email}" ${view.emailFixed ? 'readonly' : ''}>
${addressFields(view)}
${
  asksForMethod(session)
    ? html`<fieldset><legend>Pay with</legend>
${choicesOf(session).map(
  ({ outcome, label }) => html`<label>
<input type="radio" name="outcome" value="${outcome}" ${outcome === form.outcome ? 'checked' : ''}>${label}</label>`,
)}
</fieldset>`
    : html`<p>No payment method is needed.</p>`
}
<button class="main" type="submit">${buttonOf(session)}</button>
</section></form>`,
  )
}
