import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'

/** A database restored from a backup lacks the purchases made since; Stripe has them. */
let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

/** The two statements of docs/operations.md, "After restoring", with the blanks filled in. */
function statements(buyer: Buyer, { session, customer }: { session: string; customer: string }): string[] {
  const page = readFileSync('docs/operations.md', 'utf8')
  const sql = page.match(/```sql\n\s+(insert into checkout_sessions[\s\S]+?)```/)?.[1] ?? ''
  return sql
    .replaceAll("'cs_…'", `'${session}'`)
    .replaceAll("'cus_…'", `'${customer}'`)
    .replaceAll("'32 hex digits of usr_…'", `'${buyer.user.replace('usr_', '')}'`)
    .split(';')
    .filter((statement) => statement.includes('insert into'))
}

const query = (sql: string, values: unknown[] = []) => shop.ctx.pool.query(sql, values)

async function customerOf({ accountId }: Buyer): Promise<string> {
  const { rows } = await query('select stripe_customer as customer from customers where account_id = $1', [
    accountId,
  ])
  return rows[0]?.customer
}

/** The state after a restore: the account exists without its purchases. Stripe's events were delivered, without effect. */
async function buyAndLose(buyer: Buyer, wanted: typeof SMALL) {
  const session = await shop.pay(buyer, wanted)
  const customer = await customerOf(buyer)
  await query('delete from checkout_sessions where account_id = $1', [buyer.accountId])
  await query('delete from customers where account_id = $1', [buyer.accountId])
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(1_000)
  return { session, customer }
}

async function resend(types: RegExp): Promise<void> {
  // The product treats a lost event as a new one.
  await query('delete from webhook_events')
  for (const { id, type } of shop.control.events()) if (types.test(type)) shop.control.resend(id)
  await shop.deliver()
}

test('a pack bought after the backup is granted once when its checkout is recorded again', async () => {
  const buyer = await shop.newBuyer()
  const lost = await buyAndLose(buyer, SMALL)
  for (const statement of statements(buyer, lost)) await query(statement)
  await resend(/^checkout\.session\.completed$/)
  await resend(/^checkout\.session\.completed$/)
  expect(await shop.available(buyer)).toBe(3_000)
  const [grant] = await shop.grants(buyer, 'pack')
  expect(grant).toMatchObject({ payment: { amount: 600, stripePayment: expect.stringMatching(/^pi_/) } })
  expect((await auditLedger(shop.ctx.pool, { now: shop.clock.now() })).clean).toBe(true)
})

test('Super bought after the backup is restored by recording only its customer', async () => {
  const buyer = await shop.newBuyer()
  const lost = await buyAndLose(buyer, SUPER)
  const [, customer = ''] = statements(buyer, lost)
  await query(customer)
  await resend(/^customer\.subscription\./)
  expect(await shop.available(buyer)).toBe(10_000)
})
