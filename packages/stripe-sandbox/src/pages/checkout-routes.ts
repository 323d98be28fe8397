import type { Context, Hono } from 'hono'
import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { unitAmount } from '../flows/amounts'
import { asksForMethod, OUTCOMES, payCheckout } from '../flows/checkout'
import { addressIn } from '../flows/checkout-customer'
import { adjustQuantities, chooseCurrency, enterCode, planOf } from '../flows/checkout-totals'
import { checkoutPage, choicesOf, trialWords } from './checkout-page'
import { type Around, type Form, missing, render, textOf } from './form'
import { type Html, notice } from './layout'

function successUrl(session: Stripe.Checkout.Session): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id)
}

function show(world: World, session: Stripe.Checkout.Session, form: Form, error: string | null): Html {
  const customer = world.store.customers.get(idOf(session.customer) ?? '')
  const known = customer?.email ?? session.customer_email
  const { lineItems, currencies, trial } = planOf(world, session)
  const tried = lineItems.find(({ price }) => price?.recurring)
  const asked = tried?.price && unitAmount(world, tried.price, session.currency ?? 'usd')
  return checkoutPage({
    session,
    lines: lineItems,
    currencies,
    trial:
      trial !== null && 'days' in trial && tried && asked != null
        ? trialWords(trial.days, money(asked, session.currency ?? 'usd'), tried)
        : null,
    accountName: world.settings.accountName,
    emailFixed: known !== null && known !== undefined,
    form: {
      email: known ?? textOf(form, 'email'),
      outcome: OUTCOMES.find((outcome) => outcome === form.outcome) ?? 'card',
      code: textOf(form, 'code'),
      name: textOf(form, 'name') || (customer?.name ?? ''),
      country: textOf(form, 'country') || (customer?.address?.country ?? ''),
      taxId: textOf(form, 'tax_id'),
    },
    error,
  })
}

function quantitiesOf(form: Form): Map<string, number> {
  return new Map(
    Object.keys(form).flatMap((name): Array<[string, number]> => {
      const id = /^quantity\[(\w+)\]$/.exec(name)?.[1]
      const quantity = Number(textOf(form, name))
      return id !== undefined && Number.isSafeInteger(quantity) && quantity > 0 ? [[id, quantity]] : []
    }),
  )
}

/** Applies the buyer's changes. Returns a message if the buyer must review them before paying; null otherwise. */
function applyChanges(world: World, session: Stripe.Checkout.Session, form: Form): string | null {
  adjustQuantities(world, session, quantitiesOf(form))
  if (form.apply === 'currency') chooseCurrency(world, session, textOf(form, 'currency'))
  const code = textOf(form, 'code')
  const isNew = code !== '' && (session.discounts ?? []).length === 0
  if (isNew && !enterCode(world, session, code)) return 'This code is invalid.'
  if (form.apply !== undefined) return ''
  const shown = textOf(form, 'total')
  if (session.mode === 'setup' || shown === '' || shown === String(session.amount_total)) return null
  return `The total is now ${money(session.amount_total ?? 0, session.currency ?? 'usd')}. Check it and pay.`
}

function entriesOf(form: Form) {
  const country = textOf(form, 'country')
  const value = textOf(form, 'tax_id')
  return {
    email: textOf(form, 'email'),
    name: textOf(form, 'name') || null,
    address: country === '' ? null : addressIn(country),
    taxId: value === '' ? null : { type: 'eu_vat' as const, value },
  }
}

export function checkoutPages(app: Hono, world: World, around: Around): void {
  const closed = (c: Context, session: Stripe.Checkout.Session) => {
    if (session.status === 'complete') return c.redirect(successUrl(session), 303)
    const back = session.cancel_url ? { href: session.cancel_url, label: 'Back' } : undefined
    return render(c, notice('This checkout has expired', 'Go back to the seller and start again.', back), 410)
  }

  app.get('/c/pay/:id', (c) => {
    around.before()
    const session = world.store.sessions.get(c.req.param('id'))
    if (session === undefined) return missing(c, 'checkout')
    return session.status === 'open' ? render(c, show(world, session, {}, null)) : closed(c, session)
  })

  app.post('/c/pay/:id', async (c) => {
    const form: Form = await c.req.parseBody()
    around.before()
    const session = world.store.sessions.get(c.req.param('id'))
    if (session === undefined) return missing(c, 'checkout')
    if (session.status !== 'open') return closed(c, session)
    const look = applyChanges(world, session, form)
    if (form.apply !== undefined) return render(c, show(world, session, form, look || null))
    const chosen = choicesOf(session).find((choice) => choice.outcome === form.outcome)?.outcome
    const outcome = asksForMethod(session) ? chosen : 'card'
    const entries = entriesOf(form)
    if (outcome === undefined || !/^\S+@\S+$/.test(entries.email)) {
      const wanted = 'Enter an email address and choose how to pay.'
      return render(c, show(world, session, form, wanted), 422)
    }
    if (look !== null) return render(c, show(world, session, form, look))
    const result = payCheckout(world, session, { ...entries, outcome, quantities: new Map() })
    await around.after()
    if (result.kind === 'declined') return render(c, show(world, session, form, result.message), 402)
    return c.redirect(successUrl(session), 303)
  })
}
