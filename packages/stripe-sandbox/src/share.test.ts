import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SharedStripeSandbox, shareStripeSandbox } from './index'
import { StandingClock } from './test-kit'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

let stateFile: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'stripe-shared-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  stateFile = join(folder, 'stripe.json')
})

const clock = new StandingClock('2026-11-30T10:00:00Z')

async function joined(options: { syncClock?: () => Promise<unknown> } = {}): Promise<SharedStripeSandbox> {
  const sandbox = await shareStripeSandbox({ stateFile, clock, deliver: 'manual', ...options })
  let isOpen = true
  const close = async () => {
    if (isOpen) await sandbox.close()
    isOpen = false
  }
  cleanups.push(close)
  return { ...sandbox, close }
}

function clientOf({ url, secretKey }: SharedStripeSandbox): Stripe {
  return new Stripe(secretKey, {
    host: '127.0.0.1',
    port: new URL(url).port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

const hostsOf = (all: SharedStripeSandbox[]) => all.filter((one) => one.isHost())

describe('a shared sandbox', () => {
  it('is a single sandbox for processes that start together, even with an empty state file', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => joined()))
    expect(hostsOf(all)).toHaveLength(1)
    expect(
      new Set(all.map(({ url, secretKey, webhookSecret }) => `${url} ${secretKey} ${webhookSecret}`)).size,
    ).toBe(1)
    const [first] = all
    if (first === undefined) throw new Error('nobody started')
    const { id } = await clientOf(first).customers.create({ email: 'ada@example.com' })
    for (const one of all) {
      expect(await clientOf(one).customers.retrieve(id)).toMatchObject({ email: 'ada@example.com' })
    }
  })

  it('restarts at the same address with the same state', async () => {
    const first = await joined()
    const { id } = await clientOf(first).customers.create({ name: 'Ada' })
    await first.close()
    const second = await joined()
    expect(second).toMatchObject({ url: first.url, secretKey: first.secretKey })
    expect(await clientOf(second).customers.retrieve(id)).toMatchObject({ name: 'Ada' })
  })

  it('moves to another process without interruption when its host ends', async () => {
    const [first, second, third] = [await joined(), await joined(), await joined()]
    const stripe = clientOf(third)
    const { id } = await stripe.customers.create({ name: 'Ada' })
    await first.close()
    await expect.poll(() => hostsOf([second, third]).length, { timeout: 15_000 }).toBe(1)
    expect(await stripe.customers.retrieve(id)).toMatchObject({ name: 'Ada' })
    expect((await stripe.accounts.retrieveCurrent()).id).toMatch(/^acct_/)
  })

  it('moves to another address if another program uses its own', async () => {
    const first = await joined()
    const { id } = await clientOf(first).customers.create({ name: 'Ada' })
    await first.close()
    const other = createServer((socket) => socket.destroy())
    const port = Number(new URL(first.url).port)
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => other.close(resolve)))
    const second = await joined()
    expect(second.url).not.toBe(first.url)
    expect(await clientOf(second).customers.retrieve(id)).toMatchObject({ name: 'Ada' })
  })

  it('triggers due events when a process reports that time has moved', async () => {
    let synced = 0
    const syncClock = async () => {
      synced += 1
    }
    const [, second] = [await joined({ syncClock }), await joined()]
    const stripe = clientOf(second)
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 600, product_data: { name: 'Pack' } } },
      ],
      success_url: 'https://app.test/done',
    })
    clock.advance(2 * 86_400_000)
    await second.settle()
    expect(synced).toBe(1)
    const { data } = await stripe.events.list({ type: 'checkout.session.expired' })
    expect(data.map(({ data }) => data.object)).toMatchObject([{ id: session.id }])
  })
})
