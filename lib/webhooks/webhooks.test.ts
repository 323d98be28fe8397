import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { NotFound } from '@/lib/errors'
import { listEvents } from '@/lib/events/list-events'
import { presentEvent } from '@/lib/events/present-event'
import { type Relay, startRelay } from '@/lib/events/relay'
import { newUuid, parsePublicId, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { relayed } from '@/lib/testing/relayed'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { waitForLocks } from '@/lib/testing/wait-for-locks'
import { deliverDue, sweepWebhooks, WAITS_MS } from './deliver'
import { listDeliveries, resendEvent } from './deliveries'
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  OVERLAP_MS,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from './endpoints'
import { openReceiver, type Received } from './receiver.test-support'

let scenario: Scenario
let relay: Relay
beforeAll(async () => {
  scenario = await createScenario()
  relay = startRelay(scenario.database.url)
})
afterAll(async () => {
  await relay.stop()
  await scenario.close()
})

let receiver: Awaited<ReturnType<typeof openReceiver>>
let id: string
let secret: string
let account: Awaited<ReturnType<typeof newAccount>>
beforeEach(async () => {
  account = await newAccount(scenario)
  await relayed(scenario.ctx.pool)
  receiver = await openReceiver()
  const made = await createEndpoint(scenario.ctx, { url: receiver.url, types: null })
  id = made.endpoint.id
  secret = made.secret
})
afterEach(async () => {
  await deleteEndpoint(scenario.ctx, id)
  await receiver.close()
})

async function deliver(): Promise<void> {
  await relayed(scenario.ctx.pool)
  await sweepWebhooks(scenario.ctx)
}

/** Causes one `grant.created`. */
const cause = () =>
  grantCredits(scenario.ctx, {
    accountId: account.accountId,
    idempotency: { key: newKey(), fingerprint: newUuid() },
    amount: credits(1),
    reason: 'test',
    expiresAt: null,
  })

const told = async () => {
  const { events } = await listEvents(scenario.ctx, {
    after: 0,
    type: null,
    accountId: account.accountId,
    limit: 200,
  })
  return events.map(presentEvent)
}

const verified = ({ headers, body }: Received, key = secret) =>
  new Webhook(key).verify(body, headers as Record<string, string>)

const fail = () => receiver.answerWith((response) => response.writeHead(500).end())
const accept = () => receiver.answerWith((response) => response.writeHead(204).end())
const log = () => listDeliveries(scenario.ctx, { endpointId: id, state: null, before: null, limit: 50 })

test('a delivery contains the feed’s event and verifies with the Standard Webhooks library', async () => {
  await cause()
  await deliver()
  const event = (await told()).at(-1)
  expect(receiver.received.map((one) => verified(one))).toEqual([event])
  expect(receiver.received[0]?.headers['webhook-id']).toBe(event?.id)
  expect(await log()).toMatchObject([
    { state: 'delivered', type: 'grant.created', attempts: [{ status: 204, problem: null }] },
  ])
  const [one] = receiver.received
  expect(() => verified({ headers: one?.headers ?? {}, body: `${one?.body} ` })).toThrow()
  await deliver()
  expect(receiver.received).toHaveLength(1)
})

test('an endpoint receives only its event types, and nothing while it is off', async () => {
  await updateEndpoint(scenario.ctx, { id, types: ['balance.low'] })
  await cause()
  await chargeUse(scenario.ctx, {
    user: account.user,
    operation: 'web.extract',
    usage: { pages: 110 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  await deliver()
  expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(['balance.low'])
  await updateEndpoint(scenario.ctx, { id, types: null, isOn: false })
  await cause()
  await deliver()
  expect(receiver.received).toHaveLength(1)
  await expect(testEndpoint(scenario.ctx, id)).rejects.toThrow('The endpoint is off')
})

test('an endpoint deleted meanwhile gets no event, neither from the relay nor by a resend', async () => {
  await cause()
  await deliver()
  const { id: deleted } = (await createEndpoint(scenario.ctx, { url: receiver.url, types: null })).endpoint
  const [first] = await log()
  const client = await scenario.ctx.pool.connect()
  try {
    await client.query('begin')
    await client.query('delete from webhook_endpoints where id = $1', [deleted])
    await cause()
    const resent = resendEvent(scenario.ctx, { endpointId: deleted, eventId: first?.eventId ?? '' })
    const refused = expect(resent).rejects.toThrow(NotFound)
    await waitForLocks(scenario.ctx.pool, 2)
    await client.query('commit')
    await refused
  } finally {
    client.release()
  }
  await deliver()
  expect(receiver.received).toHaveLength(2)
})

test('a test event goes only to its endpoint', async () => {
  const other = await openReceiver()
  const made = await createEndpoint(scenario.ctx, { url: other.url, types: null })
  await testEndpoint(scenario.ctx, id)
  await deliver()
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
    expect.objectContaining({
      type: 'webhook.test',
      user: null,
      data: { endpoint: publicId('endpoint', id) },
    }),
  ])
  expect(other.received).toEqual([])
  await deleteEndpoint(scenario.ctx, made.endpoint.id)
  await other.close()
})

test('for a day after a rotation both secrets verify, then only the new one', async () => {
  const rotated = await rotateSecret(scenario.ctx, id)
  await cause()
  await deliver()
  const [during] = receiver.received as [Received]
  expect(verified(during)).toEqual(verified(during, rotated.secret))
  scenario.clock.advance(OVERLAP_MS)
  await cause()
  await deliver()
  const after = receiver.received.at(-1) as Received
  expect(() => verified(after)).toThrow()
  expect(verified(after, rotated.secret)).toMatchObject({ type: 'grant.created' })
})

test('an event is retried at growing intervals for three days, then given up until it is resent by hand', async () => {
  fail()
  await cause()
  await deliver()
  for (const wait of WAITS_MS) {
    scenario.clock.advance(wait - 1)
    await deliver()
    const before = receiver.received.length
    scenario.clock.advance(1)
    await deliver()
    expect(receiver.received.length).toBe(before + 1)
  }
  const [given] = await log()
  expect(given).toMatchObject({ state: 'failed', nextAttemptAt: null })
  expect(given?.attempts).toHaveLength(WAITS_MS.length + 1)
  expect(WAITS_MS.reduce((sum, wait) => sum + wait)).toBeGreaterThan(2.9 * DAY_MS)
  const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(1)
  accept()
  await resendEvent(scenario.ctx, { endpointId: id, eventId: given?.eventId ?? '' })
  await deliver()
  expect(await log()).toMatchObject([{ state: 'delivered' }])
  expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(ids[0])
})

test('a receiver that fails for an hour eventually receives every event', async () => {
  fail()
  for (let minute = 0; minute < 60; minute += 4) {
    await cause()
    await deliver()
    scenario.clock.advance(4 * MINUTE_MS)
  }
  accept()
  const failed = receiver.received.length
  // The longest wait before the next attempt for an event that has failed for an hour.
  scenario.clock.advance(2 * HOUR_MS)
  await cause()
  await deliver()
  const got = receiver.received.slice(failed).map((one) => verified(one))
  const granted = (await told()).filter(({ type }) => type === 'grant.created')
  expect(granted).toHaveLength(16)
  const bySeq = (left: unknown, right: unknown) =>
    (left as { seq: number }).seq - (right as { seq: number }).seq
  expect(got.toSorted(bySeq)).toEqual(granted)
  expect((await getEndpoint(scenario.ctx, id)).failingSince).toBeNull()
})

test('an endpoint that fails for five days is switched off, staff are notified, and waiting events are sent once it is on again', async () => {
  fail()
  await cause()
  await deliver()
  for (let hour = 0; hour < 5 * 24 - 6; hour += 6) {
    scenario.clock.advance(6 * HOUR_MS)
    await cause()
    await deliver()
  }
  expect((await getEndpoint(scenario.ctx, id)).off).toBeNull()
  scenario.clock.advance(6 * HOUR_MS)
  await deliver()
  await deliver()
  expect((await getEndpoint(scenario.ctx, id)).off).toMatchObject({ reason: 'failing' })
  const notices = await listNotices(scenario.ctx.pool, null)
  expect(notices.filter(({ kind }) => kind === 'endpoint_off')).toMatchObject([
    { facts: { endpoint: publicId('endpoint', id) } },
  ])
  const tried = receiver.received.length
  scenario.clock.advance(DAY_MS)
  await deliver()
  expect(receiver.received).toHaveLength(tried)
  accept()
  await updateEndpoint(scenario.ctx, { id, isOn: true })
  await deliver()
  scenario.clock.advance(DAY_MS)
  await deliver()
  expect(receiver.received.length).toBeGreaterThan(tried)
  expect((await log()).map(({ state }) => state)).not.toContain('waiting')
})

test('deliveries claimed by a killed process are made by another, and an endpoint that hangs delays no other', async () => {
  await cause()
  await relayed(scenario.ctx.pool)
  // The state left by a process that was killed after its claim.
  const claimedUntil = new Date(scenario.clock.now().getTime() + 5 * MINUTE_MS)
  await scenario.ctx.pool.query('update webhook_deliveries set next_attempt_at = $1', [claimedUntil])
  await deliver()
  expect(receiver.received).toEqual([])
  const hanging = await openReceiver()
  let hangs = 0
  hanging.answerWith(() => {
    hangs += 1
  })
  const made = await createEndpoint(scenario.ctx, { url: hanging.url, types: null })
  scenario.clock.advance(5 * MINUTE_MS)
  await cause()
  await relayed(scenario.ctx.pool)
  const all = deliverDue(scenario.ctx)
  await expect.poll(() => receiver.received.length).toBe(2)
  await expect.poll(() => hangs).toBe(1)
  // A second wake-up serves the other endpoint while the first one hangs.
  await cause()
  await relayed(scenario.ctx.pool)
  await deliverDue(scenario.ctx)
  expect(receiver.received).toHaveLength(3)
  await hanging.close()
  await all
  await deleteEndpoint(scenario.ctx, made.endpoint.id)
})

test('an event that is not in the feed cannot be sent', async () => {
  const eventId = parsePublicId('event', `evt_${'0'.repeat(32)}`) ?? ''
  await expect(resendEvent(scenario.ctx, { endpointId: id, eventId })).rejects.toThrow('No such event')
})
