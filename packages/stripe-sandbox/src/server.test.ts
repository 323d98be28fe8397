import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningStripeSandbox, type StartOptions, startStripeSandbox } from './index'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: StartOptions = {}): Promise<RunningStripeSandbox> {
  const sandbox = await startStripeSandbox(options)
  cleanups.push(() => sandbox.close())
  return sandbox
}

function clientOf(sandbox: RunningStripeSandbox): Stripe {
  return new Stripe(sandbox.secretKey, {
    host: '127.0.0.1',
    port: sandbox.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

async function endpoint(): Promise<{ url: string; taken: Array<{ body: string; signature: string }> }> {
  const taken: Array<{ body: string; signature: string }> = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => {
      body += part
    })
    request.on('end', () => {
      taken.push({ body, signature: String(request.headers['stripe-signature']) })
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/hooks`, taken }
}

async function checkout(stripe: Stripe): Promise<Stripe.Checkout.Session> {
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: 'usd',
          unit_amount: 2000,
          recurring: { interval: 'month' },
          product_data: { name: 'Super' },
        },
      },
    ],
    success_url: 'http://127.0.0.1/done',
  })
}

const pay = (session: Stripe.Checkout.Session) =>
  fetch(session.url ?? '', {
    method: 'POST',
    body: new URLSearchParams({ email: 'ada@example.com', outcome: 'card' }),
    redirect: 'manual',
  })

const flip = (sandbox: RunningStripeSandbox, path: string, body: unknown) =>
  fetch(`${sandbox.url}/_sandbox${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('the running sandbox', () => {
  it('serves the library and the buyer, and delivers the webhook before the buyer returns', async () => {
    const hook = await endpoint()
    const sandbox = await start({ webhookUrl: hook.url })
    const session = await checkout(clientOf(sandbox))
    expect(session.url).toContain(`${sandbox.url}/c/pay/`)
    expect((await pay(session)).headers.get('location')).toBe('http://127.0.0.1/done')
    const events = hook.taken.map(({ body, signature }) =>
      Stripe.webhooks.constructEvent(body, signature, sandbox.webhookSecret),
    )
    expect(events.map(({ type }) => type)).toContain('checkout.session.completed')
  })

  it('keeps customers, plans, keys and time when it restarts on another port', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stripe-sandbox-'))
    cleanups.push(() => rmSync(directory, { recursive: true }))
    const stateFile = join(directory, 'state', 'stripe.json')
    const first = await startStripeSandbox({ stateFile })
    const session = await checkout(clientOf(first))
    await pay(session)
    await first.control.advanceTo(new Date(Date.now() + 3_600_000))
    const clock = first.control.now()
    await first.close()

    const second = await start({ stateFile })
    expect(second).toMatchObject({ secretKey: first.secretKey, webhookSecret: first.webhookSecret })
    expect(second.control.now().getTime()).toBeGreaterThanOrEqual(clock.getTime())
    const done = await clientOf(second).checkout.sessions.retrieve(session.id, {
      expand: ['subscription.latest_invoice', 'line_items'],
    })
    expect(done).toMatchObject({ status: 'complete', subscription: { status: 'active' } })
    expect(done.line_items?.data).toHaveLength(1)
    const { data } = await clientOf(second).invoices.list()
    expect(data[0]?.hosted_invoice_url).toContain(second.url)
    expect((await fetch(data[0]?.hosted_invoice_url ?? '')).status).toBe(200)
  })

  it('saves its state before it answers, so that a crash loses no answered call', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stripe-sandbox-'))
    cleanups.push(() => rmSync(directory, { recursive: true }))
    const stateFile = join(directory, 'stripe.json')
    const first = await start({ stateFile })
    const { id } = await clientOf(first).customers.create({ email: 'kept@example.com' })
    const kept = async () => {
      const second = await startStripeSandbox({ stateFile })
      try {
        return await clientOf(second).customers.retrieve(id)
      } finally {
        await second.close()
      }
    }
    await expect.poll(kept).toMatchObject({ email: 'kept@example.com' })
  })

  it('names a state file that it cannot read', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'stripe-sandbox-'))
    cleanups.push(() => rmSync(directory, { recursive: true }))
    const stateFile = join(directory, 'stripe.json')
    writeFileSync(stateFile, 'not json')
    await expect(startStripeSandbox({ stateFile })).rejects.toThrow(stateFile)
  })

  it('reports that its port is in use', async () => {
    const first = await start()
    await expect(startStripeSandbox({ port: first.port })).rejects.toThrow('EADDRINUSE')
  })

  it('settles bank payments and renews plans by its own clock', async () => {
    const sandbox = await start({ asyncPaymentSeconds: 0 })
    const session = await checkout(clientOf(sandbox))
    await fetch(session.url ?? '', {
      method: 'POST',
      body: new URLSearchParams({ email: 'ada@example.com', outcome: 'bank_succeeds' }),
      redirect: 'manual',
    })
    const done = await clientOf(sandbox).checkout.sessions.retrieve(session.id)
    expect(done.payment_status).toBe('paid')
  })
})

describe('the controls over HTTP', () => {
  it('have the same effects as the control object', async () => {
    const hook = await endpoint()
    const sandbox = await start({ deliver: 'manual' })
    const stripe = clientOf(sandbox)
    expect((await flip(sandbox, '/webhook', { url: hook.url })).status).toBe(200)
    const session = await checkout(stripe)
    expect(await (await flip(sandbox, '/pay', { session: session.id })).json()).toEqual({
      result: { kind: 'completed' },
    })
    const [charge] = (await stripe.charges.list()).data
    const of = { charge: charge?.id }
    await flip(sandbox, '/faults', { refunds: 'pending', duplicate: 1 })
    const refund = await (await flip(sandbox, '/refund', { of, amount: 500 })).json()
    expect(refund).toMatchObject({ result: { status: 'pending', amount: 500 } })
    await flip(sandbox, '/refund-status', { refund: refund.result.id, status: 'failed' })
    const dispute = await (await flip(sandbox, '/dispute', { of, inquiry: true })).json()
    await flip(sandbox, '/dispute-step', { dispute: dispute.result.id, step: 'escalated' })
    expect((await stripe.disputes.retrieve(dispute.result.id)).status).toBe('needs_response')

    const waiting = await (await fetch(`${sandbox.url}/_sandbox/pending`)).json()
    expect(waiting.pending.length).toBeGreaterThan(10)
    await flip(sandbox, '/deliver', {})
    expect(hook.taken).toHaveLength(waiting.pending.length)

    const later = new Date(Date.now() + 40 * 86_400_000).toISOString()
    expect(await (await flip(sandbox, '/clock', { now: later })).json()).toEqual({ result: { now: later } })
    expect((await stripe.invoices.list()).data).toHaveLength(2)
    expect((await flip(sandbox, '/clock', { now: '2020-01-01T00:00:00Z' })).status).toBe(422)
  })

  it('refuse unknown controls and parameters', async () => {
    const sandbox = await start()
    expect((await flip(sandbox, '/faults', { everything: true })).status).toBe(422)
    expect((await flip(sandbox, '/dispute', { of: { charge: 'ch_none' } })).status).toBe(404)
    expect((await flip(sandbox, '/nothing', {})).status).toBe(404)
    const form = await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST', body: new URLSearchParams() })
    expect(form.status).toBe(415)
    expect((await fetch(`${sandbox.url}/nowhere`)).status).toBe(404)
  })

  it('can end the “no answer” fault for calls already waiting', async () => {
    const sandbox = await start()
    await flip(sandbox, '/faults', { api: { kind: 'timeout' } })
    const call = clientOf(sandbox).customers.list()
    const outcome = call.then(
      () => 'answered',
      (error: unknown) => (error instanceof Stripe.errors.StripeAPIError ? error.statusCode : error),
    )
    await flip(sandbox, '/faults/reset', {})
    expect([503, 'answered']).toContain(await outcome)
  })
})
