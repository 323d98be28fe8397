import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import { startStripeSandbox } from './index'
import { StandingClock } from './test-kit'

/** The state file of a version 0.1 demo with a bought plan and a pack with a pending bank debit. */
const STATE_OF_0_1 = join(import.meta.dirname, '../fixtures/state-0.1.json')

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function startOn(stateFile: string) {
  const clock = new StandingClock('2026-11-28T10:01:00Z')
  const sandbox = await startStripeSandbox({ stateFile, clock, deliver: 'manual' })
  let open = true
  const close = async () => {
    if (open) await sandbox.close()
    open = false
  }
  cleanups.push(close)
  const stripe = new Stripe(sandbox.secretKey, {
    host: '127.0.0.1',
    port: sandbox.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
  return { ...sandbox, close, stripe }
}

function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stripe-state-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'stripe.json')
  copyFileSync(STATE_OF_0_1, file)
  return file
}

describe('a state file of version 0.1', () => {
  it('keeps its sales when it is upgraded, and its pending payment arrives', async () => {
    const { stripe, control } = await startOn(copied())
    const [customer] = (await stripe.customers.list()).data
    const [subscription] = (await stripe.subscriptions.list({ customer: customer?.id })).data
    expect(subscription).toMatchObject({ status: 'active', metadata: { plan: 'super' } })
    const sessions = async () => (await stripe.checkout.sessions.list()).data
    expect((await sessions()).map(({ payment_status }) => payment_status)).toEqual(['unpaid', 'paid'])
    await control.advanceTo('2026-11-28T10:02:00Z')
    expect((await sessions()).map(({ payment_status }) => payment_status)).toEqual(['paid', 'paid'])
    expect(control.events('checkout.session.async_payment_succeeded')).toHaveLength(1)
    await control.advanceTo('2026-12-28T12:00:00Z')
    const { data } = await stripe.invoices.list({ subscription: subscription?.id })
    expect(data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
      ['paid', 2000],
      ['paid', 2000],
    ])
  })

  it('is converted to the current format with a stable account', async () => {
    const file = copied()
    const first = await startOn(file)
    const account = await first.stripe.accounts.retrieveCurrent()
    first.control.setAccount({ bankDebitSeconds: 432_000 })
    await first.close()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 2, account: { id: account.id } })
    const second = await startOn(file)
    expect((await second.stripe.accounts.retrieveCurrent()).id).toBe(account.id)
    expect(second.control.account().bankDebitSeconds).toBe(432_000)
    expect(second.secretKey).toBe('sk_test_local_0_1')
  })

  it('has working prices and a working portal after the upgrade', async () => {
    const { stripe, control } = await startOn(copied())
    const [price] = (await stripe.prices.list({ lookup_keys: ['pack_small'] })).data
    const [customer] = (await stripe.customers.list()).data
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      customer: customer?.id,
      line_items: [{ price: price?.id, quantity: 1 }],
      success_url: 'http://127.0.0.1:3000/done',
    })
    control.payCheckout(session.id)
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid')
    const portal = await stripe.billingPortal.sessions.create({ customer: customer?.id ?? '' })
    expect(await (await fetch(portal.url)).text()).toContain('Super')
  })
})
