import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openBillingPortal } from '@/lib/billing/portal/open-billing-portal'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { openShop, type Shop, SMALL } from '@/lib/billing/shop.test-support'
import { startCheckout } from './start-checkout'

let shop: Shop
beforeAll(async () => {
  vi.stubEnv('STRIPE_TAX', 'on')
  vi.stubEnv('STRIPE_PROMOTION_CODES', 'on')
  shop = await openShop()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await shop.close()
})

test('with STRIPE_TAX, checkout computes tax and asks for an address and tax id, and invoices show net, tax and total', async () => {
  shop.setFaults({ taxPercent: 19 })
  const buyer = await shop.newBuyer()
  const { sessionId } = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  const session = await shop.stripe((stripe) => stripe.checkout.sessions.retrieve(sessionId))
  expect(session).toMatchObject({
    automatic_tax: { enabled: true },
    billing_address_collection: 'required',
    tax_id_collection: { enabled: true },
  })
  shop.control.payCheckout(sessionId, { country: 'DE' })
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(3_000)
  const { items } = await listInvoices(shop.as(buyer), { limit: 10 })
  expect(items).toMatchObject([{ amount: 714, tax: 114, status: 'paid' }])
  shop.control.resetFaults()
})

test('with STRIPE_PROMOTION_CODES, a 100% discount code grants the credits without a payment', async () => {
  const { code } = await shop.stripe(async (stripe) => {
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'once' })
    return stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'GIFT' })
  })
  const buyer = await shop.newBuyer()
  const { sessionId } = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  const session = await shop.stripe((stripe) => stripe.checkout.sessions.retrieve(sessionId))
  expect(session.allow_promotion_codes).toBe(true)
  shop.control.payCheckout(sessionId, { code, country: 'DE' })
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(3_000)
  expect(await shop.grants(buyer, 'pack')).toMatchObject([{ payment: { amount: 0, currency: 'usd' } }])
})

test('the portal offers no other plan and cancels at the end of the paid period', async () => {
  const buyer = await shop.newBuyer()
  await openBillingPortal(shop.ctx, { user: buyer.user })
  await openBillingPortal(shop.ctx, { user: buyer.user })
  const { data } = await shop.stripe((stripe) => stripe.billingPortal.configurations.list({ limit: 100 }))
  const own = data.filter(({ metadata }) => metadata?.ai_credits !== undefined)
  expect(own.map(({ features }) => features)).toMatchObject([
    {
      subscription_update: { enabled: false },
      subscription_cancel: { enabled: true, mode: 'at_period_end' },
      customer_update: { enabled: true, allowed_updates: ['address', 'name', 'tax_id'] },
    },
  ])
})
