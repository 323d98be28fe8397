import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { openBillingPortal } from '@/lib/billing/portal/open-billing-portal'
import { tellAllDetails } from '@/lib/billing/repair/reconcile'
import { openShop, type Shop, SMALL } from '@/lib/billing/shop.test-support'
import { currentCatalog } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { newUuid, publicId } from '@/lib/ids'
import { upsertUser } from '@/lib/users/create-user'

/** Enough rounds for two insertions to overlap. */
const ROUNDS = 60
const AT_ONCE = 8

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

async function customersOf(accountId: string): Promise<string[]> {
  const text = 'select stripe_customer as customer from customers where account_id = $1'
  const { rows } = await shop.ctx.pool.query<{ customer: string }>(text, [accountId])
  return rows.map(({ customer }) => customer)
}

test('concurrent requests give an account one customer in Stripe, with the account id in its metadata', async () => {
  const buyer = await shop.newBuyer()
  const portal = () => openBillingPortal(shop.ctx, { user: buyer.user })
  await Promise.all([portal(), portal(), portal(), startCheckout(shop.ctx, { ...SMALL, user: buyer.user })])
  const { data } = await shop.stripe((stripe) => stripe.customers.list({ limit: 100 }))
  const made = data.filter(({ metadata }) => metadata.account === buyer.user)
  expect(made.map(({ id }) => id)).toEqual(await customersOf(buyer.accountId))
})

test('concurrent requests for a customer all succeed', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { user } = await shop.newBuyer()
    const opened = Array.from({ length: AT_ONCE }, () => openBillingPortal(shop.ctx, { user }))
    const refused = (await Promise.allSettled(opened)).filter(({ status }) => status === 'rejected')
    expect(refused).toEqual([])
  }
})

test('a customer that Stripe no longer has, as after a change of keys, is replaced', async () => {
  const buyer = await shop.newBuyer()
  await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  const [before = ''] = await customersOf(buyer.accountId)
  shop.control.reset()
  const { url } = await openBillingPortal(shop.ctx, { user: buyer.user })
  expect(url).toMatch(/^http/)
  const after = await customersOf(buyer.accountId)
  expect(after).toHaveLength(1)
  expect(after).not.toContain(before)
})

test('a changed e-mail is sent to Stripe at the next purchase or by the next sweep', async () => {
  await syncCatalog(currentCatalog())
  const operator: Context = { ...shop.ctx, caller: { kind: 'key', keyId: newUuid(), name: 'test' } }
  const put = (email: string) => upsertUser(operator, { externalId: 'told', email, name: 'Told' })
  const { user } = await put('first@example.com')
  const buyer = { accountId: user.id, user: publicId('user', user.id) }
  await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  const emailAtStripe = async () => {
    const customer = await shop.customer(buyer)
    const found = await shop.stripe((stripe) => stripe.customers.retrieve(customer))
    return found.deleted ? null : found.email
  }
  expect(await emailAtStripe()).toBe('first@example.com')
  await put('second@example.com')
  await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  expect(await emailAtStripe()).toBe('second@example.com')
  await put('third@example.com')
  await tellAllDetails(shop.ctx)
  expect(await emailAtStripe()).toBe('third@example.com')
})
