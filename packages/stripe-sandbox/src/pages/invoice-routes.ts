import type { Hono } from 'hono'
import { money } from '../core/currencies'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { collectInvoice } from '../flows/collect'
import { switchPaymentMethod } from '../flows/payment-method'
import { attachPaymentMethod, createPaymentMethod, makeDefault } from '../resources/payment-methods'
import { type Around, missing, render } from './form'
import { invoicePage, invoicePdf } from './invoice-page'
import { day, notice } from './layout'

export function invoicePages(app: Hono, world: World, around: Around): void {
  const { store } = world

  app.get('/i/:id', (c) => {
    const invoice = store.invoices.get(c.req.param('id'))
    return invoice === undefined ? missing(c, 'invoice') : render(c, invoicePage(invoice, null))
  })

  app.get('/i/:id/pdf', (c) => {
    const invoice = store.invoices.get(c.req.param('id'))
    if (invoice === undefined) return missing(c, 'invoice')
    return c.body(invoicePdf(invoice), 200, { 'content-type': 'application/pdf' })
  })

  app.post('/i/:id/pay', async (c) => {
    around.before()
    const invoice = store.invoices.get(c.req.param('id'))
    const customer = store.customers.get(idOf(invoice?.customer) ?? '')
    if (invoice === undefined || customer === undefined) return missing(c, 'invoice')
    const method = createPaymentMethod(world, 'card', customer.email)
    attachPaymentMethod(world, method, customer)
    makeDefault(world, method, customer)
    switchPaymentMethod(world, customer, method)
    collectInvoice(world, invoice, { retry: false, method, onSession: true })
    await around.after()
    return c.redirect(`/i/${invoice.id}`, 303)
  })

  app.get('/r/:id', (c) => {
    const charge = store.charges.get(c.req.param('id'))
    if (charge === undefined) return missing(c, 'receipt')
    const text = `${money(charge.amount, charge.currency)} paid on ${day(charge.created)} (UTC), refunded ${money(charge.amount_refunded, charge.currency)}.`
    return render(c, notice(`Receipt from ${world.settings.accountName}`, text))
  })
}
