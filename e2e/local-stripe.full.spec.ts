import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { StripeAccount } from './fixtures/stripe-account'
import { expect, test } from './fixtures/test'
import { openTwoServers, type Side } from './fixtures/two-servers'

/** A plan and three packs. */
const SOLD = 4

test('two servers that start together on an empty database share one local Stripe, and each outlives the other', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-stripe-'))
  expect(readdirSync(folder)).toEqual([])
  const none = { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '', STRIPE_API_URL: '' }
  const two = await openTwoServers({ ...none, DATA_DIR: folder })
  try {
    const stripe = new StripeAccount(folder)
    const { id: account } = await stripe.api.accounts.retrieveCurrent()
    const { rows } = await two.pool.query('select account from stripe_account')
    expect(rows).toEqual([{ account }])
    expect((await stripe.api.prices.list()).data).toHaveLength(SOLD)
    expect((await stripe.api.products.list()).data).toHaveLength(SOLD)

    const { id: user } = await two.one.newUser()
    let bought = 0
    /** Buys through one server and expects the credits granted by the webhook. */
    const buy = async (side: Side) => {
      const { url } = await side.make('/checkout', { user, pack: 'small' })
      await stripe.set('pay', { session: /cs_\w+/.exec(String(url))?.[0] })
      bought += 2_000
      await expect.poll(() => side.available(user)).toBe(1_000 + bought)
    }
    for (const side of [two.one, two.other]) await buy(side)
    // One of the two stopped processes is the one that runs the local Stripe.
    for (const [dying, living] of [
      [two.one, two.other],
      [two.other, two.one],
    ] as const) {
      await dying.server.kill()
      await expect.poll(() => stripe.isThere()).toBe(true)
      await buy(living)
      await dying.server.start()
    }
    expect((await stripe.api.charges.list()).data).toHaveLength(4)
  } finally {
    await two.stop()
    rmSync(folder, { recursive: true })
  }
})
